"""The rule for names of skills: one place for form, API, import and database."""

from __future__ import annotations

import re
import unicodedata

from django.utils.translation import gettext_lazy as _

MIN_LENGTH = 2
MAX_LENGTH = 30
"""Characters of a normalised name."""

NAME_RULE = rf"^[[:alnum:]._:-]{{{MIN_LENGTH},{MAX_LENGTH}}}$"
"""The same rule in PostgreSQL's own notation."""

NAME_PATTERN = rf"^[\p{{L}}\p{{Nd}}._:-]{{{MIN_LENGTH},{MAX_LENGTH}}}$"
"""The same rule in the browser's notation, with its flag `u`."""

NAME_SENTENCE = _(
    "Use 2 to 30 characters: only letters, digits, hyphen (-), underscore (_), full stop (.) and colon (:)."
)

_SEPARATORS = frozenset("-_.:")


def normalise_name(name: str) -> str:
    """NFC, so that é typed in two ways is one name, without surrounding white space."""
    return unicodedata.normalize("NFC", name).strip()


def is_valid_name(name: str) -> bool:
    """Whether a normalised name is 2 to 30 letters, digits, hyphens, underscores, full stops or colons."""
    return MIN_LENGTH <= len(name) <= MAX_LENGTH and all(
        char in _SEPARATORS or unicodedata.category(char)[0] == "L" or unicodedata.category(char) == "Nd"
        for char in name
    )


def follows_pattern(name: str, pattern: str) -> bool:
    """Whether the name follows the organisation's own pattern: advice, never a refusal."""
    return not pattern or re.fullmatch(pattern, name) is not None
