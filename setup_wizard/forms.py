"""The forms of the tasks: those of the ACD pages, shortened to what a task needs first.

Checks and writing stay where they are, in the pages' forms and the services behind them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div, Layout
from django import forms
from django.contrib import admin
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Model
from django.http import HttpRequest, QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from acd.base import ConfiguredAdmin, ConfiguredForm
from acd.fields import DEFAULT_PROFICIENCY
from agents.models import BEST_PROFICIENCY, WORST_PROFICIENCY
from dispositions.models import Disposition, Tag
from organizations.models import BusinessUnit
from sms_registrations.providers.registry import get_provider, provider_choices

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Section:
    """Fields that may wait: closed under their title until wanted, or until one of them has an error."""

    title: Text
    fields: tuple[str, ...]
    hint: Text = ""


@dataclass(frozen=True, slots=True)
class Shape:
    """Which fields of a model's page a task shows, and in which order."""

    model: type[Model]
    first: tuple[str, ...]
    sections: tuple[Section, ...] = ()
    labels: Mapping[str, Text] = field(default_factory=dict)
    hints: Mapping[str, Text] = field(default_factory=dict)

    @property
    def fields(self) -> tuple[str, ...]:
        return (*self.first, *(name for section in self.sections for name in section.fields))


class Details(Div):  # type: ignore[misc]  # the library has no types
    """A section that opens and closes."""

    template = "setup/_section.html"

    def __init__(self, section: Section, *fields: Any) -> None:
        super().__init__(*fields)
        self.section = section
        self.is_open = False

    def render(self, form: Any, context: Any, **options: Any) -> Any:
        self.is_open = any(name in form.fields and form[name].errors for name in self.section.fields)
        return super().render(form, context, **options)


def page_of(model: type[Model]) -> ConfiguredAdmin:
    """The ACD page of a model, whose form, permissions and services a task uses."""
    page = admin.site._registry[model]
    assert isinstance(page, ConfiguredAdmin)
    return page


def make_form(
    request: HttpRequest,
    shape: Shape,
    *,
    instance: Model | None,
    business_unit: BusinessUnit | None,
    data: QueryDict | None = None,
    initial: Mapping[str, Any] | None = None,
) -> ConfiguredForm:
    """The page's form with the fields of the shape; choices are those of the business unit."""
    page = page_of(shape.model)
    known = {one.name for one in shape.model._meta.get_fields()} | page.form.declared_fields.keys()
    names = [name for name in shape.fields if name in known]
    # As if it were new: to change something without the permission would be a form without fields, in which
    # what was typed is lost. The view asks for the permission before anything is written.
    form_class = page.get_form(request, instance, change=False, fields=names)
    form: ConfiguredForm = form_class(data, instance=instance, initial=dict(initial or {}))
    for name in list(form.fields):
        if name not in shape.fields:
            del form.fields[name]
    fields: Mapping[str, Any] = form.fields
    for name, one in fields.items():
        one.label = shape.labels.get(name, one.label)
        one.help_text = str(shape.hints.get(name, one.help_text))
        if business_unit is not None:
            _keep_within(one, business_unit)
    set_layout(form, shape)
    return form


def set_layout(form: Any, shape: Shape) -> None:
    """What is needed first in the open, the rest in sections."""
    helper = form.helper = FormHelper(form)
    helper.form_tag = False
    helper.disable_csrf = True
    helper.layout = Layout(
        Div(*_cells(form, shape.first), css_class="form__fields"),
        *(Details(section, *cells) for section in shape.sections if (cells := _cells(form, section.fields))),
    )


def _cells(form: Any, names: Sequence[str]) -> list[Div]:
    return [
        Div(name, css_class=f"form__field form__field--{name}", **_condition(name))
        for name in names
        if name in form.fields
    ]


def _condition(name: str) -> dict[str, str]:
    """For which providers a field has a meaning; of others the script of the page hides it."""
    if name not in ("api_key", "api_secret", "signature_method", "signature_secret"):
        return {}
    codes = [code for code, _label in provider_choices() if get_provider(code).needs_credentials]
    return {"data_only_for": " ".join(codes)}


def _keep_within(one: Any, business_unit: BusinessUnit) -> None:
    rows = getattr(one, "queryset", None)
    if rows is not None and hasattr(rows.model, "business_unit_id"):
        one.queryset = rows.filter(business_unit=business_unit)


class LinesField(forms.CharField):
    """Names, one on each line. `clean` gives them without blanks and repetitions."""

    widget = forms.Textarea(attrs={"rows": 3})

    def clean(self, value: Any) -> Any:
        lines = (line.strip() for line in super().clean(value).splitlines())
        return list(dict.fromkeys(line for line in lines if line))


def add_new_names(form: Any, shape: Shape) -> None:
    """Fields in which dispositions and tags are made on the way, for those who may."""
    for name, model, label in (
        ("new_dispositions", Disposition, _("New dispositions, one on each line")),
        ("new_tags", Tag, _("New tags, one on each line")),
    ):
        if page_of(model).has_add_permission(form.request):
            form.fields[name] = LinesField(label=label, required=False)
    for name in ("dispositions", "tags"):
        one = form.fields[name]
        one.widget = forms.CheckboxSelectMultiple(choices=one.choices)
        if not one.queryset.exists():
            del form.fields[name]
    set_layout(form, shape)


def add_proficiency(form: Any, shape: Shape) -> None:
    """How well the new agent serves the skill."""
    form.fields["proficiency"] = forms.IntegerField(
        label=_("Proficiency"),
        initial=DEFAULT_PROFICIENCY,
        validators=[MinValueValidator(BEST_PROFICIENCY), MaxValueValidator(WORST_PROFICIENCY)],
        help_text=_("1 is best, 20 worst. The best available agent is asked first."),
    )
    set_layout(form, shape)
