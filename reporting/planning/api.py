"""`plans`: past days replayed with another configuration, for programs (docs/api.md, "Plans").

Fields have the names that they have where the product keeps them; skills and agents are named.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import Http404
from django.urls import path
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api import ApiSchema, StrictSerializer
from core.errors import RuleBroken
from core.idempotency import idempotent
from core.pagination import Pagination
from organizations.models import User
from reporting import access
from reporting.choices import unit_of
from reporting.models import Plan
from reporting.planning.draft import COOL_DOWN_FIELDS, NEW_GROUPS, Document, complete
from reporting.planning.past import COOL_DOWNS
from reporting.services.planning import change_plan, create_plan, delete_plan, rename_plan, run_again
from reporting.tasks import send_for_plans

SKILL_NAMES = {
    "initial_priority": "initial",
    "acceleration": "acceleration",
    "max_priority": "maximum",
    "service_level_threshold_seconds": "threshold",
    "service_level_goal_percent": "goal",
    "queue_order": "order",
    "returning_agent_seconds": "returning",
    "overflow_skill": "overflow_to",
    "overflow_after_seconds": "overflow_after",
}
GROUP_NAMES = {
    "max_concurrent_sms": "sessions",
    "sms_refusal_timeout_seconds": "timeout",
    **{
        f"cool_down_after_{event}_seconds": name
        for event, name in zip(COOL_DOWNS, COOL_DOWN_FIELDS, strict=True)
    },
}
TOP_NAMES = {
    "misses_before_refused": "misses",
    "refused_after_refusal": "refused_after_refusal",
    "away_after_refused_seconds": "away",
}


# -- What is shown ---------------


def plan_json(plan: Plan) -> dict[str, Any]:
    """A plan as lists show it."""
    return {
        "id": plan.pk,
        "name": plan.name,
        "business_unit": plan.business_unit.name,
        "owner": plan.owner.username,
        "first": plan.first,
        "last": plan.last,
        "state": plan.state,
        "progress_percent": plan.progress,
        "problem": plan.problem or None,
        "created_at": plan.created_at,
    }


def whole_json(plan: Plan) -> dict[str, Any]:
    """With what was, what is tried, and what came of it."""
    base = None if plan.base is None else complete(plan.base)
    draft = base if plan.draft is None else complete(plan.draft)
    return {
        **plan_json(plan),
        "base": None if base is None else _configuration(base, base),
        "draft": None if draft is None or base is None else _configuration(draft, base),
        "result": plan.result,
    }


def _configuration(document: Document, base: Document) -> dict[str, Any]:
    names = {skill["id"]: skill["name"] for skill in base["skills"]}
    by_key = {str(skill): name for skill, name in names.items()}

    def group(one: Document) -> dict[str, Any]:
        served = {by_key[key]: value for key, value in one["skills"].items() if key in by_key}
        return {"skills": served, **{shown: one[kept] for shown, kept in GROUP_NAMES.items()}}

    return {
        **{shown: document[kept] for shown, kept in TOP_NAMES.items()},
        "skills": [
            {
                "name": skill["name"],
                **{shown: skill[kept] for shown, kept in SKILL_NAMES.items()},
                "overflow_skill": names.get(skill["overflow_to"]),
            }
            for skill in document["skills"]
        ],
        "groups": [
            {
                "number": number,
                "agents": list(one["names"]),
                "hours": round(sum(one["hours"]), 2),
                "change": one["change"],
                **group(one),
            }
            for number, one in enumerate(document["groups"])
        ],
        "added": [
            {"count": one["count"], "from": one["from"], "to": one["to"], **group(one)}
            for one in document["added"]
        ],
    }


# -- What is asked for ---------------


class NewPlanInput(StrictSerializer):
    """Days to replay, both included."""

    name = serializers.CharField(max_length=100)
    business_unit = serializers.CharField(
        required=False, help_text=_("Name or id; the user's own unless given.")
    )
    first = serializers.DateField()
    last = serializers.DateField(required=False, help_text=_("The first day unless given."))


def _number(**about: Any) -> serializers.FloatField:
    return serializers.FloatField(required=False, **about)


class PlannedSkillInput(StrictSerializer):
    """What is tried of a skill; it is found by its name."""

    name = serializers.CharField()
    initial_priority = _number()
    acceleration = _number()
    max_priority = _number()
    service_level_threshold_seconds = _number()
    service_level_goal_percent = _number()
    queue_order = serializers.CharField(required=False)
    returning_agent_seconds = _number()
    overflow_skill = serializers.CharField(required=False, allow_null=True)
    overflow_after_seconds = _number()


class PlannedAgentsInput(StrictSerializer):
    """What is tried of agents who are alike."""

    skills = serializers.DictField(child=serializers.IntegerField(), required=False)
    max_concurrent_sms = _number()
    sms_refusal_timeout_seconds = _number()
    cool_down_after_accept_seconds = _number()
    cool_down_after_refusal_seconds = _number()
    cool_down_after_miss_seconds = _number()
    cool_down_after_contact_seconds = _number()


class PlannedGroupInput(PlannedAgentsInput):
    """Agents who were there: the `number` of `base.groups`, and how many more (or, negative, fewer)."""

    number = serializers.IntegerField()
    change = serializers.IntegerField(required=False)
    ignored_fields = ("agents", "hours")


class AddedGroupInput(PlannedAgentsInput):
    """Agents who were not there, with their hours of each day."""

    count = serializers.IntegerField()

    def get_fields(self) -> dict[str, Any]:
        # `from` is a word of the language.
        return {
            **super().get_fields(),
            "from": serializers.CharField(),
            "to": serializers.CharField(),
        }


class PlanDraftInput(StrictSerializer):
    """What is tried. What it does not name is as it was."""

    misses_before_refused = serializers.FloatField(required=False, allow_null=True)
    refused_after_refusal = serializers.BooleanField(required=False)
    away_after_refused_seconds = _number()
    skills = PlannedSkillInput(many=True, required=False)
    groups = PlannedGroupInput(many=True, required=False)
    added = AddedGroupInput(many=True, required=False)


class ChangedPlanInput(StrictSerializer):
    """Another name, or another draft, which is replayed anew."""

    name = serializers.CharField(max_length=100, required=False)
    draft = PlanDraftInput(required=False)


def as_form(draft: Mapping[str, Any], base: Document) -> tuple[dict[str, str], dict[str, str]]:
    """The fields of the page's form that say the same, and where each stands in the document.

    Raises RuleBroken for skills and groups that are not there.
    """
    given: dict[str, str] = {}
    paths: dict[str, str] = {}
    problems: dict[str, list[str]] = {}

    def put(name: str, value: Any, where: str) -> None:
        given[name] = _text(value)
        paths[name] = where

    for shown, kept in TOP_NAMES.items():
        if shown in draft:
            put(kept, draft[shown], shown)
    places = {skill["name"].casefold(): place for place, skill in enumerate(base["skills"])}
    ids = {skill["name"].casefold(): skill["id"] for skill in base["skills"]}
    for number, skill in enumerate(draft.get("skills", ())):
        where = f"skills[{number}]"
        place = places.get(skill["name"].casefold())
        if place is None:
            problems[f"{where}.name"] = [_no_skill(skill["name"])]
            continue
        for shown, kept in SKILL_NAMES.items():
            if shown in skill:
                value = skill[shown]
                if shown == "overflow_skill" and value is not None:
                    value = ids.get(value.casefold(), value)
                put(f"skill-{place}-{kept}", value, f"{where}.{shown}")
    for number, group in enumerate(draft.get("groups", ())):
        where = f"groups[{number}]"
        if not 0 <= group["number"] < len(base["groups"]):
            problems[f"{where}.number"] = [str(_("There is no such group of agents."))]
            continue
        prefix = f"group-{group['number']}"
        if "change" in group:
            put(f"{prefix}-change", group["change"], f"{where}.change")
        _put_agents(group, prefix, where, put)
    added = draft.get("added", ())
    if len(added) > NEW_GROUPS:
        problems["added"] = [str(_("Add at most %(most)s groups.") % {"most": NEW_GROUPS})]
    for number, group in enumerate(added[:NEW_GROUPS]):
        for name in ("count", "from", "to"):
            put(f"added-{number}-{name}", group[name], f"added[{number}].{name}")
        _put_agents({"skills": {}, **group}, f"added-{number}", f"added[{number}]", put)
    if problems:
        raise _broken(problems)
    return given, paths


def _put_agents(group: Mapping[str, Any], prefix: str, where: str, put: Any) -> None:
    if "skills" in group:
        text = ", ".join(f"{name} {proficiency}" for name, proficiency in group["skills"].items())
        put(f"{prefix}-skills", text, f"{where}.skills")
    for shown, kept in GROUP_NAMES.items():
        if shown in group:
            put(f"{prefix}-{kept}", group[shown], f"{where}.{shown}")


def _no_skill(name: str) -> str:
    return str(_("There is no “%(name)s” among the skills of this plan.") % {"name": name})


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _broken(problems: Mapping[str, list[str]]) -> RuleBroken:
    texts = dict.fromkeys(text for some in problems.values() for text in some)
    return RuleBroken(" ".join(texts), fields={f"draft.{where}": some for where, some in problems.items()})


# -- The addresses ---------------


class PlansView(APIView):
    """Past days replayed with another configuration."""

    permission_classes = [IsAuthenticated]
    schema = ApiSchema()

    @extend_schema(responses=OpenApiTypes.OBJECT, operation_id="plans_list")
    def get(self, request: Request) -> Response:
        """The plans of the business unit, newest first."""
        plans = access.plans_of(access.reader(request))
        pages = Pagination()
        page = pages.paginate_queryset(plans, request, view=self)
        return pages.get_paginated_response([plan_json(plan) for plan in page or ()])

    @extend_schema(request=NewPlanInput, responses={201: OpenApiTypes.OBJECT}, operation_id="plans_create")
    @idempotent
    def post(self, request: Request) -> Response:
        """Keep a plan; it is worked out by a task. Read it until its `state` is `done` or `failed`."""
        user = access.reader(request)
        access.require_plan(user)
        body = NewPlanInput(data=request.data)
        body.is_valid(raise_exception=True)
        values = body.validated_data
        plan = create_plan(
            by=user,
            business_unit=unit_of(values, user),
            name=values["name"],
            first=values["first"],
            last=values.get("last", values["first"]),
        )
        send_for_plans()
        plan.refresh_from_db()
        return Response(whole_json(plan), status=201)


class PlanView(APIView):
    """One plan."""

    permission_classes = [IsAuthenticated]
    schema = ApiSchema()

    @extend_schema(responses=OpenApiTypes.OBJECT, operation_id="plans_retrieve")
    def get(self, request: Request, pk: int) -> Response:
        """What was (`base`), what is tried (`draft`), and what came of both (`result`)."""
        return Response(whole_json(_plan(access.reader(request), pk)))

    @extend_schema(
        request=ChangedPlanInput, responses={200: OpenApiTypes.OBJECT}, operation_id="plans_partial_update"
    )
    def patch(self, request: Request, pk: int) -> Response:
        """Try another draft: it is replayed anew. What the draft does not name is as it was."""
        user = access.reader(request)
        plan = _plan(user, pk)
        body = ChangedPlanInput(data=request.data)
        body.is_valid(raise_exception=True)
        _change(user, plan, body.validated_data)
        send_for_plans()
        return Response(whole_json(_plan(user, pk)))

    @extend_schema(responses={204: None}, operation_id="plans_destroy")
    def delete(self, request: Request, pk: int) -> Response:
        """Forget a plan."""
        user = access.reader(request)
        delete_plan(by=user, instance=_plan(user, pk))
        return Response(status=204)


class AgainView(APIView):
    """A plan once more."""

    permission_classes = [IsAuthenticated]
    schema = ApiSchema()

    @extend_schema(request=None, responses={200: OpenApiTypes.OBJECT}, operation_id="plans_run")
    def post(self, request: Request, pk: int) -> Response:
        """Work it out once more, as after a failure."""
        user = access.reader(request)
        run_again(by=user, instance=_plan(user, pk))
        send_for_plans()
        return Response(whole_json(_plan(user, pk)))


def _plan(user: User, pk: int) -> Plan:
    plan = access.plans_of(user).filter(pk=pk).first()
    if plan is None:
        raise Http404
    return plan


def _change(user: User, plan: Plan, values: Mapping[str, Any]) -> None:
    if "draft" not in values:
        rename_plan(by=user, instance=plan, name=values.get("name", plan.name))
        return
    given, paths = ({}, {}) if plan.base is None else as_form(values["draft"], complete(plan.base))
    if "name" in values:
        given["name"] = values["name"]
    try:
        change_plan(by=user, instance=plan, given=given)
    except RuleBroken as refusal:
        fields = {_where(field, paths): texts for field, texts in refusal.fields.items()}
        raise RuleBroken(str(refusal.message), fields=fields) from refusal


def _where(field: str, paths: Mapping[str, str]) -> str:
    """A field of the form as it stands in the body."""
    if field == "name":
        return field
    return f"draft.{paths[field]}" if field in paths else "draft"


urlpatterns = [
    path("plans", PlansView.as_view(), name="api-plans"),
    path("plans/<int:pk>/run", AgainView.as_view(), name="api-plan-run"),
    path("plans/<int:pk>", PlanView.as_view(), name="api-plan"),
]
