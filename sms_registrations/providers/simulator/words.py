"""What the simulated numbers report, in words for the agent."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from core.errors import Text

_WORDS: Final[dict[str, Text]] = {
    "absent": _("The phone was switched off or out of reach."),
    "gone": _("The phone number is no longer in service."),
    "opted_out": _("The customer has opted out at the provider and cannot be texted."),
    "expired": _("The phone could not be reached before the text expired."),
    "refused": _("The provider does not accept this phone number."),
    "no_answer": _("The provider did not answer; the text may or may not have been sent."),
}

PASSING: Final = frozenset({"absent", "expired"})
"""Of the failures those whose reason passes."""


def explain(reason_code: str) -> Text:
    """A reason code in words; a code of no meaning here is shown as it is."""
    return _WORDS.get(reason_code, reason_code)
