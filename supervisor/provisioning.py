"""Alert webhooks in the provisioning API: as every configured object, with a call that sends a test."""

from __future__ import annotations

from typing import ClassVar

from django.db.models import QuerySet
from django.urls import URLPattern, URLResolver
from django_filters import rest_framework as django_filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.permissions import Verb
from organizations.models import BusinessUnit
from provisioning.filters import ConfigurableFilters, FlagFilter, NameFilter
from provisioning.resources import Resource
from provisioning.serializers.base import InputSerializer, OutputSerializer, UnitField, reference
from provisioning.urls import Router
from provisioning.viewsets import ConfigurationViewSet, acting_user
from supervisor.models import Alert, AlertWebhook
from supervisor.services.webhooks import create_webhook, delete_webhook, send_test, update_webhook

_READ = ["business_unit", "name", "is_active", "url", "kinds", "tells_end", "notes"]


class AlertWebhookInput(InputSerializer):
    business_unit = UnitField()
    kept_fields = ("signing_secret",)

    class Meta:
        model = AlertWebhook
        fields = [*_READ, "signing_secret"]
        extra_kwargs = {"signing_secret": {"write_only": True}}


class AlertWebhookOutput(OutputSerializer):
    business_unit = reference(BusinessUnit)

    class Meta:
        model = AlertWebhook
        fields = ["id", *_READ, "created_at", "updated_at"]


class AlertWebhookFilters(ConfigurableFilters):
    url = NameFilter()
    kind = django_filters.ChoiceFilter(method="told_of", choices=Alert.Kind.choices)
    tells_end = FlagFilter()

    def told_of(self, rows: QuerySet[AlertWebhook], _name: str, kind: str) -> QuerySet[AlertWebhook]:
        """Those that are told of alerts of this kind."""
        return rows.filter(kinds__contains=[kind])


ALERT_WEBHOOKS = Resource(
    "alert_webhooks",
    AlertWebhook,
    AlertWebhookInput,
    AlertWebhookOutput,
    lambda: AlertWebhook.objects.select_related("business_unit"),
    create_webhook,
    update_webhook,
    delete_webhook,
)


class AlertWebhookViewSet(ConfigurationViewSet):
    """Other systems that are told of alerts. The signing secret is written and never read."""

    resource = ALERT_WEBHOOKS
    filterset_class = AlertWebhookFilters
    search_fields = ["name", "url", "notes"]
    action_verbs: ClassVar[dict[str, Verb | None]] = {"test": Verb.EDIT}

    @extend_schema(request=None, responses={202: OpenApiTypes.OBJECT})
    @action(detail=True, methods=["post"])
    def test(self, request: Request, pk: str) -> Response:
        """Send a test; `id` is what the receiver gets as Acd-Delivery."""
        delivery = send_test(by=acting_user(request), webhook=self.find(pk))
        return Response({"id": str(delivery.key), "state": delivery.state}, status=202)


_ROUTER = Router()
_ROUTER.register("alert-webhooks", AlertWebhookViewSet, basename="alert-webhooks")

urlpatterns: list[URLPattern | URLResolver] = _ROUTER.urls
