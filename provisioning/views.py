"""The configured resources, and the comparison of skills."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.permissions import Verb
from provisioning import filters, resources
from provisioning.comparison import ComparisonInput, ComparisonOutput, compare
from provisioning.hours import ON, DayOutput, DayQuery, day_as_json
from provisioning.reach import within_reach
from provisioning.scripts import ScriptViewSet
from provisioning.tables.api import TabularViewSet
from provisioning.viewsets import ConfigurationViewSet, acting_user
from skills.models import Skill


class BusinessUnitViewSet(TabularViewSet):
    """The top organisational grouping. A superuser reaches all, everybody else only his own."""

    resource = resources.BUSINESS_UNITS
    filterset_class = filters.BusinessUnitFilters


class SmsRegistrationViewSet(TabularViewSet):
    """A number or code, its provider and credentials. Secrets are written and never read."""

    resource = resources.SMS_REGISTRATIONS
    filterset_class = filters.SmsRegistrationFilters
    search_fields = ["name", "transport_code", "notes"]
    orderings = {**ConfigurationViewSet.orderings, "transport_code": "transport_code", "provider": "provider"}


class CampaignViewSet(TabularViewSet):
    """Groupings of skills for reports."""

    resource = resources.CAMPAIGNS
    filterset_class = filters.CampaignFilters
    search_fields = ["name", "description", "notes"]


class DispositionViewSet(TabularViewSet):
    """Outcomes of contacts."""

    resource = resources.DISPOSITIONS
    filterset_class = filters.DispositionFilters
    search_fields = ["name", "notes"]
    orderings = {**ConfigurationViewSet.orderings, "classification": "classification"}


class TagViewSet(TabularViewSet):
    """Marks on contacts."""

    resource = resources.TAGS
    filterset_class = filters.TagFilters
    search_fields = ["name", "notes"]


class QuickReplyViewSet(ConfigurationViewSet):
    """Texts that agents insert by a few letters, and how often they did."""

    resource = resources.QUICK_REPLIES
    filterset_class = filters.QuickReplyFilters
    search_fields = ["name", "shortcut", "text", "notes"]
    orderings = {
        **ConfigurationViewSet.orderings,
        "shortcut": "shortcut",
        "language": "language",
        "times_used": "times",
        "last_used_at": "last_use",
    }


class HoursOfOperationViewSet(ConfigurationViewSet):
    """When it is open: by the day of the week, with holidays and other special days."""

    resource = resources.HOURS_OF_OPERATION
    filterset_class = filters.HoursOfOperationFilters
    search_fields = ["name", "notes"]
    orderings = {**ConfigurationViewSet.orderings, "time_zone": "time_zone", "override": "override"}
    action_verbs = {"day": Verb.VIEW}

    @extend_schema(parameters=[ON], responses={200: DayOutput}, filters=False)
    @action(detail=True, methods=["get"])
    def day(self, request: Request, pk: str) -> Response:
        """What happens on a date: from its first moment to its last, what is open and what is not."""
        query = DayQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        return Response(day_as_json(self.find(pk), query.validated_data["date"]))


class ScriptSecretViewSet(ConfigurationViewSet):
    """Secrets that scripts send to other systems. The value is written and never read."""

    resource = resources.SCRIPT_SECRETS
    filterset_class = filters.ScriptSecretFilters
    search_fields = ["name", "hosts", "notes"]


class SkillViewSet(TabularViewSet):
    """Queues, and the ability that agents need to serve them."""

    resource = resources.SKILLS
    filterset_class = filters.SkillFilters
    search_fields = ["name", "notes", "campaign__name"]
    orderings = {
        **ConfigurationViewSet.orderings,
        "direction": "direction",
        "campaign": "campaign__name",
        "initial_priority": "initial_priority",
        "acceleration": "acceleration",
        "max_priority": "max_priority",
    }
    action_verbs = {"compare_priorities": Verb.VIEW}

    @extend_schema(request=ComparisonInput, responses={200: ComparisonOutput})
    @action(detail=False, methods=["post"], url_path="compare-priorities")
    def compare_priorities(self, request: Request) -> Response:
        """How the priorities of skills grow with the wait, and exactly when one overtakes another."""
        body = ComparisonInput(data=request.data)
        body.is_valid(raise_exception=True)
        values = dict(body.validated_data)
        user = acting_user(request)
        return Response(
            compare(
                reached=within_reach(Skill.objects.all(), user),
                home=user.business_unit,
                entries=values.pop("skills"),
                **values,
            )
        )


class TeamViewSet(TabularViewSet):
    """Agents who share limits."""

    resource = resources.TEAMS
    filterset_class = filters.TeamFilters


class AgentViewSet(TabularViewSet):
    """People who answer. Posting an agent makes the account if it does not exist; it has no password then."""

    resource = resources.AGENTS
    filterset_class = filters.AgentFilters
    search_fields = ["user__username", "user__first_name", "user__last_name", "team__name"]
    orderings = {
        "id": "id",
        "username": "user__username",
        "name": "user__last_name",
        "team": "team__name",
        "is_active": "is_active",
        "created_at": "created_at",
        "updated_at": "updated_at",
    }
    default_ordering = ["user__username"]


class PointOfContactViewSet(TabularViewSet):
    """Which skill and script serve the customers who write to a number."""

    resource = resources.POINTS_OF_CONTACT
    filterset_class = filters.PointOfContactFilters
    search_fields = ["name", "transport_code__transport_code", "skill__name", "script__name"]
    orderings = {
        **ConfigurationViewSet.orderings,
        "transport_code": "transport_code__transport_code",
        "skill": "skill__name",
        "script": "script__name",
    }


VIEW_SETS = (
    BusinessUnitViewSet,
    SmsRegistrationViewSet,
    CampaignViewSet,
    DispositionViewSet,
    TagViewSet,
    QuickReplyViewSet,
    HoursOfOperationViewSet,
    ScriptSecretViewSet,
    SkillViewSet,
    TeamViewSet,
    AgentViewSet,
    ScriptViewSet,
    PointOfContactViewSet,
)
