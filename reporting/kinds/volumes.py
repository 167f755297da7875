"""How much there was, and how long it took, by time, skill or campaign."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from reporting.choices import TIMES, By, Choices
from reporting.kinds.base import OF_SKILLS, TOTAL, Kind, figures, label_column
from reporting.tables import Column, Series, Table, Unit, mean_seconds, summed

_MEASURES = (
    "texts_in",
    "texts_out",
    "segments_out",
    "texts_failed",
    "queued",
    "started",
    "handled",
    "transferred",
    "talk_ms",
    "acw_ms",
    "answered",
    "wait_ms",
)

_COLUMNS = (
    Column("texts_in", _("Texts in")),
    Column("texts_out", _("Texts out")),
    Column("segments_out", _("Segments out"), about=_("What providers charge for.")),
    Column("texts_failed", _("Not delivered"), about=_("Of the texts out.")),
    Column("queued", _("Contacts queued")),
    Column("started", _("Contacts started"), about=_("By agents, with an outbound skill.")),
    Column("handled", _("Contacts handled"), about=_("At the time the agent ended or transferred them.")),
    Column("transferred", _("Transferred"), about=_("Of the handled.")),
    Column("mean_handle_seconds", _("Mean handling time"), Unit.SECONDS, _("With the agent, and after.")),
    Column("mean_talk_seconds", _("With the agent"), Unit.SECONDS),
    Column("mean_acw_seconds", _("After-contact work"), Unit.SECONDS),
    Column("mean_wait_seconds", _("Mean wait"), Unit.SECONDS),
)


def _ratios(row: dict[str, Any]) -> dict[str, Any]:
    return {
        **row,
        "mean_handle_seconds": mean_seconds(row["talk_ms"] + row["acw_ms"], row["handled"]),
        "mean_talk_seconds": mean_seconds(row["talk_ms"], row["handled"]),
        "mean_acw_seconds": mean_seconds(row["acw_ms"], row["handled"]),
        "mean_wait_seconds": mean_seconds(row["wait_ms"], row["answered"]),
    }


def make(choices: Choices) -> Sequence[Table]:
    rows = figures(choices, OF_SKILLS, _MEASURES)
    return [
        Table(
            name="volumes",
            title=_("Volumes and handling times"),
            label="label",
            columns=[label_column(choices.by), *_COLUMNS],
            rows=[_ratios(row) for row in rows],
            total=_ratios({"label": TOTAL, **summed(rows, _MEASURES)}) if rows else None,
            series=[
                Series("texts_in", stack="texts"),
                Series("texts_out", stack="texts"),
                Series("mean_handle_seconds", "line" if choices.by in TIMES else "mark"),
            ],
        )
    ]


KIND = Kind(
    slug="volumes",
    title=_("Volumes and handling times"),
    about=_("How many texts and contacts there were, and how long they took."),
    make=make,
    bys=(
        By.DAY,
        By.QUARTER,
        By.HOUR,
        By.WEEK,
        By.MONTH,
        By.HOUR_OF_DAY,
        By.DAY_OF_WEEK,
        By.SKILL,
        By.CAMPAIGN,
    ),
    filters=("skill", "campaign"),
    rules=(
        _("Texts count when they were received or written, in the skill that the contact was in."),
        _(
            "Handling time runs from accepting to ending or transferring, plus after-contact work. It counts "
            "in full in the quarter of an hour in which the agent ended or transferred the contact."
        ),
        _("With several sessions at a time an agent's handling times overlap."),
    ),
)
