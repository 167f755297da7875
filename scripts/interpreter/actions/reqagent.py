"""REQAGENT: put the contact in a queue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import ClassVar, Final

from django.utils.translation import gettext_lazy as _

from scripts.interpreter.action import (
    DEFAULT,
    ERROR,
    TIMEOUT,
    Action,
    BranchSpec,
    Context,
    Group,
    Outcome,
    Trouble,
)
from scripts.interpreter.effects import PriorityProfile, RequestAgent
from scripts.interpreter.events import Scalar
from scripts.interpreter.messages import Message
from scripts.interpreter.properties import Choice, Kind, PropertyFault, PropertySpec, PropertyValue
from scripts.interpreter.registry import register

FROM_SKILL: Final = "default"
CUSTOM: Final = "custom"

_SKILL: Final = PropertySpec(
    name="skill",
    kind=Kind.SKILL,
    label=_("Skill"),
    help=_("The queue. “Default” is the skill of the point of contact the customer wrote to."),
    max_length=30,
)
_TARGET_AGENT: Final = PropertySpec(
    name="target_agent",
    kind=Kind.AGENT,
    label=_("Target agent"),
    help=_(
        "User name of the only agent who may get the contact. If he is not there or refuses, "
        "the contact waits for him. Empty: any agent of the skill."
    ),
    max_length=150,
)
_PRIORITY_MANAGEMENT: Final = PropertySpec(
    name="priority_management",
    kind=Kind.CHOICE,
    label=_("Priority management"),
    help=_("Whether the priority is that of the skill or the one set here."),
    default=FROM_SKILL,
    choices=(
        Choice(FROM_SKILL, _("Default from skill"), ("DefaultFromSkill", "default_from_skill")),
        Choice(CUSTOM, _("Custom")),
    ),
)
_INITIAL_PRIORITY: Final = PropertySpec(
    name="initial_priority",
    kind=Kind.NUMBER,
    label=_("Initial priority"),
    help=_("Points the contact enters the queue with, from 0 to 1000. Only with custom priority."),
    default=Decimal(0),
    minimum=0,
    maximum=1000,
    decimals=3,
    only_with=("priority_management", CUSTOM),
)
_ACCELERATION: Final = PropertySpec(
    name="acceleration",
    kind=Kind.NUMBER,
    label=_("Acceleration"),
    help=_("Points gained per minute of waiting, from 0 to 1000. Only with custom priority."),
    default=Decimal(1),
    minimum=0,
    maximum=1000,
    decimals=3,
    only_with=("priority_management", CUSTOM),
)
_MAX_PRIORITY: Final = PropertySpec(
    name="max_priority",
    kind=Kind.NUMBER,
    label=_("Maximum priority"),
    help=_("Points at which the priority stops growing, from 0 to 1000. Only with custom priority."),
    default=Decimal(1000),
    minimum=0,
    maximum=1000,
    decimals=3,
    only_with=("priority_management", CUSTOM),
)
_HIGH_PROFICIENCY: Final = PropertySpec(
    name="high_proficiency",
    kind=Kind.INTEGER,
    label=_("Highest proficiency"),
    help=_("Best proficiency that is asked; 1 is the best there is."),
    default=1,
    minimum=1,
    maximum=20,
)
_LOW_PROFICIENCY: Final = PropertySpec(
    name="low_proficiency",
    kind=Kind.INTEGER,
    label=_("Lowest proficiency"),
    help=_("Least proficiency that is asked; 20 is the least there is."),
    default=20,
    minimum=1,
    maximum=20,
)
_TIMEOUT_SECONDS: Final = PropertySpec(
    name="timeout_seconds",
    kind=Kind.INTEGER,
    label=_("Timeout (seconds)"),
    help=_(
        "After so long a wait the script goes on at the branch Timeout, or at ONQUEUETIMEOUT; the contact "
        "stays in the queue. From 1 second to 7 days (604800); empty: never."
    ),
    minimum=1,
    maximum=7 * 24 * 3600,
)


@register
class RequestAgentAction(Action):
    """Put the contact in the queue of a skill and go on while it waits.

    {"id": "ask", "type": "REQAGENT", "properties": {"skill": "billing", "priority_management": "custom",
     "initial_priority": 10, "acceleration": 2.5, "max_priority": 500, "high_proficiency": 1,
     "low_proficiency": 10, "target_agent": "agent.one"}}

    Effects: RequestAgent. Asking again replaces what was asked before; the contact keeps its age. Names,
    ranges and defaults are those of the original product; its telephone properties are accepted and have no
    effect.
    """

    type: ClassVar = "REQAGENT"
    name: ClassVar = _("Request agent")
    group: ClassVar = Group.QUEUE
    description: ClassVar = _(
        "Puts the contact in the queue of a skill, where the best available agent gets it. "
        "The script goes on while the contact waits."
    )
    properties: ClassVar = (
        _SKILL,
        _TARGET_AGENT,
        _PRIORITY_MANAGEMENT,
        _INITIAL_PRIORITY,
        _ACCELERATION,
        _MAX_PRIORITY,
        _HIGH_PROFICIENCY,
        _LOW_PROFICIENCY,
        _TIMEOUT_SECONDS,
    )
    unused_properties: ClassVar = frozenset(
        {
            "caption",
            "function",
            "sequence",
            "zip_tone",
            "screen_pop_source",
            "screen_pop_url",
            "routing_attribute",
        }
    )
    branches: ClassVar = (
        BranchSpec(
            name=DEFAULT,
            label=_("Default"),
            help=_("What to do while the contact waits. May be left open."),
            is_queued=True,
        ),
        BranchSpec(
            name=ERROR,
            label=_("Error"),
            help=_(
                "What to do if the skill or the agent does not exist or is not active. "
                "Left open, the script fails and the contact goes to the skill of the point of contact."
            ),
        ),
        BranchSpec(
            name=TIMEOUT,
            label=_("Timeout"),
            help=_(
                "What to do if the contact waits longer than the timeout. It stays in the queue meanwhile. "
                "May be left open."
            ),
            is_queued=True,
            only_with="timeout_seconds",
        ),
    )
    queues: ClassVar = True
    failures: ClassVar = {
        "skill_unavailable": _("The skill %(skill)s does not exist or is not active."),
        "agent_unavailable": _("The agent %(agent)s does not exist or is not active."),
    }

    def inspect(self, values: Mapping[str, PropertyValue]) -> Iterable[PropertyFault]:
        if _whole(values, "high_proficiency") > _whole(values, "low_proficiency"):
            yield PropertyFault(
                "high_proficiency",
                "proficiency_order",
                Message(
                    _(
                        "The highest proficiency (%(high)s) must not be a larger number than the lowest "
                        "(%(low)s): 1 is the best, 20 the least."
                    ),
                    {"high": values["high_proficiency"], "low": values["low_proficiency"]},
                ),
            )
        custom = values["priority_management"] == CUSTOM
        if custom and _points(values, "initial_priority") > _points(values, "max_priority"):
            yield PropertyFault(
                "initial_priority",
                "priority_order",
                Message(
                    _(
                        "The initial priority (%(initial)s) must not exceed "
                        "the maximum priority (%(maximum)s)."
                    ),
                    {"initial": values["initial_priority"], "maximum": values["max_priority"]},
                ),
            )
        for spec in (_INITIAL_PRIORITY, _ACCELERATION, _MAX_PRIORITY):
            if not custom and values[spec.name] != spec.default:
                yield PropertyFault(
                    spec.name,
                    "priority_not_custom",
                    Message(_("This has no effect: choose custom priority management, or remove it.")),
                    is_warning=True,
                )

    def execute(self, context: Context) -> Outcome:
        skill, agent = _name(context.values, "skill"), _name(context.values, "target_agent")
        catalogue, queue = context.catalogue, skill or context.default_skill
        if catalogue is not None and queue is not None and not catalogue.skill_exists(queue):
            return Outcome(trouble=Trouble(code="skill_unavailable", params={"skill": queue}))
        if catalogue is not None and agent is not None and not catalogue.agent_exists(agent):
            return Outcome(trouble=Trouble(code="agent_unavailable", params={"agent": agent}))
        effect = RequestAgent(
            action_id=context.action_id,
            skill=skill,
            target_agent=agent,
            priority=_priority(context.values),
            high_proficiency=_whole(context.values, "high_proficiency"),
            low_proficiency=_whole(context.values, "low_proficiency"),
            timeout_seconds=_whole(context.values, "timeout_seconds") or None,
        )
        return Outcome(effects=(effect,), values=_traced(effect, queue))


def _name(values: Mapping[str, PropertyValue], name: str) -> str | None:
    value = values[name]
    return value if isinstance(value, str) else None


def _points(values: Mapping[str, PropertyValue], name: str) -> Decimal:
    value = values[name]
    return value if isinstance(value, Decimal) else Decimal(0)


def _whole(values: Mapping[str, PropertyValue], name: str) -> int:
    value = values[name]
    return value if isinstance(value, int) else 0


def _priority(values: Mapping[str, PropertyValue]) -> PriorityProfile | None:
    if values["priority_management"] != CUSTOM:
        return None
    return PriorityProfile(
        initial=_points(values, "initial_priority"),
        acceleration=_points(values, "acceleration"),
        maximum=_points(values, "max_priority"),
    )


def _traced(effect: RequestAgent, queue: str | None) -> dict[str, Scalar]:
    values: dict[str, Scalar] = {"skill": queue}
    if effect.target_agent is not None:
        values["target_agent"] = effect.target_agent
    if effect.priority is not None:
        values |= {f"priority_{name}": number for name, number in effect.priority.as_json().items()}
    if effect.timeout_seconds is not None:
        values["timeout_seconds"] = effect.timeout_seconds
    return values | {
        "high_proficiency": effect.high_proficiency,
        "low_proficiency": effect.low_proficiency,
    }
