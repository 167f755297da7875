"""The OpenAPI document at /api/schema/ and the page that shows it at /api/docs/."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # untyped library
    """Tells the generator about our tokens."""

    target_class = "organizations.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, _auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "manage.py create_api_token USERNAME"}


class Generator(SchemaGenerator):
    """Writes each address once, without the optional slash at its end."""

    def get_schema(self, request: Any = None, public: bool = False) -> Any:  # noqa: FBT001, FBT002 - the library's signature
        document: dict[str, Any] = super().get_schema(request, public)  # type: ignore[no-untyped-call]  # untyped
        paths = document["paths"]
        document["paths"] = {address.rstrip("/"): operations for address, operations in paths.items()}
        return document


class SchemaView(SpectacularAPIView):
    """OpenAPI 3; JSON or YAML by content negotiation (`?format=json`)."""

    generator_class = Generator


class DocsView(SpectacularSwaggerSplitView):
    """Swagger UI from our own files. Its start script comes from its own address: no inline script here."""

    template_name = "provisioning/api_docs.html"
