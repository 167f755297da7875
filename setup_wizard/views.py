"""The pages of the wizard. The channel in progress stands in the address; the rest is read from the data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from acd.base import ConfiguredForm
from core.errors import DomainError
from core.permissions import Verb, require
from setup_wizard import steps
from setup_wizard.selectors import (
    CHOICES,
    Channel,
    channel_of,
    channels_of,
    choices_in,
    registrations_for,
    who_may,
)
from setup_wizard.steps import STATE_WORDS, STEPS, Step, step_after
from setup_wizard.tasks import NEW_AGENT, TASKS, Task
from setup_wizard.trying import try_page
from sms_registrations.models import SmsRegistration

PER_PAGE = 20


@login_required
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Every channel with its progress."""
    _check_may_look(request)
    page = Paginator(registrations_for(request.user), PER_PAGE).get_page(request.GET.get("page"))  # type: ignore[arg-type]  # signed in
    context = {
        "page": page,
        "channels": [{"channel": one, "next": one.next_step} for one in channels_of(list(page))],
        "steps": STEPS,
        **_permission_to_begin(request),
    }
    return render(request, "setup/overview.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def begin(request: HttpRequest) -> HttpResponse:
    """The first task: there is no channel before it."""
    _check_may_look(request)
    return _task_page(request, TASKS[steps.REGISTRATION], None, {})


@login_required
@require_safe
def channel(request: HttpRequest, registration: int) -> HttpResponse:
    """What is done of one channel and what is to do."""
    found, chosen = _channel(request, registration)
    context = _frame(request, found, chosen, None) | {
        "asked": {
            one["step"].slug: who_may(one["step"], found.registration, request.user)  # type: ignore[arg-type]  # signed in
            for one in _rail(request, found, chosen, None)
            if not one["is_allowed"]
        }
    }
    return render(request, "setup/channel.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def step(request: HttpRequest, registration: int, slug: str) -> HttpResponse:
    """One task of one channel."""
    found, chosen = _channel(request, registration)
    wanted = steps.BY_SLUG.get(slug)
    if wanted is None:
        raise Http404
    if wanted is steps.TRIAL:
        return try_page(request, found, _frame(request, found, chosen, wanted))
    return _task_page(request, TASKS[wanted], found, chosen)


def _check_may_look(request: HttpRequest) -> None:
    require(request.user, SmsRegistration, Verb.VIEW)


def _channel(request: HttpRequest, key: int) -> tuple[Channel, dict[str, Any]]:
    _check_may_look(request)
    registration = get_object_or_404(registrations_for(request.user), pk=key)  # type: ignore[arg-type]  # signed in
    chosen = choices_in(request.GET, registration)
    return channel_of(registration, chosen), chosen


def _permission_to_begin(request: HttpRequest) -> dict[str, Any]:
    allowed = TASKS[steps.REGISTRATION].is_allowed(request, None)
    asked = [] if allowed else who_may(steps.REGISTRATION, None, request.user)  # type: ignore[arg-type]  # signed in
    return {"may_begin": allowed, "asked": asked}


# -- One task ---------------


def _task_page(
    request: HttpRequest, task: Task, found: Channel | None, chosen: Mapping[str, Any]
) -> HttpResponse:
    """Shows the form, or takes it. What was typed is shown again in every case but success."""
    is_second = task.step is steps.AGENTS and "username" in request.POST
    sent = NEW_AGENT if is_second else task
    allowed = sent.is_allowed(request, found)
    missing = task.missing(found)
    if request.method != "POST" or missing is not None:
        return _show(request, task, found, chosen, allowed=allowed, missing=missing)
    if "_restore" in request.POST:
        return _restored(request, sent, found)
    form = sent.form(request, found, request.POST)
    if not allowed:
        return _show(request, task, found, chosen, allowed=False, form=form, status=403)
    if form.is_valid():
        try:
            made = sent.write(request, form, found)
        except DomainError as refusal:
            form.show_refusal(refusal)
        else:
            return _go_on(request, task, found, chosen, made, stays=is_second)
    return _show(request, task, found, chosen, allowed=True, form=form)


def _show(
    request: HttpRequest,
    task: Task,
    found: Channel | None,
    chosen: Mapping[str, Any],
    *,
    allowed: bool,
    missing: Step | None = None,
    form: ConfiguredForm | None = None,
    status: int = 200,
) -> HttpResponse:
    sends_second = form is not None and "username" in form.fields
    context = _frame(request, found, chosen, task.step) | {
        "task": task,
        "allowed": allowed,
        "missing": missing and _address(found, missing, chosen),
        "missing_step": missing,
        "asked": [] if allowed else who_may(task.step, found and found.registration, request.user),  # type: ignore[arg-type]  # signed in
        "needed": "" if allowed else task.needed(request, found),
        "instance": task.instance(found),
        "made": task.made(found),
        "facts": task.facts(found),
        "reusable": [] if found is None or task.instance(found) else task.reusable(found),
        "form": task.form(request, found) if form is None or sends_second else form,
        "was_refused": form is not None and bool(form.errors),
        "draft_key": _draft_key(request, task),
        "second_key": _draft_key(request, NEW_AGENT),
    }
    if task.step is steps.AGENTS and missing is None:
        context["second_form"] = form if sends_second else NEW_AGENT.form(request, found)
        context["second_label"] = NEW_AGENT.create_label
    if missing is None:
        context |= task.context(request, found)
    return render(request, task.template, context, status=status)


def _restored(request: HttpRequest, task: Task, found: Channel | None) -> HttpResponse:
    """The fields filled with what was typed earlier and not sent: nothing is checked, nothing is written."""
    form = task.form(request, found)
    for name, one in form.fields.items():
        form.initial[name] = one.widget.value_from_datadict(request.POST, MultiValueDict(), name)
    return render(request, "setup/_fields.html", {"form": form})


def _go_on(
    request: HttpRequest,
    task: Task,
    found: Channel | None,
    chosen: Mapping[str, Any],
    made: Any,
    *,
    stays: bool,
) -> HttpResponse:
    """To the next task; after the registration is made, to its connection first."""
    sentence = _("“%(name)s” is saved.") if task.instance(found) else _("“%(name)s” is created.")
    draft_key = _draft_key(request, NEW_AGENT if stays else task)
    messages.success(request, sentence % {"name": made}, extra_tags=draft_key)
    if found is None:
        return HttpResponseRedirect(reverse("setup-step", args=[made.pk, steps.REGISTRATION.slug]))
    if task.attribute in CHOICES and found.point_of_contact is None:
        chosen = {**chosen, task.attribute: made}
    following = task.step if stays else step_after(task.step)
    assert following is not None
    return HttpResponseRedirect(_address(found, following, chosen))


def _draft_key(request: HttpRequest, task: Task) -> str:
    """Under which the browser keeps what is typed and not sent: of this person, for this form."""
    return f"acd.draft.setup.{request.user.pk}.{request.path}.{task.attribute}"


# -- Around every page ---------------


def _address(found: Channel | None, target: Step, chosen: Mapping[str, Any]) -> str:
    """Of a task, with what was chosen and is not connected yet."""
    if found is None:
        return reverse("setup-new")
    address = reverse("setup-step", args=[found.registration.pk, target.slug])
    if found.point_of_contact is not None or not chosen:
        return address
    return f"{address}?{urlencode({name: one.pk for name, one in chosen.items()})}"


def _frame(
    request: HttpRequest, found: Channel | None, chosen: Mapping[str, Any], current: Step | None
) -> dict[str, Any]:
    following = step_after(current) if current else None
    place = STEPS.index(current) if current else 0
    return {
        "channel": found,
        "registration": found and found.registration,
        "rail": _rail(request, found, chosen, current),
        "step": current,
        "step_number": place + 1,
        "step_count": len(STEPS),
        "next_address": found and following and _address(found, following, chosen),
        "next_step": following,
        "previous_address": found and place and _address(found, STEPS[place - 1], chosen),
        "continue_address": found and found.next_step and _address(found, found.next_step, chosen),
        "chosen": {name: one.pk for name, one in chosen.items()},
    }


def _rail(
    request: HttpRequest, found: Channel | None, chosen: Mapping[str, Any], current: Step | None
) -> list[dict[str, Any]]:
    states = found.states if found else steps.states_of(steps.Facts())
    return [
        {
            "step": one,
            "state": state.value,
            "word": STATE_WORDS[state],
            "name": TASKS[one].made(found) if one in TASKS else None,
            "address": _address(found, one, chosen) if found or one is steps.REGISTRATION else "",
            "is_current": one is current,
            "is_custom": one is steps.CUSTOM_STEPS[0],
            "is_allowed": one not in TASKS or TASKS[one].is_allowed(request, found),
        }
        for one, state in states.items()
    ]
