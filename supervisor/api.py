"""What supervisors do by the REST API: each call translates and makes one call to a service."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from contacts import notices
from core.clock import database_now
from organizations.models import BusinessUnit, User
from routing.services import interventions
from supervisor import inputs, selectors
from supervisor.board import read_board, read_today
from supervisor.conversation import read_conversation

UNIT = OpenApiParameter("unit", int, description="Id of the business unit, for whoever reaches several.")


class SupervisorView(APIView):
    """A request of somebody who supervises a business unit."""

    @property
    def user(self) -> User:
        """Who asks."""
        return cast("User", self.request.user)

    def unit(self) -> BusinessUnit:
        """The business unit that the request is about. Raises NotAllowed, NotFound."""
        wanted = self.request.query_params.get("unit", "")
        is_number = wanted.isascii() and wanted.isdecimal() and len(wanted) < 19
        return inputs.unit_of(self.user, int(wanted) if is_number else None)

    def read(self, form: type[serializers.Serializer[Any]]) -> dict[str, Any]:
        """The body as the form says."""
        data = form(data=self.request.data)
        data.is_valid(raise_exception=True)
        return dict(data.validated_data)


@extend_schema(parameters=[UNIT], responses=OpenApiTypes.OBJECT)
class BoardView(SupervisorView):
    """The board of this moment: skills, agents, open contacts, alerts. The socket pushes what changes."""

    def get(self, _request: Request) -> Response:
        unit = self.unit()
        board = read_board(unit, read_today(unit))
        head = {"unit": {"id": unit.pk, "name": unit.name}, "server_time": database_now().isoformat()}
        return Response(head | board)


@extend_schema(responses=OpenApiTypes.OBJECT)
class ConversationView(SupervisorView):
    """One contact: what was said, its life, its offers and why each was made."""

    def get(self, _request: Request, pk: int) -> Response:
        return Response(read_conversation(inputs.contact_of(self.user, pk).pk))


@extend_schema(request=inputs.WhisperInput, responses={201: OpenApiTypes.OBJECT})
class WhisperView(SupervisorView):
    """Tell the agent who has the contact something that the customer never sees."""

    def post(self, _request: Request, pk: int) -> Response:
        notice = notices.whisper(contact_id=pk, text=self.read(inputs.WhisperInput)["text"], by=self.user)
        return Response({"id": notice.pk, "contact": pk}, status=201)


@extend_schema(request=None, responses=OpenApiTypes.OBJECT)
class TakeOverView(SupervisorView):
    """Answer the contact oneself."""

    def post(self, _request: Request, pk: int) -> Response:
        interventions.take_over(contact_id=pk, by=self.user, agent=inputs.own_agent(self.user))
        return Response({"id": pk, "state": "active"})


@extend_schema(request=inputs.HandInput, responses=OpenApiTypes.OBJECT)
class HandView(SupervisorView):
    """Hand the contact to a skill or to an agent, whoever has it."""

    def post(self, _request: Request, pk: int) -> Response:
        skill, agent = inputs.target_of(inputs.contact_of(self.user, pk), self.read(inputs.HandInput))
        interventions.hand_over(contact_id=pk, by=self.user, skill=skill, agent=agent)
        return Response({"id": pk, "state": "queued"})


@extend_schema(request=inputs.MoveInput, responses=OpenApiTypes.OBJECT)
class MoveView(SupervisorView):
    """Give a waiting contact another priority, or the place before or after another contact of its skill.

    Without any it goes before all others of its skill.
    """

    def post(self, _request: Request, pk: int) -> Response:
        data = self.read(inputs.MoveInput)
        other = data.get("before") or data.get("after")
        if other is None:
            now = interventions.move_in_queue(contact_id=pk, by=self.user, priority=data["priority"])
        else:
            now = interventions.move_beside(
                contact_id=pk, by=self.user, other_id=other, is_before="before" in data
            )
        return Response({"id": pk, "priority": float(now)})


@extend_schema(request=None, responses=OpenApiTypes.OBJECT)
class CloseView(SupervisorView):
    """Close a contact that is stuck."""

    def post(self, _request: Request, pk: int) -> Response:
        interventions.close_contact(contact_id=pk, by=self.user)
        return Response({"id": pk, "state": "closed"})


@extend_schema(request=inputs.AgentStateInput, responses=OpenApiTypes.OBJECT)
class AgentStateView(SupervisorView):
    """Make an agent available or unavailable."""

    def put(self, _request: Request, pk: int) -> Response:
        data = self.read(inputs.AgentStateInput)
        agent = inputs.agent_of(self.user, pk)
        interventions.set_agent_status(agent=agent, by=self.user, status=data["state"], reason=data["reason"])
        return Response({"id": pk, "state": data["state"], "reason": data["reason"]})


@extend_schema(request=None, responses=OpenApiTypes.OBJECT)
class RequeueView(SupervisorView):
    """Give everything that an absent agent has to others."""

    def post(self, _request: Request, pk: int) -> Response:
        requeued = interventions.requeue_agent(agent=inputs.agent_of(self.user, pk), by=self.user)
        return Response({"id": pk, "contacts": requeued})


@extend_schema(parameters=[UNIT], request=inputs.TellInput, responses={201: OpenApiTypes.OBJECT})
class TellView(SupervisorView):
    """Tell a team, some agents or everybody something."""

    def post(self, _request: Request) -> Response:
        data = self.read(inputs.TellInput)
        audience = inputs.audience_of(self.unit(), data)
        told = notices.tell_agents(agents=audience, text=data["text"], by=self.user)
        return Response({"agents": told}, status=201)


@extend_schema(
    parameters=[UNIT, OpenApiParameter("days", int, description="How many days back, 1 to 92.")],
    responses=OpenApiTypes.OBJECT,
)
class RefusalsView(SupervisorView):
    """Refused and missed offers by agent and hour of the day."""

    def get(self, request: Request) -> Response:
        unit = self.unit()
        days = inputs.days_of(request.query_params.get("days", ""))
        since = selectors.start_of_day(unit, database_now()) - timedelta(days=days - 1)
        rows = selectors.refusals_of(unit, since=since)
        return Response({"days": days, "since": since.isoformat(), "rows": rows})


urlpatterns = [
    path("supervisor/board", BoardView.as_view(), name="supervisor-board"),
    path("supervisor/refusals", RefusalsView.as_view(), name="supervisor-refusals"),
    path("supervisor/messages", TellView.as_view(), name="supervisor-messages"),
    path("supervisor/contacts/<int:pk>", ConversationView.as_view(), name="supervisor-contact"),
    path("supervisor/contacts/<int:pk>/whisper", WhisperView.as_view(), name="supervisor-whisper"),
    path("supervisor/contacts/<int:pk>/take-over", TakeOverView.as_view(), name="supervisor-take-over"),
    path("supervisor/contacts/<int:pk>/hand", HandView.as_view(), name="supervisor-hand"),
    path("supervisor/contacts/<int:pk>/move", MoveView.as_view(), name="supervisor-move"),
    path("supervisor/contacts/<int:pk>/close", CloseView.as_view(), name="supervisor-close"),
    path("supervisor/agents/<int:pk>/state", AgentStateView.as_view(), name="supervisor-agent-state"),
    path("supervisor/agents/<int:pk>/requeue", RequeueView.as_view(), name="supervisor-agent-requeue"),
]
