"""Tries scripts in a business unit, and keeps tries as the tests of a script."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeVar

from django.db import transaction
from django.utils.translation import gettext as _

from core.audit import acting
from core.clock import database_now
from core.configuration import rule_broken
from core.errors import Conflict
from hours.schedule import Schedule, answer_at
from hours.selectors import hours_named, schedule_of
from organizations.models import BusinessUnit, User
from scripts.documents import TEST_KEYS, ImportedScript
from scripts.editing import check_may_edit, lock_script
from scripts.interpreter.catalogue import HoursAnswer
from scripts.interpreter.difference import name_of
from scripts.interpreter.graph import Graph
from scripts.interpreter.limits import LONGEST_TEXT
from scripts.interpreter.reading import parse
from scripts.interpreter.trial import (
    LONGEST_JUMP,
    MOST_INPUTS,
    Agents,
    AgentsBecome,
    Answered,
    Filled,
    Input,
    Jump,
    Played,
    Released,
    Setup,
    Text,
    Transferred,
    outcome_of,
    play,
)
from scripts.models import Script, ScriptTest, ScriptVersion
from scripts.selectors import published_version_named
from scripts.services import UnitCatalogue, create_draft

MOST_TESTS: Final = 50
"""Of one script: all are played when it is about to be published."""
MOST_BYTES: Final = 64 * 1024
LONGEST_NAME: Final = 100
FAILURES: Final = ("timeout", "unreachable", "too_large")
"""How a call may turn out that is not answered."""

Made = TypeVar("Made")


class TooManyTests(Conflict):
    """A script has so many tests."""

    code = "too_many_tests"


@dataclass(slots=True)
class TrialCatalogue:
    """Answers from the database, each question once: a trial sees the organisation as it is at one moment."""

    names: UnitCatalogue
    known: dict[tuple[str, str], Any] = field(default_factory=dict)

    def skill_exists(self, name: str) -> bool:
        return self._once("skill", name, lambda: self.names.skill_exists(name))

    def agent_exists(self, username: str) -> bool:
        return self._once("agent", username, lambda: self.names.agent_exists(username))

    def tag_exists(self, name: str) -> bool:
        return self._once("tag", name, lambda: self.names.tag_exists(name))

    def disposition_exists(self, name: str) -> bool:
        return self._once("disposition", name, lambda: self.names.disposition_exists(name))

    def hours_exist(self, name: str) -> bool:
        return self._schedule(name) is not None

    def script_exists(self, name: str) -> bool:
        return self.published_script(name) is not None

    def secret_exists(self, name: str) -> bool:
        return self._once("secret", name, lambda: self.names.secret_exists(name))

    def hours_at(self, name: str, moment: datetime) -> HoursAnswer | None:
        schedule = self._schedule(name)
        if schedule is None:
            return None
        found = answer_at(schedule, moment)
        return HoursAnswer(state=found.state.value, name=found.name, opens_at=found.opens_at)

    def agent_state(self, _username: str) -> str | None:
        """A trial has agents of its own."""
        return None

    def queue_of(self, _skill: str, _moment: datetime) -> None:
        """A trial has queues of its own."""

    def published_script(self, name: str) -> str | None:
        def ask() -> str | None:
            found = published_version_named(business_unit_id=self.names.business_unit_id, name=name)
            return None if found is None else str(found)

        return self._once("script", name, ask)

    def graph_of(self, key: str) -> Graph | None:
        def ask() -> Graph | None:
            found = ScriptVersion.objects.filter(
                pk=key, script__business_unit_id=self.names.business_unit_id
            ).values_list("definition", flat=True)
            definition = found.first()
            return None if definition is None else parse(definition).graph

        return self._once("graph", key, ask)

    def _schedule(self, name: str) -> Schedule | None:
        def ask() -> Schedule | None:
            found = hours_named(business_unit_id=self.names.business_unit_id, name=name)
            return None if found is None else schedule_of(found)

        return self._once("hours", name, ask)

    def _once(self, kind: str, name: str, ask: Callable[[], Made]) -> Made:
        key = (kind, name)
        if key not in self.known:
            self.known[key] = ask()
        found: Made = self.known[key]
        return found


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a test: the differences in words, none where it is as expected."""

    test: ScriptTest
    differences: tuple[str, ...]
    played: Played | None

    @property
    def is_passed(self) -> bool:
        return not self.differences


def try_definition(
    *, business_unit: BusinessUnit, definition: object, setup: object, inputs: object
) -> Played:
    """Play a script that need not be finished; nothing is stored or sent. Raises RuleBroken."""
    return play(_graph(definition), read_setup(setup), read_inputs(inputs), _catalogue(business_unit.pk))


@transaction.atomic
def save_test(
    *, by: User | None, script: Script, name: str, definition: object, setup: object, inputs: object
) -> ScriptTest:
    """Keep a try as a test: what comes of it now is what is expected from now on.

    A test with this name is replaced. Raises NotAllowed, RuleBroken, TooManyTests.
    """
    check_may_edit(by=by, script=script)
    lock_script(script)
    played = try_definition(
        business_unit=script.business_unit, definition=definition, setup=setup, inputs=inputs
    )
    return _store(script, name, setup, inputs, outcome_of(played), by=by)


@transaction.atomic
def import_script(
    *, by: User | None, business_unit: BusinessUnit, document: ImportedScript, name: str
) -> Script:
    """Create a script with a draft and the tests from a document. Raises NotAllowed, RuleBroken."""
    script = create_draft(
        by=by,
        business_unit=business_unit,
        name=name,
        media_type=document.media_type,
        definition=document.definition,
    )
    for one in document.tests:
        if not isinstance(one, dict) or set(one) != set(TEST_KEYS) or not _is_expectation(one["expected"]):
            raise rule_broken({"document": [_("The tests of the script cannot be read.")]})
        read_setup(one["setup"])
        read_inputs(one["inputs"])
        _store(script, one["name"], one["setup"], one["inputs"], one["expected"], by=by)
    return script


def delete_test(*, by: User | None, test: ScriptTest) -> None:
    """Raises NotAllowed."""
    check_may_edit(by=by, script=test.script)
    with acting(by):
        test.delete()


def run_tests(*, script: Script, definition: object) -> list[Verdict]:
    """Play every test of a script on a definition, by name. Raises RuleBroken for one that cannot be read."""
    graph = _graph(definition)
    catalogue = _catalogue(script.business_unit_id)
    tests = script.tests.select_related("created_by").order_by("name", "pk")
    return [_judge(test, graph, catalogue) for test in tests]


def _judge(test: ScriptTest, graph: Graph, catalogue: TrialCatalogue) -> Verdict:
    played = play(graph, read_setup(test.setup), read_inputs(test.inputs), catalogue)
    return Verdict(test, tuple(differences(test.expected, outcome_of(played), graph)), played)


def differences(expected: Mapping[str, Any], found: Mapping[str, Any], graph: Graph) -> list[str]:
    """What is otherwise than expected, in words; the first difference of the way and of the texts.

    Actions and branches are named as the graph, the script that was played, names them.
    """
    told = []
    for number, (old, new) in enumerate(_side_by_side(expected["path"], found["path"]), start=1):
        if old != new:
            told.append(
                _("Step %(number)s: expected %(expected)s, went %(found)s.")
                % {"number": number, "expected": _step(old, graph), "found": _step(new, graph)}
            )
            break
    for number, (before, after) in enumerate(_side_by_side(expected["texts"], found["texts"]), start=1):
        if before != after:
            told.append(
                _("Text %(number)s: expected %(expected)s, sent %(found)s.")
                % {"number": number, "expected": _quoted(before), "found": _quoted(after)}
            )
            break
    for key, sentence in (
        ("status", _("At the end the script is %(found)s instead of %(expected)s.")),
        ("contact", _("At the end the contact is %(found)s instead of %(expected)s.")),
        ("skill", _("At the end the queue is %(found)s instead of %(expected)s.")),
    ):
        if expected[key] != found[key]:
            told.append(sentence % {"found": _word(found[key]), "expected": _word(expected[key])})
    return told


def _word(value: str) -> str:
    words = {
        "waiting": _("waiting"),
        "ended": _("at its end"),
        "failed": _("failed"),
        "running": _("not begun"),
        "none": _("not begun"),
        "pre_queue": _("with the script"),
        "queued": _("in the queue"),
        "active": _("with an agent"),
        "closed": _("closed"),
    }
    return words.get(value, f"“{value}”")


def _side_by_side(old: list[Any], new: list[Any]) -> list[tuple[Any, Any]]:
    length = max(len(old), len(new))
    return [
        (old[place] if place < len(old) else None, new[place] if place < len(new) else None)
        for place in range(length)
    ]


def _step(step: list[str] | None, graph: Graph) -> str:
    """By the caption; by the id where there is none, and where the action is of another script or gone."""
    if step is None:
        return _("nothing more")
    action_id, branch = step
    node = graph.nodes.get(action_id)
    action = str(name_of(node)) if node and node.label else action_id
    spec = node.exit(branch) if node else None
    return f"{action} → {spec.label if spec else branch}" if branch else action


def _quoted(text: str | None) -> str:
    return _("nothing more") if text is None else f"“{text}”"


def _catalogue(business_unit_id: int) -> TrialCatalogue:
    return TrialCatalogue(UnitCatalogue(business_unit_id))


def _graph(definition: object) -> Graph:
    parsed = parse(definition)
    if parsed.graph is None:
        raise rule_broken({"definition": [str(finding.message) for finding in parsed.findings]})
    return parsed.graph


def _store(
    script: Script, name: object, setup: object, inputs: object, expected: object, *, by: User | None
) -> ScriptTest:
    if not isinstance(name, str) or not name.strip() or len(name.strip()) > LONGEST_NAME:
        raise rule_broken(
            {"name": [_("Give the test a name of at most %(most)s characters.") % {"most": LONGEST_NAME}]}
        )
    found = script.tests.filter(name__iexact=name.strip()).first()
    if found is None and script.tests.count() >= MOST_TESTS:
        raise TooManyTests(_("A script has at most %(most)s tests.") % {"most": MOST_TESTS})
    test = found or ScriptTest(script=script)
    test.name, test.setup, test.inputs, test.expected = name.strip(), setup, inputs, expected
    test.created_by, test.saved_at = by, database_now()
    with acting(by):
        test.save()
    return test


# -- Reading what was sent or imported ---------------


def read_setup(given: object) -> Setup:
    """How things are at the beginning of a trial, from plain values. Raises RuleBroken."""
    if not isinstance(given, dict):
        raise _bad("setup")
    known = dict(given)
    try:
        at = datetime.fromisoformat(_text(known, "at", 40))
        agents = Agents(_text(known, "agents", 20, "logged_out"))
    except ValueError as error:
        raise _bad("setup") from error
    if at.tzinfo is None or not 2000 <= at.year <= 2100:
        raise _bad("setup")
    setup = Setup(
        at=at,
        customer=_text(known, "customer", 64),
        number=_text(known, "number", 64),
        skill=_text(known, "skill", 100),
        agents=agents,
        agent=_text(known, "agent", 150, "agent"),
        waiting=_number(known, "waiting", 100_000),
        longest_wait=_number(known, "longest_wait", 31 * 24 * 3600),
    )
    if set(known) - {
        "at", "customer", "number", "skill", "agents", "agent", "waiting", "longest_wait"
    }:  # fmt: skip
        raise _bad("setup")
    return setup


def read_inputs(given: object) -> list[Input]:
    """What happens in a trial, in its order. Raises RuleBroken."""
    if not isinstance(given, list) or len(given) > MOST_INPUTS:
        raise _bad("inputs")
    return [_input(one) for one in given]


def _input(given: object) -> Input:
    if not isinstance(given, dict):
        raise _bad("inputs")
    values = {key: value for key, value in given.items() if key != "do"}
    reader = _READERS.get(str(given.get("do")))
    if reader is None:
        raise _bad("inputs")
    allowed, read = reader
    if set(values) - set(allowed):
        raise _bad("inputs")
    try:
        return read(values)
    except ValueError as error:
        raise _bad("inputs") from error


def _read_answer(values: dict[str, Any]) -> Input:
    failure = _text(values, "failure", 20, "")
    if failure:
        if failure not in FAILURES:
            raise ValueError(failure)
        return Answered(failure=failure)
    status = _number(values, "status", 599)
    if status < 100:
        raise ValueError("no status of HTTP")
    return Answered(status=status, body=_text(values, "body", MOST_BYTES, ""))


def _read_filled(values: dict[str, Any]) -> Input:
    given = values.get("values")
    if not isinstance(given, dict) or len(given) > 50:
        raise ValueError("values must be an object")
    return Filled({str(name)[:100]: _text(given, name, 1_000, "") for name in given})


_READERS: Final[Mapping[str, tuple[tuple[str, ...], Callable[[dict[str, Any]], Input]]]] = {
    "text": (("text",), lambda values: Text(_text(values, "text", LONGEST_TEXT))),
    "jump": (("seconds",), lambda values: Jump(_number(values, "seconds", LONGEST_JUMP))),
    "agents": (("to",), lambda values: AgentsBecome(Agents(_text(values, "to", 20)))),
    "transfer": ((), lambda _values: Transferred()),
    "release": ((), lambda _values: Released()),
    "answer": (("status", "body", "failure"), _read_answer),
    "fill": (("values",), _read_filled),
}


def _text(values: Mapping[str, Any], name: str, longest: int, default: str | None = None) -> str:
    value = values.get(name, default)
    if not isinstance(value, str) or len(value) > longest or "\x00" in value:
        raise _bad(name)
    return value


def _number(values: Mapping[str, Any], name: str, largest: int) -> int:
    value = values.get(name, 0)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= largest:
        raise _bad(name)
    return value


def _bad(name: str) -> Exception:
    return rule_broken({name: [_("This cannot be played.")]})


def _is_expectation(expected: object) -> bool:
    return (
        isinstance(expected, dict)
        and set(expected) == {"path", "texts", "status", "contact", "skill"}
        and isinstance(expected["path"], list)
        and all(
            isinstance(step, list) and len(step) == 2 and all(isinstance(part, str) for part in step)
            for step in expected["path"]
        )
        and isinstance(expected["texts"], list)
        and all(isinstance(text, str) for text in expected["texts"])
        and all(isinstance(expected[key], str) for key in ("status", "contact", "skill"))
    )
