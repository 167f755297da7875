"""Keeps locale/*/LC_MESSAGES/django.po in step with the strings in the code.

By Babel, so that no machine needs GNU gettext. A refresh keeps every translation whose sentence is unchanged,
adds the new sentences without one, and forgets those that the code no longer has. Nothing is ever guessed:
there are no fuzzy entries.
"""

from __future__ import annotations

import ast
import io
import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

PROJECT = "acdconfig"
NOT_OURS = frozenset({"tests", "launcher", "bench"})
CONTEXT_FIRST = ((1, "c"), 2)
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": CONTEXT_FIRST,
    "pgettext_lazy": CONTEXT_FIRST,
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
_STRING = r"""u?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
# What Django's `templatize` makes of a template: calls between crossed-out text.
_CALL = re.compile(rf"(?<!\w)(_|n?p?gettext)\(\s*({_STRING}(?:\s*,\s*{_STRING})*)")
# Babel writes the moment and its own version; a file that changes without a change hides the real ones.
_VOLATILE = re.compile(
    r'^"(?:POT-Creation-Date|PO-Revision-Date|Generated-By|Last-Translator|Report-Msgid-Bugs-To): .*"\n', re.M
)

Message = str | tuple[str, ...]


def catalogues(root: Path) -> list[Path]:
    """The catalogue of each language."""
    return sorted((root / "locale").glob("*/LC_MESSAGES/django.po"))


def refreshed(path: Path, root: Path) -> str:
    """The text that the catalogue should have, by the code as it is now."""
    language = path.parent.parent.name
    with path.open("rb") as file:
        known = read_po(file, locale=language)
    fresh = Catalog(
        locale=language, project=PROJECT, version="1", fuzzy=False, language_team=language, header_comment=""
    )
    for _where, message, context, comments in strings_of(root):
        fresh.add(message, auto_comments=comments, context=context)
    for entry in fresh:
        if not entry.id:
            continue
        earlier = known.get(entry.id, entry.context)
        if earlier is not None and "fuzzy" not in earlier.flags and _same_shape(earlier.id, entry.id):
            entry.string = earlier.string
    return _written(fresh)


def _same_shape(first: object, second: object) -> bool:
    return isinstance(first, str) == isinstance(second, str)


def _written(catalogue: Catalog) -> str:
    output = io.BytesIO()
    # Without places: a sentence that moves to another file is no change to translate.
    write_po(output, catalogue, width=100, sort_output=True, no_location=True)
    return _VOLATILE.sub("", output.getvalue().decode()).strip("\n") + "\n"


def strings_of(root: Path) -> Iterator[tuple[str, Message, str | None, list[str]]]:
    """Every string in the code: file, message (two for a plural), context, comments for translators."""
    for path in _python_files(root):
        with path.open("rb") as file:
            found = extract("python", file, keywords=KEYWORDS, comment_tags=("Translators:",))
            for _line, message, comments, context in found:
                yield _name(path, root), message, context, list(comments)
    for path in _templates(root):
        for message, context in _strings_of_template(path):
            yield _name(path, root), message, context, []


def _name(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()


def _packages(root: Path) -> list[Path]:
    found = sorted(path.parent for path in root.glob("*/__init__.py"))
    return [package for package in found if package.name not in NOT_OURS]


def _python_files(root: Path) -> Iterator[Path]:
    for package in _packages(root):
        yield from (path for path in sorted(package.rglob("*.py")) if "migrations" not in path.parts)


def _templates(root: Path) -> Iterator[Path]:
    folders = [root / "templates", *(package / "templates" for package in _packages(root))]
    for folder in folders:
        yield from sorted(path for path in folder.rglob("*") if path.suffix in (".html", ".txt"))


def _strings_of_template(path: Path) -> Iterator[tuple[Message, str | None]]:
    for call in _CALL.finditer(templatize(path.read_text(encoding="utf-8"), origin=str(path))):
        function = call[1]
        texts = [ast.literal_eval(text) for text in re.findall(_STRING, call[2])]
        context = texts.pop(0) if "p" in function else None
        yield (texts[0] if len(texts) == 1 else tuple(texts)), context
