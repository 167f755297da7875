"""RUNSUB: run another script, and come back."""

from __future__ import annotations

from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from scripts.interpreter.action import DEFAULT, ERROR, Action, BranchSpec, Context, Group, Outcome, Trouble
from scripts.interpreter.properties import Kind, PropertySpec
from scripts.interpreter.registry import register


@register
class RunSub(Action):
    """Run another script from its BEGIN, with the same variables, and go on here when it is over.

    {"id": "greet", "type": "RUNSUB", "properties": {"script": "Greeting"}}

    Effects: those of the other script. Its published version of this moment is run to its end, also if
    another is published meanwhile. Its events are not used, only those of the contact's own script. END in it
    ends it alone; ENDTEXT ends the contact and all scripts.
    """

    type: ClassVar = "RUNSUB"
    name: ClassVar = _("Run a script")
    group: ClassVar = Group.FLOW
    description: ClassVar = _(
        "Runs another script and goes on here when that is over. The variables are the same. "
        "At most 5 scripts may call each other."
    )
    properties: ClassVar = (
        PropertySpec(
            name="script",
            kind=Kind.SCRIPT,
            label=_("Script"),
            help=_("A published script of the business unit."),
            required=True,
            max_length=100,
        ),
    )
    branches: ClassVar = (
        BranchSpec(name=DEFAULT, label=_("Default"), help=_("The other script is over.")),
        BranchSpec(
            name=ERROR,
            label=_("Error"),
            help=_("The script does not exist, is not active, or has no published version."),
        ),
    )
    failures: ClassVar = {
        "script_unavailable": _(
            "The script %(script)s does not exist, is not active, or has no published version."
        )
    }

    def execute(self, context: Context) -> Outcome:
        name = str(context.values["script"])
        key = None if context.catalogue is None else context.catalogue.published_script(name)
        if key is None:
            return Outcome(trouble=Trouble(code="script_unavailable", params={"script": name}))
        return Outcome(calls=key, values={"script": name, "version": key})
