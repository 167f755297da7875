"""Studio: the list of scripts and the editor, which writes by the REST API."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from contacts.models import Contact
from core.errors import DomainError
from core.permissions import Verb, allows, require
from organizations.models import BusinessUnit, User
from organizations.selectors import objects_within_reach
from scripts.documents import read_file
from scripts.models import Script, ScriptVersion
from scripts.selectors import draft_of, published_version
from scripts.specification import action_specifications
from scripts.starters import STARTERS
from scripts.trials import import_script
from studio import branches, page, selectors
from studio import trace as traces

PER_PAGE = 50
MOST_BYTES = 1_000_000


@login_required
@require_GET
def scripts(request: HttpRequest) -> HttpResponse:
    """The list of scripts; File > Open leads here too."""
    user = _who(request, Verb.VIEW)
    search, status = request.GET.get("q", "").strip(), request.GET.get("status", "")
    listed = selectors.scripts_listed(user, search=search, status=status)
    shown = Paginator(listed, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "rows": selectors.rows_of(shown.object_list),  # type: ignore[arg-type]  # a page of a queryset is one
        "page": shown,
        "search": search,
        "status": status,
        "statuses": [
            ("", _("All")),
            (selectors.PUBLISHED, _("Published")),
            (selectors.DRAFT, _("With a draft")),
            (selectors.NEVER, _("Never published")),
        ],
        **_dialogs(user),
    }
    return render(request, "studio/list.html", context)


@login_required
@require_GET
def new(request: HttpRequest) -> HttpResponse:
    """The editor with a script that is not saved yet, empty or one to begin with."""
    user = _who(request, Verb.CREATE)
    unit = _unit(user, request.GET)
    if request.GET.get("media_type", "sms") not in Script.MediaType.values:
        raise Http404
    chosen = request.GET.get("starter", "")
    if chosen and chosen not in STARTERS:
        raise Http404
    starter = STARTERS.get(chosen)
    return _editor(request, page.new_script(user, unit, starter.make() if starter else page.EMPTY))


@login_required
@require_GET
def editor(request: HttpRequest, pk: int) -> HttpResponse:
    """The editor with the draft of a script, or with what is published."""
    user = _who(request, Verb.VIEW)
    script = _script(user, pk)
    return _editor(request, page.script(user, script, draft_of(script) or published_version(script)))


@login_required
@require_GET
def version(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """One version, to look at; with `?difference` what is different from the version before."""
    user = _who(request, Verb.VIEW)
    script = _script(user, pk)
    shown = get_object_or_404(ScriptVersion, script=script, number=number)
    config = page.script(user, script, shown, is_history=True)
    if "difference" in request.GET:
        config["difference"] = page.difference(shown)
    return _editor(request, config)


@login_required
@require_GET
def actions(request: HttpRequest) -> HttpResponse:
    """What each action does: the help, made of what the actions say about themselves."""
    _who(request, Verb.VIEW)
    groups = [
        {"key": key, "label": listed[0]["group_label"], "actions": listed}
        for key, members in groupby(action_specifications(), key=itemgetter("group"))
        if (listed := list(members))
    ]
    return render(request, "studio/actions.html", {"groups": groups})


@login_required
@require_GET
def trace(request: HttpRequest, pk: int) -> HttpResponse:
    """The way of a contact, on the version that it ran."""
    user = _who(request, Verb.VIEW)
    require(user, Contact, Verb.VIEW)
    run = get_object_or_404(traces.runs_within_reach(user), contact_id=pk)
    config = page.script(user, run.version.script, run.version, is_history=True)
    return _editor(request, {**config, "trace": traces.trace_of(run, user)})


@login_required
@require_GET
def branch(request: HttpRequest, pk: int) -> HttpResponse:
    """The contacts that took a branch of a script."""
    user = _who(request, Verb.VIEW)
    require(user, Contact, Verb.VIEW)
    script = _script(user, pk)
    question = branches.read_question(script, request.GET)
    steps = branches.steps_that_took(script, question, user)
    query = QueryDict(mutable=True)
    query.update(
        {
            "action": question.action,
            "branch": question.branch,
            "from": question.first.isoformat(),
            "to": question.last.isoformat(),
        }
    )
    context = {
        "script": script,
        "question": question,
        "names": branches.names_of(script, question),
        "steps": steps[: branches.PER_PAGE],
        "has_next": len(steps) > branches.PER_PAGE and question.page < branches.MOST_PAGES,
        "query": query.urlencode(),
        "zone": script.business_unit.time_zone,
        "may_see_life": user.has_perm("reporting.view_report"),
    }
    return render(request, "studio/branch.html", context)


@login_required
@require_POST
def import_file(request: HttpRequest) -> HttpResponse:
    """Create a script with a draft from a file."""
    user = _who(request, Verb.CREATE)
    file = request.FILES.get("file")
    try:
        if file is None or (file.size or 0) > MOST_BYTES:
            raise DomainError(_("Choose a file that was exported from Studio."))
        document = read_file(file.read())
        name = request.POST.get("name", "").strip() or document.name
        created = import_script(
            by=user, business_unit=_unit(user, request.POST), document=document, name=name
        )
    except DomainError as refusal:
        messages.error(request, str(refusal.message))
        return redirect("studio")
    return redirect("studio-script", pk=created.pk)


def _who(request: HttpRequest, verb: Verb) -> User:
    """The user, who needs a permission on scripts. Raises NotAllowed."""
    require(request.user, Script, verb)
    return cast("User", request.user)


def _script(user: User, pk: int) -> Script:
    return get_object_or_404(
        objects_within_reach(Script.objects.select_related("business_unit"), user), pk=pk
    )


def _unit(user: User, given: QueryDict) -> BusinessUnit:
    """The business unit that was chosen, else the user's own."""
    chosen = given.get("business_unit", "")
    units = selectors.units_to_create_in(user)
    own = getattr(user, "business_unit_id", None)
    pk = int(chosen) if chosen.isdecimal() and len(chosen) < 18 else own
    found = units.filter(pk=pk).first() if pk else units.first()
    if found is None:
        raise Http404
    return found


def _editor(request: HttpRequest, config: dict[str, Any]) -> HttpResponse:
    user = request.user
    context = {"config": config, "js_strings": page.words(), **_dialogs(user)}
    return render(request, "studio/editor.html", context)


def _dialogs(user: Any) -> dict[str, Any]:
    """For the windows that File > New and File > Import open."""
    if not allows(user, Script, Verb.CREATE):
        return {"may_create": False}
    return {
        "may_create": True,
        "units": selectors.units_to_create_in(user),
        "own_unit_id": getattr(user, "business_unit_id", None),
        "starters": STARTERS.items(),
        "media": [
            ("sms", _("SMS"), True),
            ("chat", _("Chat"), False),
            ("email", _("Email"), False),
            ("phone", _("Phone"), False),
            ("voicemail", _("Voicemail"), False),
            ("work_item", _("Work item"), False),
        ],
    }
