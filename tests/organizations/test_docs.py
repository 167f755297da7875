"""docs/permissions.md: the table of the built-in roles is that of the code."""

from __future__ import annotations

import re
from pathlib import Path

from django.apps import apps
from django.conf import settings

from core.permissions import WORDS, Verb, objects_name
from organizations.roles import OBJECTS, ROLES

PAGE = Path(settings.BASE_DIR, "docs", "permissions.md")
PLACE = re.compile(r"(<!-- roles: .* -->\n)(.*)(<!-- end of roles -->)", re.DOTALL)


def table() -> str:
    names = [name for name, codes in ROLES.items() if codes]
    lines = [f"| objects | {' | '.join(names)} |", "|---" * (len(names) + 1) + "|"]
    for label, verbs in OBJECTS.items():
        app, model = label.split(".")
        cells = [_words([verb for verb in verbs if f"{app}.{verb}_{model}" in ROLES[name]]) for name in names]
        lines.append(f"| {objects_name(apps.get_model(label))} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _words(verbs: list[Verb]) -> str:
    return ", ".join(str(WORDS[verb]) for verb in verbs) or "none"


def test_the_page_shows_the_roles_as_they_are():
    found = PLACE.search(PAGE.read_text(encoding="utf-8"))
    assert found is not None
    assert found[2] == table()
