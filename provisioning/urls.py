"""Everything below /api/v1/ that is configuration or record; and the schema with its page."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path, re_path
from rest_framework.routers import SimpleRouter

from provisioning.configuration_views import ApplyView, ExportView
from provisioning.schema import DocsView, SchemaView
from provisioning.traffic import ContactViewSet, CustomerViewSet, MessageViewSet, OfferViewSet
from provisioning.views import VIEW_SETS


class Router(SimpleRouter):
    """Addresses are without a slash at the end; with one they work too."""

    def __init__(self) -> None:
        super().__init__()
        self.trailing_slash = "/?"


def api_urls(*, contacts: type[ContactViewSet] = ContactViewSet) -> list[URLPattern | URLResolver]:
    """The addresses below /api/v1/. `contacts` may be a view set that also starts contacts."""
    router = Router()
    for view_set in VIEW_SETS:
        slug = view_set.resource.section.replace("_", "-")
        router.register(slug, view_set, basename=slug)
    router.register("customers", CustomerViewSet, basename="customers")
    router.register("contacts", contacts, basename="contacts")
    router.register("messages", MessageViewSet, basename="messages")
    router.register("offers", OfferViewSet, basename="offers")
    return [
        *router.urls,
        re_path(r"^apply/?$", ApplyView.as_view(), name="apply"),
        re_path(r"^export/?$", ExportView.as_view(), name="export"),
    ]


urlpatterns = api_urls()

schema_urlpatterns = [
    path("schema/", SchemaView.as_view(), name="schema"),
    path("docs/", DocsView.as_view(), name="api-docs"),
]
"""To be included below /api/."""
