"""Choosing among many: a select that holds few options and searches for the rest, and such a filter."""

from __future__ import annotations

import copy
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib.admin import FieldListFilter, ModelAdmin
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.db.models import Field, Model, QuerySet
from django.forms.models import ModelChoiceIterator
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from core.phone import shown_address
from sms_registrations.models import SmsRegistration

SHOWN = 20
"""So many objects are offered as plain options; of more, the rest is found by searching."""


def title_of(instance: Any) -> str:
    """How an object is named where one chooses it."""
    title = str(instance)
    if isinstance(instance, SmsRegistration):
        title = shown_address(instance.transport_code)
        if instance.name:
            title = f"{title} · {instance.name}"
    if getattr(instance, "is_active", True):
        return title
    return _("%(name)s (inactive)") % {"name": title}


def search_address(field: Any) -> str:
    """Where the objects that a relation can lead to are searched."""
    meta = field.model._meta
    named = {"app_label": meta.app_label, "model_name": meta.model_name, "field_name": field.name}
    return f"{reverse('admin:autocomplete')}?{urlencode(named)}"


class SearchedSelect(forms.Select):
    """A select of `SHOWN` objects at most and the chosen one. A script makes a search field of a cut one."""

    def __init__(self, relation: Field[Any, Any], attrs: Any = None, choices: Any = ()) -> None:
        super().__init__(attrs, choices)
        self.relation = relation

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        """The framework asks for the options once; that is where the rest is left out."""
        if not isinstance(self.choices, ModelChoiceIterator):
            return super().get_context(name, value, attrs)
        offered, is_cut = _first(self.choices, value)
        if is_cut:
            attrs = {
                **(attrs or {}),
                "data-search": search_address(self.relation),
                "data-nothing": _("Nothing found"),
                "data-failed": _("The search failed. Check your connection and try again."),
            }
        plain = copy.copy(self)
        plain.choices = offered
        return forms.Select.get_context(plain, name, value, attrs)


def _first(iterator: ModelChoiceIterator, value: Any) -> tuple[list[tuple[Any, Any]], bool]:
    """The options to show, the chosen one among them, and whether there are more."""
    rows = list(iterator.queryset[: SHOWN + 1])
    is_cut = len(rows) > SHOWN
    key = getattr(value, "pk", value)
    shown = rows[:SHOWN]
    if is_cut and str(key or "").isdigit() and all(str(row.pk) != str(key) for row in shown):
        shown += iterator.queryset.filter(pk=key)
    field = iterator.field
    options: list[tuple[Any, Any]] = [(row.pk, field.label_from_instance(row)) for row in shown]
    if field.empty_label is not None:
        options.insert(0, ("", field.empty_label))
    return options, is_cut


class SearchedChoiceField(forms.ModelChoiceField):
    """Names objects as people choose them."""

    def label_from_instance(self, obj: Model) -> str:
        return title_of(obj)


class SearchedFilter(FieldListFilter):
    """A filter by a related object that is searched for, not picked from a list of all."""

    template = "admin/searched_filter.html"

    def __init__(
        self,
        field: Any,
        request: HttpRequest,
        params: dict[str, list[str]],
        model: type[Model],
        model_admin: ModelAdmin[Any],
        field_path: str,
    ) -> None:
        self.lookup = f"{field_path}__id__exact"
        self.lookup_val = params.get(self.lookup)
        super().__init__(field, request, params, model, model_admin, field_path)
        self.title = getattr(field, "verbose_name", field_path)
        self.search_address = search_address(field)
        self.pages = model_admin.admin_site.page_of(field.related_model)  # type: ignore[attr-defined]  # the product's site
        self.request = request

    def expected_parameters(self) -> list[str | None]:
        return [self.lookup]

    def has_output(self) -> bool:
        return self.pages is not None and self.pages.has_view_permission(self.request)

    def choices(self, changelist: Any) -> Any:
        """First "all", then the chosen one, if any: the template shows these."""
        chosen = self.lookup_val[-1] if self.lookup_val else None
        everything = changelist.get_query_string(remove=[self.lookup])
        yield {"selected": chosen is None, "query_string": everything, "display": _("All")}
        if chosen is not None:
            yield {"selected": True, "query_string": "", "display": self._title(chosen), "value": chosen}

    def _title(self, key: str) -> str:
        rows: QuerySet[Any] = self.pages.get_queryset(self.request)
        found = rows.filter(pk=key).first() if key.isdigit() else None
        return "?" if found is None else title_of(found)


class SearchView(AutocompleteJsonView):
    """What a search field finds, named as one chooses it; first what is active."""

    def serialize_result(self, obj: Any, to_field_name: str) -> dict[str, str]:
        return super().serialize_result(obj, to_field_name) | {"text": title_of(obj)}

    def get_queryset(self) -> QuerySet[Any]:
        rows = super().get_queryset()
        if any(field.name == "is_active" for field in rows.model._meta.fields):
            rows = rows.order_by("-is_active", *rows.query.order_by)
        return rows
