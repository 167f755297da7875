"""Who supervises what, and what his requests say."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from agents.models import Agent, Team
from contacts.models import Contact
from core.errors import NotAllowed, NotFound, RuleBroken
from core.permissions import require_code
from organizations.models import BusinessUnit, User
from organizations.roles import SUPERVISE
from organizations.selectors import business_units_within_reach, objects_within_reach
from skills.models import Skill

MOST_DAYS = 92


class WhisperInput(serializers.Serializer[Any]):
    """A whisper, or a word to a team."""

    text = serializers.CharField(trim_whitespace=False)


class TellInput(WhisperInput):
    """To whom: a team, some agents by user name, or everybody of the business unit."""

    team = serializers.CharField(required=False, allow_blank=True, default="")
    agents = serializers.ListField(child=serializers.CharField(), required=False, default=list)
    everybody = serializers.BooleanField(required=False, default=False)


class HandInput(serializers.Serializer[Any]):
    """A skill or an agent."""

    skill = serializers.CharField(required=False)
    agent = serializers.CharField(required=False)


class MoveInput(serializers.Serializer[Any]):
    """A priority in points, or the contact that it goes before or after; without any, before all others."""

    before = serializers.IntegerField(required=False, min_value=1)
    after = serializers.IntegerField(required=False, min_value=1)

    priority = serializers.DecimalField(
        max_digits=7, decimal_places=3, required=False, allow_null=True, default=None
    )

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        """One of them at most."""
        if sum(values.get(name) is not None for name in ("before", "after", "priority")) > 1:
            raise serializers.ValidationError(_("Give a priority, or one contact to stand beside."))
        return values


class AgentStateInput(serializers.Serializer[Any]):
    """The state that an agent is to have."""

    state = serializers.CharField()
    reason = serializers.CharField(required=False, allow_blank=True, default="", max_length=60)


def unit_of(user: User, wanted: int | None = None) -> BusinessUnit:
    """The business unit that the user supervises: the one he names, else his own, else the first he reaches.

    Raises NotAllowed without the permission, NotFound beyond his reach.
    """
    require_code(user, SUPERVISE)
    reach = business_units_within_reach(user).order_by("name", "id")
    pk = wanted if wanted is not None else user.business_unit_id
    found = reach.first() if pk is None else reach.filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such business unit."))
    return found


def contact_of(user: User, contact_id: int) -> Contact:
    """A contact that the user supervises. Raises NotAllowed, NotFound."""
    require_code(user, SUPERVISE)
    found = objects_within_reach(Contact.objects.select_related("skill"), user).filter(pk=contact_id).first()
    if found is None:
        raise NotFound(_("There is no such contact."))
    return found


def agent_of(user: User, agent_id: int) -> Agent:
    """An agent that the user supervises. Raises NotAllowed, NotFound."""
    require_code(user, SUPERVISE)
    agents = Agent.objects.select_related("user", "business_unit", "team")
    found = objects_within_reach(agents, user).filter(pk=agent_id).first()
    if found is None:
        raise NotFound(_("There is no such agent."))
    return found


def own_agent(user: User) -> Agent:
    """The agent that a supervisor is himself. Raises NotAllowed when he is none."""
    agent = Agent.objects.filter(user=user, is_active=True).first()
    if agent is None:
        raise NotAllowed(_("Only who is an agent too can take a contact over: ask an administrator."))
    return agent


def target_of(contact: Contact, values: dict[str, Any]) -> tuple[Skill | None, Agent | None]:
    """The skill or agent that a contact is handed to, by name, in its business unit. Raises RuleBroken."""
    skill = agent = None
    if values.get("skill"):
        skill = Skill.objects.filter(
            business_unit_id=contact.business_unit_id, name__iexact=values["skill"]
        ).first()
        if skill is None:
            message = _("There is no skill with this name.")
            raise RuleBroken(message, fields={"skill": [message]})
    if values.get("agent"):
        agent = Agent.objects.filter(
            business_unit_id=contact.business_unit_id, user__username=values["agent"]
        ).first()
        if agent is None:
            message = _("There is no agent with this user name.")
            raise RuleBroken(message, fields={"agent": [message]})
    return skill, agent


def audience_of(unit: BusinessUnit, values: dict[str, Any]) -> list[Agent]:
    """The active agents that a message is for. Raises RuleBroken for a name that is none."""
    agents = Agent.objects.filter(business_unit=unit, is_active=True).order_by("id")
    if values["everybody"]:
        return list(agents)
    found = list(agents.filter(user__username__in=values["agents"])) if values["agents"] else []
    if len(found) != len(set(values["agents"])):
        message = _("There is no agent with this user name.")
        raise RuleBroken(message, fields={"agents": [message]})
    if values["team"]:
        team = Team.objects.filter(business_unit=unit, name__iexact=values["team"]).first()
        if team is None:
            message = _("There is no team with this name.")
            raise RuleBroken(message, fields={"team": [message]})
        known = {one.pk for one in found}
        found += [one for one in agents.filter(team=team) if one.pk not in known]
    return found


def days_of(text: str) -> int:
    """How many days back, today included: 1 to 92, 7 unless said otherwise."""
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 4 else 7
    return min(max(number, 1), MOST_DAYS)
