"""Says which messages of locale/*/LC_MESSAGES/django.po have no translation, or an unconfirmed one."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent


def unfinished(catalogue: str) -> list[tuple[int, str]]:
    """Line and reason of every entry of a .po file that is fuzzy or lacks a translation."""
    found = []
    for first_line, entry in _entries(catalogue):
        message, translations, flags = _read(entry)
        if message and "fuzzy" in flags:
            found.append((first_line, f"not confirmed (fuzzy): {message!r}"))
        elif message and (not translations or not all(translations)):
            found.append((first_line, f"not translated: {message!r}"))
    return found


def _entries(catalogue: str) -> list[tuple[int, list[str]]]:
    entries: list[tuple[int, list[str]]] = []
    current: list[str] = []
    for number, line in enumerate([*catalogue.splitlines(), ""], start=1):
        if line.strip():
            current.append(line)
        elif current:
            entries.append((number - len(current), current))
            current = []
    return entries


def _read(entry: list[str]) -> tuple[str, list[str], str]:
    """The message, its translations (one, or one per plural form), its flags. Obsolete entries are empty."""
    message, translations, flags, target = "", [], "", ""
    for line in entry:
        if line.startswith("#,"):
            flags += line
        elif not line.startswith("#"):
            keyword, _, quoted = line.partition('"')
            text = ast.literal_eval(f'"{quoted}')
            target = keyword.strip() or target
            if target == "msgid":
                message += text
            elif target.startswith("msgstr"):
                if keyword.strip():
                    translations.append(text)
                else:
                    translations[-1] += text
    return message, translations, flags


def main() -> int:
    """Returns 1 when a catalogue is unfinished."""
    bad = False
    for path in sorted((CHECKOUT / "locale").glob("*/LC_MESSAGES/django.po")):
        for line, reason in unfinished(path.read_text(encoding="utf-8")):
            bad = True
            print(f"{path.relative_to(CHECKOUT)}:{line}: {reason}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
