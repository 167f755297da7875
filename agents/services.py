"""Writing to teams and agents."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from agents.facts import AgentLimitsChanged
from agents.models import Agent, AgentSkill, AgentState, Team
from core import configuration, events, sql
from core.errors import RuleBroken
from organizations.facts import BusinessUnitChanged
from organizations.models import BusinessUnit, User
from skills.models import Skill

# The user's value wins over the team's, that over the business unit's. Rows are locked in the order of their
# ids, as everywhere where several are.
_REFRESH = """
WITH locked AS (
    SELECT agent_id FROM agents_agentstate WHERE agent_id = ANY(%(agents)s) ORDER BY agent_id FOR UPDATE
), effective AS (
    SELECT a.id,
           coalesce(a.max_concurrent_sms, t.max_concurrent_sms, b.default_max_concurrent_sms) AS sms,
           coalesce(a.sms_refusal_timeout_seconds, b.default_sms_refusal_timeout_seconds) AS seconds
      FROM agents_agent a
      JOIN organizations_businessunit b ON b.id = a.business_unit_id
      LEFT JOIN agents_team t ON t.id = a.team_id
     WHERE a.id IN (SELECT agent_id FROM locked)
)
UPDATE agents_agentstate s
   SET "limit" = e.sms, slots = greatest(e.sms, s.load), refusal_timeout_seconds = e.seconds
  FROM effective e
 WHERE e.id = s.agent_id
"""


@transaction.atomic
def refresh_agent_states(agent_ids: Iterable[int]) -> None:
    """Bring the effective limits of agents up to date and say so."""
    ids = tuple(sorted(set(agent_ids)))
    if not ids:
        return
    sql.execute(_REFRESH, {"agents": list(ids)})
    events.publish(AgentLimitsChanged(agent_ids=ids))


def refresh_business_unit(fact: BusinessUnitChanged) -> None:
    """Its defaults may have changed: heard inside the transaction that changed them."""
    agents = Agent.objects.filter(business_unit_id=fact.business_unit_id)
    refresh_agent_states(agents.values_list("pk", flat=True))


def create_team(*, by: User | None, business_unit: BusinessUnit, **values: Any) -> Team:
    """Raises RuleBroken."""
    return configuration.save(Team(business_unit=business_unit), by=by, values=values)


def update_team(*, by: User | None, instance: Team, **values: Any) -> Team:
    """Raises RuleBroken. Its agents get changed limits at once."""

    def refresh(team: Team) -> None:
        refresh_agent_states(team.agents.values_list("pk", flat=True))

    return configuration.save(instance, by=by, values=values, then=refresh)


def delete_team(*, by: User | None, instance: Team) -> None:
    """Raises InUse."""
    configuration.delete(instance, by=by)


USER_FIELDS = ("first_name", "last_name", "email", "language")


@transaction.atomic
def create_agent(
    *,
    by: User | None,
    business_unit: BusinessUnit,
    username: str,
    skills: Sequence[tuple[Skill, int]] = (),
    password: str | None = None,
    **values: Any,
) -> Agent:
    """Make a user an agent; the account is made too if there is none with this name.

    Without a password the account cannot sign in until one is set. Raises RuleBroken.
    """
    personal = {name: values.pop(name) for name in USER_FIELDS if name in values}
    user = _account(by, business_unit, username, password, personal)

    def equip(agent: Agent) -> None:
        AgentState.objects.create(agent=agent)
        _replace_skills(agent, skills)
        refresh_agent_states([agent.pk])

    agent = Agent(business_unit=business_unit, user=user)
    _check_team(agent, values)
    return configuration.save(agent, by=by, values=values, then=equip)


def _account(
    by: User | None, unit: BusinessUnit, username: str, password: str | None, personal: dict[str, Any]
) -> User:
    user = User.objects.filter(username=username).first()
    if user is None:
        user = User(username=username, business_unit=unit)
        user.set_password(password)
        return configuration.save(user, by=by, values=personal)
    if user.business_unit_id != unit.pk or hasattr(user, "agent"):
        message = _("This user name is taken.")
        raise RuleBroken(message, fields={"username": [message]})
    if password:
        user.set_password(password)
    return configuration.save(user, by=by, values=personal) if personal or password else user


@transaction.atomic
def update_agent(
    *,
    by: User | None,
    instance: Agent,
    skills: Sequence[tuple[Skill, int]] | None = None,
    **values: Any,
) -> Agent:
    """Raises RuleBroken. Limits and skills take effect at once."""
    values.pop("username", None)
    personal = {name: values.pop(name) for name in USER_FIELDS if name in values}
    if personal:
        configuration.save(instance.user, by=by, values=personal)
    _check_team(instance, values)

    def equip(agent: Agent) -> None:
        if skills is not None:
            _replace_skills(agent, skills)
        refresh_agent_states([agent.pk])

    return configuration.save(instance, by=by, values=values, then=equip)


def delete_agent(*, by: User | None, instance: Agent) -> None:
    """The account stays. Raises InUse."""
    configuration.delete(instance, by=by)


def set_agent_skills(*, by: User | None, agent: Agent, skills: Sequence[tuple[Skill, int]]) -> None:
    """Replace the skills of an agent. Raises RuleBroken."""
    update_agent(by=by, instance=agent, skills=skills)


@transaction.atomic
def set_skill_agents(*, by: User | None, skill: Skill, agents: Sequence[tuple[Agent, int]]) -> None:
    """Replace the agents of a skill; 1 is the best proficiency, 20 the worst. Raises RuleBroken."""
    wanted = {agent.pk: proficiency for agent, proficiency in agents}
    for agent, _proficiency in agents:
        configuration.require_same_unit(skill, agents=agent)
    current = {row.agent_id: row for row in AgentSkill.objects.filter(skill=skill)}
    touched = {pk for pk in current if pk not in wanted}
    AgentSkill.objects.filter(skill=skill, agent_id__in=touched).delete()
    for agent_id, proficiency in wanted.items():
        row = current.get(agent_id) or AgentSkill(skill=skill, agent_id=agent_id)
        if row.pk is None or row.proficiency != proficiency:
            configuration.save(row, by=by, values={"proficiency": proficiency})
            touched.add(agent_id)
    refresh_agent_states(touched)


def _replace_skills(agent: Agent, skills: Sequence[tuple[Skill, int]]) -> None:
    wanted = {skill.pk: proficiency for skill, proficiency in skills}
    for skill, _proficiency in skills:
        configuration.require_same_unit(agent, skills=skill)
    AgentSkill.objects.filter(agent=agent).exclude(skill_id__in=wanted).delete()
    current = {row.skill_id: row for row in AgentSkill.objects.filter(agent=agent)}
    for skill_id, proficiency in wanted.items():
        row = current.get(skill_id) or AgentSkill(agent=agent, skill_id=skill_id)
        if row.pk is None or row.proficiency != proficiency:
            row.proficiency = proficiency
            row.full_clean()
            row.save()


def _check_team(agent: Agent, values: dict[str, Any]) -> None:
    configuration.require_same_unit(agent, team=values.get("team"))
