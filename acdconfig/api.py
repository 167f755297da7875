"""The REST API, put together from the rooms that answer."""

from __future__ import annotations

from typing import ClassVar

from django.urls import include, path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.permissions import Verb
from provisioning.traffic import ContactViewSet
from provisioning.urls import api_urls, schema_urlpatterns
from reporting import api as reporting
from reporting.planning import api as plans
from supervisor import api as supervisor
from supervisor import provisioning as supervisor_provisioning
from workspace import api as workspace
from workspace.inputs import StartInput


class Contacts(ContactViewSet):
    """Interactions, from the first text to the close."""

    # Any agent may; the workspace finds out whether the user is one.
    action_verbs: ClassVar[dict[str, Verb | None]] = {"create": None}

    @extend_schema(request=StartInput, responses={201: OpenApiTypes.OBJECT})
    def create(self, request: Request) -> Response:
        """Write to a customer first, with an outbound skill."""
        view = workspace.StartView()
        view.request = request
        return view.post(request)


urlpatterns = [
    path("v1/", include(workspace.urlpatterns)),
    path("v1/", include(supervisor.urlpatterns)),
    path("v1/", include(supervisor_provisioning.urlpatterns)),
    path("v1/", include(reporting.urlpatterns)),
    path("v1/", include(plans.urlpatterns)),
    path("v1/", include(api_urls(contacts=Contacts))),
    *schema_urlpatterns,
]
