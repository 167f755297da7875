"""TAG: put a tag on the contact."""

from __future__ import annotations

from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from scripts.interpreter.action import DEFAULT, ERROR, Action, BranchSpec, Context, Group, Outcome, Trouble
from scripts.interpreter.effects import AddTag
from scripts.interpreter.properties import Kind, PropertySpec
from scripts.interpreter.registry import register


@register
class TagAction(Action):
    """Put a tag on the contact.

    {"id": "vip", "type": "TAG", "properties": {"tag": "VIP"}}

    Effects: AddTag.
    """

    type: ClassVar = "TAG"
    name: ClassVar = _("Add a tag")
    group: ClassVar = Group.DATA
    description: ClassVar = _("Puts a tag on the contact. The agent sees it and may take it off.")
    properties: ClassVar = (
        PropertySpec(
            name="tag",
            kind=Kind.TAG,
            label=_("Tag"),
            help=_("A tag of the business unit."),
            required=True,
            max_length=100,
        ),
    )
    branches: ClassVar = (
        BranchSpec(name=DEFAULT, label=_("Default"), help=_("What to do next.")),
        BranchSpec(
            name=ERROR, label=_("Error"), help=_("What to do if the tag does not exist or is not active.")
        ),
    )
    failures: ClassVar = {"tag_unavailable": _("The tag %(tag)s does not exist or is not active.")}

    def execute(self, context: Context) -> Outcome:
        name = str(context.values["tag"])
        if context.catalogue is not None and not context.catalogue.tag_exists(name):
            return Outcome(trouble=Trouble(code="tag_unavailable", params={"tag": name}))
        effect = AddTag(action_id=context.action_id, tag=name)
        return Outcome(effects=(effect,), values={"tag": name})
