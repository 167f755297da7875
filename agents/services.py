"""Creates and changes teams, agents, their limits and their skills.

Whatever changes what an agent may take renews his state in the same transaction and says so by a fact, so
that the routing engine acts on it at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib.auth.models import Group
from django.db import transaction
from django.utils.translation import gettext as _

from agents.facts import AgentLimitsChanged
from agents.models import Agent, AgentSkill, AgentState, Team
from core import configuration, events, sql
from core.configuration import rule_broken
from core.errors import RuleBroken
from core.permissions import Verb, require
from organizations.facts import BusinessUnitChanged
from organizations.models import COOL_DOWNS, BusinessUnit, User
from organizations.roles import AGENT
from organizations.rules import check_unit
from organizations.services import create_user, update_user
from skills.models import Skill
from skills.services import create_skill, update_skill

ACCOUNT_FIELDS = ("username", "first_name", "last_name", "email", "language", "password")

HANDED_DOWN = ("max_concurrent_sms", "max_concurrent_chats", *COOL_DOWNS)
"""What a team sets for its agents."""

_LOCK = "SELECT 1 FROM agents_agentstate WHERE agent_id = ANY(%s) ORDER BY agent_id FOR NO KEY UPDATE"

_REFRESH = f"""
UPDATE agents_agentstate s
   SET "limit" = v.sessions,
       slots = GREATEST(v.sessions, s.load),
       refusal_timeout_seconds = v.timeout,
       is_active = v.is_active,
       {", ".join(f"{name} = v.{name}" for name in COOL_DOWNS)}
  FROM (SELECT a.id, a.is_active,
               {
    ",".join(
        f'''
               COALESCE(a.{name}, t.{name}, b.{name}) AS {name}'''
        for name in COOL_DOWNS
    )
},
               COALESCE(a.max_concurrent_sms, t.max_concurrent_sms, b.default_max_concurrent_sms) AS sessions,
               COALESCE(a.sms_refusal_timeout_seconds, b.default_sms_refusal_timeout_seconds) AS timeout
          FROM agents_agent a
          JOIN organizations_businessunit b ON b.id = a.business_unit_id
          LEFT JOIN agents_team t ON t.id = a.team_id
         WHERE a.id = ANY(%s)) v
 WHERE s.agent_id = v.id
"""


# -- Teams ---------------


def create_team(*, by: User | None, business_unit: BusinessUnit, **values: Any) -> Team:
    """Create a team. Raises RuleBroken."""
    check_unit(business_unit, values)
    return configuration.save(Team(), by=by, values={"business_unit": business_unit, **values})


@transaction.atomic
def update_team(*, by: User | None, instance: Team, **values: Any) -> Team:
    """Change a team; members who inherit its limits feel it at once. Raises RuleBroken."""
    check_unit(instance.business_unit, values)
    configuration.save(instance, by=by, values=values)
    if any(name in values for name in HANDED_DOWN):
        refresh_agent_states(instance.agents.values_list("pk", flat=True))
    return instance


def delete_team(*, by: User | None, instance: Team) -> None:
    """Delete a team. Raises InUse, naming its agents."""
    configuration.delete(instance, by=by)


# -- Agents ---------------


@transaction.atomic
def create_agent(
    *,
    by: User | None,
    business_unit: BusinessUnit,
    username: str,
    skills: Sequence[tuple[Skill, int]] = (),
    first_name: str = "",
    last_name: str = "",
    email: str = "",
    password: str | None = None,
    **values: Any,
) -> Agent:
    """Make a user an agent. The account is created if it does not exist, without a password unless given.

    Names, address and password of an account that exists already are left alone. `skills` are pairs of skill
    and proficiency (1 best to 20). Raises RuleBroken.
    """
    check_unit(business_unit, {**values, "skills": [skill for skill, _proficiency in skills]})
    user = _account(
        by=by,
        business_unit=business_unit,
        username=username,
        password=password,
        first_name=first_name,
        last_name=last_name,
        email=email,
    )
    agent = configuration.save(
        Agent(), by=by, values={"user": user, "business_unit": business_unit, **values}
    )
    AgentState.objects.create(agent=agent)
    _link(by=by, wanted=[(agent, skill, proficiency) for skill, proficiency in skills], present=[])
    refresh_agent_states([agent.pk])
    return agent


def _account(
    *, by: User | None, business_unit: BusinessUnit, username: str, password: str | None, **names: str
) -> User:
    user = User.objects.filter(username=username).first()
    if user is None:
        roles = list(Group.objects.filter(name=AGENT))
        return create_user(
            by=by,
            part_of=Agent,
            business_unit=business_unit,
            username=username,
            password=password,
            groups=roles,
            **names,
        )
    if user.business_unit_id != business_unit.pk:
        raise rule_broken({"username": [_("This user name is taken. Choose another one.")]})
    if Agent.objects.filter(user=user).exists():
        raise rule_broken({"username": [_("This user is an agent already.")]})
    return user


@transaction.atomic
def update_agent(
    *, by: User | None, instance: Agent, skills: Sequence[tuple[Skill, int]] | None = None, **values: Any
) -> Agent:
    """Change an agent, and with `username`, names, `email` or `password` his account. Raises RuleBroken.

    Deactivating takes his open offers away; the contacts he is in stay his until he ends them.
    """
    check_unit(instance.business_unit, {**values, "skills": [skill for skill, _proficiency in skills or ()]})
    account = {name: values.pop(name) for name in ACCOUNT_FIELDS if name in values}
    if account:
        update_user(by=by, instance=instance.user, part_of=Agent, **account)
    configuration.save(instance, by=by, values=values)
    if skills is not None:
        _replace_skills(by=by, agent=instance, skills=skills)
    if values or skills is not None:
        refresh_agent_states([instance.pk])
    return instance


@transaction.atomic
def set_limits(*, by: User | None, agents: Iterable[Agent], **limits: Any) -> None:
    """Give several agents the same limits, all or none; None inherits. Raises NotAllowed, RuleBroken."""
    # In the order in which states are locked, whatever the order of the list.
    for agent in sorted(agents, key=lambda one: one.pk):
        update_agent(by=by, instance=agent, **limits)


def delete_agent(*, by: User | None, instance: Agent) -> None:
    """Delete an agent who never had a contact; the account stays. Raises InUse."""
    configuration.delete(instance, by=by)


# -- Proficiencies ---------------


@transaction.atomic
def set_agent_skills(*, by: User | None, agent: Agent, skills: Sequence[tuple[Skill, int]]) -> None:
    """Give the agent exactly these skills, each with his proficiency (1 best to 20). Raises RuleBroken."""
    check_unit(agent.business_unit, {"skills": [skill for skill, _proficiency in skills]})
    _replace_skills(by=by, agent=agent, skills=skills)
    refresh_agent_states([agent.pk])


@transaction.atomic
def set_skill_agents(*, by: User | None, skill: Skill, agents: Sequence[tuple[Agent, int]]) -> None:
    """Give the skill exactly these agents, each with his proficiency (1 best to 20). Raises RuleBroken."""
    check_unit(skill.business_unit, {"agents": [agent for agent, _proficiency in agents]})
    had = AgentSkill.objects.filter(skill=skill).values_list("agent_id", flat=True)
    _lock_states({*had, *(agent.pk for agent, _proficiency in agents)})
    present = list(AgentSkill.objects.filter(skill=skill))
    wanted = [(agent, skill, proficiency) for agent, proficiency in agents]
    changed = _link(by=by, wanted=wanted, present=present, field="agents")
    if changed:
        require(by, Skill, Verb.EDIT)
    refresh_agent_states(changed)


def create_staffed_skill(
    *,
    by: User | None,
    business_unit: BusinessUnit,
    agents: Sequence[tuple[Agent, int]] = (),
    **values: Any,
) -> Skill:
    """Create a skill together with its agents and their proficiencies (1 best to 20). Raises RuleBroken."""
    if not agents:
        return create_skill(by=by, business_unit=business_unit, **values)
    with transaction.atomic():
        skill = create_skill(by=by, business_unit=business_unit, **values)
        set_skill_agents(by=by, skill=skill, agents=agents)
    return skill


@transaction.atomic
def update_staffed_skill(
    *, by: User | None, instance: Skill, agents: Sequence[tuple[Agent, int]] | None = None, **values: Any
) -> Skill:
    """Change a skill; its agents, if given, replace the present ones. Raises RuleBroken."""
    update_skill(by=by, instance=instance, **values)
    if agents is not None:
        set_skill_agents(by=by, skill=instance, agents=agents)
    return instance


def _replace_skills(*, by: User | None, agent: Agent, skills: Sequence[tuple[Skill, int]]) -> None:
    _lock_states({agent.pk})
    present = list(AgentSkill.objects.filter(agent=agent))
    wanted = [(agent, skill, proficiency) for skill, proficiency in skills]
    if _link(by=by, wanted=wanted, present=present):
        require(by, Agent, Verb.EDIT)


def _lock_states(agent_ids: Iterable[int]) -> None:
    """Whoever else changes skills of these agents waits: what is read from here on stays so."""
    sql.rows(_LOCK, [list(agent_ids)])


def _link(
    *,
    by: User | None,
    wanted: Sequence[tuple[Agent, Skill, int]],
    present: Sequence[AgentSkill],
    field: str = "skills",
) -> set[int]:
    """Make the rows those wanted; return the agents whose rows changed. What stays is not touched."""
    targets = {(agent.pk, skill.pk): proficiency for agent, skill, proficiency in wanted}
    if len(targets) != len(wanted):
        raise rule_broken({field: [_("The same one is named twice.")]})
    changed = set()
    rows = {(row.agent_id, row.skill_id): row for row in present}
    for key, row in rows.items():
        if key not in targets:
            configuration.delete(row, by=by)
        elif row.proficiency != targets[key]:
            _save_proficiency(row, by=by, field=field, values={"proficiency": targets[key]})
        else:
            continue
        changed.add(key[0])
    for agent, skill, proficiency in wanted:
        if (agent.pk, skill.pk) not in rows:
            values = {"agent": agent, "skill": skill, "proficiency": proficiency}
            _save_proficiency(AgentSkill(), by=by, field=field, values=values)
            changed.add(agent.pk)
    return changed


def _save_proficiency(row: AgentSkill, *, by: User | None, field: str, values: dict[str, Any]) -> None:
    try:
        configuration.save(row, by=by, values=values)
    except RuleBroken as error:
        sentences = list(dict.fromkeys(text for texts in error.fields.values() for text in texts))
        raise rule_broken({field: sentences}) from error


# -- What the routing engine reads ---------------


@transaction.atomic
def refresh_agent_states(agent_ids: Iterable[int]) -> None:
    """Renew what the state rows have of agents and business units, and say so.

    They are locked in the order of their ids.

    While the load exceeds a lowered limit, slots stay at the load.
    """
    ids = tuple(sorted(set(agent_ids)))
    if ids:
        sql.rows(_LOCK, [list(ids)])
        sql.execute(_REFRESH, [list(ids)])
        events.publish(AgentLimitsChanged(agent_ids=ids))


def refresh_business_unit(fact: BusinessUnitChanged) -> None:
    """Its defaults changed: renew all who may inherit them. Heard inside the transaction of the change."""
    refresh_agent_states(
        Agent.objects.filter(business_unit_id=fact.business_unit_id).values_list("pk", flat=True)
    )
