"""Several objects from a file, and lists as files: the pages that lists of tabular objects have besides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from crispy_forms.helper import FormHelper
from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.paginator import Paginator
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from core.errors import DomainError, NotAllowed, NotFound
from core.permissions import Verb, allows, require
from points_of_contact.models import PointOfContact
from provisioning.models import Upload
from provisioning.planner import CREATE, UNCHANGED, UPDATE
from provisioning.reach import NATURAL_KEYS
from provisioning.resources import Resource
from provisioning.tables.columns import TABULAR, Column, table_of
from provisioning.tables.download import file_response
from provisioning.tables.importing import ERROR, check_may_import
from provisioning.tables.reading import MAX_BYTES, MAX_ROWS
from provisioning.tables.uploads import apply_upload, find_upload, keep_upload, preview_again
from provisioning.tables.writing import Format, Style, export_table, import_template
from skills.models import Skill

ROWS_PER_PAGE = 100
SINGLE: Mapping[type[Model], Promise] = {
    Skill: _("Single skill"),
    PointOfContact: _("Single point of contact"),
}
"""The objects of which "Create new" offers one or several."""

ACTIONS: Mapping[str, tuple[Promise, str]] = {
    CREATE: (_("To create"), "success"),
    UPDATE: (_("To change"), "accent"),
    UNCHANGED: (_("Unchanged"), "plain"),
    ERROR: (_("With errors"), "danger"),
}
"""What the preview calls them, and the kind of their mark."""


class UploadForm(forms.Form):
    """The first step of an import."""

    file = forms.FileField(
        label=_("CSV or XLSX file"),
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx"}),
        error_messages={"required": _("Choose a file."), "missing": _("Choose a file.")},
    )
    changed_rows_only = forms.BooleanField(
        label=_("Changed rows only"),
        required=False,
        help_text=_("Processes only the rows with Y in the column “Row changed”."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].help_text = _("At most %(rows)s rows and %(megabytes)d MB.") % {
            "rows": number_format(MAX_ROWS, force_grouping=True),
            "megabytes": MAX_BYTES // 2**20,
        }
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True


class TransferPages(admin.ModelAdmin):
    """Adds import, export and the template to the list, if the objects can be written as a table."""

    @property
    def resource(self) -> Resource | None:
        """How the objects are provisioned, if they can be in a table."""
        return next((one for one in TABULAR if one.model is self.model), None)

    def get_urls(self) -> list[Any]:
        urls = super().get_urls()
        if self.resource is None:
            return urls
        meta = self.model._meta
        pages = (
            ("several/", self.several_view, "several"),
            ("several/template/<str:file_format>/", self.template_view, "template"),
            ("several/<uuid:upload_id>/", self.preview_view, "preview"),
            ("export/<str:file_format>/", self.export_view, "export"),
        )
        ours = [
            path(route, self.admin_site.admin_view(view), name=f"{meta.app_label}_{meta.model_name}_{name}")
            for route, view, name in pages
        ]
        return [*ours, *urls]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        transfer = None
        if self.resource is not None:
            transfer = {
                "single": SINGLE.get(self.model),
                "several": self._may_import(request) and self._page("several"),
                "exports": [(one.name, self._page("export", one)) for one in Format],
                "query": request.GET.urlencode(),
            }
        return super().changelist_view(request, {"transfer": transfer, **(extra_context or {})})

    # -- The pages

    def several_view(self, request: HttpRequest) -> HttpResponse:
        """The file is chosen."""
        resource = self._resource_to_import(request)
        form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
        if form.is_valid():
            upload, only = form.cleaned_data["file"], form.cleaned_data["changed_rows_only"]
            try:
                kept = keep_upload(
                    resource,
                    upload.read(MAX_BYTES + 1),
                    by=request.user,  # type: ignore[arg-type]  # signed in: the site asks
                    name=upload.name,
                    changed_rows_only=only,
                )
            except DomainError as refusal:
                form.add_error("file", _sentences(refusal))
            else:
                return redirect(self._page("preview", kept.pk))
        context = {
            "form": form,
            "required": [
                capfirst(str(column.heading)) for column in table_of(resource).columns if column.is_required
            ],
            "templates": [(one.name, self._page("template", one)) for one in Format],
        }
        return self._render(request, "acd/several.html", context)

    def preview_view(self, request: HttpRequest, upload_id: UUID) -> HttpResponse:
        """What the file would do, row by row; it is applied from here."""
        resource = self._resource_to_import(request)
        user: Any = request.user
        try:
            upload = find_upload(resource, upload_id, by=user)
            if request.method == "POST":
                return self._act(request, resource, upload)
        except NotFound as refusal:
            messages.error(request, str(refusal.message))
            return redirect(self._page("several"))
        return self._render(request, "acd/preview.html", self._shown(request, resource, upload))

    def _act(self, request: HttpRequest, resource: Resource, upload: Upload) -> HttpResponse:
        user: Any = request.user
        here = redirect(self._page("preview", upload.pk))
        if "_forget" in request.POST:
            upload.delete()
            return redirect(self._page("several"))
        try:
            if "_apply" not in request.POST:
                only = "changed_rows_only" in request.POST
                preview_again(resource, upload, by=user, changed_rows_only=only)
                return here
            done = apply_upload(resource, upload, by=user)
        except DomainError as refusal:
            messages.error(request, " ".join(_sentences(refusal)))
            if "_apply" in request.POST and not isinstance(refusal, NotAllowed):
                # The page is to say what holds now.
                preview_again(resource, upload, by=user, changed_rows_only=upload.changed_rows_only)
            return here
        messages.success(request, _done_sentence(done.summary))
        return redirect(self._page("changelist"))

    def template_view(self, request: HttpRequest, file_format: str) -> HttpResponse:
        """An empty table to fill in."""
        resource, chosen = self._resource_to_import(request), _format(file_format)
        user: Any = request.user
        content = import_template(resource, chosen, by=user, labels=True)
        return file_response(resource, content, chosen, "template")

    def export_view(self, request: HttpRequest, file_format: str) -> HttpResponse:
        """The list as it is filtered and searched."""
        resource, chosen = self.resource, _format(file_format)
        if resource is None:
            raise Http404
        require(request.user, resource.model, Verb.VIEW)
        try:
            listed = self.get_changelist_instance(request).get_queryset(request)
        except IncorrectLookupParameters:
            return redirect(self._page("changelist"))
        rows = resource.queryset().filter(pk__in=listed.order_by().values("pk"))
        rows = rows.order_by(NATURAL_KEYS[resource.model].lookup, "pk")
        content = export_table(resource, rows, chosen, labels=True)
        return file_response(resource, content, chosen, localdate().isoformat())

    # -- What they show

    def _shown(self, request: HttpRequest, resource: Resource, upload: Upload) -> dict[str, Any]:
        preview, only_errors = upload.preview, "errors" in request.GET
        rows = [row for row in preview["rows"] if not only_errors or row["action"] == ERROR]
        page = Paginator(rows, ROWS_PER_PAGE).get_page(request.GET.get("page"))
        columns = {column.name: column for column in table_of(resource).columns}
        summary = preview["summary"]
        return {
            "upload": upload,
            "page": page,
            "rows": [_shown_row(row, columns) for row in page],
            "counts": [
                (label, kind if summary[action] else "plain", summary[action])
                for action, (label, kind) in ACTIONS.items()
            ],
            "skipped": preview["skipped"],
            "errors": summary[ERROR],
            "only_errors": only_errors,
            "work": summary[CREATE] + summary[UPDATE],
        }

    def _render(self, request: HttpRequest, template: str, context: Mapping[str, Any]) -> HttpResponse:
        shared = {
            **self.admin_site.each_context(request),
            "title": _("Several from a file"),
            "subtitle": capfirst(str(self.opts.verbose_name_plural)),
            "opts": self.opts,
            "changelist": self._page("changelist"),
            "several": self._page("several"),
        }
        return TemplateResponse(request, template, {**shared, **context})

    # -- Who may, and where

    def _page(self, name: str, *arguments: object) -> str:
        return self.address(name, *arguments)  # type: ignore[attr-defined]  # of ScopedAdmin

    def _may_import(self, request: HttpRequest) -> bool:
        verbs = (Verb.CREATE, Verb.EDIT, Verb.DEACTIVATE)
        return any(allows(request.user, self.model, verb) for verb in verbs)

    def _resource_to_import(self, request: HttpRequest) -> Resource:
        if self.resource is None:
            raise Http404
        user: Any = request.user
        check_may_import(self.resource, by=user)
        return self.resource


def _format(name: str) -> Format:
    if name not in tuple(Format):
        raise Http404
    return Format(name)


def _sentences(refusal: DomainError) -> list[str]:
    """What is wrong with the file; with the row, if one is meant."""
    if isinstance(refusal, NotAllowed):
        return [f"{path}: {text}" for path, texts in refusal.fields.items() for text in texts]
    return [str(refusal.message)]


def _done_sentence(summary: Mapping[str, int]) -> str:
    created = ngettext("%(count)d was created", "%(count)d were created", summary[CREATE])
    changed = ngettext("%(count)d was changed", "%(count)d were changed", summary[UPDATE])
    return f"{created % {'count': summary[CREATE]}}, {changed % {'count': summary[UPDATE]}}."


def _shown_row(row: Mapping[str, Any], columns: Mapping[str, Column]) -> dict[str, Any]:
    label, kind = ACTIONS[row["action"]]
    is_new = row["action"] == CREATE
    changes = [
        {
            "label": _label(name, columns),
            "before": None if is_new else _text(name, change["from"], columns),
            "after": _text(name, change["to"], columns),
        }
        for name, change in row["changes"].items()
        # What every new object has says nothing.
        if not is_new or name not in columns or change["to"] != columns[name].default
    ]
    errors = [
        {"label": _label(name, columns), "sentences": sentences} for name, sentences in row["errors"].items()
    ]
    return {**row, "label": label, "kind": kind, "changes": changes, "errors": errors}


def _label(name: str, columns: Mapping[str, Column]) -> str:
    return capfirst(str(columns[name].heading)) if name in columns else ""


def _text(name: str, value: Any, columns: Mapping[str, Column]) -> str:
    """The value as its cell would show it."""
    return str(Style.of(labels=True).shown(columns[name], value)) if name in columns else str(value)
