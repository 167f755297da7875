"""The words of the simulator's page. Same form as `workspace.strings`."""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

STRINGS: Final[dict[str, Promise]] = {
    "composer.send": _("Send"),
    "error.network": _("No answer from the server. Check your connection and try again."),
    "error.server": _("The server could not do this. Try again in a moment."),
    "segments.one": _("{count} segment"),
    "segments.other": _("{count} segments"),
    "segments.room": _("{used} of {limit}"),
    "segments.unicode": _("Unicode because of {characters}"),
    "text.hidden": _("A hidden character is here"),
    "simulator.about": _("Each phone texts a number of yours as a customer would, and shows the replies."),
    "simulator.add": _("Add a phone"),
    "simulator.emoji": _("Add an emoji"),
    "simulator.empty": _("No texts yet. Write one below."),
    "simulator.long": _("Long text"),
    "simulator.long-text": _(
        "Hello, I ordered a lamp from you last Tuesday and it arrived today, but the glass is cracked on one "
        "side and the cable is too short for where I want to put it. Can I send it back and have another "
        "one, or would you rather refund it? I have kept the box and the receipt, and I am at home every "
        "day after four o'clock."
    ),
    "simulator.mine": _("My number"),
    "simulator.no-numbers": _(
        "There is no number to text yet. Create an SMS registration with the provider Simulator first."
    ),
    "simulator.phone": _("Phone {number}"),
    "simulator.remove": _("Remove the phone {number}"),
    "simulator.texts": _("Texts"),
    "simulator.them": _("Received:"),
    "simulator.title": _("Simulator"),
    "simulator.to": _("Texts to"),
    "simulator.write": _("Write a text"),
    "simulator.you": _("Sent:"),
}


def simulator_strings() -> dict[str, str]:
    """The words in the language of the request."""
    return {key: str(words) for key, words in STRINGS.items()}
