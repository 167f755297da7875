"""What there is of a channel: everything that belongs to one SMS registration."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from django.contrib.auth.backends import ModelBackend
from django.db.models import Count, Exists, Model, OuterRef, Q, QuerySet

from agents.models import AgentSkill
from campaigns.models import Campaign
from contacts.models import Contact
from organizations.models import User
from organizations.selectors import objects_within_reach
from points_of_contact.models import PointOfContact
from scripts.models import Script, ScriptVersion
from setup_wizard.steps import Facts, Progress, State, Step, next_step, progress_of, states_of
from skills.models import Skill
from sms_registrations.models import SmsRegistration

AnyModel = TypeVar("AnyModel", bound=Model)

CHOICES: Mapping[str, type[Model]] = {"campaign": Campaign, "skill": Skill, "script": Script}
"""What was chosen but is connected to the channel only later: it stands in the address until then."""

ANSWERERS_NAMED = 3


@dataclass(frozen=True, slots=True)
class Channel:
    """A registration and what is connected to it, or made for it and not connected yet."""

    registration: SmsRegistration
    campaign: Campaign | None
    skill: Skill | None
    outbound_skill: Skill | None
    script: Script | None
    point_of_contact: PointOfContact | None
    outcomes: int = 0
    agents: int = 0
    is_answered: bool = False

    @property
    def facts(self) -> Facts:
        campaign = self.campaign
        return Facts(
            registration=True,
            campaign=campaign is not None,
            campaign_is_older=campaign is not None and campaign.created_at < self.registration.created_at,
            skill=self.skill is not None,
            outbound_skill=self.outbound_skill is not None,
            script=self.script is not None,
            point_of_contact=self.point_of_contact is not None and self.point_of_contact.is_active,
            outcomes=self.outcomes > 0,
            agents=self.agents > 0,
            answered=self.is_answered,
        )

    @property
    def states(self) -> dict[Step, State]:
        return states_of(self.facts)

    @property
    def progress(self) -> Progress:
        return progress_of(self.states)

    @property
    def next_step(self) -> Step | None:
        return next_step(self.states)


def registrations_for(user: User) -> QuerySet[SmsRegistration]:
    """The registrations whose channels a person may set up, newest first."""
    rows = objects_within_reach(SmsRegistration.objects.select_related("business_unit"), user)
    return rows.order_by("-created_at", "-pk")


def channel_of(registration: SmsRegistration, chosen: Mapping[str, Any] | None = None) -> Channel:
    """The channel of one registration, with what the address says was chosen for it."""
    [channel] = channels_of([registration], chosen)
    return channel


def channels_of(
    registrations: Sequence[SmsRegistration], chosen: Mapping[str, Any] | None = None
) -> list[Channel]:
    """The channels of registrations, by a number of queries that does not grow with them.

    What is not connected yet is found by its age: the newest skill or script that no point of contact uses,
    made after the registration.
    """
    chosen = chosen or {}
    points = _points_of_contact(registrations)
    outbound = _first_by(
        "transport_code_id",
        Skill.objects.filter(transport_code__in=registrations).select_related("campaign").order_by("pk"),
    )
    unconnected = [one for one in registrations if one.pk not in points]
    units = {one.business_unit_id for one in unconnected}
    loose_skills = list(_loose_skills(units)) if units else []
    loose_scripts = list(_loose_scripts(units)) if units else []
    fresh_campaigns = list(_active(Campaign, units)) if units else []
    found = []
    for one in registrations:
        point = points.get(one.pk)
        skill = point.skill if point else chosen.get("skill") or _made_since(one, loose_skills)
        campaign = skill.campaign if skill else None
        found.append(
            Channel(
                registration=one,
                campaign=campaign or chosen.get("campaign") or _made_since(one, fresh_campaigns),
                skill=skill,
                outbound_skill=outbound.get(one.pk),
                script=point.script if point else chosen.get("script") or _made_since(one, loose_scripts),
                point_of_contact=point,
            )
        )
    return _counted(found)


def _counted(channels: Sequence[Channel]) -> list[Channel]:
    counts = _counts([one.skill.pk for one in channels if one.skill])
    answered = _answered([one.registration for one in channels])
    result = []
    for one in channels:
        agents, outcomes = counts.get(one.skill.pk if one.skill else 0, (0, 0))
        is_answered = one.registration.pk in answered
        result.append(replace(one, agents=agents, outcomes=outcomes, is_answered=is_answered))
    return result


def choices_in(query: Mapping[str, Any], registration: SmsRegistration) -> dict[str, Any]:
    """The objects that an address names, as far as they exist in the registration's business unit."""
    found = {}
    for name in CHOICES:
        key = str(query.get(name, ""))
        if key.isascii() and key.isdigit():
            one = existing(name, registration).filter(pk=key).first()
            if one is not None:
                found[name] = one
    return found


def existing(name: str, registration: SmsRegistration) -> QuerySet[Any]:
    """What may be used again: active campaigns, inbound skills and published scripts."""
    rows = _active(CHOICES[name], {registration.business_unit_id}).order_by("name", "pk")
    if name == "skill":
        return rows.filter(direction=Skill.Direction.INBOUND).select_related("campaign")
    return rows.filter(_is_published()) if name == "script" else rows


def who_may(step: Step, registration: SmsRegistration | None, asking: User) -> list[User]:
    """Up to three people of the business unit who may do a task, to be asked."""
    unit_id = registration.business_unit_id if registration else asking.business_unit_id
    people = User.objects.filter(business_unit_id=unit_id, is_active=True)
    for code in step.permissions:
        people = people.filter(pk__in=ModelBackend().with_perm(code).values("pk"))
    return list(people.order_by("username")[:ANSWERERS_NAMED])


def staff_of(skill: Skill) -> QuerySet[AgentSkill]:
    """The agents of a skill with their proficiency, best first."""
    links = AgentSkill.objects.filter(skill=skill, agent__is_active=True)
    return links.select_related("agent__user", "agent__team", "agent__business_unit").order_by(
        "proficiency", "agent__user__username"
    )


def _points_of_contact(registrations: Iterable[SmsRegistration]) -> dict[int, PointOfContact]:
    """Of each registration the active one, else the newest."""
    rows = PointOfContact.objects.filter(transport_code__in=registrations)
    return _first_by(
        "transport_code_id",
        rows.select_related("skill__campaign", "script").order_by("-is_active", "-pk"),
    )


def _first_by(field: str, rows: Iterable[AnyModel]) -> dict[int, AnyModel]:
    found: dict[int, AnyModel] = {}
    for row in rows:
        found.setdefault(getattr(row, field), row)
    return found


def _active(model: type[Model], units: Iterable[int]) -> QuerySet[Any]:
    rows: QuerySet[Any] = model._default_manager.filter(business_unit__in=units, is_active=True)
    return rows.order_by("-created_at", "-pk")


def _loose_skills(units: Iterable[int]) -> QuerySet[Any]:
    rows = _active(Skill, units).filter(direction=Skill.Direction.INBOUND)
    return rows.filter(points_of_contact__isnull=True).select_related("campaign")


def _loose_scripts(units: Iterable[int]) -> QuerySet[Any]:
    return _active(Script, units).filter(_is_published(), points_of_contact__isnull=True)


def _is_published() -> Exists:
    published = ScriptVersion.objects.filter(script=OuterRef("pk"), status=ScriptVersion.Status.PUBLISHED)
    return Exists(published)


def _made_since(registration: SmsRegistration, newest_first: Iterable[Any]) -> Any:
    """The newest of the same business unit that is younger than the registration."""
    return next(
        (
            one
            for one in newest_first
            if one.business_unit_id == registration.business_unit_id
            and one.created_at >= registration.created_at
        ),
        None,
    )


def _counts(skills: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Of each skill how many active agents it has, and how many dispositions and tags."""
    agents = Count("agent_skills", filter=Q(agent_skills__agent__is_active=True), distinct=True)
    outcomes = Count("skill_dispositions", distinct=True) + Count("skill_tags", distinct=True)
    rows = Skill.objects.filter(pk__in=skills).annotate(staff=agents, marks=outcomes)
    return {key: (staff, marks) for key, staff, marks in rows.values_list("pk", "staff", "marks")}


def _answered(registrations: Sequence[SmsRegistration]) -> set[int]:
    """The registrations on which an agent has answered a customer who texted."""
    seen = Contact.objects.filter(
        transport_code=OuterRef("pk"), direction=Contact.Direction.INBOUND, accepted_at__isnull=False
    )
    rows = SmsRegistration.objects.filter(pk__in=[one.pk for one in registrations])
    return set(rows.filter(Exists(seen)).values_list("pk", flat=True))
