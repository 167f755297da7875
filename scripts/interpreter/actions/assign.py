"""ASSIGN: set a variable."""

from __future__ import annotations

import re
from typing import ClassVar, Final

from django.utils.translation import gettext_lazy as _

from scripts.interpreter.action import DEFAULT, ERROR, Action, BranchSpec, Context, Group, Outcome, Trouble
from scripts.interpreter.events import Scalar
from scripts.interpreter.properties import Choice, Kind, PropertySpec
from scripts.interpreter.registry import register
from scripts.interpreter.wording import FAILURES, filled

TEXT: Final = "text"
NUMBER: Final = "number"

_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(?:[.][0-9]{1,9})?")


@register
class Assign(Action):
    """Give a variable a value.

    {"id": "count", "type": "ASSIGN", "properties": {"variable": "tries", "value": "{{ tries | plus: 1 }}",
     "value_type": "number"}}

    Effects: none. Numbers and texts differ in conditions, so the type is chosen and never guessed.
    """

    type: ClassVar = "ASSIGN"
    name: ClassVar = _("Set a variable")
    group: ClassVar = Group.DATA
    description: ClassVar = _("Keeps a value under a name, for texts and conditions later in the script.")
    properties: ClassVar = (
        PropertySpec(
            name="variable",
            kind=Kind.VARIABLE,
            label=_("Variable"),
            help=_("Its name, such as tries. Letters, digits and underscores."),
            required=True,
            max_length=40,
        ),
        PropertySpec(
            name="value",
            kind=Kind.TEMPLATE,
            label=_("Value"),
            help=_("A text, also with variables: {{ text | strip | downcase }}, {{ tries | plus: 1 }}."),
            default="",
            max_length=2_000,
            multiline=True,
        ),
        PropertySpec(
            name="value_type",
            kind=Kind.CHOICE,
            label=_("Kept as"),
            help=_("Numbers can be compared with < and >."),
            default=TEXT,
            choices=(Choice(TEXT, _("Text")), Choice(NUMBER, _("Number"))),
        ),
    )
    keeps_words: ClassVar = True
    branches: ClassVar = (
        BranchSpec(name=DEFAULT, label=_("Default"), help=_("What to do next.")),
        BranchSpec(
            name=ERROR,
            label=_("Error"),
            help=_("What to do if the value cannot be worked out, or is no number though it should be one."),
        ),
    )
    failures: ClassVar = {
        **FAILURES,
        "not_a_number": _("The action %(action)s should set a number, but the value is none."),
    }

    def execute(self, context: Context) -> Outcome:
        given = filled(context, "value")
        if given.trouble is not None:
            return Outcome(trouble=given.trouble)
        value: Scalar = given.text
        if context.values["value_type"] == NUMBER:
            number = given.text.strip()
            if not _NUMBER.fullmatch(number):
                return Outcome(trouble=Trouble(code="not_a_number"))
            value = float(number) if "." in number else int(number)
        name = str(context.values["variable"])
        return Outcome(variables={name: value}, values={name: value})
