"""Which ways contacts took through the script of a point of contact, and where they left it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core import sql
from points_of_contact.models import PointOfContact
from reporting.choices import By, Choices
from reporting.kinds.base import TOTAL, Kind, parameters
from reporting.tables import Column, Series, Table, Unit, Words, mean_seconds, percent, summed
from scripts.models import ScriptVersion
from scripts.specification import branch_label

_STEPS = """
SELECT position, action, branch, target, sum(contacts)::bigint AS contacts, sum(ms)::bigint AS ms
  FROM reporting_pathinterval
 WHERE point_of_contact_id = %(point)s AND slot >= %(begin)s AND slot < %(end)s
 GROUP BY 1, 2, 3, 4 HAVING sum(contacts) > 0
 ORDER BY position, contacts DESC, action, branch, target
"""
_BUSIEST = """
SELECT i.point_of_contact_id
  FROM reporting_pathinterval i
  JOIN points_of_contact_pointofcontact p ON p.id = i.point_of_contact_id AND p.ivr_reporting_enabled
 WHERE p.business_unit_id = %(unit)s AND i.slot >= %(begin)s AND i.slot < %(end)s AND i.position = 1
 GROUP BY 1 ORDER BY sum(i.contacts) DESC, 1 LIMIT 1
"""
_DAYS = """
SELECT (slot AT TIME ZONE %(zone)s)::date AS label, target, sum(contacts)::bigint AS contacts
  FROM reporting_pathinterval
 WHERE point_of_contact_id = %(point)s AND slot >= %(begin)s AND slot < %(end)s AND target LIKE '=%%'
 GROUP BY 1, 2 HAVING sum(contacts) > 0
"""

EXITS: Mapping[str, Words] = {
    "=answered": _("Answered by an agent"),
    "=abandoned": _("Left while waiting"),
    "=script": _("Ended by the script"),
    "=open": _("Still under way"),
}
MOST_LINKS = 120
"""Of the picture: the widest; the table has all."""
MOST_VERSIONS = 20


def make(choices: Choices) -> Sequence[Table]:
    point = _point(choices)
    if point is None:
        return [_ways([], _Actions({}, {})), _exits([]), _days([], choices)]
    values = {**parameters(choices), "point": point.pk}
    steps = sql.dictionaries(_STEPS, values)
    return [
        _ways(steps, _actions(point), point.name, link=_link_of(point, choices)),
        _exits(steps),
        _days(sql.dictionaries(_DAYS, values), choices),
    ]


def _point(choices: Choices) -> PointOfContact | None:
    """The one asked for, else the busiest with IVR reporting."""
    rows = PointOfContact.objects.filter(business_unit=choices.unit, ivr_reporting_enabled=True)
    chosen = choices.ids("point_of_contact")
    busiest = sql.row(_BUSIEST, parameters(choices)) if chosen is None else None
    if busiest is not None:
        chosen = [busiest[0]]
    if chosen is not None:
        rows = rows.filter(pk__in=chosen)
    return rows.select_related("script").order_by("name", "pk").first()


@dataclass(frozen=True, slots=True)
class _Actions:
    """Of the actions of a script, by their ids: what people call them, and their types."""

    names: dict[str, str]
    types: dict[str, str]

    def name(self, key: str) -> str:
        return str(EXITS[key]) if key in EXITS else self.names.get(key, key)

    def branch(self, step: Mapping[str, Any]) -> str | None:
        return branch_label(self.types.get(step["action"], ""), step["branch"]) or None


def _actions(point: PointOfContact) -> _Actions:
    """As the newest version that has them."""
    found = _Actions({}, {})
    versions = ScriptVersion.objects.filter(script=point.script).order_by("-number")
    for definition in versions.values_list("definition", flat=True)[:MOST_VERSIONS]:
        for action in definition.get("actions", ()):
            label = str(action.get("label") or "").strip()
            name = f"{action.get('type', '')} {label}".strip()
            found.names.setdefault(str(action.get("id")), name)
            found.types.setdefault(str(action.get("id")), str(action.get("type", "")))
    return found


def _link_of(point: PointOfContact, choices: Choices) -> Callable[[dict[str, Any]], str | None]:
    """Where the contacts are that took a branch: Studio knows."""
    address = reverse("studio-branch", args=[point.script_id])
    days = {"from": choices.first.isoformat(), "to": choices.last.isoformat()}

    def link(step: dict[str, Any]) -> str | None:
        if not step["branch"]:
            return None
        return f"{address}?{urlencode({'action': step['action'], 'branch': step['branch'], **days})}"

    return link


def _ways(
    steps: list[dict[str, Any]],
    actions: _Actions,
    title: str = "",
    *,
    link: Callable[[dict[str, Any]], str | None] = lambda _step: None,
) -> Table:
    came: dict[tuple[int, str], int] = defaultdict(int)
    for step in steps:
        came[step["position"], step["action"]] += step["contacts"]
    rows = [
        {
            "position": step["position"],
            "action": actions.name(step["action"]),
            "branch": actions.branch(step),
            "target": actions.name(step["target"]),
            "contacts": step["contacts"],
            "percent": percent(step["contacts"], came[step["position"], step["action"]]),
            "mean_seconds": mean_seconds(step["ms"], step["contacts"]),
            "link": link(step),
        }
        for step in steps
    ]
    return Table(
        name="ways",
        title=title or _("Ways"),
        label="action",
        columns=[
            Column("position", _("Step")),
            Column("action", _("Action"), Unit.TEXT),
            Column("branch", _("Branch"), Unit.TEXT),
            Column("target", _("Went on to"), Unit.TEXT),
            Column("contacts", _("Contacts")),
            Column("percent", _("Of those at this step"), Unit.PERCENT),
            Column("mean_seconds", _("Mean time on it"), Unit.SECONDS),
        ],
        rows=rows,
        flow=_flow(steps, actions),
        linked="branch",
    )


def _flow(steps: list[dict[str, Any]], actions: _Actions) -> list[dict[str, Any]]:
    """The links of the picture. A step that is taken again stands there again: a loop cannot be drawn."""
    widths: dict[tuple[str, str], int] = defaultdict(int)
    for step in steps:
        position, target = step["position"], step["target"]
        end = target if target in EXITS else f"{position + 1}:{target}"
        widths[f"{position}:{step['action']}", end] += step["contacts"]
    widest = sorted(widths.items(), key=lambda link: -link[1])[:MOST_LINKS]
    return [
        {
            "source": source,
            "target": target,
            "value": contacts,
            "source_name": actions.name(source.partition(":")[2]),
            "target_name": actions.name(target if target in EXITS else target.partition(":")[2]),
        }
        for (source, target), contacts in widest
    ]


def _exits(steps: list[dict[str, Any]]) -> Table:
    found: dict[str, int] = defaultdict(int)
    for step in steps:
        if step["target"] in EXITS:
            found[step["target"]] += step["contacts"]
    whole = sum(found.values())
    rows = [
        {"label": str(EXITS[key]), "contacts": found[key], "percent": percent(found[key], whole)}
        for key in EXITS
        if found[key]
    ]
    return Table(
        name="exits",
        title=_("How they left the script"),
        label="label",
        columns=[
            Column("label", _("How"), Unit.TEXT),
            Column("contacts", _("Contacts")),
            Column("percent", _("Of all"), Unit.PERCENT),
        ],
        rows=rows,
        total={"label": TOTAL, "contacts": whole, "percent": percent(whole, whole)} if rows else None,
    )


def _days(found: list[dict[str, Any]], choices: Choices) -> Table:
    names = [key.removeprefix("=") for key in EXITS]
    days: dict[Any, dict[str, Any]] = {}
    if found:
        for place in range((choices.last - choices.first).days + 1):
            day = choices.first + timedelta(days=place)
            days[day] = {"label": day, **dict.fromkeys(names, 0)}
    for row in found:
        days[row["label"]][row["target"].removeprefix("=")] += row["contacts"]
    rows = [{**row, "contacts": sum(row[name] for name in names)} for row in days.values()]
    return Table(
        name="days",
        title=_("By day"),
        label="label",
        columns=[
            Column("label", _("Day"), Unit.MOMENT),
            Column("contacts", _("Contacts")),
            *(Column(key.removeprefix("="), title) for key, title in EXITS.items()),
        ],
        rows=rows,
        total={"label": TOTAL, **summed(rows, ["contacts", *names])} if rows else None,
        series=[Series(name, stack="contacts") for name in names],
    )


KIND = Kind(
    slug="paths",
    title=_("IVR paths"),
    about=_("Which ways contacts took through the script, and where they left it."),
    make=make,
    bys=(By.DAY,),
    filters=("point_of_contact",),
    rules=(
        _("Of points of contact with IVR reporting, one at a time: the busiest, unless one is chosen."),
        _(
            "A contact counts on the day on which its script began. A step lasts until the next one begins; "
            "the last one until an agent accepts or the contact closes."
        ),
        _("An action that a contact passes twice stands there twice, at its second place in the row."),
        _(
            "Contacts count that came since IVR reporting was switched on. “manage.py roll_up --rebuild” "
            "adds those from before."
        ),
    ),
)
