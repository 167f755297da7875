"""AGENTSTATE: how an agent is."""

from __future__ import annotations

from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from scripts.interpreter.action import ERROR, Action, BranchSpec, Context, Group, Outcome, Trouble
from scripts.interpreter.properties import Kind, PropertySpec
from scripts.interpreter.registry import register


@register
class AgentStateAction(Action):
    """Go on by the state of an agent.

    {"id": "olivia", "type": "AGENTSTATE", "properties": {"agent": "olivia"}}

    Effects: none. The original product's states of telephone contacts are one here: busy.
    """

    type: ClassVar = "AGENTSTATE"
    name: ClassVar = _("State of an agent")
    group: ClassVar = Group.QUEUE
    description: ClassVar = _("Goes on by whether an agent is there and could take the contact now.")
    properties: ClassVar = (
        PropertySpec(
            name="agent",
            kind=Kind.AGENT,
            label=_("Agent"),
            help=_("The user name of the agent."),
            required=True,
            max_length=150,
        ),
    )
    branches: ClassVar = (
        BranchSpec(
            name="available", label=_("Available"), help=_("He could take a contact now."), required=True
        ),
        BranchSpec(
            name="busy",
            label=_("Busy"),
            help=_("Available, but with as many contacts as he may have. Left open: as Unavailable."),
            instead="unavailable",
        ),
        BranchSpec(
            name="unavailable", label=_("Unavailable"), help=_("Signed in, and unavailable."), required=True
        ),
        BranchSpec(
            name="logged_out",
            label=_("Logged out"),
            help=_("Not signed in. Left open: as Unavailable."),
            instead="unavailable",
        ),
        BranchSpec(name=ERROR, label=_("Error"), help=_("The agent does not exist or is not active.")),
    )
    failures: ClassVar = {"agent_unavailable": _("The agent %(agent)s does not exist or is not active.")}

    def execute(self, context: Context) -> Outcome:
        username = str(context.values["agent"])
        state = None if context.catalogue is None else context.catalogue.agent_state(username)
        if state is None:
            return Outcome(trouble=Trouble(code="agent_unavailable", params={"agent": username}))
        return Outcome(branch=state, values={"agent": username})
