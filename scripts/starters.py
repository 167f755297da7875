"""Scripts to begin with. Labels and texts are in the current language; whoever begins changes them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

Definition = dict[str, Any]
STEP: Final = 240
ROW: Final = 150


@dataclass(frozen=True, slots=True)
class Starter:
    """One script to begin with."""

    name: Promise
    about: Promise
    make: Callable[[], Definition]


def _script(
    actions: Mapping[str, tuple[str, str, Mapping[str, Any], tuple[int, int]]], branches: Iterable[str]
) -> Definition:
    """Actions by id: type, label, properties, and column and row on the canvas; branches as `a.timeout>b`."""
    drawn = [
        {
            "id": id_,
            "type": type_,
            "label": label,
            "properties": dict(properties),
            "x": 80 + STEP * column,
            "y": 120 + ROW * row,
        }
        for id_, (type_, label, properties, (column, row)) in actions.items()
    ]
    connected = []
    for text in branches:
        source, _arrow, target = text.partition(">")
        source, _dot, name = source.partition(".")
        connected.append({"from": source, "branch": name or "default", "to": target})
    return {"actions": drawn, "branches": connected}


def plain_queue() -> Definition:
    """BEGIN, then REQAGENT: texts wait in the queue of the point of contact's skill."""
    return _script({"begin": _begin(), "agent": _agent(1, 0)}, ["begin>agent"])


def business_hours() -> Definition:
    """To the queue while it is open; else a text that says when it opens."""
    closed = _("We are closed. We open on {{ opens_date }} at {{ opens_time }}.")
    return _script(
        {
            "begin": _begin(),
            "hours": ("HOURS", _("Are we open?"), {}, (1, 0)),
            "agent": _agent(2, 0),
            "closed": ("ENDTEXT", _("Say when we open"), {"message": closed}, (2, 1)),
        },
        ["begin>hours", "hours.open>agent", "hours.closed>closed"],
    )


def menu() -> Definition:
    """The customer chooses by a digit, with three attempts."""
    question = _("Hello! Reply 1 for sales or 2 for support.")
    cases = {"value": "{{ answer }}", "cases": "1\n2"}
    return _script(
        {
            "begin": _begin(),
            "tries": ("LOOP", _("Three attempts"), {"count": 3}, (1, 0)),
            "ask": ("ASKCALLER", _("Offer the choice"), {"message": question}, (2, 0)),
            "choice": ("CASE", _("What was chosen"), cases, (3, 0)),
            "sales": ("REQAGENT", _("Sales"), {}, (4, 0)),
            "support": ("REQAGENT", _("Support"), {}, (4, 1)),
            "anybody": ("REQAGENT", _("Anybody"), {}, (2, 2)),
        },
        [
            "begin>tries",
            "tries.repeat>ask",
            "tries.finished>anybody",
            "ask.responded>choice",
            "ask.timeout>anybody",
            "choice.1>sales",
            "choice.2>support",
            "choice>tries",
        ],
    )


def callback() -> Definition:
    """While nobody is free, the customer says when he wants to be called."""
    question = _("All our agents are busy. When may we call you? Reply with a time.")
    thanks = _("Thank you. We will call you: {{ answer }}.")
    return _script(
        {
            "begin": _begin(),
            "look": ("QUEUEINFO", _("Look at the queue"), {}, (1, 0)),
            "free": ("IF", _("Is somebody free?"), {"expression": "queue_agents_free > 0"}, (2, 0)),
            "agent": _agent(3, 0),
            "ask": ("ASKCALLER", _("Ask for a time"), {"message": question}, (3, 1)),
            "note": ("NOTE", _("Note the wish"), {"note": _("Call back: {{ answer }}")}, (4, 1)),
            "thanks": ("SENDTEXT", _("Confirm"), {"message": thanks}, (5, 1)),
            "later": ("REQAGENT", _("Wait for an agent"), {}, (6, 1)),
        },
        [
            "begin>look",
            "look>free",
            "free.true>agent",
            "free.false>ask",
            "ask.responded>note",
            "ask.timeout>later",
            "note>thanks",
            "thanks>later",
        ],
    )


def survey() -> Definition:
    """After the end the customer is asked for a grade, which is noted on the contact."""
    question = _("How did we do? Reply with a grade from 1 (bad) to 5 (very good).")
    return _script(
        {
            "begin": _begin(),
            "agent": _agent(1, 0),
            "release": ("ONRELEASE", _("The contact ends"), {}, (0, 1)),
            "ask": (
                "ASKCALLER",
                _("Ask for a grade"),
                {"message": question, "result_var": "grade", "timeout_seconds": 86_400},
                (1, 1),
            ),
            "note": ("NOTE", _("Note the grade"), {"note": _("Grade: {{ grade }}")}, (2, 1)),
            "thanks": ("SENDTEXT", _("Thank the customer"), {"message": _("Thank you!")}, (3, 1)),
            "end": ("END", "", {}, (4, 1)),
        },
        [
            "begin>agent",
            "release>ask",
            "ask.responded>note",
            "ask.timeout>end",
            "note>thanks",
            "thanks>end",
        ],
    )


def _begin() -> tuple[str, str, Mapping[str, Any], tuple[int, int]]:
    return "BEGIN", _("A text arrives"), {}, (0, 0)


def _agent(column: int, row: int) -> tuple[str, str, Mapping[str, Any], tuple[int, int]]:
    return "REQAGENT", _("Wait for an agent"), {}, (column, row)


STARTERS: Final[Mapping[str, Starter]] = {
    "plain": Starter(
        gettext_lazy("Straight to the queue"),
        gettext_lazy("BEGIN, then REQAGENT."),
        plain_queue,
    ),
    "hours": Starter(
        gettext_lazy("Business hours"),
        gettext_lazy("To the queue while it is open; else a text that says when it opens."),
        business_hours,
    ),
    "menu": Starter(
        gettext_lazy("Menu by keyword"),
        gettext_lazy("The customer replies 1 or 2 and comes to the right queue."),
        menu,
    ),
    "callback": Starter(
        gettext_lazy("Callback request"),
        gettext_lazy("While nobody is free, the customer says when he wants to be called."),
        callback,
    ),
    "survey": Starter(
        gettext_lazy("Survey after the end"),
        gettext_lazy("After the conversation the customer gives a grade, which is noted on the contact."),
        survey,
    ),
}
"""By the name in addresses, in the order in which they are offered."""
