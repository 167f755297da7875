"""Tables that turn into cards on a narrow screen, and words that are explained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from acd.cells import active_badge, plain_number
from acd.phrases import EXPLAINED_FIELDS, GLOSSARY, Term

register = template.Library()
register.filter(plain_number)
LONG_FORM = 4
"""Forms of so many sections get a table of contents."""


@register.simple_tag
def labelled_rows(headers: Sequence[dict[str, Any]], results: Sequence[Any]) -> list[list[SafeString]]:
    """The cells of the framework's table, each naming its column: on a card there is no heading above it."""
    rows = [[_labelled(header, cell) for header, cell in zip(headers, row, strict=False)] for row in results]
    for number, header in enumerate(headers):
        header["is_numeric"] = any('class="num' in row[number] for row in rows if number < len(row))
    return rows


def _labelled(header: dict[str, Any], cell: str) -> SafeString:
    is_checkbox = "action-checkbox" in (header.get("class_attrib") or "")
    label = "" if is_checkbox else capfirst(header["text"])
    for tag, role in (("<td", "cell"), ("<th", "rowheader")):
        if cell.startswith(tag):
            opening = format_html('{} role="{}" data-label="{}"', mark_safe(tag), role, label)
            return mark_safe(opening + cell[len(tag) :])
    return mark_safe(cell)


@register.inclusion_tag("acd/_glossary.html")
def glossary(name: str) -> dict[str, Term]:
    """A small button that explains a word of the trade."""
    return {"term": GLOSSARY[name]}


@register.inclusion_tag("acd/_glossary.html")
def glossary_of_field(field_name: str) -> dict[str, Term | None]:
    """The same for the field of a form, if its word is one that is explained."""
    name = EXPLAINED_FIELDS.get(field_name)
    return {"term": GLOSSARY[name] if name else None}


@register.filter
def state_of(is_active: bool) -> SafeString:  # noqa: FBT001 - the value itself
    return active_badge(is_active)


@register.simple_tag
def sections_of(adminform: Any) -> list[dict[str, Any]]:
    """The named sections of a form with their places, for its table of contents; none of a short form."""
    found: list[dict[str, Any]] = []
    for number, fieldset in enumerate(adminform):
        found.append(
            {"anchor": f"section-{number}", "title": fieldset.name, "has_errors": _has_errors(fieldset)}
        )
        if "comparison-follows" in fieldset.classes:
            found.append({"anchor": "comparison-title", "title": _("Priority comparison")})
    return found if len(found) >= LONG_FORM else []


def _has_errors(fieldset: Any) -> bool:
    return any(name in fieldset.form.errors for name in fieldset.fields if isinstance(name, str))
