"""IF: go one way or the other."""

from __future__ import annotations

from typing import ClassVar, Final

from django.utils.translation import gettext_lazy as _

from scripts.interpreter.action import ERROR, Action, BranchSpec, Context, Group, Outcome, Trouble
from scripts.interpreter.properties import Kind, PropertySpec
from scripts.interpreter.registry import register
from scripts.interpreter.templates import FILLING, TemplateError, holds

TRUE: Final = "true"
FALSE: Final = "false"


@register
class If(Action):
    """Look at a condition.

    {"id": "urgent", "type": "IF", "properties": {"expression": "text contains \"urgent\" or tries > 2"}}

    Effects: none.
    """

    type: ClassVar = "IF"
    name: ClassVar = _("If")
    group: ClassVar = Group.FLOW
    description: ClassVar = _("Goes on at True if a condition holds, at False if it does not.")
    properties: ClassVar = (
        PropertySpec(
            name="expression",
            kind=Kind.CONDITION,
            label=_("Expression"),
            help=_(
                'A condition on variables, such as: text contains "urgent" or tries > 2. '
                "Use == != < > contains, and, or, not and parentheses; texts stand in quotation marks."
            ),
            required=True,
            max_length=1_000,
            multiline=True,
        ),
    )
    branches: ClassVar = (
        BranchSpec(name=TRUE, label=_("True"), help=_("The condition holds.")),
        BranchSpec(name=FALSE, label=_("False"), help=_("It does not.")),
        BranchSpec(
            name=ERROR,
            label=_("Error"),
            help=_("It cannot be answered, as when a text is compared with a number by < or >."),
        ),
    )
    failures: ClassVar = {
        **FILLING,
        # Of runs before there were the reasons above.
        "condition_failed": _("The condition of the action %(action)s could not be answered: %(reason)s."),
    }

    def execute(self, context: Context) -> Outcome:
        try:
            answer = holds(str(context.values["expression"]), context.variables)
        except TemplateError as error:
            return Outcome(trouble=Trouble(code=error.code))
        return Outcome(branch=TRUE if answer else FALSE)
