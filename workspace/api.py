"""The agent's own endpoints: each translates and makes one call to a service."""

from __future__ import annotations

from typing import Any, cast

from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from agents.models import Agent
from contacts.drafts import keep_draft
from contacts.notices import mark_notice_read
from contacts.participants import add_note, consult, leave
from contacts.screen_pops import answer_screen_pop
from contacts.services import mark_read, mark_unread
from contacts.snoozing import snooze_contact, wake_contact
from core.errors import NotAllowed, RuleBroken
from core.idempotency import idempotent
from organizations.models import User
from organizations.sockets import socket_url
from routing.models import Offer
from routing.services import assignments, handovers, offers, presence
from workspace import history, inputs, snapshot
from workspace.services import replies, web_push


class AgentView(APIView):
    """A request of an agent, who is who is signed in."""

    @property
    def agent(self) -> Agent:
        """Who asks; his asking is a sign of life."""
        user = cast(User, self.request.user)  # IsAuthenticated is the default
        agent = presence.agent_who_asks(user=user, monitored=self.is_browser)
        if agent is None:
            raise NotAllowed(inputs.NO_AGENT)
        return agent

    @property
    def is_browser(self) -> bool:
        """A browser must keep proving that it is alive; a program with a token need not."""
        return not isinstance(self.request.auth, str)

    def read(self, request: Request, form: type[serializers.Serializer[Any]]) -> dict[str, Any]:
        data = form(data=request.data)
        data.is_valid(raise_exception=True)
        return dict(data.validated_data)


@extend_schema(responses=OpenApiTypes.OBJECT)
class WorkspaceView(AgentView):
    """The snapshot: state, offers, contacts, and the number of the last push it includes."""

    def get(self, request: Request) -> Response:
        agent = self.agent
        address = socket_url(host=request.get_host(), is_secure=request.is_secure(), path="/ws/workspace")
        return Response(snapshot.workspace_json(agent, socket_address=address))


@extend_schema(request=inputs.StateInput, responses=OpenApiTypes.OBJECT)
class StateView(AgentView):
    """The agent is available, or unavailable for a reason."""

    def put(self, request: Request) -> Response:
        agent = self.agent
        data = self.read(request, inputs.StateInput)
        presence.set_status(
            agent=agent, status=data["state"], reason=data["reason"], monitored=self.is_browser
        )
        return Response(snapshot.state_json(agent.pk))


class PushSubscriptionView(AgentView):
    """Whether this browser is told of offers and texts while no page is open."""

    @extend_schema(request=inputs.PushSubscriptionInput, responses={204: None})
    def put(self, request: Request) -> Response:
        """It is, from now on."""
        agent = self.agent
        data = self.read(request, inputs.PushSubscriptionInput)
        web_push.subscribe(agent=agent, endpoint=data["endpoint"], **data["keys"])
        return Response(status=204)

    @extend_schema(request=inputs.PushEndpointInput, responses={204: None})
    def delete(self, request: Request) -> Response:
        """It is not any more."""
        agent = self.agent
        web_push.unsubscribe(agent=agent, endpoint=self.read(request, inputs.PushEndpointInput)["endpoint"])
        return Response(status=204)


class NextStateView(AgentView):
    """What the agent becomes after what is before him now."""

    @extend_schema(request=inputs.NextStateInput, responses=OpenApiTypes.OBJECT)
    def put(self, request: Request) -> Response:
        """Unavailable for a reason once he has no contact and no offer; until then nothing new comes."""
        agent = self.agent
        reason = self.read(request, inputs.NextStateInput)["reason"]
        presence.leave_after_contacts(agent=agent, reason=reason)
        return Response(snapshot.state_json(agent.pk))

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def delete(self, _request: Request) -> Response:
        """He stays after all."""
        agent = self.agent
        presence.stay_after_contacts(agent=agent)
        return Response(snapshot.state_json(agent.pk))


@extend_schema(request=None, responses=OpenApiTypes.OBJECT)
class AcceptView(AgentView):
    """Take the contact that is offered. 409 `offer_gone` when it is too late."""

    def post(self, _request: Request, pk: int) -> Response:
        with snapshot.shown() as shown:
            offer = offers.accept_offer(offer_id=pk, by=self.agent)
        return Response(_settled(offer) | {"contact": shown.contact(offer.contact_id)})


@extend_schema(request=None, responses=OpenApiTypes.OBJECT)
class RefuseView(AgentView):
    """Leave the contact that is offered to others. 409 `offer_gone` when it is too late."""

    def post(self, _request: Request, pk: int) -> Response:
        return Response(_settled(offers.refuse_offer(offer_id=pk, by=self.agent)))


def _settled(offer: Offer) -> dict[str, Any]:
    return {"id": offer.pk, "contact": offer.contact_id, "state": offer.state, "reason": offer.reason}


@extend_schema(request=inputs.ReplyInput, responses={201: OpenApiTypes.OBJECT})
class MessagesView(AgentView):
    """Reply to the customer."""

    @idempotent
    def post(self, request: Request, pk: int) -> Response:
        data = self.read(request, inputs.ReplyInput)
        with snapshot.shown() as shown:
            message = replies.reply(
                contact_id=pk, text=data["text"], by=self.agent, quick_reply_id=data["quick_reply"]
            )
        return Response(shown.message(message.pk) | {"contact": pk}, status=201)


@extend_schema(responses=OpenApiTypes.OBJECT)
class QuickRepliesView(AgentView):
    """The quick replies for a contact, filled in for it."""

    def get(self, _request: Request, pk: int) -> Response:
        agent = self.agent
        contact = inputs.own_contact(agent, pk)
        return Response({"results": replies.quick_replies(contact=contact, by=agent)})


@extend_schema(request=inputs.TransferInput, responses=OpenApiTypes.OBJECT)
class TransferView(AgentView):
    """Hand the contact to another skill or agent."""

    def post(self, request: Request, pk: int) -> Response:
        agent = self.agent
        data = self.read(request, inputs.TransferInput)
        skill = inputs.skill_named(agent, data["skill"]) if data.get("skill") else None
        other = inputs.agent_named(agent, data["agent"]) if data.get("agent") else None
        handovers.hand_on(contact_id=pk, by=agent, skill=skill, agent=other, note=data["note"])
        return Response({"id": pk, "state": "transferred"})


@extend_schema(request=None, responses=OpenApiTypes.OBJECT)
class TakeBackView(AgentView):
    """Take back what one has handed on, while nobody has taken it. 409 `already_taken` when too late."""

    def post(self, _request: Request, pk: int) -> Response:
        handovers.take_back(contact_id=pk, by=self.agent)
        return Response(snapshot.contact_json_by_id(pk))


@extend_schema(request=inputs.TypedInput, responses={204: None})
class DraftView(AgentView):
    """Keep what has been typed and not sent."""

    def put(self, request: Request, pk: int) -> Response:
        agent = self.agent
        keep_draft(contact_id=pk, by=agent, text=self.read(request, inputs.TypedInput)["text"])
        return Response(status=204)


class SnoozeView(AgentView):
    """Put a contact aside until a moment or the customer's next text; take it up again."""

    @extend_schema(request=inputs.SnoozeInput, responses=OpenApiTypes.OBJECT)
    def put(self, request: Request, pk: int) -> Response:
        agent = self.agent
        snooze_contact(contact_id=pk, by=agent, until=self.read(request, inputs.SnoozeInput)["until"])
        return Response(snapshot.contact_json_by_id(pk))

    @extend_schema(request=None, responses=OpenApiTypes.OBJECT)
    def delete(self, _request: Request, pk: int) -> Response:
        wake_contact(contact_id=pk, by=self.agent)
        return Response(snapshot.contact_json_by_id(pk))


@extend_schema(request=inputs.NoteInput, responses={201: OpenApiTypes.OBJECT})
class NotesView(AgentView):
    """Write to colleagues in a contact; the customer never sees it."""

    @idempotent
    def post(self, request: Request, pk: int) -> Response:
        agent = self.agent
        note = add_note(contact_id=pk, text=self.read(request, inputs.NoteInput)["text"], by=agent)
        return Response(snapshot.note_json_by_id(note.pk), status=201)


class ConsultationView(AgentView):
    """Ask a colleague about a contact without the customer noticing; let him go again, or go oneself."""

    @extend_schema(request=inputs.ConsultationInput, responses=OpenApiTypes.OBJECT)
    def post(self, request: Request, pk: int) -> Response:
        agent = self.agent
        data = self.read(request, inputs.ConsultationInput)
        colleague = inputs.agent_named(agent, data["agent"])
        consult(contact_id=pk, colleague=colleague, text=data["text"], by=agent)
        return Response(snapshot.contact_json_by_id(pk))

    @extend_schema(request=inputs.ParticipantInput, responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        agent = self.agent
        named = self.read(request, inputs.ParticipantInput).get("agent")
        leave(contact_id=pk, agent=inputs.agent_named(agent, named) if named else agent, by=agent)
        return Response(status=204)


@extend_schema(responses=OpenApiTypes.OBJECT)
class HistoryView(AgentView):
    """Earlier contacts of the customer, newest first, with their texts."""

    def get(self, _request: Request, pk: int) -> Response:
        return Response({"results": history.earlier_contacts(inputs.own_contact(self.agent, pk))})


@extend_schema(request=None, responses=OpenApiTypes.OBJECT)
class EndView(AgentView):
    """End the conversation."""

    def post(self, _request: Request, pk: int) -> Response:
        assignments.end_contact(contact_id=pk, by=self.agent)
        return Response(snapshot.contact_json_by_id(pk))


@extend_schema(request=None, responses=OpenApiTypes.OBJECT)
class ExtendView(AgentView):
    """A minute more of after-contact work. 409 `no_more_time` at the limit that the skill sets."""

    def post(self, _request: Request, pk: int) -> Response:
        assignments.extend_after_contact_work(contact_id=pk, by=self.agent)
        return Response(snapshot.contact_json_by_id(pk))


@extend_schema(request=inputs.DispositionInput, responses=OpenApiTypes.OBJECT)
class DispositionView(AgentView):
    """Record the outcome; in after-contact work this closes the contact."""

    def post(self, request: Request, pk: int) -> Response:
        agent = self.agent
        data = self.read(request, inputs.DispositionInput)
        disposition, tags = inputs.outcome_of(agent, disposition=data["disposition"], tags=data["tags"])
        assignments.set_disposition(
            contact_id=pk, by=agent, disposition=disposition, notes=data["notes"], tags=tags
        )
        return Response(snapshot.contact_json_by_id(pk))


@extend_schema(request=inputs.PopInput, responses=OpenApiTypes.OBJECT)
class ScreenPopView(AgentView):
    """Enter values in the form of a screen pop; the script finds them in its variables."""

    def put(self, request: Request, pk: int, pop: int) -> Response:
        values = self.read(request, inputs.PopInput)["values"]
        answer_screen_pop(contact_id=pk, pop_id=pop, by=self.agent, values=values)
        return Response(snapshot.contact_json_by_id(pk))


@extend_schema(request=None, responses={204: None})
class ReadView(AgentView):
    """The agent has seen the texts of the contact."""

    def post(self, _request: Request, pk: int) -> Response:
        contact = inputs.own_contact(self.agent, pk)
        mark_read(contact_id=contact.pk)
        return Response(status=204)


@extend_schema(request=None, responses={204: None})
class UnreadView(AgentView):
    """Be reminded of a contact, as if its last text had just come."""

    def post(self, _request: Request, pk: int) -> Response:
        contact = inputs.own_contact(self.agent, pk)
        mark_unread(contact_id=contact.pk)
        return Response(status=204)


@extend_schema(request=None, responses={204: None})
class NoticeReadView(AgentView):
    """The agent has read what a supervisor told him."""

    def post(self, _request: Request, pk: int) -> Response:
        mark_notice_read(notice_id=pk, by=self.agent)
        return Response(status=204)


@extend_schema(request=inputs.StartInput, responses={201: OpenApiTypes.OBJECT})
class StartView(AgentView):
    """Write to a customer first, with an outbound skill."""

    @idempotent
    def post(self, request: Request) -> Response:
        agent = self.agent
        values = self.read(request, inputs.StartInput)
        skill = inputs.skill_named(agent, values["skill"])
        if skill.transport_code is None:
            raise RuleBroken(inputs.NOT_OUTBOUND, fields={"skill": [inputs.NOT_OUTBOUND]})
        address = inputs.address_to_text(values["to"], country=skill.transport_code.country)
        contact = replies.write_first(skill=skill, address=address, text=values["text"], by=agent)
        return Response(snapshot.contact_json_by_id(contact.pk), status=201)


# What is asked most comes first: every pattern before it is tried in vain.
urlpatterns = [
    path("contacts/<int:pk>/messages", MessagesView.as_view(), name="contact-messages"),
    path("contacts/<int:pk>/end", EndView.as_view(), name="contact-end"),
    path("offers/<int:pk>/accept", AcceptView.as_view(), name="offer-accept"),
    path("me/workspace", WorkspaceView.as_view(), name="me-workspace"),
    path("me/state", StateView.as_view(), name="me-state"),
    path("me/push-subscription", PushSubscriptionView.as_view(), name="me-push-subscription"),
    path("me/next-state", NextStateView.as_view(), name="me-next-state"),
    path("offers/<int:pk>/refuse", RefuseView.as_view(), name="offer-refuse"),
    path("contacts/<int:pk>/transfer", TransferView.as_view(), name="contact-transfer"),
    path("contacts/<int:pk>/extend", ExtendView.as_view(), name="contact-extend"),
    path("contacts/<int:pk>/disposition", DispositionView.as_view(), name="contact-disposition"),
    path("me/notices/<int:pk>/read", NoticeReadView.as_view(), name="notice-read"),
    path("contacts/<int:pk>/screen-pops/<int:pop>", ScreenPopView.as_view(), name="contact-screen-pop"),
    path("contacts/<int:pk>/read", ReadView.as_view(), name="contact-read"),
    path("contacts/<int:pk>/unread", UnreadView.as_view(), name="contact-unread"),
    path("contacts/<int:pk>/take-back", TakeBackView.as_view(), name="contact-take-back"),
    path("contacts/<int:pk>/draft", DraftView.as_view(), name="contact-draft"),
    path("contacts/<int:pk>/snooze", SnoozeView.as_view(), name="contact-snooze"),
    path("contacts/<int:pk>/notes", NotesView.as_view(), name="contact-notes"),
    path("contacts/<int:pk>/consultation", ConsultationView.as_view(), name="contact-consultation"),
    path("contacts/<int:pk>/quick-replies", QuickRepliesView.as_view(), name="contact-quick-replies"),
    path("contacts/<int:pk>/history", HistoryView.as_view(), name="contact-history"),
]
