"""A script as a document: what goes out to a file and comes in from one."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.translation import gettext as _

from core.configuration import rule_broken
from scripts.interpreter.graph import FORMAT_VERSION
from scripts.models import ScriptVersion

FORMAT: Final = "acdconfig.script"
TEST_KEYS: Final = ("name", "setup", "inputs", "expected")


@dataclass(frozen=True, slots=True)
class ImportedScript:
    """What a document holds: a proposal for the name, and a definition nobody has looked into yet."""

    name: str
    media_type: str
    definition: dict[str, Any]
    tests: list[Any] = field(default_factory=list)


def export_script(version: ScriptVersion) -> dict[str, Any]:
    """One version as a document, with the tests of the script if it has some.

    The same script gives the same document: actions, branches and tests are sorted.
    """
    tests = version.script.tests.order_by("name", "pk").values(*TEST_KEYS)
    document: dict[str, Any] = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "name": version.script.name,
        "media_type": version.script.media_type,
        "actions": version.definition["actions"],
        "branches": version.definition["branches"],
    }
    return {**document, "tests": list(tests)} if tests else document


def read_document(document: object) -> ImportedScript:
    """Take a document apart; a bare definition is one too. Raises RuleBroken for what is no script at all."""
    if not isinstance(document, dict) or "actions" not in document:
        raise rule_broken({"document": [_("This is not a script that was exported from Studio.")]})
    given = dict(document)
    if given.pop("format", FORMAT) != FORMAT:
        raise rule_broken({"document": [_("This is not a script that was exported from Studio.")]})
    name, media_type = given.pop("name", ""), given.pop("media_type", "sms")
    tests = given.pop("tests", [])
    if not isinstance(tests, list):
        raise rule_broken({"document": [_("The tests of the script cannot be read.")]})
    return ImportedScript(
        name=name if isinstance(name, str) else "",
        media_type=media_type if isinstance(media_type, str) else "",
        definition=given,
        tests=tests,
    )


def read_file(content: bytes) -> ImportedScript:
    """The same from the bytes of a file. Raises RuleBroken."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise rule_broken({"document": [_("This file cannot be read: it is not JSON.")]}) from error
    return read_document(document)
