"""Cells: what people and spreadsheets write, and back."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.tables import cells
from provisioning.tables.cells import CellError

# What a name may be: the forms and the API trim it.
names = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).map(str.strip).filter(bool)


@given(st.text())
def test_disarmed_text_comes_back_and_is_no_formula(text):
    disarmed = cells.disarm(text)
    assert cells.rearm(disarmed) == text
    assert disarmed[:1] not in tuple("=+-@\t\r\n")


@given(st.text())
def test_text_that_xlsx_cannot_hold_comes_back(text):
    assert cells.unescaped(cells.escaped(text)) == text


@given(st.lists(names))
def test_lists_come_back(items):
    assert cells.list_of(cells.disarm(cells.written_list(items))) == items


@given(st.lists(st.fixed_dictionaries({"skill": names, "proficiency": st.integers(1, 20)})))
def test_proficiencies_come_back(items):
    written = cells.disarm(cells.written_proficiencies(items, "skill"))
    assert cells.proficiencies_of(written, "skill") == items


@pytest.mark.parametrize(
    ("cell", "comma", "number"),
    [
        ("0,5", False, 0.5),
        ("0.125", False, 0.125),
        ("1 000", False, 1000),
        ("1\u202f000,5", True, 1000.5),
        ("1,500", True, 1.5),
        (0.1, False, 0.1),
        (100, False, 100),
        ("ten", False, "ten"),
        ("1e999999", False, "1e999999"),
        ("1,2,3", False, "1,2,3"),
        (float("inf"), False, "inf"),
    ],
)
def test_numbers(cell, comma, number):
    assert cells.number_of(cell, comma=comma) == number


def test_a_comma_with_two_meanings_is_refused():
    with pytest.raises(CellError, match="two things"):
        cells.number_of("1,000", comma=False)


@pytest.mark.parametrize(
    ("cell", "address"),
    [
        (447700900001, "447700900001"),
        (4.47700900001e11, "447700900001"),
        ("4.47700900001E+11", "447700900001"),
        ("4,47700900001E+11", "447700900001"),
        ("'+447700900001", "+447700900001"),
        ("ACME", "ACME"),
    ],
)
def test_addresses(cell, address):
    assert cells.address_of(cell) == address


@pytest.mark.parametrize("cell", ["4.477E+11", "4.4E+11", date(2026, 1, 2), cells.Fault("#N/A")])
def test_what_the_spreadsheet_made_of_an_address_is_refused(cell):
    with pytest.raises(CellError):
        cells.address_of(cell)


@pytest.mark.parametrize(
    ("cell", "flag"),
    [("Y", True), ("oui", True), (True, True), (0, False), ("NON", False), ("perhaps", "perhaps"), (1, True)],
)
def test_flags(cell, flag):
    assert cells.flag_of(cell) is flag or cells.flag_of(cell) == flag


def test_a_skill_name_may_hold_a_colon():
    assert cells.proficiencies_of("A:5:10; B:x; C", "skill") == [
        {"skill": "A:5", "proficiency": 10},
        "B:x",
        "C",
    ]
