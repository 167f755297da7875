from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.phone import MAX_ADDRESS_LENGTH, AddressKind, normalise_address, provider_digits


@pytest.mark.parametrize(
    ("raw", "identity", "e164", "kind"),
    [
        ("447700900001", "447700900001", "+447700900001", "number"),
        ("+44 7700 900001", "447700900001", "+447700900001", "number"),
        ("0044 7700-900.001", "447700900001", "+447700900001", "number"),
        ("  14155550101\n", "14155550101", "+14155550101", "number"),
        ("+33 (0)6 12 34 56 78", "33612345678", "+33612345678", "number"),
        ("\u202a+447700900001\u202c", "447700900001", "+447700900001", "number"),
        ("٤٤٧٧٠٠٩٠٠٠٠١", "447700900001", "+447700900001", "number"),
        ("330612345678", "330612345678", "+33612345678", "number"),
        ("5215512345678", "5215512345678", None, "number"),
        ("+0033612345678", "33612345678", "+33612345678", "number"),
        ("0612345678", "0612345678", None, "number"),
        ("20345", "20345", None, "short_code"),
        ("36180", "36180", None, "short_code"),
        ("2020", "2020", None, "short_code"),
        ("VONAGETEST", "VONAGETEST", None, "alphanumeric"),
        ("not-a-number", "not-a-number", None, "alphanumeric"),
        ("447700900001;ext=3", "447700900001;ext=3", None, "alphanumeric"),
        ("+", "+", None, "alphanumeric"),
        ("", "", None, "alphanumeric"),
    ],
)
def test_addresses_as_providers_and_people_write_them(raw, identity, e164, kind):
    address = normalise_address(raw)

    assert (address.raw, address.e164, address.kind) == (identity, e164, AddressKind(kind))


def test_numbers_kept_for_fiction_are_possible_though_not_assigned():
    assert normalise_address("447700900000").kind is AddressKind.NUMBER


@pytest.mark.parametrize(
    ("raw", "region", "e164"),
    [
        ("06 12 34 56 78", "FR", "+33612345678"),
        ("33612345678", "FR", "+33612345678"),
        ("2025550123", "US", "+12025550123"),
        ("447700900001", "US", "+447700900001"),
        ("+447700900001", "FR", "+447700900001"),
        ("36180", "FR", None),
        ("0612345678", "ZZ", None),
        ("AcmeInc", "FR", None),
    ],
)
def test_what_people_type_belongs_to_the_region(raw, region, e164):
    address = normalise_address(raw, region=region)

    assert address.e164 == e164
    assert e164 is None or address.raw == e164[1:]


def test_provider_wants_digits_without_plus():
    assert provider_digits("+44 7700 900001") == "447700900001"
    assert provider_digits("0033612345678") == "33612345678"
    assert provider_digits("AcmeInc") == "AcmeInc"


@given(st.text(max_size=200))
def test_any_text_has_an_identity_that_is_its_own(raw):
    address = normalise_address(raw)

    assert len(address.raw) <= MAX_ADDRESS_LENGTH
    assert normalise_address(address.raw).raw == address.raw
    assert address.e164 is None or address.e164.startswith("+")


@given(st.from_regex(r"[1-9][0-9]{2,14}", fullmatch=True))
def test_digits_of_a_provider_come_back_unchanged(digits):
    assert provider_digits(digits) == digits
