"""Addresses of the SMS world: numbers, short codes and names.

The address itself is the identity; E.164 is an extra where there is one. A number counts when it is
*possible* (right length for its country), not when it is *assigned*: number plans change faster than any
library.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, ValidationResult

MAX_ADDRESS_LENGTH: Final = 64
MAX_SHORT_CODE_DIGITS: Final = 8
_SEPARATORS: Final = frozenset(" .-/()\u2010\u2011\u2012\u2013\u2014\u2212")


class AddressKind(StrEnum):
    """`number` is a telephone number, `short_code` a few digits, `alphanumeric` a name such as `AcmeInc`."""

    NUMBER = "number"
    SHORT_CODE = "short_code"
    ALPHANUMERIC = "alphanumeric"


@dataclass(frozen=True, slots=True)
class Address:
    """One end of a conversation.

    `raw` is the identity, written as providers write it: digits without + or 00, or the name as it came,
    at most 64 characters. `e164` has the leading + and is None for short codes, names and impossible
    numbers.
    """

    raw: str
    e164: str | None
    kind: AddressKind


def normalise_address(raw: str, *, region: str | None = None) -> Address:
    """Bring whatever a provider sent or a person typed into one form. Never raises.

    `region` (ISO 3166, such as `FR`) says where a number in national form belongs; give it for what
    people type, never for what providers send, because those always write the country code.
    """
    cleaned = _clean(raw)
    digits, is_international = _digits(cleaned)
    if not digits:
        return Address(cleaned[:MAX_ADDRESS_LENGTH].rstrip(), None, AddressKind.ALPHANUMERIC)
    if region and not is_international:
        national = _possible(digits, region)
        if national is not None:
            return Address(national[1:], national, AddressKind.NUMBER)
    e164 = _possible("+" + digits, None)
    if e164 is not None:
        # What a provider sends must come back to it unchanged, even where a library would write it otherwise.
        return Address(e164[1:] if is_international else digits, e164, AddressKind.NUMBER)
    is_short = len(digits) <= MAX_SHORT_CODE_DIGITS and not is_international
    kind = AddressKind.SHORT_CODE if is_short else AddressKind.NUMBER
    return Address(digits[:MAX_ADDRESS_LENGTH], None, kind)


def shown_address(raw: str) -> str:
    """As people write it: `+33 6 12 34 56 78`; short codes and names as they are."""
    e164 = normalise_address(raw).e164
    if e164 is None:
        return raw
    return phonenumbers.format_number(phonenumbers.parse(e164), PhoneNumberFormat.INTERNATIONAL)


def provider_digits(raw: str) -> str:
    """The address as the provider wants it in `from` and `to`: no +, no 00, no separators."""
    return normalise_address(raw).raw


def _clean(raw: str) -> str:
    visible = "".join(
        char
        for char in unicodedata.normalize("NFKC", raw)
        if char.isspace() or unicodedata.category(char)[0] != "C"
    )
    return " ".join(visible.split())


def _digits(cleaned: str) -> tuple[str, bool]:
    """The digits and whether + or 00 stood before them; no digits when it is a name."""
    body = cleaned.lstrip(" (")
    is_international = body.startswith("+")
    found = []
    for char in body[1:] if is_international else body:
        value = unicodedata.decimal(char, None)
        if value is not None:
            found.append(str(value))
        elif char not in _SEPARATORS:
            return "", False
    digits = "".join(found)
    if not is_international and digits.startswith("00") and len(digits) > MAX_SHORT_CODE_DIGITS:
        is_international = True
    # No country code begins with 0.
    return digits.lstrip("0") if is_international else digits, is_international


def _possible(number: str, region: str | None) -> str | None:
    try:
        parsed = phonenumbers.parse(number, region)
    except NumberParseException:
        return None
    if phonenumbers.is_possible_number_with_reason(parsed) != ValidationResult.IS_POSSIBLE:
        return None
    return phonenumbers.format_number(parsed, PhoneNumberFormat.E164)
