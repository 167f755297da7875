from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from acd import cells
from acd.base import ConfiguredAdmin, ConfiguredForm, ViewOnlyAdmin, secret_field
from acd.choices import SearchedFilter
from core.permissions import Verb, require
from supervisor.models import Alert, AlertDelivery, AlertWebhook, every_kind
from supervisor.services.webhooks import create_webhook, delete_webhook, send_test, update_webhook


class AlertWebhookForm(ConfiguredForm):
    url = forms.CharField(
        label=_("Address"),
        max_length=500,
        help_text=_("Where alerts are posted, by https: https://chat.example.com/hooks/…"),
        widget=forms.URLInput,
    )
    signing_secret = secret_field(_("Signing secret"))
    kinds = forms.MultipleChoiceField(
        label=_("Alerts"),
        choices=Alert.Kind.choices,
        initial=every_kind,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Which alerts it is told of."),
    )

    class Meta:
        model = AlertWebhook
        fields = ("is_active",)  # the field sets of the admin add the others

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "signing_secret" in self.fields:
            self.fields["signing_secret"].help_text = _(
                "At least 16 characters, which the receiver knows too. Never shown. Blank: the present one, "
                "or a random one for a new webhook."
            )


@admin.register(AlertWebhook)
class AlertWebhookAdmin(ConfiguredAdmin):
    form = AlertWebhookForm
    create_service = staticmethod(create_webhook)
    update_service = staticmethod(update_webhook)
    delete_service = staticmethod(delete_webhook)
    keep_if_blank = ("signing_secret",)
    list_display = ("name", "url", "told_of", "last_result", "business_unit", "status")
    list_select_related = ("business_unit",)
    list_filter = ("is_active", "business_unit")
    search_fields = ("name", "url", "notes")
    readonly_fields = ("created_at", "updated_at")
    fieldsets = (
        (None, {"fields": ("business_unit", "name", "is_active", "url", "signing_secret")}),
        (_("Alerts"), {"fields": ("kinds", "tells_end", "notes")}),
        (_("History"), {"fields": ("created_at", "updated_at")}),
    )

    def get_urls(self) -> list[Any]:
        test = path(
            "<path:object_id>/test/",
            self.admin_site.admin_view(require_POST(self.test_view)),
            name="supervisor_alertwebhook_test",
        )
        return [test, *super().get_urls()]

    def test_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Send a test, and show the log, where it appears."""
        require(request.user, AlertWebhook, Verb.EDIT)
        webhook = self.get_object(request, object_id)
        if webhook is None:
            raise Http404
        send_test(by=request.user, webhook=webhook)  # type: ignore[arg-type]  # signed in
        words = _("The test is on its way. Reload this page to see what the receiver answered.")
        messages.success(request, words)
        log = reverse("admin:supervisor_alertdelivery_changelist")
        return redirect(f"{log}?webhook__id__exact={webhook.pk}")

    @admin.display(description=_("alerts"))
    def told_of(self, webhook: AlertWebhook) -> str:
        return ", ".join(str(Alert.Kind(kind).label) for kind in webhook.kinds)

    @admin.display(description=_("last delivery"))
    def last_result(self, webhook: AlertWebhook) -> str:
        last = webhook.deliveries.order_by("-id").first()
        return cells.badge(cells.OFF, _("Not used yet")) if last is None else _badge(last)


FAILURES = {
    "timeout": _("No answer in time"),
    "unreachable": _("It cannot be reached"),
    "too_large": _("The answer was too large"),
    "bad_address": _("The address is not valid"),
    "https_only": _("The address must begin with https://"),
    "private_address": _("The address leads into a private network"),
    "secret_unreadable": _("The signing secret cannot be read: enter it anew"),
}


def _why(delivery: AlertDelivery) -> Any:
    """Why the last attempt came to nothing; blank when it did not."""
    if delivery.failure:
        return FAILURES.get(delivery.failure, delivery.failure)
    is_refused = delivery.status is not None and delivery.state != AlertDelivery.State.DELIVERED
    return _("It answered %(status)s") % {"status": delivery.status} if is_refused else ""


def _badge(delivery: AlertDelivery) -> str:
    kind = {
        AlertDelivery.State.DELIVERED: cells.OK,
        AlertDelivery.State.WAITING: cells.WAITING,
        AlertDelivery.State.GIVEN_UP: cells.BAD,
    }[AlertDelivery.State(delivery.state)]
    return cells.badge(kind, delivery.get_state_display(), detail=_why(delivery))


@admin.register(AlertDelivery)
class AlertDeliveryAdmin(ViewOnlyAdmin):
    unit_path = "webhook__business_unit"
    list_display = (
        "id",
        "webhook",
        "event",
        "about",
        "result",
        "attempts",
        "http_status",
        "created_at",
        "finished_at",
        "next_attempt",
    )
    list_select_related = ("webhook",)
    list_filter = ("state", "event", ("webhook", SearchedFilter))
    search_fields = ("=id", "=key")

    @admin.display(description=_("about"))
    def about(self, delivery: AlertDelivery) -> str:
        alert = delivery.payload.get("alert")
        if not alert:
            return cells.NOTHING
        kind = alert["kind"]
        label = Alert.Kind(kind).label if kind in Alert.Kind.values else kind
        return f"{label}: {alert['subject']['name']}"

    @admin.display(description=_("state"), ordering="state")
    def result(self, delivery: AlertDelivery) -> str:
        return _badge(delivery)

    @admin.display(description=_("HTTP status"), ordering="status")
    def http_status(self, delivery: AlertDelivery) -> int | None:
        return delivery.status

    @admin.display(description=_("next attempt"), ordering="due_at")
    def next_attempt(self, delivery: AlertDelivery) -> Any:
        return delivery.due_at if delivery.state == AlertDelivery.State.WAITING else None
