"""`{resource}/import`, `/import-template` and `/export`: configured objects as files."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from core.errors import RuleBroken
from provisioning.planner import CREATE, UNCHANGED, UPDATE
from provisioning.tables.download import file_response
from provisioning.tables.importing import ERROR, apply_import, check_may_import, preview_import
from provisioning.tables.reading import MAX_BYTES, FileRefused
from provisioning.tables.writing import Format, export_table, import_template
from provisioning.viewsets import ConfigurationViewSet, acting_user

FORM_OVERHEAD = 64 * 1024
"""What the body of a form has besides its file."""

FORMAT = OpenApiParameter("format", str, enum=list(Format), description="csv unless said.")
HEADINGS = OpenApiParameter(
    "headings",
    str,
    enum=["names", "labels"],
    description="Names of the API (unless said), or what people read, in the user's language.",
)
FILES = {
    (200, Format.CSV.media_type): OpenApiTypes.BINARY,
    (200, Format.XLSX.media_type): OpenApiTypes.BINARY,
}
UPLOAD = {
    "multipart/form-data": {
        "type": "object",
        "properties": {"file": {"type": "string", "format": "binary"}},
        "required": ["file"],
    }
}
IMPORT_PARAMETERS = [
    OpenApiParameter("dry_run", bool, description="Answer what would be done and change nothing."),
    OpenApiParameter("changed_rows_only", bool, description="Only rows with Y in the column row_changed."),
    OpenApiParameter("digest", str, description="Of a dry run: 412 if the file would do something else now."),
]


class RowOutput(serializers.Serializer[Any]):
    """What is done with one row."""

    row = serializers.IntegerField(help_text="As the spreadsheet counts: the heading is 1.")
    key = serializers.CharField()
    action = serializers.ChoiceField(choices=[CREATE, UPDATE, UNCHANGED, ERROR])
    changes = serializers.DictField(child=serializers.DictField(), help_text="`from` and `to` by column.")
    errors = serializers.DictField(  # type: ignore[assignment]  # the metaclass takes it out of the class
        child=serializers.ListField(child=serializers.CharField()),
        help_text="Sentences by column; those without a column are about the row.",
    )


class ImportOutput(serializers.Serializer[Any]):
    """What importing did, or would do."""

    dry_run = serializers.BooleanField()
    digest = serializers.CharField()
    summary = serializers.DictField(child=serializers.IntegerField())
    skipped = serializers.IntegerField(help_text="Rows that are not marked as changed.")
    rows = RowOutput(many=True)


class FirstRenderer(BaseContentNegotiation):
    """`format` says which file is wanted; everything else is answered as JSON."""

    def select_parser(self, _request: Request, parsers: Any) -> BaseParser:
        return next(iter(parsers))

    def select_renderer(
        self, _request: Request, renderers: Any, _format_suffix: Any = None
    ) -> tuple[BaseRenderer, str]:
        renderer = next(iter(renderers))
        return renderer, renderer.media_type


class TabularViewSet(ConfigurationViewSet):
    """A configured resource that is also read from and written to CSV and XLSX files."""

    extra_parameters: tuple[str, ...] = ()

    @extend_schema(request=UPLOAD, parameters=IMPORT_PARAMETERS, responses={200: ImportOutput}, filters=False)
    @action(
        detail=False,
        methods=["post"],
        url_path="import",
        parser_classes=[MultiPartParser],
        permission_classes=[IsAuthenticated],
        pagination_class=None,
    )
    def import_table(self, request: Request) -> Response:
        """Create and change many from a file: all or nothing, and nothing the second time."""
        user = acting_user(request)
        check_may_import(self.resource, by=user)
        content = _content_of(request)
        changed_rows_only = flag(request, "changed_rows_only")
        dry_run = flag(request, "dry_run")
        if dry_run:
            done = preview_import(self.resource, content, by=user, changed_rows_only=changed_rows_only)
        else:
            digest = request.query_params.get("digest")
            done = apply_import(
                self.resource, content, by=user, changed_rows_only=changed_rows_only, digest=digest
            )
        return Response({"dry_run": dry_run, **done.as_json()})

    @extend_schema(parameters=[FORMAT, HEADINGS], responses=FILES, filters=False)
    @action(
        detail=False,
        url_path="import-template",
        permission_classes=[IsAuthenticated],
        content_negotiation_class=FirstRenderer,
        pagination_class=None,
    )
    def import_template(self, request: Request) -> HttpResponse:
        """An empty table with an example; as XLSX also with the allowed values."""
        user = acting_user(request)
        check_may_import(self.resource, by=user)
        file_format = format_of(request)
        content = import_template(self.resource, file_format, by=user, labels=labels_of(request))
        return file_response(self.resource, content, file_format, "template")

    @extend_schema(parameters=[FORMAT, HEADINGS], responses=FILES, filters=True)
    @action(
        detail=False,
        url_path="export",
        content_negotiation_class=FirstRenderer,
        pagination_class=None,
        extra_parameters=("headings",),
    )
    def export_table(self, request: Request) -> HttpResponse:
        """The list, with its filters, search and order, as a file that can be imported again."""
        file_format = format_of(request)
        rows = self.filter_queryset(self.get_queryset())
        content = export_table(self.resource, rows, file_format, labels=labels_of(request))
        return file_response(self.resource, content, file_format, localdate().isoformat())


def _content_of(request: Request) -> bytes:
    if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_BYTES + FORM_OVERHEAD:
        # Before any of it is read.
        raise FileRefused(
            _("The file is larger than %(megabytes)d MB. Split it.") % {"megabytes": MAX_BYTES // 2**20}
        )
    upload = request.FILES.get("file")
    if not isinstance(upload, UploadedFile):
        raise FileRefused(_("Choose a file."))
    return upload.read(MAX_BYTES + 1)


def flag(request: Request, name: str) -> bool:
    """A parameter that is true or false. Raises RuleBroken."""
    value = {"": False, "false": False, "true": True}.get(request.query_params.get(name, ""))
    if value is None:
        sentence = _("Say true or false.")
        raise RuleBroken(sentence, fields={name: [sentence]})
    return value


def _choice(request: Request, name: str, allowed: tuple[str, ...]) -> str:
    chosen = request.query_params.get(name, allowed[0])
    if chosen not in allowed:
        sentence = _("Say one of: %(allowed)s.") % {"allowed": ", ".join(allowed)}
        raise RuleBroken(sentence, fields={name: [sentence]})
    return chosen


def format_of(request: Request) -> Format:
    """The file that is asked for. Raises RuleBroken."""
    return Format(_choice(request, "format", tuple(Format)))


def labels_of(request: Request) -> bool:
    """Whether it is for people rather than programs. Raises RuleBroken."""
    return _choice(request, "headings", ("names", "labels")) == "labels"
