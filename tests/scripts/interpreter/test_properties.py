from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.interpreter.properties import (
    Kind,
    PropertyError,
    PropertySpec,
    clean,
    read_properties,
    snake_case,
)

POINTS = PropertySpec(
    name="points",
    kind=Kind.NUMBER,
    label="Points",
    help="",
    default=Decimal(1),
    minimum=0,
    maximum=1000,
    decimals=3,
)
LEVEL = PropertySpec(
    name="level", kind=Kind.INTEGER, label="Level", help="", default=1, minimum=1, maximum=20
)
SKILL = PropertySpec(name="skill", kind=Kind.SKILL, label="Skill", help="", max_length=30)
NOTE = PropertySpec(name="note", kind=Kind.TEXT, label="Note", help="", required=True, max_length=5)


@pytest.mark.parametrize(
    ("raw", "value", "stored"),
    [
        (0.1, Decimal("0.1"), 0.1),
        ("2.50", Decimal("2.5"), 2.5),
        (" 7 ", Decimal(7), 7),
        (3.0, Decimal(3), 3),
        (-0.0, Decimal(0), 0),
        (None, Decimal(1), None),
        ("", Decimal(1), None),
    ],
)
def test_numbers_are_exact(raw, value, stored):
    assert clean(POINTS, raw) == (value, stored)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (1000.0005, "property_range"),
        (0.0005, "property_decimals"),
        (1e-320, "property_decimals"),
        (-1, "property_range"),
        (float("nan"), "property_type"),
        (float("inf"), "property_type"),
        (2**53, "property_type"),
        pytest.param(10**5000, "property_type", id="huge"),
        (False, "property_type"),
        ("1e3", "property_type"),
        ("\uff11", "property_type"),
        ("1_0", "property_type"),
        ([1], "property_type"),
    ],
)
def test_what_is_no_such_number_is_named(raw, code):
    with pytest.raises(PropertyError) as caught:
        clean(POINTS, raw)

    assert caught.value.code == code
    assert len(str(caught.value.message)) < 200


def test_sentences_say_what_is_right():
    with pytest.raises(PropertyError) as caught:
        clean(LEVEL, 21)

    assert str(caught.value.message) == "Enter a number from 1 to 20, not 21."


def test_a_required_property_must_be_filled():
    with pytest.raises(PropertyError) as caught:
        clean(NOTE, "")

    assert caught.value.code == "property_required"


def test_names_are_composed_and_trimmed():
    assert clean(SKILL, "  cafe\u0301 ") == ("caf\u00e9", "caf\u00e9")
    assert clean(SKILL, "   ") == (None, None)


@given(st.integers(min_value=0, max_value=1_000_000))
def test_every_number_of_thousandths_survives_being_stored(thousandths):
    value, stored = clean(POINTS, thousandths / 1000)

    assert value == Decimal(thousandths) / 1000
    assert clean(POINTS, stored) == (value, stored)


def test_unknown_names_are_kept_and_remarked_on():
    reading = read_properties((LEVEL,), frozenset({"zip_tone"}), {"levle": 3, "zip_tone": "x"})

    assert reading.values == {"level": 1}
    assert reading.stored == {"levle": 3, "zip_tone": "x"}
    assert [(fault.code, fault.is_warning) for fault in reading.faults] == [
        ("property_unknown", False),
        ("property_unused", True),
    ]


def test_a_value_that_does_not_suit_is_kept_for_whoever_mends_it():
    reading = read_properties((LEVEL,), frozenset(), {"level": "best"})

    assert reading.stored == {"level": "best"}
    assert reading.faults[0].code == "property_type"


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("InitialPriority", "initial_priority"),
        ("skill", "skill"),
        ("ScreenPopURL", "screen_pop_url"),
        ("P1", "p1"),
    ],
)
def test_the_original_products_names_are_read_as_ours(theirs, ours):
    assert snake_case(theirs) == ours
