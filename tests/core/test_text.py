from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text import (
    GSM_BASIC,
    GSM_EXTENSION,
    REPLACEMENTS,
    encoding_of,
    fold_keyword,
    nfc,
    replace_for_gsm,
    safe_display,
    segment,
    split_parts,
)

gsm_texts = st.text(alphabet=sorted(GSM_BASIC | GSM_EXTENSION), max_size=700)
any_texts = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=400)


def test_alphabet_has_the_size_of_the_standard():
    """128 positions, one of which is the escape to the extension table."""
    assert len(GSM_BASIC) == 127
    assert len(GSM_EXTENSION) == 10
    assert not GSM_BASIC & GSM_EXTENSION


@pytest.mark.parametrize(
    ("text", "encoding", "segments", "used", "room", "left"),
    [
        ("", "gsm7", 0, 0, 160, 160),
        ("a" * 160, "gsm7", 1, 160, 160, 0),
        ("a" * 161, "gsm7", 2, 161, 153, 145),
        ("a" * 306, "gsm7", 2, 306, 153, 0),
        ("a" * 307, "gsm7", 3, 307, 153, 152),
        ("€" * 80, "gsm7", 1, 160, 160, 0),
        ("€" * 81, "gsm7", 2, 162, 153, 143),
        ("é" * 160, "gsm7", 1, 160, 160, 0),
        ("ê", "ucs2", 1, 1, 70, 69),
        ("ç" * 70, "ucs2", 1, 70, 70, 0),
        ("ç" * 71, "ucs2", 2, 71, 67, 63),
        ("😀" * 35, "ucs2", 1, 70, 70, 0),
        ("😀" * 36, "ucs2", 2, 72, 67, 61),
        ("a" * 152 + "€" + "a" * 10, "gsm7", 2, 164, 153, 141),
        ("é" * 66 + "😀" + "é" * 5, "ucs2", 2, 73, 67, 60),
        ("`", "ucs2", 1, 1, 70, 69),
        ("\t", "ucs2", 1, 1, 70, 69),
        ("\f", "gsm7", 1, 2, 160, 158),
        ("\x1b", "ucs2", 1, 1, 70, 69),
    ],
)
def test_segments_of_known_texts(text, encoding, segments, used, room, left):
    counted = segment(text)

    assert (
        counted.encoding,
        counted.segments,
        counted.units_used,
        counted.units_per_segment,
        counted.units_left,
    ) == (encoding, segments, used, room, left)


def test_a_pair_is_never_cut_and_the_room_before_it_is_lost():
    text = "a" * 152 + "€" + "a" * 152

    first, second, third = split_parts(text)

    assert first == "a" * 152
    assert second == "€" + "a" * 151
    assert third == "a"
    assert segment(text).segments == 3


def test_forcing_names_what_costs_the_alphabet():
    assert segment("Prix : 5 € \u2013 ça va").forcing == ((11, "\u2013"), (13, "ç"))


@given(st.one_of(gsm_texts, any_texts))
def test_parts_join_to_the_text_and_fit(text):
    parts = split_parts(text)
    counted = segment(text)

    assert "".join(parts) == text
    assert len(parts) == counted.segments
    for part in parts:
        assert 0 < _units(part, counted.encoding) <= counted.units_per_segment


@given(st.one_of(gsm_texts, any_texts))
def test_count_equals_brute_force(text):
    """Every part is as long as it can be: the next character would not have fitted."""
    counted = segment(text)
    if counted.segments <= 1:
        assert counted.units_used == _units(text, counted.encoding)
        return
    parts, rest = 0, text
    while rest:
        longest = max(
            size
            for size in range(1, min(len(rest), 153) + 1)
            if _units(rest[:size], counted.encoding) <= counted.units_per_segment
        )
        used, rest = _units(rest[:longest], counted.encoding), rest[longest:]
        parts += 1
    assert counted.segments == parts
    assert counted.units_left == counted.units_per_segment - used


@given(any_texts)
def test_forcing_is_empty_exactly_for_gsm(text):
    counted = segment(text)

    assert (counted.encoding == "gsm7") == (not counted.forcing) == (encoding_of(text) == "gsm7")
    assert all(text[index] == char for index, char in counted.forcing)


def _units(text: str, encoding: str) -> int:
    """Counted from the bytes that travel, not from our tables."""
    if encoding == "ucs2":
        return len(text.encode("utf-16-be")) // 2
    return len(text) + sum(text.count(char) for char in "\f^{}\\[~]|€")


def test_replacements_lead_into_the_gsm_alphabet():
    for char, replacement in REPLACEMENTS.items():
        assert encoding_of(char) == "ucs2", f"U+{ord(char):04X} needs no replacement"
        assert encoding_of(replacement) == "gsm7", f"U+{ord(char):04X} is replaced by no GSM character"


def test_one_click_replacement():
    assert (
        replace_for_gsm("\u201cC\u2019est\u00a0bon\u201d \u2013 \u0153uf\u2026") == '"C\'est bon" - oeuf...'
    )
    assert replace_for_gsm("ça 😀") == "ça 😀"


def test_nfc_brings_a_decomposed_accent_into_the_alphabet():
    typed = unicodedata.normalize("NFD", "café")

    assert segment(typed).encoding == "ucs2"
    assert segment(nfc(typed)).encoding == "gsm7"


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("STOP", "stop"),
        ("  Stop! ", "stop"),
        ("stop...", "stop"),
        ("«Arrêt»", "arret"),
        ("ARRE\u0302T", "arret"),
        ("\uff33\uff34\uff2f\uff30", "stop"),
        ("St\u200bop\u202c", "stop"),
        ("stop\r\n", "stop"),
        ("stop \t it", "stop it"),
        ("please stop", "please stop"),
        ("stop-it", "stop-it"),
        ("STRAẞE", "strasse"),
        ("?!", ""),
        ("", ""),
        ("10", "10"),
    ],
)
def test_keywords_are_compared_folded(text, folded):
    assert fold_keyword(text) == folded


@given(any_texts)
def test_folding_never_fails_and_leaves_no_edges(text):
    folded = fold_keyword(text)

    assert folded == folded.strip()
    assert fold_keyword(text + " !") == folded


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("abc\u202ecba", "abccba"),
        ("a\u200bb\ufeffc\u2066d", "abcd"),
        ("a\u200db", "ab"),
        ("👩\u200d💻", "👩\u200d💻"),
        ("क्\u200dष", "क्\u200dष"),
        ("\u200d", ""),
        ("one\r\ntwo\rthree\u2028four", "one\ntwo\nthree\nfour"),
        ("a\x00b\x1bc\x7fd\te", "abcd\te"),
        ("a\ud800b", "a\ufffdb"),
        ("hidden\U000e0041", "hidden"),
        ("❤️", "❤️"),
    ],
)
def test_display_hides_what_deceives(text, shown):
    assert safe_display(text) == shown


@given(st.text())
def test_display_can_always_be_written_and_is_stable(text):
    shown = safe_display(text)

    shown.encode()
    assert "\0" not in shown
    assert safe_display(shown) == shown
