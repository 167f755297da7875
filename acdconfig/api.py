"""Addresses of the REST API that two rooms share."""

from __future__ import annotations

from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response

from provisioning.traffic import ContactViewSet
from workspace.api import StartView


class Contacts(ContactViewSet, StartView):
    """GET lists the record; POST is an agent who writes to a customer first."""

    def get_permissions(self) -> list[object]:
        if self.action == "create":
            return [permission() for permission in StartView.permission_classes]
        return super().get_permissions()

    def create(self, request: Request) -> Response:
        """Write to a customer first, with an outbound skill."""
        return StartView.post(self, request)


urlpatterns = [path("contacts", Contacts.as_view({"get": "list", "post": "create"}), name="contacts")]
