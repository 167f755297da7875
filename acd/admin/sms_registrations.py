from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext_lazy as _

from acd import cells, figures
from acd.base import ConfiguredAdmin, ConfiguredForm, secret_field
from contacts.models import Message
from core.errors import RuleBroken
from core.permissions import Verb, require
from core.phone import shown_address
from messaging.services.connection import ConnectionTest, try_connection
from sms_registrations.models import SmsRegistration
from sms_registrations.services import (
    create_sms_registration,
    delete_sms_registration,
    update_sms_registration,
)


class SmsRegistrationForm(ConfiguredForm):
    # As people write numbers; the service brings it into one form and checks that.
    transport_code = forms.CharField(
        label=_("Transport code"), max_length=40, help_text=_("The number or code that customers text.")
    )
    api_secret = secret_field(_("API secret"))
    signature_secret = secret_field(_("Signature secret"))

    class Meta:
        model = SmsRegistration
        fields = ("is_active",)  # the field sets of the admin add the others


class ConnectionTestForm(forms.Form):
    """A number to text."""

    to = forms.CharField(
        label=_("Phone number that gets the test"),
        max_length=40,
        help_text=_("Your own mobile phone, with the country code. The provider charges one text."),
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )


@admin.register(SmsRegistration)
class SmsRegistrationAdmin(ConfiguredAdmin):
    form = SmsRegistrationForm
    create_service = staticmethod(create_sms_registration)
    update_service = staticmethod(update_sms_registration)
    delete_service = staticmethod(delete_sms_registration)
    keep_if_blank = ("api_secret", "signature_secret")
    list_display = (
        "number",
        "name",
        "provider",
        "health",
        "last_inbound",
        "last_outbound",
        "opt_outs",
        "business_unit",
        "status",
    )
    list_select_related = ("business_unit",)
    list_filter = ("is_active", "provider", "number_type", "business_unit")
    search_fields = ("transport_code", "name", "notes")
    ordering = ("transport_code", "pk")
    readonly_fields = ("inbound_webhook_url", "status_webhook_url", "created_at", "updated_at")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "business_unit",
                    "provider",
                    "transport_code",
                    "name",
                    "is_active",
                    "number_type",
                    "country",
                    "messages_per_second",
                    "price_per_segment",
                    "price_currency",
                    "notes",
                )
            },
        ),
        (
            _("Account with the provider"),
            {"fields": ("api_key", "api_secret", "signature_method", "signature_secret")},
        ),
        (
            _("Addresses to enter at the provider"),
            {"fields": ("inbound_webhook_url", "status_webhook_url")},
        ),
        (_("History"), {"fields": ("created_at", "updated_at")}),
    )

    @admin.display(description=_("Webhook for inbound texts"))
    def inbound_webhook_url(self, registration: SmsRegistration) -> str:
        return registration.inbound_webhook_url

    @admin.display(description=_("Webhook for delivery receipts"))
    def status_webhook_url(self, registration: SmsRegistration) -> str:
        return registration.status_webhook_url

    def get_urls(self) -> list[Any]:
        test = path(
            "<path:object_id>/test/",
            self.admin_site.admin_view(self.test_view),
            name="sms_registrations_smsregistration_test",
        )
        return [test, *super().get_urls()]

    def test_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Send a test text. Answers with the page, or to htmx with the part that the wizard shows too."""
        require(request.user, SmsRegistration, Verb.EDIT)
        registration = self.get_object(request, object_id)
        if registration is None:
            raise Http404
        form = ConnectionTestForm(request.POST if request.method == "POST" else None)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Test connection"),
            "subtitle": str(registration),
            "opts": self.opts,
            "registration": registration,
            "connection_form": form,
            "connection": self._tested(request, registration, form) if form.is_valid() else None,
        }
        is_part = bool(request.headers.get("HX-Request"))
        return render(request, f"acd/{'_connection_test' if is_part else 'connection_test'}.html", context)

    @staticmethod
    def _tested(
        request: HttpRequest, registration: SmsRegistration, form: ConnectionTestForm
    ) -> ConnectionTest | None:
        text = str(_("Test of %(name)s: texts leave from this number.")) % {"name": registration.name}
        try:
            return try_connection(
                by=request.user,  # type: ignore[arg-type]  # signed in
                registration=registration,
                to=form.cleaned_data["to"],
                text=text,
            )
        except RuleBroken as refusal:
            for name, sentences in refusal.fields.items():
                form.add_error(name, sentences)
            return None

    def with_figures(self, rows: QuerySet[Any], _request: HttpRequest) -> QuerySet[Any]:
        return figures.of_registrations(rows)

    @admin.display(description=_("transport code"), ordering="transport_code")
    def number(self, registration: Any) -> str:
        return shown_address(registration.transport_code)

    @admin.display(description=_("works"))
    def health(self, registration: Any) -> str:
        """What the provider said last: of a pause in sending, else of the last text sent."""
        if registration.pause_reason is not None:
            return cells.badge(cells.BAD, _("Sending pauses"), detail=registration.pause_reason)
        if registration.last_status == Message.Status.FAILED:
            return cells.badge(cells.BAD, _("Last text failed"), detail=registration.last_reason)
        if registration.last_status or registration.last_in:
            return cells.badge(cells.OK, _("Works"))
        return cells.badge(cells.OFF, _("Not used yet"))

    @admin.display(description=_("last text in"), ordering="last_in")
    def last_inbound(self, registration: Any) -> str:
        return cells.ago(registration.last_in)

    @admin.display(description=_("last text out"), ordering="last_out")
    def last_outbound(self, registration: Any) -> str:
        return cells.ago(registration.last_out)

    @admin.display(description=_("opted out"), ordering="opted_out")
    def opt_outs(self, registration: Any) -> str:
        page = "messaging_optout"
        return cells.count(registration.opted_out, page=page, registration__id__exact=registration.pk)
