"""Writes the numbered feed of each agent, in the transaction that makes the news true."""

from __future__ import annotations

import json
from typing import Any

from agents.models import Agent
from contacts.facts import (
    ContactChanged,
    MessageAdded,
    MessageChanged,
    NoteAdded,
    NoticeAdded,
    NoticeRead,
    ParticipantAdded,
    ParticipantLeft,
)
from contacts.models import Message, Participant
from core import sql
from core.hints import FEED_CHANNEL, PUSHES, WORK_CHANNEL
from routing.facts import (
    AgentStateChanged,
    ContactAssigned,
    ContactLeft,
    ManyToTell,
    OfferSettled,
    OffersMade,
)
from routing.services.presence import FAREWELL
from workspace import snapshot

# The row lock of the feed is held until the commit, so numbers follow commits and have no gaps.
_PUSH = """
WITH {before}numbered AS (
    INSERT INTO workspace_feed (agent_id, last_seq) SELECT %(agent)s, %(count)s {once}
    ON CONFLICT (agent_id) DO UPDATE SET last_seq = workspace_feed.last_seq + %(count)s
    RETURNING agent_id, last_seq - %(count)s AS before
), stored AS (
    INSERT INTO workspace_push (agent_id, seq, type, data, at)
    SELECT agent_id, before + place, type, data, clock_timestamp()
      FROM numbered,
           ROWS FROM (unnest(%(types)s::text[]), jsonb_array_elements(%(data)s::jsonb))
           WITH ORDINALITY AS frame(type, data, place)
)
SELECT pg_notify(%(channel)s, agent_id::text), CASE WHEN {absent} THEN pg_notify(%(work)s, %(pushes)s) END
  FROM numbered
"""

# Who has no page open, and a browser that wants to be told all the same: for this no statement of its own.
_ABSENT = f"""EXISTS (
    SELECT FROM workspace_pushsubscription s JOIN agents_agentstate a ON a.agent_id = s.agent_id
     WHERE s.agent_id = numbered.agent_id
       AND a.lease_until <= clock_timestamp() + make_interval(secs => {FAREWELL.total_seconds():g}))"""

_PUSH_TO_ONE = _PUSH.format(before="", once="", absent=_ABSENT)

# What happens in a contact is told to whoever has it and to whoever takes part in it, often in several pushes
# of one transaction. The first of them locks the feeds of all, in one order: else two contacts whose agents
# take part in each other's would wait for one another.
_CONCERNED = """
    SELECT f.agent_id FROM workspace_feed f
     WHERE f.agent_id = ANY (ARRAY(
        SELECT unnest(%(told)s::bigint[])
         UNION SELECT c.agent_id FROM contacts_contact c WHERE c.id = %(contact)s
         UNION SELECT p.agent_id FROM contacts_participant p
                WHERE p.contact_id = %(contact)s AND p.left_at IS NULL))
     ORDER BY f.agent_id FOR NO KEY UPDATE OF f
"""

_PUSH_ABOUT_CONTACT = _PUSH.format(
    before=f"concerned AS ({_CONCERNED}), ",
    once="WHERE (SELECT count(*) FROM concerned) >= 0",
    absent=_ABSENT,
)

Frame = tuple[str, dict[str, Any]]
"""The type and the data of a push."""


def push(agent_id: int, *frames: Frame, contact_id: int | None = None) -> None:
    """Append to an agent's feed; his socket is woken by the commit.

    With `contact_id`, what may be told to several in this transaction: the feeds of all are locked at once.
    """
    parameters = {
        "agent": agent_id,
        "count": len(frames),
        "types": [type_ for type_, _data in frames],
        # One text: an array of texts would have each of its quotes escaped.
        "data": json.dumps([data for _type, data in frames]),
        "channel": FEED_CHANNEL,
        "work": WORK_CHANNEL,
        "pushes": PUSHES,
        "told": [agent_id],
        "contact": contact_id,
    }
    sql.row(_PUSH_TO_ONE if contact_id is None else _PUSH_ABOUT_CONTACT, parameters)


_CONCERNED_BY_MANY = _CONCERNED.replace("= %(contact)s", "= ANY(%(contacts)s)")


def lock_feeds(fact: ManyToTell) -> None:
    """Lock the feeds of all who will hear of the contacts, in the one order."""
    sql.rows(_CONCERNED_BY_MANY, {"told": list(fact.agent_ids), "contacts": list(fact.contact_ids)})


# One statement for all; the feeds are locked in the one order, as above.
def _of_offers(which: str) -> str:
    return f"""
WITH told AS MATERIALIZED ({snapshot.OFFERS_MADE} WHERE {which}), frame AS (
    SELECT agent_id, type, data, row_number() OVER (PARTITION BY agent_id ORDER BY id, type) AS place
      FROM told CROSS JOIN LATERAL (VALUES ('offer.made', offer), ('state.changed', state)) one(type, data)
), numbered AS (
    INSERT INTO workspace_feed (agent_id, last_seq)
    SELECT agent_id, count(*) FROM frame GROUP BY agent_id ORDER BY agent_id
    ON CONFLICT (agent_id) DO UPDATE SET last_seq = workspace_feed.last_seq + EXCLUDED.last_seq
    RETURNING agent_id, last_seq
), stored AS (
    INSERT INTO workspace_push (agent_id, seq, type, data, at)
    SELECT agent_id, last_seq - count(*) OVER (PARTITION BY agent_id) + place, type, data, clock_timestamp()
      FROM numbered JOIN frame USING (agent_id)
)
SELECT pg_notify(%(channel)s, agent_id::text), CASE WHEN {_ABSENT} THEN pg_notify(%(work)s, %(pushes)s) END
  FROM numbered
"""


# By a plan of its own: that of several costs one offer three times as much.
_PUSH_OFFER_MADE, _PUSH_OFFERS_MADE = _of_offers("o.id = %(offers)s"), _of_offers("o.id = ANY(%(offers)s)")


def push_offers_made(fact: OffersMade) -> None:
    """To each agent his offer and his state, made out by the statement that stores them."""
    names = {"channel": FEED_CHANNEL, "work": WORK_CHANNEL, "pushes": PUSHES}
    if len(fact.offer_ids) == 1:
        sql.rows(_PUSH_OFFER_MADE, {"offers": fact.offer_ids[0], **names})
    else:
        sql.rows(_PUSH_OFFERS_MADE, {"offers": list(fact.offer_ids), **names})


def _state(agent_id: int) -> Frame:
    return "state.changed", snapshot.state_json(agent_id)


def push_offer_settled(fact: OfferSettled) -> None:
    """Gone from the agent's desk; if he did not take it, with his state as it is then."""
    data = {"id": fact.offer_id, "contact": fact.contact_id, "reason": fact.reason}
    state = [] if fact.state == "accepted" else [_state(fact.agent_id)]
    push(fact.agent_id, ("offer.withdrawn", data), *state, contact_id=fact.contact_id)


def push_contact(fact: ContactAssigned | ContactChanged) -> None:
    """The contact as it is now: new to the agent, or in place of what he has."""
    data = snapshot.contact_json_by_id(fact.contact_id)
    push(fact.agent_id, ("contact.assigned", data), contact_id=fact.contact_id)


def push_contact_left(fact: ContactLeft) -> None:
    stays = fact.state == "after_contact_work"
    contact = snapshot.contact_json_by_id(fact.contact_id) if stays else None
    data = {"id": fact.contact_id, "state": fact.state, "contact": contact}
    push(fact.agent_id, ("contact.ended", data), contact_id=fact.contact_id)


def push_state_changed(fact: AgentStateChanged) -> None:
    push(fact.agent_id, _state(fact.agent_id))


def push_message(fact: MessageAdded | MessageChanged) -> None:
    """A text came, was written, or changed its status."""
    if fact.agent_id is None:
        if fact.waits_again:
            _push_asides(fact.contact_id)
        return
    told = snapshot.told(fact.message_id)
    inbound = told.message["direction"] == Message.Direction.INBOUND
    data: dict[str, Any] = {"contact": fact.contact_id, "message": told.message}
    if inbound:
        # The text may be a STOP or a START.
        data["opted_out"] = told.opted_out
    frame = ("message.received" if inbound else "message.status", data)
    push(fact.agent_id, frame, contact_id=fact.contact_id if told.participants else None)
    for participant in told.participants:
        _push_aside(fact.contact_id, participant)


def push_notice(fact: NoticeAdded) -> None:
    """A supervisor told the agent something."""
    push(fact.agent_id, ("notice.added", snapshot.notice_json_by_id(fact.notice_id)))


def push_notice_read(fact: NoticeRead) -> None:
    """He has read it, in one of his tabs."""
    push(fact.agent_id, ("notice.read", {"id": fact.notice_id}))


def push_note(fact: NoteAdded) -> None:
    """A colleague wrote a note: to who has the contact, and to who takes part in it."""
    if fact.agent_id is not None:
        data = {"contact": fact.contact_id, "note": snapshot.note_json_by_id(fact.note_id)}
        push(fact.agent_id, ("note.added", data), contact_id=fact.contact_id)
    _push_asides(fact.contact_id)


def _push_asides(contact_id: int) -> None:
    """The contact anew to everybody who sees it without having it."""
    present = Participant.objects.filter(contact=contact_id, left_at=None).order_by("agent")
    for participant in present.values_list("agent", flat=True):
        _push_aside(contact_id, participant)


def _push_aside(contact_id: int, agent_id: int) -> None:
    for aside in snapshot.asides_json(agent_id, contact_id=contact_id):
        push(agent_id, ("aside.changed", aside), contact_id=contact_id)


def push_participant(fact: ParticipantAdded) -> None:
    """An agent sees a contact that is not his."""
    _push_aside(fact.contact_id, fact.agent_id)


def push_participant_left(fact: ParticipantLeft) -> None:
    """He no longer does, and why."""
    by = "" if fact.taken_by is None else str(Agent.objects.select_related("user").get(pk=fact.taken_by))
    data = {"id": fact.contact_id, "reason": fact.reason, "by": by}
    push(fact.agent_id, ("aside.removed", data), contact_id=fact.contact_id)


def remove_old_pushes(*, keep_seconds: int = 3600) -> int:
    """Forget pushes that no socket will ask for any more: an older socket gets a snapshot."""
    return sql.execute(
        "DELETE FROM workspace_push WHERE at < clock_timestamp() - make_interval(secs => %s)", [keep_seconds]
    )
