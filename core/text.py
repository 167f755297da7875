"""What a text message costs and looks like: alphabets, parts, keywords, safe display.

The alphabet is the GSM 7-bit default alphabet with its extension table (3GPP TS 23.038, section 6.2.1).
The sizes of parts are those of 3GPP TS 23.040 with an 8-bit reference: 160 septets or 70 UTF-16 units
alone, 153 or 67 in each part of a longer text.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

Encoding = Literal["gsm7", "ucs2"]

GSM_BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅå"
    "Δ_ΦΓΛΩΠΨΣΘΞÆæßÉ"
    " !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENSION: Final = frozenset("\f^{}\\[~]|€")

SINGLE_PART: Final[dict[Encoding, int]] = {"gsm7": 160, "ucs2": 70}
JOINED_PART: Final[dict[Encoding, int]] = {"gsm7": 153, "ucs2": 67}

# Look-alikes that a phone shows nearly the same, so that swapping them never changes what is said.
REPLACEMENTS: Final[dict[str, str]] = {
    "\u2018": "'", "\u2019": "'", "\u201a": "'", "\u201b": "'", "\u2032": "'", "\u00b4": "'", "\u0060": "'",
    "\u2039": "'", "\u203a": "'",
    "\u201c": '"', "\u201d": '"', "\u201e": '"', "\u201f": '"', "\u2033": '"', "\u00ab": '"', "\u00bb": '"',
    "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": "-", "\u2015": "-", "\u2212": "-",
    "\u2022": "-", "\u00b7": "-",
    "\u2026": "...",
    "\u00d7": "x",
    "\u0152": "OE", "\u0153": "oe",
    "\t": " ", "\u00a0": " ", "\u2002": " ", "\u2003": " ", "\u2007": " ", "\u2009": " ", "\u200a": " ",
    "\u202f": " ", "\u3000": " ",
    "\u2028": "\n", "\u2029": "\n", "\u0085": "\n",
    "\u00ad": "", "\u200b": "", "\u2060": "", "\ufeff": "",
}  # fmt: skip
_REPLACE = str.maketrans(REPLACEMENTS)

_JOINERS = frozenset("\u200c\u200d")
# Bidirectional controls, zero-width characters, and tags: they make a text read other than it is.
_DECEPTIVE = frozenset(
    "\u00ad\u061c\u180e\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
    "\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\u206a\u206b\u206c\u206d\u206e\u206f"
    "\ufeff\ufff9\ufffa\ufffb"
)


@dataclass(frozen=True, slots=True)
class Segmentation:
    """How a text goes over the air.

    Units are septets in `gsm7` and UTF-16 code units in `ucs2`. `units_left` is the room in the last part.
    `forcing` lists (index, character) of everything that is not in the GSM alphabet; it is empty exactly when
    the encoding is `gsm7`. The empty text has no segment.
    """

    encoding: Encoding
    segments: int
    units_used: int
    units_per_segment: int
    units_left: int
    forcing: tuple[tuple[int, str], ...]


def nfc(text: str) -> str:
    """Compose accents, so that an e and its accent typed apart become the é of the GSM alphabet."""
    return unicodedata.normalize("NFC", text)


def encoding_of(text: str) -> Encoding:
    """`gsm7` when every character is in the GSM alphabet, else `ucs2`."""
    return "gsm7" if all(char in GSM_BASIC or char in GSM_EXTENSION for char in text) else "ucs2"


def segment(text: str) -> Segmentation:
    """Count the parts of a text as the network will: one extended or astral character is never cut in two."""
    forcing = tuple(
        (index, char)
        for index, char in enumerate(text)
        if char not in GSM_BASIC and char not in GSM_EXTENSION
    )
    encoding: Encoding = "ucs2" if forcing else "gsm7"
    sizes = [_units(char, encoding) for char in text]
    used = sum(sizes)
    if used <= SINGLE_PART[encoding]:
        room = SINGLE_PART[encoding]
        return Segmentation(encoding, 1 if text else 0, used, room, room - used, forcing)
    room = JOINED_PART[encoding]
    parts, filled = 1, 0
    for size in sizes:
        if filled + size > room:
            parts, filled = parts + 1, 0
        filled += size
    return Segmentation(encoding, parts, used, room, room - filled, forcing)


def split_parts(text: str) -> tuple[str, ...]:
    """The parts as they travel; joined they are the text again."""
    encoding = encoding_of(text)
    if not text:
        return ()
    if sum(_units(char, encoding) for char in text) <= SINGLE_PART[encoding]:
        return (text,)
    return tuple(_pack(text, encoding))


def _pack(text: str, encoding: Encoding) -> Iterator[str]:
    start, filled = 0, 0
    for index, char in enumerate(text):
        size = _units(char, encoding)
        if filled + size > JOINED_PART[encoding]:
            yield text[start:index]
            start, filled = index, 0
        filled += size
    yield text[start:]


def _units(char: str, encoding: Encoding) -> int:
    if encoding == "gsm7":
        return 2 if char in GSM_EXTENSION else 1
    return 2 if ord(char) > 0xFFFF else 1


def replace_for_gsm(text: str) -> str:
    """Swap typographic characters for their plain look-alikes; accents and emoji are left alone."""
    return nfc(text).translate(_REPLACE)


def fold_keyword(text: str) -> str:
    """A whole message in the form in which STOP and its family are compared.

    Case, accents, width, invisible characters, runs of spaces, and punctuation around the words are ignored:
    `" «Arrêt» !"` becomes `"arret"`. A text of punctuation alone becomes the empty string.
    """
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    kept = "".join(
        char
        for char in unicodedata.normalize("NFKD", decomposed)
        if unicodedata.category(char) not in {"Mn", "Cf", "Cc"} or char.isspace()
    )
    words = " ".join(kept.split())
    start, end = 0, len(words)
    while start < end and _is_edge(words[start]):
        start += 1
    while end > start and _is_edge(words[end - 1]):
        end -= 1
    return words[start:end]


def _is_edge(char: str) -> bool:
    return char == " " or unicodedata.category(char)[0] in "PS"


def safe_display(text: str) -> str:
    """The text without what could deceive its reader or break a page.

    Removes bidirectional and zero-width controls and other control characters except line breaks and tabs;
    joiners stay between two characters outside ASCII, where emoji and several scripts need them. Unpaired
    surrogates become U+FFFD, because they cannot be written in UTF-8.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    return "".join(_visible(lines))


def _visible(text: str) -> Iterator[str]:
    last = len(text) - 1
    for index, char in enumerate(text):
        if char in _DECEPTIVE or 0xE0000 <= ord(char) <= 0xE007F:
            continue
        if char in _JOINERS:
            if 0 < index < last and not text[index - 1].isascii() and not text[index + 1].isascii():
                yield char
            continue
        category = unicodedata.category(char)
        if category == "Cs":
            yield "\ufffd"
        elif category != "Cc" or char in "\n\t":
            yield char
