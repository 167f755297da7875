"""Replays what was and a draft, and says what came of it as a document that the plan keeps."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta

from django.utils.translation import gettext as _

from core.errors import RuleBroken
from reporting.planning.draft import Document, floor_of, hours_of
from reporting.planning.past import Past, Period
from simulation.replay import (
    FIGURES,
    Floor,
    OutOfTime,
    Tallies,
    Tally,
    as_it_was,
    interval,
    replay,
)

REPLICATIONS = 20
MILLISECONDS = {"mean_wait", "p50_wait", "p95_wait"}


class TooLong(RuleBroken):
    """The time that a plan may take was over before anything came of it."""

    code = "takes_too_long"

    def __init__(self) -> None:
        super().__init__(
            _(
                "Reading and replaying these days takes longer than a plan may take. Choose fewer days, or "
                "run it again when less is going on."
            )
        )


Figures = dict[str, float | None]


@dataclass(frozen=True, slots=True)
class _Run:
    """The figures of one replication: of the skills, of all together, and by the hour. Waits are not kept."""

    skills: Sequence[Figures]
    overall: Figures
    hours: Mapping[int, Sequence[int]]

    @classmethod
    def of(cls, tallies: Tallies) -> _Run:
        return cls(
            [_figures(tally) for tally in tallies.skills],
            _figures(tallies.overall),
            dict(tallies.overall.hours),
        )

    def figures(self, skill: int | None) -> Figures:
        return self.overall if skill is None else self.skills[skill]


def replayed(
    past: Past,
    base: Document,
    draft: Document,
    period: Period,
    progress: Callable[[float], None],
    *,
    ends: float,
    clock: Callable[[], float] = time.monotonic,
) -> Document:
    """The base is replayed too: what is near to what was shows how far the draft can be believed.

    Fewer replications are made when the next would be done after `ends`, a time of `clock`; one that is not
    done by then is given up. Raises TooLong when there is not even one.
    """
    base_floor = floor_of(base, past, period)
    draft_floor = floor_of(draft, past, period)
    is_same = draft_floor == base_floor
    unchanged: list[_Run] = []
    changed: list[_Run] = []
    began = clock()

    def run(floor: Floor, seed: int) -> _Run:
        return _Run.of(replay(past.record, floor, seed, is_over=lambda: clock() > ends))

    for seed in range(1, REPLICATIONS + 1):
        try:
            of_base = run(base_floor, seed)
            of_draft = None if is_same else run(draft_floor, seed)
        except OutOfTime:
            break
        unchanged.append(of_base)
        if of_draft is not None:
            changed.append(of_draft)
        now = clock()
        if now + (now - began) / seed > ends:
            break
        progress(seed / REPLICATIONS)
    if not unchanged:
        raise TooLong
    was = as_it_was(past.record, len(past.skills))
    floors = unchanged, changed
    places = {str(skill): number for number, skill in enumerate(past.skills)}
    skills = [
        {
            "id": skill["id"],
            "name": skill["name"],
            "goals": [skill["goal"], planned["goal"]],
            **_compared(was.skills[places[str(skill["id"])]], floors, places[str(skill["id"])]),
        }
        for skill, planned in zip(base["skills"], draft["skills"], strict=True)
    ]
    return {
        "replications": len(unchanged),
        "seconds": round(clock() - began, 2),
        "skills": [skill for skill in skills if skill["contacts"]],
        "overall": _compared(was.overall, floors, None),
        "hours": _by_hour(was, floors, period),
        "agent_hours": [round(hours_of(floor, period), 2) for floor in (base_floor, draft_floor)],
        "agents": [len(floor.workers) for floor in (base_floor, draft_floor)],
    }


def _compared(was: Tally, floors: tuple[Sequence[_Run], Sequence[_Run]], skill: int | None) -> Document:
    """What was; and mean and half of the interval of the replays, and of the difference of the two."""
    unchanged, changed = floors
    of_base = [run.figures(skill) for run in unchanged]
    of_draft = [run.figures(skill) for run in changed]
    document: Document = {
        "contacts": was.contacts,
        "was": _figures(was),
        "replay": {name: _rounded(interval(run[name] for run in of_base)) for name in FIGURES},
        "draft": None,
        "change": None,
    }
    if of_draft:
        document["draft"] = {name: _rounded(interval(run[name] for run in of_draft)) for name in FIGURES}
        document["change"] = {
            name: _rounded(
                interval(_less(new[name], old[name]) for new, old in zip(of_draft, of_base, strict=True))
            )
            for name in FIGURES
        }
    return document


def _figures(tally: Tally) -> Figures:
    """Percent, seconds and counts."""
    return {
        name: value / 1000 if value is not None and name in MILLISECONDS else value
        for name, value in tally.figures().items()
    }


def _less(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one - other


def _rounded(values: Sequence[float | None]) -> list[float | None]:
    return [None if value is None else round(value, 3) for value in values]


def _by_hour(was: Tallies, floors: tuple[Sequence[_Run], Sequence[_Run]], period: Period) -> list[Document]:
    """The service level of the contacts that came in each hour, by the clocks of the business unit."""
    rows = []
    begin = period.begin.astimezone(UTC)
    unchanged, changed = ([run.hours for run in runs] for runs in floors)
    for hour in range(-(-(period.ms(period.end) - period.ms(period.begin)) // 3_600_000)):
        moment = (begin + timedelta(hours=hour)).astimezone(period.zone)
        rows.append(
            {
                "at": moment.replace(tzinfo=None).isoformat(),
                "was": _share([was.overall.hours], hour),
                "replay": _share(unchanged, hour),
                "draft": _share(changed, hour),
            }
        )
    return rows


def _share(counts: Sequence[Mapping[int, Sequence[int]]], hour: int) -> float | None:
    found = [one.get(hour, (0, 0)) for one in counts]
    counted = sum(number for _in_time, number in found)
    return round(100 * sum(in_time for in_time, _number in found) / counted, 1) if counted else None
