"""The tasks that make an SMS channel, in their documented order, and what is done of them.

Pure: nothing about progress is stored. What exists says what is done.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _


class State(StrEnum):
    """How far a task is."""

    DONE = "done"
    TO_DO = "to_do"
    SKIPPED = "skipped"


STATE_WORDS: Mapping[State, Promise] = {
    State.DONE: _("Done"),
    State.TO_DO: _("To do"),
    State.SKIPPED: _("Skipped"),
}


# Compared by identity: translated words would be another hash in each language.
@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """A task of the procedure. `permissions` are what creating its object takes, all of them."""

    slug: str
    name: Promise
    about: Promise
    permissions: tuple[str, ...]
    is_required: bool = True

    @property
    def title(self) -> str:
        """The name as a heading, in the current language."""
        return capfirst(str(self.name))


REGISTRATION = Step(
    "registration",
    _("SMS registration"),
    _("The number or code that customers text, and the account with the provider that carries the texts."),
    ("sms_registrations.add_smsregistration",),
)
CAMPAIGN = Step(
    "campaign",
    _("Campaign"),
    _("A grouping of skills used to run reports. One campaign can serve several channels."),
    ("campaigns.add_campaign",),
)
SKILL = Step(
    "skill",
    _("Inbound skill"),
    _("The queue in which customers' texts wait, and the ability that agents need to answer them."),
    ("skills.add_skill", "skills.change_skill"),
)
OUTBOUND_SKILL = Step(
    "outbound-skill",
    _("Outbound skill"),
    _("With it agents start conversations from this number. Answers come back to the same conversation."),
    ("skills.add_skill", "skills.change_skill"),
    is_required=False,
)
SCRIPT = Step(
    "script",
    _("Script"),
    _(
        "What happens to a text before an agent gets it. "
        "The plain script puts it into the queue of the skill."
    ),
    ("scripts.add_script",),
)
POINT_OF_CONTACT = Step(
    "point-of-contact",
    _("Point of contact"),
    _("Connects the number to the skill and the script. From then on the channel takes texts."),
    ("points_of_contact.add_pointofcontact",),
)
OUTCOMES = Step(
    "dispositions",
    _("Dispositions and tags"),
    _("What agents note when a conversation ends: one disposition, and any number of tags."),
    ("skills.change_skill",),
    is_required=False,
)
AGENTS = Step(
    "agents",
    _("Agents and limits"),
    _("Who answers, how well, how many conversations at a time, and how long an offer waits for him."),
    ("skills.change_skill",),
)
TRIAL = Step(
    "try",
    _("Try it"),
    _("Text the number and follow the text up to the agent."),
    (),
    is_required=False,
)

CHANNEL_STEPS = (REGISTRATION, CAMPAIGN, SKILL, OUTBOUND_SKILL, SCRIPT, POINT_OF_CONTACT)
CUSTOM_STEPS = (OUTCOMES, AGENTS, TRIAL)
STEPS = (*CHANNEL_STEPS, *CUSTOM_STEPS)
BY_SLUG: Mapping[str, Step] = {step.slug: step for step in STEPS}


@dataclass(frozen=True, slots=True)
class Facts:
    """What there is of a channel. `campaign_is_older` than the registration: an existing one was chosen."""

    registration: bool = False
    campaign: bool = False
    campaign_is_older: bool = False
    skill: bool = False
    outbound_skill: bool = False
    script: bool = False
    point_of_contact: bool = False
    outcomes: bool = False
    agents: bool = False
    answered: bool = False


def states_of(facts: Facts) -> dict[Step, State]:
    """The state of every task, in order.

    A task that may be left out is skipped as soon as a later one is done. A campaign is skipped when the
    channel uses one that was there before it.
    """
    done = {
        REGISTRATION: facts.registration,
        CAMPAIGN: facts.campaign,
        SKILL: facts.skill,
        OUTBOUND_SKILL: facts.outbound_skill,
        SCRIPT: facts.script,
        POINT_OF_CONTACT: facts.point_of_contact,
        OUTCOMES: facts.outcomes,
        AGENTS: facts.agents,
        TRIAL: facts.answered,
    }
    states = {}
    for place, step in enumerate(STEPS):
        if done[step]:
            was_there = step is CAMPAIGN and facts.campaign_is_older
            states[step] = State.SKIPPED if was_there else State.DONE
        elif not step.is_required and any(done[later] for later in STEPS[place + 1 :]):
            states[step] = State.SKIPPED
        else:
            states[step] = State.TO_DO
    return states


def next_step(states: Mapping[Step, State]) -> Step | None:
    """The first task that is to do, or None when nothing is left."""
    return next((step for step in STEPS if states[step] is State.TO_DO), None)


def step_after(step: Step) -> Step | None:
    """The task that follows in the documented order."""
    place = STEPS.index(step) + 1
    return STEPS[place] if place < len(STEPS) else None


@dataclass(frozen=True, slots=True)
class Progress:
    """How many of the required tasks are done."""

    done: int
    total: int

    @property
    def is_complete(self) -> bool:
        return self.done == self.total


def progress_of(states: Mapping[Step, State]) -> Progress:
    """Counts what is required only."""
    required = [step for step in STEPS if step.is_required]
    return Progress(sum(states[step] is not State.TO_DO for step in required), len(required))
