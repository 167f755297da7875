"""How tests use the pages of the configuration."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import models
from django.http import HttpResponse
from django.urls import reverse

from acd.fields import ProficienciesField


def address(model: type[models.Model], page: str, *arguments: object) -> str:
    meta = model._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_{page}", args=arguments)


def fill(response: Any, **values: object) -> dict[str, object]:
    """What a browser would send for the form as it is shown, with the given values changed."""
    form = response.context["adminform"].form
    sent: dict[str, object] = {}
    for one in [form]:
        for bound in one:
            value = bound.value()
            if isinstance(bound.field.widget, forms.PasswordInput):
                sent[bound.html_name] = ""
            elif isinstance(value, bool):
                if value:
                    sent[bound.html_name] = "on"
            elif isinstance(bound.field, ProficienciesField):
                sent[bound.html_name] = [key for key, _proficiency in value or ()]
                sent[f"{bound.html_name}-proficiency"] = [proficiency for _key, proficiency in value or ()]
            elif isinstance(value, (list, models.QuerySet)):
                sent[bound.html_name] = [getattr(one, "pk", one) for one in value]
            elif value is not None:
                widget = bound.field.widget.format_value(value)
                sent[bound.html_name] = widget if widget is not None else ""
    sent.update(values)
    return {name: value for name, value in sent.items() if value is not None}


def errors_of(response: HttpResponse) -> dict[str, list[str]]:
    assert response.status_code == 200, "the form is shown again"
    return response.context["adminform"].form.errors  # type: ignore[attr-defined]  # of the test client
