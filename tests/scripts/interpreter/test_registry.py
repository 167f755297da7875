"""What every action owes: declarations that hold together, words for people, and tests of its own."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import pytest

from scripts.interpreter import actions
from scripts.interpreter.action import Wait
from scripts.interpreter.properties import Choice, Kind, PropertyError, PropertySpec, clean
from scripts.interpreter.registry import REGISTRY, Registry
from tests.scripts.interpreter.helpers import ForTests, Nothing

HERE = Path(__file__).parent
ACTIONS = list(REGISTRY)


@pytest.fixture(params=ACTIONS, ids=lambda action: action.type)
def action(request):
    return request.param


def test_begin_and_reqagent_are_there():
    assert {"BEGIN", "REQAGENT"} <= set(REGISTRY.types())


def test_each_action_has_a_file_of_its_own():
    files = {path.stem for path in Path(actions.__path__[0]).glob("*.py")} - {"__init__"}

    assert files == {type_.lower() for type_ in REGISTRY.types()}


def test_each_action_has_its_tests(action):
    assert (HERE / "actions" / f"test_{action.type.lower()}.py").is_file()


def test_each_action_is_explained(action):
    assert type(action).__doc__
    assert str(action.name)
    assert str(action.group.label)
    assert str(action.description).endswith(".")
    for spec in (*action.properties, *action.branches):
        assert str(spec.label), spec.name
        assert str(spec.help), spec.name


def test_each_name_is_in_snake_case(action):
    for spec in (*action.properties, *action.branches):
        assert spec.name == spec.name.lower()
        assert spec.name.replace("_", "").isalnum()


def test_each_default_is_a_value_the_property_accepts(action):
    for spec in action.properties:
        if spec.required and spec.default is None:
            continue
        try:
            value, _ = clean(spec, spec.default if not isinstance(spec.default, str) else str(spec.default))
        except PropertyError:
            # A Decimal is what reading makes, not what a definition holds.
            value, _ = clean(spec, str(spec.default))
        assert value == spec.default


def test_the_sentences_of_failures_can_be_filled(action):
    for template in action.failures.values():
        assert str(template) % _AnyGap()


class _AnyGap(dict):
    def __missing__(self, key):
        return key


def test_a_type_is_registered_once():
    registry = Registry()
    registry.register(Nothing)

    with pytest.raises(ValueError, match="registered already"):
        registry.register(Nothing)


@pytest.mark.parametrize("name", ["nothing", "N", "NO-THING", "X" * 41])
def test_a_type_is_written_in_capitals(name):
    class Odd(Nothing):
        type: ClassVar = name

    with pytest.raises(ValueError, match="capital letters"):
        Registry().register(Odd)


def test_a_name_is_declared_once():
    text = PropertySpec(name="text", kind=Kind.TEXT, label="Text", help="Twice.")

    class Twice(Nothing):
        type: ClassVar = "TWICE"
        properties: ClassVar = (text, text)

    with pytest.raises(ValueError, match="twice"):
        Registry().register(Twice)


def test_actions_come_in_the_order_of_their_types():
    class Another(ForTests):
        type: ClassVar = "ANOTHER"
        execute = Nothing.execute

    registry = Registry()
    registry.register(Nothing)
    registry.register(Another)

    assert [action.type for action in registry] == ["ANOTHER", "NOTHING"]


@pytest.mark.parametrize("kind", [Kind.NUMBER, Kind.INTEGER, Kind.CHOICE])
def test_a_property_must_say_what_it_accepts(kind):
    with pytest.raises(ValueError, match="needs its"):
        PropertySpec(name="open", kind=kind, label="Open", help="Says nothing.")


def test_a_wait_needs_something_to_wait_for():
    with pytest.raises(ValueError, match="wait for"):
        Wait()


def test_a_choice_is_read_in_any_spelling():
    assert Choice("default", "Default", ("DefaultFromSkill",)).accepts("DEFAULTfromskill")
