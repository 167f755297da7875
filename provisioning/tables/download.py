"""Files as answers."""

from __future__ import annotations

from django.http import HttpResponse

from provisioning.resources import Resource
from provisioning.tables.writing import Format


def file_response(resource: Resource, content: bytes, file_format: Format, what: str) -> HttpResponse:
    """The file, to be saved under a name that says what it is."""
    name = f"{resource.section.replace('_', '-')}-{what}.{file_format}"
    disposition = f'attachment; filename="{name}"'
    return HttpResponse(
        content, content_type=file_format.media_type, headers={"Content-Disposition": disposition}
    )
