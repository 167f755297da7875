"""The supervisor's pages: the live board, one contact, who refuses when, and what counts as trouble."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from agents.models import Agent, Team
from agents.selectors import effective_limits
from contacts.selectors import may_trace
from core.clock import database_now
from core.errors import NotFound, RuleBroken
from core.permissions import Verb, allows
from organizations.models import BusinessUnit, User
from organizations.roles import INTERVENE
from organizations.selectors import business_units_within_reach
from organizations.sockets import socket_url
from skills.models import Skill
from supervisor import inputs, selectors
from supervisor.models import SkillThresholds, UnitThresholds
from supervisor.services import thresholds
from supervisor.strings import console_strings

SKILL_FIELDS = ("oldest_wait_seconds", "waiting", "service_level_percent")
UNIT_FIELDS = ("missed_offers", "missed_minutes", "failed_percent")
DAYS = (1, 7, 28, 92)


def _user(request: HttpRequest) -> User:
    return cast("User", request.user)


def _unit(request: HttpRequest) -> BusinessUnit:
    wanted = request.GET.get("unit", "")
    is_number = wanted.isascii() and wanted.isdecimal() and len(wanted) < 19
    try:
        return inputs.unit_of(_user(request), int(wanted) if is_number else None)
    except NotFound as error:
        raise Http404 from error


def _config(request: HttpRequest, unit: BusinessUnit) -> dict[str, Any]:
    """What the scripts of the pages need to know beforehand."""
    user = _user(request)
    address = socket_url(host=request.get_host(), is_secure=request.is_secure(), path="/ws/supervisor")
    return {
        "api": "/api/v1/",
        "csrf_cookie": "csrftoken",
        "socket": f"{address}?unit={unit.pk}",
        "unit": unit.pk,
        "may_intervene": user.has_perm(INTERVENE),
        "may_edit_agents": allows(user, Agent, Verb.EDIT),
        "is_agent": Agent.objects.filter(user=user, is_active=True).exists(),
    }


def _page(request: HttpRequest, unit: BusinessUnit, current: str, **more: Any) -> dict[str, Any]:
    """What every page of the console shows around its content."""
    units = business_units_within_reach(_user(request)).filter(is_active=True).order_by("name", "id")
    return {
        "unit": unit,
        "units": list(units) if _user(request).is_superuser else [unit],
        "query": f"?unit={unit.pk}" if request.GET.get("unit") else "",
        "current": current,
        **more,
    }


@login_required
@require_GET
def board(request: HttpRequest) -> HttpResponse:
    """The shell of the board: everything in it comes by the socket."""
    unit = _unit(request)
    teams = Team.objects.filter(business_unit=unit, is_active=True).order_by("name", "id")
    config = _config(request, unit) | {"teams": list(teams.values_list("name", flat=True))}
    context = _page(request, unit, "board", config=config, js_strings=console_strings())
    return render(request, "supervisor/board.html", context)


@login_required
@require_GET
def contact(request: HttpRequest, pk: int) -> HttpResponse:
    """One contact, live."""
    try:
        found = inputs.contact_of(_user(request), pk)
    except NotFound as error:
        raise Http404 from error
    unit = found.business_unit
    trace = reverse("studio-trace", args=[found.pk]) if may_trace(_user(request), found.pk) else None
    config = _config(request, unit) | {"contact": found.pk, "trace": trace}
    context = _page(request, unit, "contact", config=config, contact=found, js_strings=console_strings())
    return render(request, "supervisor/contact.html", context)


@login_required
@require_GET
def refusals(request: HttpRequest) -> HttpResponse:
    """Refused and missed offers: agents by hours of the day."""
    unit, days = _unit(request), inputs.days_of(request.GET.get("days", ""))
    since = selectors.start_of_day(unit, database_now()) - timedelta(days=days - 1)
    rows = heat_rows(selectors.refusals_of(unit, since=since))
    context = _page(
        request, unit, "refusals", rows=rows, days=days, choices=DAYS, since=since, hours=range(24)
    )
    return render(request, "supervisor/refusals.html", context)


def heat_rows(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A row of 24 cells for each agent, with a step of heat from 0 to 4 against the hottest cell."""
    hottest = max((row["refused"] + row["missed"] for row in found), default=0)
    rows: dict[int, dict[str, Any]] = {}
    for one in found:
        row = rows.setdefault(
            one["id"],
            {"id": one["id"], "name": one["name"], "refused": 0, "missed": 0, "cells": [None] * 24},
        )
        total = one["refused"] + one["missed"]
        row["refused"] += one["refused"]
        row["missed"] += one["missed"]
        row["cells"][one["hour"]] = {
            "hour": one["hour"],
            "refused": one["refused"],
            "missed": one["missed"],
            "total": total,
            "step": -(-4 * total // hottest),
        }
    return list(rows.values())


@login_required
@require_http_methods(["GET", "POST"])
def settings(request: HttpRequest) -> HttpResponse:
    """What turns a tile and raises an alert."""
    unit = _unit(request)
    user = _user(request)
    skills = list(Skill.objects.filter(business_unit=unit, is_active=True).order_by("name", "id"))
    errors: dict[str, list[str]] = {}
    if request.method == "POST":
        errors = _save(request, user, unit, skills)
        if not errors:
            messages.success(request, _("Thresholds saved."))
            return redirect(request.get_full_path())
    stored = selectors.thresholds_of(unit)
    limits = UnitThresholds.objects.filter(business_unit=unit).first() or UnitThresholds(business_unit=unit)
    rows = [
        {
            "skill": skill,
            "cells": [
                _cell(
                    request, errors, f"skill-{skill.pk}-{name}", stored.get(skill.pk), SkillThresholds, name
                )
                for name in SKILL_FIELDS
            ],
        }
        for skill in skills
    ]
    fields = [_cell(request, errors, f"unit-{name}", limits, UnitThresholds, name) for name in UNIT_FIELDS]
    context = _page(
        request,
        unit,
        "settings",
        rows=rows,
        fields=fields,
        columns=[SkillThresholds._meta.get_field(name) for name in SKILL_FIELDS],
        errors=errors,
        may_edit=user.has_perm(INTERVENE),
    )
    return render(request, "supervisor/settings.html", context, status=400 if errors else 200)


def _cell(
    request: HttpRequest, errors: dict[str, list[str]], key: str, stored: Any, model: Any, name: str
) -> dict[str, Any]:
    """One field of the form: what was typed if it was wrong, else what is stored."""
    value = getattr(stored, name) if stored is not None else None
    column = model._meta.get_field(name)
    return {
        "name": key,
        "value": request.POST.get(key, "") if errors else "" if value is None else value,
        "errors": errors.get(key, []),
        "label": column.verbose_name,
        "help": column.help_text,
    }


def _save(request: HttpRequest, user: User, unit: BusinessUnit, skills: list[Skill]) -> dict[str, list[str]]:
    """Each row by its service; the sentences by field of what was refused."""
    errors: dict[str, list[str]] = {}
    values = _numbers(request, "unit", UNIT_FIELDS, errors)
    if values is not None:
        _try(lambda: thresholds.set_unit_thresholds(by=user, business_unit=unit, **values), "unit", errors)
    for skill in skills:
        prefix = f"skill-{skill.pk}"
        given = _numbers(request, prefix, SKILL_FIELDS, errors)
        if given is not None:
            _try(
                lambda about=skill, numbers=given: thresholds.set_skill_thresholds(
                    by=user, skill=about, **numbers
                ),
                prefix,
                errors,
            )
    return errors


def _numbers(
    request: HttpRequest, prefix: str, names: tuple[str, ...], errors: dict[str, list[str]]
) -> dict[str, int | None] | None:
    found: dict[str, int | None] = {}
    for name in names:
        text = request.POST.get(f"{prefix}-{name}", "").strip()
        if text and not (text.isascii() and text.isdecimal() and len(text) < 10):
            errors[f"{prefix}-{name}"] = [_("Give a whole number, or leave it blank.")]
        found[name] = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None
    return None if any(f"{prefix}-{name}" in errors for name in names) else found


def _try(save: Any, prefix: str, errors: dict[str, list[str]]) -> None:
    try:
        save()
    except RuleBroken as error:
        errors.update({f"{prefix}-{name}": texts for name, texts in error.fields.items()})


@login_required
@require_GET
def agent(request: HttpRequest, pk: int) -> HttpResponse:
    """What an agent's window on the board needs beyond the board: his limits and proficiencies, as HTML."""
    try:
        found = inputs.agent_of(_user(request), pk)
    except NotFound as error:
        raise Http404 from error
    limits = effective_limits(found)
    skills = Skill.objects.filter(business_unit=found.business_unit, is_active=True).order_by("name", "id")
    own = dict(found.agent_skills.values_list("skill_id", "proficiency"))
    context = {
        "agent": found,
        "limit": found.max_concurrent_sms,
        "inherited": limits.max_concurrent_sms.value,
        "skills": [{"name": skill.name, "proficiency": own.get(skill.pk)} for skill in skills],
        "may_edit": allows(_user(request), Agent, Verb.EDIT),
    }
    return render(request, "supervisor/_agent.html", context)


urlpatterns = [
    path("supervisor/", board, name="supervisor"),
    path("supervisor/contacts/<int:pk>/", contact, name="supervisor-contact-page"),
    path("supervisor/agents/<int:pk>/", agent, name="supervisor-agent"),
    path("supervisor/refusals/", refusals, name="supervisor-refusals-page"),
    path("supervisor/thresholds/", settings, name="supervisor-thresholds"),
]
