"""The pages of the planner."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.errors import RuleBroken
from organizations.models import User
from organizations.selectors import business_units_within_reach
from provisioning.tables.writing import Format
from reporting import access, files
from reporting.choices import unit_of
from reporting.models import Plan
from reporting.planning import tables
from reporting.planning.draft import (
    COOL_DOWN_FIELDS,
    NEW_GROUPS,
    Document,
    complete,
    new_group,
    written,
)
from reporting.planning.outcome import REPLICATIONS
from reporting.planning.past import LONGEST_DAYS
from reporting.services.planning import change_plan, copy_plan, create_plan, delete_plan, run_again
from reporting.tables import Column, Unit, shown
from reporting.tasks import send_for_plans
from reporting.views import frame, shown_table

SLUG = "planning"
SKILL_POLICIES = ("order", "returning", "overflow_to", "overflow_after")


@login_required
@require_http_methods(["GET", "POST"])
def overview(request: HttpRequest) -> HttpResponse:
    """The plans of the business unit, and a form for a new one."""
    user = access.reader(request)
    problems: dict[str, Any] = {}
    if request.method == "POST":
        access.require_plan(user)
        try:
            return redirect("report-plan", pk=_created(request, user).pk)
        except RuleBroken as refusal:
            problems = dict(refusal.fields) or {"name": [str(refusal.message)]}
    units = list(business_units_within_reach(user).order_by("name", "pk"))
    context = {
        **frame(user, SLUG),
        "plans": access.plans_of(user),
        "may_plan": access.may_plan(user),
        "units": units if len(units) > 1 else [],
        "problems": problems,
        "given": request.POST,
        "longest": LONGEST_DAYS,
    }
    return render(request, "reporting/plans.html", context, status=400 if problems else 200)


def _created(request: HttpRequest, user: User) -> Plan:
    days: dict[str, date] = {}
    problems: dict[str, list[str]] = {}
    for name in ("first", "last"):
        try:
            days[name] = date.fromisoformat(request.POST.get(name, "") or request.POST.get("first", ""))
        except ValueError:
            problems[name] = [_("Write the day as 2026-03-31.")]
    if problems:
        raise RuleBroken(problems[next(iter(problems))][0], fields=problems)
    plan = create_plan(
        by=user,
        business_unit=unit_of(request.POST, user),
        name=request.POST.get("name", "").strip(),
        first=days["first"],
        last=days["last"],
    )
    send_for_plans()
    return plan


@login_required
@require_http_methods(["GET", "POST"])
def plan(request: HttpRequest, pk: int) -> HttpResponse:
    """What came of a plan, and the form to try something else."""
    user = access.reader(request)
    found = get_object_or_404(access.plans_of(user), pk=pk)
    problems: dict[str, Any] = {}
    if request.method == "POST":
        try:
            change_plan(by=user, instance=found, given=request.POST.dict())
        except RuleBroken as refusal:
            problems = dict(refusal.fields)
            found.refresh_from_db()
        else:
            send_for_plans()
            return redirect("report-plan", pk=pk)
    is_mine = access.may_plan(user) and (found.owner_id == user.pk or user.is_superuser)
    context = {
        **frame(user, SLUG),
        "plan": found,
        "is_mine": is_mine,
        "may_plan": access.may_plan(user),
        "is_busy": found.state in (Plan.State.WAITING, Plan.State.RUNNING),
        "form": _form(found, request.POST.dict(), problems) if found.base and is_mine else None,
        "problems": problems,
        **_result(found.result),
        "left_out": _left_out(found.base),
    }
    return render(request, "reporting/plan.html", context, status=400 if problems else 200)


@login_required
@require_GET
def progress(request: HttpRequest, pk: int) -> JsonResponse:
    """How far it is."""
    found = get_object_or_404(access.plans_of(access.reader(request)), pk=pk)
    is_busy = found.state in (Plan.State.WAITING, Plan.State.RUNNING)
    return JsonResponse({"is_busy": is_busy, "progress": found.progress, "label": found.get_state_display()})


@login_required
@require_GET
def export(request: HttpRequest, pk: int) -> HttpResponse:
    """What came of a plan as a file."""
    user = access.reader(request)
    access.require_export(user)
    found = get_object_or_404(access.plans_of(user), pk=pk, result__isnull=False)
    if request.GET.get("format") not in tuple(Format):
        raise Http404
    file_format = Format(request.GET["format"])
    assert found.result is not None
    content = files.write(tables.of(found.result), file_format)
    answer = HttpResponse(content, content_type=file_format.media_type)
    name = f"plan-{found.first}-{found.last}.{file_format}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@login_required
@require_POST
def copy(request: HttpRequest, pk: int) -> HttpResponse:
    """A plan of one's own with the same days and draft."""
    user = access.reader(request)
    copied = copy_plan(by=user, instance=get_object_or_404(access.plans_of(user), pk=pk))
    send_for_plans()
    return redirect("report-plan", pk=copied.pk)


@login_required
@require_POST
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """Work a plan out once more."""
    user = access.reader(request)
    try:
        run_again(by=user, instance=get_object_or_404(access.plans_of(user), pk=pk))
    except RuleBroken as refusal:
        messages.error(request, str(refusal.message))
    else:
        send_for_plans()
    return redirect("report-plan", pk=pk)


@login_required
@require_POST
def forget(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a plan."""
    user = access.reader(request)
    found = get_object_or_404(access.plans_of(user), pk=pk)
    delete_plan(by=user, instance=found)
    messages.success(request, _("Deleted “%(name)s”.") % {"name": found.name})
    return redirect("report-plans")


# -- What the page shows ---------------


def _result(result: Document | None) -> dict[str, Any]:
    if result is None:
        return {"tables": [], "trust": None, "result": None}
    found = tables.trust(result)
    percent = Column("", "", Unit.PERCENT)
    return {
        "tables": [shown_table(table) for table in tables.of(result)],
        "trust": {
            **found,
            **{name: shown(percent, found[name]) for name in ("was", "replay", "half") if name in found},
        },
        "result": result,
        "is_tried": result["overall"]["draft"] is not None,
        "is_cut": result["replications"] < REPLICATIONS,
        "summary": _summary(result),
    }


def _summary(result: Document) -> list[dict[str, Any]]:
    """The chief figures of all skills together: what was, replayed, and with the draft."""
    units = {"service_level": Unit.PERCENT, "mean_wait": Unit.SECONDS, "p95_wait": Unit.SECONDS}
    titles = {
        "service_level": _("Service level"),
        "mean_wait": _("Mean wait"),
        "p95_wait": _("95 of 100 wait no longer than"),
    }
    overall = result["overall"]
    rows = []
    for name, unit in units.items():
        column = Column(name, titles[name], unit)
        row: dict[str, Any] = {"title": titles[name], "was": shown(column, _tenth(overall["was"][name]))}
        for kind in ("replay", "draft", "change"):
            mean, half = (overall[kind] or {}).get(name) or (None, None)
            is_gain = kind == "change" and mean is not None and mean > 0
            row[kind] = f"+{shown(column, _tenth(mean))}" if is_gain else shown(column, _tenth(mean))
            row[f"{kind}_half"] = "" if half is None else shown(column, _tenth(half))
        change, half = (overall["change"] or {}).get(name) or (None, None)
        row["is_sure"] = change is not None and half is not None and abs(change) > half
        better = change is not None and (change > 0) == (name == "service_level")
        row["is_better"] = row["is_sure"] and better
        rows.append(row)
    return rows


def _tenth(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def _left_out(base: Document | None) -> dict[str, int]:
    return {} if base is None else {name: base[name] for name in ("for_one", "returned", "started")}


def _form(plan: Plan, given: dict[str, str], problems: dict[str, Any]) -> dict[str, Any]:
    """The fields with what was, what the draft says, and what was just written."""
    base: Document = complete(plan.base or {})
    draft: Document = complete(plan.draft or base)
    fields = _Fields(given, problems)
    skills = [
        _skill_row(fields, place, skill, planned, base)
        for place, (skill, planned) in enumerate(zip(base["skills"], draft["skills"], strict=True))
    ]
    groups = [
        _group_row(fields, place, group, planned, base)
        for place, (group, planned) in enumerate(zip(base["groups"], draft["groups"], strict=True))
    ]
    blank: Document = {**new_group(), "count": "", "from": "09:00", "to": "17:00"}
    added = [
        _added_row(fields, place, draft["added"][place] if place < len(draft["added"]) else blank, base)
        for place in range(NEW_GROUPS)
    ]
    policies = _policies(fields, draft, base)
    return {
        "skills": skills,
        "groups": groups,
        "added": added,
        "policies": policies,
        "cool_downs": _cool_down_labels(),
        "has_policies": any(
            one["is_changed"] or one["problems"]
            for one in (
                *policies.values(),
                *(one for group in (*groups, *added) for one in group["cool_downs"]),
                *(skill[name] for skill in skills for name in SKILL_POLICIES),
            )
        ),
        "title": given.get("name", plan.name),
    }


@dataclass(frozen=True, slots=True)
class _Fields:
    """Makes the fields: `given` is what was just written, `problems` what is wrong with it."""

    given: dict[str, str]
    problems: dict[str, Any]

    def one(self, name: str, value: Any, was: Any = None) -> dict[str, Any]:
        text = self.given.get(name, _plain(value))
        return {
            "name": name,
            "value": text,
            "was": _plain(was),
            "is_changed": was is not None and text != _plain(was),
            "problems": self.problems.get(name, ()),
        }

    def choice(self, name: str, value: Any, was: Any, options: list[tuple[str, Any]]) -> dict[str, Any]:
        words = dict(options)
        chosen = self.one(name, value)
        is_changed = chosen["value"] != _plain(was)
        return {**chosen, "options": options, "was": words.get(_plain(was), ""), "is_changed": is_changed}

    def cool_downs(self, prefix: str, planned: Document, was: Document) -> list[dict[str, Any]]:
        return [
            {**self.one(f"{prefix}-{name}", planned[name], was.get(name)), "label": label}
            for name, label in zip(COOL_DOWN_FIELDS, _cool_down_labels(), strict=True)
        ]


def _cool_down_labels() -> list[Any]:
    return [
        _("After accepting (s)"),
        _("After refusing (s)"),
        _("After missing (s)"),
        _("After a contact (s)"),
    ]


def _skill_row(
    fields: _Fields, place: int, skill: Document, planned: Document, base: Document
) -> dict[str, Any]:
    others = [(str(one["id"]), one["name"]) for one in base["skills"] if one["id"] != skill["id"]]
    orders = [("priority", _("By priority")), ("service_level", _("Least time left first"))]

    def same(name: str) -> dict[str, Any]:
        return fields.one(f"skill-{place}-{name}", planned[name], skill[name])

    def chosen(name: str, options: list[tuple[str, Any]]) -> dict[str, Any]:
        return fields.choice(f"skill-{place}-{name}", planned[name], skill[name], options)

    return {
        "name": skill["name"],
        "fields": [same(name) for name in ("initial", "acceleration", "maximum", "threshold", "goal")],
        "order": chosen("order", orders),
        "returning": same("returning"),
        "overflow_to": chosen("overflow_to", [("", _("Nowhere")), *others]),
        "overflow_after": same("overflow_after"),
    }


def _group_row(
    fields: _Fields, place: int, group: Document, planned: Document, base: Document
) -> dict[str, Any]:
    prefix = f"group-{place}"
    return {
        "names": group["names"],
        "hours": sum(group["hours"]),
        "number": len(group["agents"]),
        "change": fields.one(f"{prefix}-change", planned["change"], 0),
        "skills": fields.one(
            f"{prefix}-skills", written(planned["skills"], base), written(group["skills"], base)
        ),
        "sessions": fields.one(f"{prefix}-sessions", planned["sessions"], group["sessions"]),
        "timeout": fields.one(f"{prefix}-timeout", planned["timeout"], group["timeout"]),
        "cool_downs": fields.cool_downs(prefix, planned, group),
    }


def _added_row(fields: _Fields, place: int, one: Document, base: Document) -> dict[str, Any]:
    prefix = f"added-{place}"
    plain = ("count", "sessions", "timeout", "from", "to")
    return {
        **{name: fields.one(f"{prefix}-{name}", one[name]) for name in plain},
        "skills": fields.one(f"{prefix}-skills", written(one["skills"], base)),
        "cool_downs": fields.cool_downs(prefix, one, {}),
    }


def _policies(fields: _Fields, draft: Document, base: Document) -> dict[str, dict[str, Any]]:
    yes_no = {True: "yes", False: "no"}
    return {
        "misses": {
            **fields.one("misses", draft["misses"], "" if base["misses"] is None else base["misses"]),
            "was": _("never") if base["misses"] is None else base["misses"],
        },
        "refused_after_refusal": fields.choice(
            "refused_after_refusal",
            yes_no[draft["refused_after_refusal"]],
            yes_no[base["refused_after_refusal"]],
            [("no", _("No")), ("yes", _("Yes"))],
        ),
        "away": fields.one("away", draft["away"], base["away"]),
    }


def _plain(value: Any) -> str:
    """As an input holds it: 1 rather than 1.0."""
    if value is None:
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)
