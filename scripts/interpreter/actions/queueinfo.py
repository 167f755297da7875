"""QUEUEINFO: how a queue is."""

from __future__ import annotations

from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from scripts.interpreter.action import DEFAULT, ERROR, Action, BranchSpec, Context, Group, Outcome, Trouble
from scripts.interpreter.events import Scalar
from scripts.interpreter.properties import Kind, PropertySpec
from scripts.interpreter.registry import register


@register
class QueueInfo(Action):
    """Look at the queue of a skill.

    {"id": "look", "type": "QUEUEINFO", "properties": {"skill": "Default"}}

    Effects: none. Sets the variables queue_waiting, queue_longest_wait (seconds), queue_agents_free and
    queue_agents_logged_in, as numbers.
    """

    type: ClassVar = "QUEUEINFO"
    name: ClassVar = _("Look at a queue")
    group: ClassVar = Group.QUEUE
    description: ClassVar = _(
        "Counts a queue at this moment. Variables: {{ queue_waiting }} contacts, {{ queue_longest_wait }} "
        "seconds, {{ queue_agents_free }} and {{ queue_agents_logged_in }} agents."
    )
    properties: ClassVar = (
        PropertySpec(
            name="skill",
            kind=Kind.SKILL,
            label=_("Skill"),
            help=_("The queue. “Default” is the skill of the point of contact the customer wrote to."),
            max_length=30,
        ),
    )
    sets: ClassVar = (
        "queue_waiting",
        "queue_longest_wait",
        "queue_agents_free",
        "queue_agents_logged_in",
    )
    branches: ClassVar = (
        BranchSpec(name=DEFAULT, label=_("Default"), help=_("What to do next.")),
        BranchSpec(name=ERROR, label=_("Error"), help=_("The skill does not exist or is not active.")),
    )
    failures: ClassVar = {"skill_unavailable": _("The skill %(skill)s does not exist or is not active.")}

    def execute(self, context: Context) -> Outcome:
        skill = str(context.values["skill"] or context.default_skill or "")
        figures = None if context.catalogue is None else context.catalogue.queue_of(skill, context.now)
        if figures is None:
            return Outcome(trouble=Trouble(code="skill_unavailable", params={"skill": skill}))
        found: dict[str, Scalar] = {
            "queue_waiting": figures.waiting,
            "queue_longest_wait": figures.longest_wait,
            "queue_agents_free": figures.agents_free,
            "queue_agents_logged_in": figures.agents_logged_in,
        }
        return Outcome(variables=found, values={"skill": skill, **found})
