"""NOTE: write a note for agents."""

from __future__ import annotations

from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from scripts.interpreter.action import DEFAULT, ERROR, Action, BranchSpec, Context, Group, Outcome
from scripts.interpreter.effects import AddNote
from scripts.interpreter.properties import Kind, PropertySpec
from scripts.interpreter.registry import register
from scripts.interpreter.wording import FAILURES, filled, text_for_customer


@register
class Note(Action):
    """Add a line to the notes of the contact.

    {"id": "note", "type": "NOTE", "properties": {"note": "Chose {{ choice }} in the menu."}}

    Effects: AddNote.
    """

    type: ClassVar = "NOTE"
    name: ClassVar = _("Write a note")
    group: ClassVar = Group.DATA
    description: ClassVar = _(
        "Adds a line to the notes of the contact, which agents read and customers never see."
    )
    properties: ClassVar = (
        PropertySpec(
            name="note",
            kind=Kind.TEMPLATE,
            label=_("Note"),
            help=_("What to write down. Variables are written {{ name }}."),
            required=True,
            max_length=1_000,
            multiline=True,
        ),
    )
    branches: ClassVar = (
        BranchSpec(name=DEFAULT, label=_("Default"), help=_("What to do next.")),
        BranchSpec(name=ERROR, label=_("Error"), help=_("What to do if the note cannot be put together.")),
    )
    failures: ClassVar = FAILURES

    def execute(self, context: Context) -> Outcome:
        text, trouble = text_for_customer(filled(context, "note"))
        if trouble is not None:
            return Outcome(trouble=trouble)
        return Outcome(effects=(AddNote(action_id=context.action_id, text=text),))
