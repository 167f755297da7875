"""Puts contacts into lanes."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from contacts.facts import AgentRequested, ContactClosed, PlaceChanged
from contacts.models import Contact
from core import events, shards, sql
from routing.facts import ContactQueued
from routing.matching import MS_PER_MINUTE, Profile, milliseconds, queue_key
from skills.models import Skill


def profile_of_skill(skill: Skill) -> Profile:
    """The skill's own queue priority management."""
    return Profile(*skill.priority_milli)


# The lane (made when first needed), the contact's place in it, and the log: one statement.
_PLACE = """
WITH known AS (
    SELECT id FROM contacts_lane
     WHERE skill_id = %(skill)s AND acceleration_milli = %(acceleration)s AND max_priority_milli = %(maximum)s
       AND high_proficiency = %(high)s AND low_proficiency = %(low)s
       AND target_agent_id IS NOT DISTINCT FROM %(target)s AND overflows = %(overflows)s
), made AS (
    INSERT INTO contacts_lane (skill_id, acceleration_milli, max_priority_milli, high_proficiency,
                               low_proficiency, target_agent_id, overflows)
    SELECT %(skill)s, %(acceleration)s, %(maximum)s, %(high)s, %(low)s, %(target)s, %(overflows)s
     WHERE NOT EXISTS (SELECT FROM known)
    ON CONFLICT DO NOTHING
    RETURNING id
), placed AS (
    UPDATE contacts_contact
       SET state = 'queued', skill_id = %(skill)s, lane_id = lane.id, queue_key = %(key)s,
           queued_at = %(now)s, kept_until = %(kept_until)s, agent_id = NULL, updated_at = %(at)s,
           snoozed_at = NULL, snoozed_until = NULL,
           overflow_at = (SELECT %(now)s + make_interval(secs => overflow_after_seconds) FROM skills_skill
                           WHERE id = %(skill)s AND overflow_skill_id IS NOT NULL
                             AND %(target)s::bigint IS NULL AND NOT %(overflows)s)
      FROM (SELECT id FROM known UNION ALL SELECT id FROM made) lane
     WHERE contacts_contact.id = %(contact)s
    RETURNING contacts_contact.id, skill_id, lane_id
)
INSERT INTO contacts_contactevent (contact_id, kind, data)
SELECT id, %(event)s,
       jsonb_build_object('skill', skill_id, 'lane', lane_id, 'target_agent', %(target)s::bigint)
  FROM placed
"""


@transaction.atomic(savepoint=False)
def queue_contact(
    *,
    contact_id: int,
    skill_id: int,
    profile: Profile,
    now: datetime,
    high: int = 1,
    low: int = 20,
    target_agent_id: int | None = None,
    changed_at: datetime | None = None,
    kept_until: datetime | None = None,
    overflows: bool = False,
    key: int | None = None,
) -> None:
    """Let a contact wait for an agent of a skill, or for one agent, from now on.

    `changed_at` is given when it waits already, since `now`; `kept_until` when it waits for the one agent no
    longer than that. `overflows` says that it waits for agents of the overflow skill as well. `key` is the
    place that it keeps, in the place of what `profile` makes of `now`. The caller has locked the contact or
    just made it.
    """
    place = {
        "contact": contact_id,
        "skill": skill_id,
        "acceleration": profile.acceleration_milli,
        "maximum": profile.max_milli,
        "high": high,
        "low": low,
        "target": target_agent_id,
        "overflows": overflows,
        "key": queue_key(profile, milliseconds(now)) if key is None else key,
        "now": now,
        "kept_until": kept_until,
        "at": now if changed_at is None else changed_at,
        "event": "queued" if changed_at is None else "place_changed",
    }
    # No lane is found when another process makes it at this moment: after its commit it is known.
    if not sql.execute(_PLACE, place):
        sql.execute(_PLACE, place)
    events.publish(ContactQueued(contact_id=contact_id))


def forget_refusals(*, contact_id: int) -> None:
    """Whoever refused the contact may be asked like everybody, if it waits again."""
    sql.execute("DELETE FROM routing_refusal WHERE contact_id = %s", [contact_id])


def forget_refusals_of_closed(fact: ContactClosed) -> None:
    """It closed while it waited; what an agent accepted has none."""
    if fact.agent_id is None:
        forget_refusals(contact_id=fact.contact_id)


def queue_as_requested(request: AgentRequested) -> None:
    """A script asks for an agent: heard inside its transaction, so contact and place appear together."""
    target, kept_until = request.target_agent_id, None
    if request.returning_agent_seconds and (last := _last_agent(request)) is not None:
        target, kept_until = last, request.at + timedelta(seconds=request.returning_agent_seconds)
    queue_contact(
        contact_id=request.contact_id,
        skill_id=request.skill_id,
        profile=Profile(request.initial_milli, request.acceleration_milli, request.max_milli),
        now=request.at,
        high=request.high_proficiency,
        low=request.low_proficiency,
        target_agent_id=target,
        kept_until=kept_until,
    )


# Whoever had the customer's latest contact that anybody had: if he could be asked for this one now.
_LAST_AGENT = """
SELECT s.agent_id
  FROM (SELECT earlier.agent_id
          FROM contacts_contact present
          JOIN contacts_contact earlier ON earlier.customer_id = present.customer_id
           AND earlier.id <> present.id AND earlier.agent_id IS NOT NULL
         WHERE present.id = %(contact)s
         ORDER BY earlier.id DESC LIMIT 1) last
  JOIN agents_agentstate s ON s.agent_id = last.agent_id
  JOIN agents_agentskill k ON k.agent_id = s.agent_id AND k.skill_id = %(skill)s
   AND k.proficiency BETWEEN %(high)s AND %(low)s
 WHERE s.is_active AND s.status = 'available' AND s.next_reason = '' AND s.load < s."limit"
   AND s.cooling_until IS NULL
   AND NOT EXISTS (
       SELECT FROM routing_refusal r WHERE r.contact_id = %(contact)s AND r.agent_id = s.agent_id)
"""


def _last_agent(request: AgentRequested) -> int | None:
    found = sql.row(
        _LAST_AGENT,
        {
            "contact": request.contact_id,
            "skill": request.skill_id,
            "high": request.high_proficiency,
            "low": request.low_proficiency,
        },
    )
    return None if found is None else found[0]


def change_place(change: PlaceChanged) -> None:
    """A script changes how a waiting contact is ranked, or whom it is offered; it keeps its age.

    Heard inside the transaction that has locked the contact.
    """
    contact = Contact.objects.select_related("lane").get(pk=change.contact_id)
    lane = contact.lane
    _replace(
        contact,
        change,
        target_agent_id=lane.target_agent_id if lane else None,
        kept_until=contact.kept_until,
        overflows=lane is not None and lane.overflows,
    )


def open_to_all(*, contact_id: int, at: datetime, overflows: bool = False) -> None:
    """Let a contact wait for everybody of its skill at the place it has, or of the overflow skill as well.

    The caller has locked the contact.
    """
    contact = Contact.objects.select_related("lane").get(pk=contact_id)
    unchanged = PlaceChanged(contact_id, at, None, None, None, None, None)
    _replace(contact, unchanged, target_agent_id=None, kept_until=None, overflows=overflows)


def open_kept(*, contact_id: int, at: datetime) -> None:
    """`open_to_all`, unless its script, which heard of the refusal first, has done something else with it."""
    kept = Contact.objects.filter(pk=contact_id, state=Contact.State.QUEUED, kept_until__isnull=False)
    if kept.exists():
        open_to_all(contact_id=contact_id, at=at)


def open_kept_too_long(*, limit: int = 200) -> int:
    """Open contacts whose customers' last agents had them long enough; return how many."""
    return _open_due("kept_until", limit, overflows=False)


def overflow_waiting(*, limit: int = 200) -> int:
    """Let contacts that waited long enough be offered to agents of the overflow skill; return how many."""
    return _open_due("overflow_at", limit, overflows=True)


def _open_due(deadline: str, limit: int, *, overflows: bool) -> int:
    due = f"state = 'queued' AND {deadline} <= clock_timestamp()"
    ours = shards.ours("business_unit_id")
    found = sql.rows(
        f"SELECT id FROM contacts_contact WHERE {due} AND {ours} ORDER BY {deadline}, id LIMIT %s", [limit]
    )
    return sum(_open_one(contact_id, due, overflows=overflows) for (contact_id,) in found)


@transaction.atomic
def _open_one(contact_id: int, due: str, *, overflows: bool) -> bool:
    # Whoever has it locked offers it, or changes its place.
    found = sql.row(
        f"SELECT clock_timestamp() FROM contacts_contact WHERE id = %s AND {due} "
        "FOR NO KEY UPDATE SKIP LOCKED",
        [contact_id],
    )
    if found is not None:
        open_to_all(contact_id=contact_id, at=found[0], overflows=overflows)
    return found is not None


def _replace(
    contact: Contact,
    change: PlaceChanged,
    *,
    target_agent_id: int | None,
    kept_until: datetime | None,
    overflows: bool,
) -> None:
    lane, queued_at, key = contact.lane, contact.queued_at, contact.queue_key
    if lane is None or queued_at is None or key is None:
        raise ValueError("a contact that waits has a place")
    started = (key + lane.acceleration_milli * milliseconds(queued_at)) // MS_PER_MINUTE
    # A supervisor may have moved it to where no initial priority would put it.
    is_ranked_alike = (change.initial_milli, change.acceleration_milli, change.max_milli) == (None,) * 3
    queue_contact(
        contact_id=contact.pk,
        skill_id=lane.skill_id,
        profile=Profile(
            _else(change.initial_milli, started),
            _else(change.acceleration_milli, lane.acceleration_milli),
            _else(change.max_milli, lane.max_priority_milli),
        ),
        now=queued_at,
        high=_else(change.high_proficiency, lane.high_proficiency),
        low=_else(change.low_proficiency, lane.low_proficiency),
        target_agent_id=target_agent_id,
        changed_at=change.at,
        kept_until=kept_until,
        overflows=overflows,
        key=key if is_ranked_alike else None,
    )


def _else(wish: int | None, present: int) -> int:
    return present if wish is None else wish
