"""What came of a plan, as tables: for its page and for files."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reporting.kinds.base import TOTAL
from reporting.planning.draft import Document
from reporting.tables import Column, Series, Table, Unit, Words

_PARTS: Sequence[tuple[str, Words, Unit]] = (
    ("service_level", gettext_lazy("Service level"), Unit.PERCENT),
    ("mean_wait", gettext_lazy("Mean wait"), Unit.SECONDS),
    ("p50_wait", gettext_lazy("Half wait no longer than"), Unit.SECONDS),
    ("p95_wait", gettext_lazy("95 of 100 wait no longer than"), Unit.SECONDS),
    ("abandoned", gettext_lazy("Abandoned, percent"), Unit.PERCENT),
)
DRAWN = ("service_level", "mean_wait", "p95_wait")


def of(result: Document) -> list[Table]:
    """A table for each figure, and the service level by the hour."""
    tables = [_part(result, *part) for part in _PARTS]
    return [*tables, _hours(result)]


def _part(result: Document, name: str, title: Words, unit: Unit) -> Table:
    is_tried = result["overall"]["draft"] is not None
    columns = [
        Column("label", gettext_lazy("Skill"), Unit.TEXT),
        Column("contacts", gettext_lazy("Queued")),
        Column("was", gettext_lazy("As it was"), unit),
        Column("replay", gettext_lazy("Replayed unchanged"), unit),
        Column("replay_half", gettext_lazy("±"), unit),
    ]
    if is_tried:
        columns += [
            Column("draft", gettext_lazy("Draft"), unit),
            Column("draft_half", gettext_lazy("± (draft)"), unit),
            Column("change", gettext_lazy("Change by the draft"), unit),
            Column("change_half", gettext_lazy("± (change)"), unit),
        ]
    has_goal = name == "service_level"
    if has_goal:
        columns.append(Column("goal", gettext_lazy("Goal"), Unit.PERCENT))
    series = [Series("was"), Series("replay", half="replay_half")]
    if is_tried:
        series.append(Series("draft", half="draft_half"))
    if has_goal:
        series.append(Series("goal", "mark"))
    return Table(
        name=name,
        title=title,
        label="label",
        columns=columns,
        rows=[_row(skill["name"], skill, name) for skill in result["skills"]],
        total=_row(TOTAL, result["overall"], name),
        series=series if name in DRAWN else (),
    )


def _row(label: Words, compared: Document, name: str) -> dict[str, Any]:
    row: dict[str, Any] = {
        "label": label,
        "contacts": compared["contacts"],
        "was": _tenth(compared["was"][name]),
        "goal": compared["goals"][1] if "goals" in compared else None,
    }
    for kind in ("replay", "draft", "change"):
        mean, half = (compared[kind] or {}).get(name) or (None, None)
        row |= {kind: _tenth(mean), f"{kind}_half": _tenth(half)}
    return row


def _tenth(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def _hours(result: Document) -> Table:
    kinds = ["was", "replay", *(["draft"] if result["overall"]["draft"] is not None else [])]
    titles = {
        "was": gettext_lazy("As it was"),
        "replay": gettext_lazy("Replayed unchanged"),
        "draft": gettext_lazy("Draft"),
    }
    return Table(
        name="hours",
        title=gettext_lazy("Service level by hour"),
        label="label",
        columns=[
            Column("label", gettext_lazy("Hour"), Unit.MOMENT),
            *(Column(kind, titles[kind], Unit.PERCENT) for kind in kinds),
        ],
        rows=[
            {"label": datetime.fromisoformat(row["at"]), **{kind: row[kind] for kind in kinds}}
            for row in result["hours"]
        ],
        series=[Series(kind, "line") for kind in kinds],
    )


NEAR_PERCENT = 5.0


def trust(result: Document) -> dict[str, Any]:
    """How near the replay of the unchanged configuration comes to what was, of all skills together."""
    overall = result["overall"]
    was, (replay, half) = overall["was"]["service_level"], overall["replay"]["service_level"]
    if was is None or replay is None:
        return {"is_near": False, "words": _("There is no service level to compare with.")}
    off = abs(was - replay)
    return {
        "is_near": off <= max(NEAR_PERCENT, half or 0.0),
        "was": _tenth(was),
        "replay": _tenth(replay),
        "half": _tenth(half),
        "words": "",
    }
