"""Cells of the lists: words with a shape, numbers as people write them, links to what is counted."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.formats import date_format, number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

NOTHING = "\u2013"
OK, WAITING, OFF, BAD = "ok", "warn", "off", "bad"
"""Looks of a badge; each has a shape of its own, so that nobody needs the colour."""


def badge(look: str, words: Any, *, detail: Any = "") -> SafeString:
    """A word with its shape; `detail` is the sentence behind it."""
    if detail:
        return format_html(
            '<span class="sign sign--{}">{}</span><span class="sign__detail">{}</span>',
            look,
            words,
            detail,
        )
    return format_html('<span class="sign sign--{}">{}</span>', look, words)


def active_badge(is_active: bool) -> SafeString:  # noqa: FBT001 - the value itself
    return (
        badge(OK, pgettext("status", "Active")) if is_active else badge(OFF, pgettext("status", "Inactive"))
    )


def number(value: int | Decimal | None, *, unit: str = "") -> SafeString:
    """Right-aligned, in the reader's language, without trailing zeros; `unit` follows with a fixed space."""
    if value is None:
        return format_html('<span class="num soft">{}</span>', NOTHING)
    return format_html('<span class="num">{}{}</span>', plain_number(value), unit and f"\u00a0{unit}")


def trimmed(value: Decimal) -> Decimal:
    """2.500 as 2.5 and 1000.000 as 1000: without the zeros that only fill up decimals."""
    return Decimal(f"{value:f}".rstrip("0").rstrip(".")) if "." in f"{value:f}" else value


def plain_number(value: int | Decimal) -> str:
    """1000 as “1,000” or “1 000”, 2.500 as “2.5” or “2,5”."""
    shown = trimmed(value) if isinstance(value, Decimal) else value
    return str(number_format(shown, use_l10n=True, force_grouping=True))


def percent(value: float) -> str:
    """A whole percentage as the language writes it: “85%”, “85 %”."""
    return pgettext("a percentage", "%(number)d%%") % {"number": int(value)}


def share(part: int, whole: int) -> SafeString:
    """“2 / 5”."""
    return format_html('<span class="num">{} / {}</span>', plain_number(part), plain_number(whole))


def service_level(value: float | None, *, goal: int) -> SafeString:
    """The percentage reached, whether it reaches the goal, and the goal."""
    if value is None:
        return format_html('<span class="num soft">{}</span>', NOTHING)
    look = OK if value >= goal else BAD
    aim = _("goal %(percent)s") % {"percent": percent(goal)}
    return format_html(
        '<span class="num"><span class="sign sign--{}">{}</span> <span class="soft">{}</span></span>',
        look,
        percent(value),
        aim,
    )


def count(value: int, *, page: str, **filters: Any) -> SafeString:
    """A number that leads to the list of what it counts."""
    if not value:
        return format_html('<span class="num soft">{}</span>', 0)
    address = f"{reverse(f'admin:{page}_changelist')}?{urlencode(filters)}"
    return format_html('<a class="num" href="{}">{}</a>', address, plain_number(value))


def link(instance: Any) -> SafeString:
    """The name of an object, leading to its page."""
    if instance is None:
        return format_html('<span class="soft">{}</span>', NOTHING)
    meta = instance._meta
    address = reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=(instance.pk,))
    return format_html('<a href="{}">{}</a>', address, instance)


def script(instance: Any, version: int | None) -> SafeString:
    """A script and its published version, or that it has none."""
    shown = (
        badge(BAD, _("not published"))
        if version is None
        else format_html('<span class="soft">v{}</span>', version)
    )
    return format_html("{} {}", link(instance), shown)


def ago(moment: datetime | None) -> SafeString:
    """How long ago, with the exact moment for who asks."""
    if moment is None:
        return format_html('<span class="soft">{}</span>', NOTHING)
    # To be read, not acted on: this machine's clock will do, and costs no query per cell.
    if (now() - moment).total_seconds() < 60:
        words = _("just now")
    else:
        words = _("%(time)s ago") % {"time": timesince(moment, now(), depth=1)}
    exact = date_format(localtime(moment), "SHORT_DATETIME_FORMAT")
    return format_html('<time datetime="{}" title="{}">{}</time>', moment.isoformat(), exact, words)
