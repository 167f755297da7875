"""Customers, contacts, messages and offers: what happened, read only."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Now
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from contacts.models import Contact, Customer, Message, TraceStep
from provisioning import filters
from provisioning.serializers import traffic
from provisioning.serializers.base import OutputSerializer
from provisioning.viewsets import ReachViewSet
from routing.models import Decision, Offer


class CustomerViewSet(ReachViewSet):
    """The people who write, by the address they write from."""

    permission_model = Customer
    serializer_class = traffic.CustomerOutput
    filterset_class = filters.CustomerFilters
    search_fields = ["address", "e164", "name"]
    orderings = {"id": "id", "address": "address", "name": "name", "created_at": "created_at"}
    default_ordering = ["-id"]

    def base_queryset(self) -> QuerySet[Customer]:
        return Customer.objects.select_related("business_unit")


class ContactViewSet(ReachViewSet):
    """Interactions, from the first text to the close."""

    permission_model = Contact
    serializer_class = traffic.ContactOutput
    filterset_class = filters.ContactFilters
    search_fields = ["customer__address", "customer__name", "notes"]
    orderings = {
        "id": "id",
        "state": "state",
        "skill": "skill__name",
        "agent": "agent__user__username",
        "queued_at": "queued_at",
        "accepted_at": "accepted_at",
        "ended_at": "ended_at",
        "closed_at": "closed_at",
        "created_at": "created_at",
    }
    default_ordering = ["-id"]

    def base_queryset(self) -> QuerySet[Contact]:
        return (
            Contact.objects.annotate(read_at=Now())
            .select_related(
                "business_unit",
                "customer",
                "transport_code",
                "point_of_contact",
                "skill",
                "agent__user",
                "lane",
                "disposition",
                "script_run__version__script",
            )
            .prefetch_related("tags")
        )

    @extend_schema(responses=traffic.TraceStepOutput(many=True))
    @action(detail=True, filterset_class=filters.NoFilters, orderings={"position": "position"})
    def trace(self, _request: Request, pk: str) -> Response:
        """The path through the script, action by action."""
        steps = TraceStep.objects.filter(contact_id=self.find(pk).pk).order_by("position")
        return self._page(steps, traffic.TraceStepOutput)

    @extend_schema(responses=traffic.DecisionOutput(many=True))
    @action(detail=True, filterset_class=filters.NoFilters, orderings={"at": "at"})
    def decisions(self, _request: Request, pk: str) -> Response:
        """Why the contact went where it went, offer by offer."""
        decisions = Decision.objects.filter(contact_id=self.find(pk).pk)
        rows = decisions.select_related("offer__agent__user").order_by("at", "offer_id")
        return self._page(rows, traffic.DecisionOutput)

    def _page(self, rows: QuerySet[Any], shape: type[OutputSerializer]) -> Response:
        return self.get_paginated_response(shape(self.paginate_queryset(rows), many=True).data)


class MessageViewSet(ReachViewSet):
    """Texts as people see them, joined from their parts."""

    permission_model = Message
    unit_path = "contact__business_unit"
    serializer_class = traffic.MessageOutput
    filterset_class = filters.MessageFilters
    search_fields = ["text", "from_address", "to_address"]
    orderings = {"id": "id", "created_at": "created_at", "position": "position"}
    default_ordering = ["id"]

    def base_queryset(self) -> QuerySet[Message]:
        return Message.objects.select_related("transport_code", "author").prefetch_related("parts")


class OfferViewSet(ReachViewSet):
    """Contacts put before agents, and what the agents did."""

    permission_model = Offer
    unit_path = "contact__business_unit"
    serializer_class = traffic.OfferOutput
    filterset_class = filters.OfferFilters
    search_fields = ["agent__user__username", "skill__name", "reason"]
    orderings = {
        "id": "id",
        "offered_at": "offered_at",
        "expires_at": "expires_at",
        "settled_at": "settled_at",
        "state": "state",
    }
    default_ordering = ["id"]

    def base_queryset(self) -> QuerySet[Offer]:
        return Offer.objects.select_related("agent__user", "skill")
