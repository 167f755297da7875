"""What an agent's browser shows, as plain JSON. The same shapes serve the snapshot and the pushes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Prefetch
from django.utils.translation import gettext

from agents.models import Agent
from contacts.models import Draft, Notice
from core import sql
from core.clock import database_now
from messaging.words import can_send_again, status_reason
from skills.models import Skill
from workspace.models import Feed

SHOWN_MESSAGES = 200
SHOWN_NOTES = 100
EXCERPT = 160
REASONS = ("Break", "Lunch", "Training", "Meeting", "Other")


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


_STATE = f"""jsonb_build_object(
            'state', a.status, 'reason', a.reason, 'since', a.since, 'next_reason', a.next_reason,
            'load', a.load, 'limit', a."limit", 'cooling_until', a.cooling_until,
            'reasons', '{json.dumps(REASONS)}'::jsonb)"""
_STATE_OF_ONE = f"SELECT {_STATE} FROM agents_agentstate a WHERE a.agent_id = %s"


def state_json(agent_id: int) -> dict[str, Any]:
    """The agent's state selector and load, and until when nothing is offered to him."""
    found = sql.row(_STATE_OF_ONE, [agent_id])
    assert found is not None
    state: dict[str, Any] = json.loads(found[0])
    return state


_NAME = "COALESCE(NULLIF(trim(v.first_name || ' ' || v.last_name), ''), v.username)"

# What is shown of a text, but that words for its status are found when it is known who reads them.
_MESSAGE = f"""jsonb_build_object(
            'id', m.id, 'direction', m.direction, 'text', m.text, 'status', m.status,
            'status_reason', m.status_reason, 'provider', n.provider, 'segments', m.segments,
            'author', {_NAME}, 'created_at', m.created_at, 'is_incomplete', m.is_incomplete)"""
_MESSAGE_WITH_ITS_OWN = """contacts_message m
          JOIN sms_registrations_smsregistration n ON n.id = m.transport_code_id
          LEFT JOIN organizations_user v ON v.id = m.author_id"""


def _message_json(found: Mapping[str, Any]) -> dict[str, Any]:
    """One text with its status in words, of what `_MESSAGE` has of it."""
    status, code, provider = found["status"], found["status_reason"], found["provider"]
    return {
        "id": found["id"],
        "direction": found["direction"],
        "text": found["text"],
        "status": status,
        "status_reason": status_reason(code, provider=provider),
        "can_send_again": can_send_again(status, code, provider=provider),
        "segments": found["segments"],
        "author": found["author"],
        "created_at": _iso(datetime.fromisoformat(found["created_at"])),
        "is_incomplete": found["is_incomplete"],
    }


# The latest texts. They are numbered without gaps, and the contact counts them: no others are read.
_MESSAGES = f"""SELECT COALESCE(jsonb_agg({_MESSAGE} ORDER BY m.position), '[]')
          FROM {_MESSAGE_WITH_ITS_OWN}
         WHERE m.contact_id = c.id AND m.position > c.message_count - %(shown)s"""


_POPS = """SELECT COALESCE(jsonb_agg(jsonb_build_object(
            'id', p.id, 'is_default', p.action_id = '', 'title', p.title, 'url', p.url, 'opens', p.opens,
            'content', p.content, 'answers', p.answers, 'at', p.at) ORDER BY p.id), '[]')
          FROM contacts_screenpop p WHERE p.contact_id = c.id"""

_NOTE = f"""SELECT n.id, n.kind, {_NAME} AS author, v.username, n.text, n.at
                  FROM contacts_note n JOIN organizations_user v ON v.id = n.author_id"""

# The latest notes of colleagues, and who else sees the contact.
_NOTES = f"""SELECT COALESCE(jsonb_agg(to_jsonb(n) ORDER BY n.id), '[]')
          FROM ({_NOTE} WHERE n.contact_id = c.id ORDER BY n.id DESC LIMIT {SHOWN_NOTES}) n"""
_PARTICIPANTS = f"""SELECT COALESCE(jsonb_agg(jsonb_build_object(
            'username', v.username, 'name', {_NAME}, 'role', p.role) ORDER BY p.id), '[]')
          FROM contacts_participant p JOIN agents_agent b ON b.id = p.agent_id
          JOIN organizations_user v ON v.id = b.user_id
         WHERE p.contact_id = c.id AND p.left_at IS NULL"""

# One statement for everything about a contact, however many contacts.
_CONTACTS = f"""
SELECT c.id, COALESCE(NULLIF(u.e164, ''), u.address) AS customer, u.name AS customer_name, s.name AS skill,
       c.direction, c.state, c.queued_at, c.accepted_at, c.last_inbound_at, c.unread,
       EXISTS (SELECT FROM messaging_optout o
                WHERE o.registration_id = c.transport_code_id AND o.customer_id = c.customer_id
                  AND o.opted_in_at IS NULL) AS opted_out,
       CASE WHEN r.price_per_segment IS NULL THEN 'null'::jsonb
            ELSE jsonb_build_object('amount', r.price_per_segment, 'currency', r.price_currency)
       END AS segment_price,
       c.snoozed_at >= c.accepted_at IS TRUE AS is_snoozed,
       CASE WHEN c.snoozed_at >= c.accepted_at THEN c.snoozed_until END AS snoozed_until,
       s.service_level_threshold_seconds AS answer_within_seconds,
       c.acw_until,
       CASE WHEN s.after_contact_work_extension_seconds > 0 AND c.acw_until IS NOT NULL
            THEN c.ended_at + make_interval(secs =>
                s.after_contact_work_seconds + s.after_contact_work_extension_seconds)
       END AS acw_extendable_until,
       s.require_disposition, d.name AS disposition, f.name AS default_disposition, c.notes,
       ARRAY(SELECT t.name FROM contacts_contact_tags g JOIN dispositions_tag t ON t.id = g.tag_id
              WHERE g.contact_id = c.id ORDER BY t.id) AS tags,
       ARRAY(SELECT e.name FROM skills_skilldisposition k
               JOIN dispositions_disposition e ON e.id = k.disposition_id
              WHERE k.skill_id = s.id AND e.is_active ORDER BY k.position, k.id) AS dispositions,
       ARRAY(SELECT t.name FROM skills_skilltag k JOIN dispositions_tag t ON t.id = k.tag_id
              WHERE k.skill_id = s.id AND t.is_active ORDER BY k.position, k.id) AS available_tags,
       ({_POPS}) AS screen_pops, ({_NOTES}) AS internal_notes, ({_PARTICIPANTS}) AS participants,
       ({_MESSAGES}) AS messages
  FROM contacts_contact c
  JOIN contacts_customer u ON u.id = c.customer_id
  JOIN skills_skill s ON s.id = c.skill_id
  JOIN sms_registrations_smsregistration r ON r.id = c.transport_code_id
  LEFT JOIN dispositions_disposition d ON d.id = c.disposition_id
  LEFT JOIN dispositions_disposition f ON f.id = s.default_disposition_id
"""


_MOMENTS = {
    "queued_at",
    "accepted_at",
    "last_inbound_at",
    "acw_until",
    "acw_extendable_until",
    "snoozed_until",
    "since",
}
_DOCUMENTS = {"screen_pops", "internal_notes", "participants", "segment_price", "messages"}


def _contacts_json(condition: str, value: int) -> list[dict[str, Any]]:
    """Contacts that an agent has open, oldest first, each with its latest texts."""
    values = {"value": value, "shown": SHOWN_MESSAGES}
    return _as_json(sql.dictionaries(f"{_CONTACTS} WHERE {condition} ORDER BY c.id", values))


def _as_json(contacts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    for contact in contacts:
        for moment in contact.keys() & _MOMENTS:
            contact[moment] = _iso(contact[moment])
        for name in contact.keys() & _DOCUMENTS:
            contact[name] = json.loads(contact[name])
        contact["messages"] = [_message_json(message) for message in contact["messages"]]
    return contacts


def contact_json_by_id(contact_id: int) -> dict[str, Any]:
    """A contact as the agent who has it open sees it, with its latest texts."""
    [contact] = _contacts_json("c.id = %(value)s", contact_id)
    if (shown := _shown.get()) is not None:
        shown.contacts[contact_id] = contact
    return contact


@dataclass(slots=True)
class Shown:
    """What the pushes of one request said last."""

    contacts: dict[int, dict[str, Any]] = field(default_factory=dict)
    messages: dict[int, dict[str, Any]] = field(default_factory=dict)

    def contact(self, contact_id: int) -> dict[str, Any]:
        """As `contact_json_by_id`."""
        return self.contacts.get(contact_id) or contact_json_by_id(contact_id)

    def message(self, message_id: int) -> dict[str, Any]:
        """A text as it was told."""
        return self.messages.get(message_id) or told(message_id).message


_shown: ContextVar[Shown | None] = ContextVar("shown", default=None)


@contextmanager
def shown() -> Iterator[Shown]:
    """Keep what is read for pushes in this block, for an answer that says the same.

    Only for a service that changes nothing after it has pushed.
    """
    kept = Shown()
    before = _shown.set(kept)
    try:
        yield kept
    finally:
        _shown.reset(before)


# Out of the record of the decision, whose first agent is the one who is asked; null: it was not recorded.
_WHY = """CASE WHEN y.offer_id IS NOT NULL THEN jsonb_build_object(
            'outcome', y.agents_considered->0->>'outcome',
            'proficiency', y.agents_considered->0->'proficiency',
            'priority', jsonb_path_query_first(
                y.contacts_considered, '$[*] ? (@.outcome == "offered")')->'priority',
            'compared', jsonb_array_length(y.contacts_considered),
            'also_ready', jsonb_array_length(jsonb_path_query_array(
                y.agents_considered, '$[*] ? (@.outcome == "less_suited" || @.outcome == "also_ready")')),
            'is_for_him_alone', EXISTS (
                SELECT FROM contacts_lane l WHERE l.id = c.lane_id AND l.target_agent_id = o.agent_id))
       END"""

_DEFAULT_POP = json.dumps(
    [
        {
            "id": 0,
            "is_default": True,
            "title": "",
            "url": "",
            "opens": False,
            "content": {},
            "answers": None,
        }
    ]
)
"""What is shown with an offer before the pop itself is made, which is when the agent accepts."""

# What the pop-up shows: who, which skill, the first words, how long he waited.
_OFFER = f"""jsonb_build_object(
            'id', o.id, 'contact', c.id, 'skill', s.name,
            'customer', COALESCE(NULLIF(u.e164, ''), u.address), 'customer_name', u.name,
            'text', COALESCE((
                SELECT left(m.text, {EXCERPT}) FROM contacts_message m
                 WHERE m.contact_id = c.id AND m.direction = 'inbound' ORDER BY m.position LIMIT 1), ''),
            'waited_seconds', GREATEST(0, floor(extract(epoch FROM
                clock_timestamp() - COALESCE(c.queued_at, c.created_at))))::bigint,
            'queued_at', COALESCE(c.queued_at, c.created_at),
            'offered_at', o.offered_at, 'expires_at', o.expires_at,
            'screen_pops', CASE WHEN s.use_screen_pops AND s.screen_pop_trigger = 'offer'
                                THEN COALESCE(NULLIF(({_POPS}), '[]'), '{_DEFAULT_POP}') ELSE '[]' END,
            'why', {_WHY})"""
_OFFER_WITH_ITS_OWN = """routing_offer o
  JOIN agents_agentstate a ON a.agent_id = o.agent_id
  JOIN contacts_contact c ON c.id = o.contact_id
  JOIN contacts_customer u ON u.id = c.customer_id
  JOIN skills_skill s ON s.id = o.skill_id
  LEFT JOIN routing_decision y ON y.offer_id = o.id"""

OFFERS_MADE = f"""
SELECT a.agent_id, o.id, {_OFFER} AS offer, {_STATE} AS state
  FROM {_OFFER_WITH_ITS_OWN}
"""
"""Of offers, which the reader chooses of `o`: the agent, the offer as he sees it, and his state."""


def _offers_before(agent_id: int) -> list[dict[str, Any]]:
    """What the agent has to answer, oldest first."""
    pending = sql.rows(
        f"SELECT {_OFFER} FROM {_OFFER_WITH_ITS_OWN} "
        "WHERE o.agent_id = %s AND o.state = 'pending' ORDER BY o.id",
        [agent_id],
    )
    return [json.loads(offer) for (offer,) in pending]


def _notice_json(notice: Notice) -> dict[str, Any]:
    """What a supervisor told the agent; `contact` if it is about one."""
    return {
        "id": notice.pk,
        "contact": notice.contact_id,
        "author": notice.author.get_full_name() or notice.author.username,
        "text": notice.text,
        "at": _iso(notice.at),
    }


def notice_json_by_id(notice_id: int) -> dict[str, Any]:
    """One notice as the agent sees it."""
    return _notice_json(Notice.objects.select_related("author").get(pk=notice_id))


def _unread_notices(agent: Agent) -> list[dict[str, Any]]:
    unread = Notice.objects.filter(agent=agent, read_at=None).select_related("author").order_by("id")
    return [_notice_json(notice) for notice in unread]


def note_json_by_id(note_id: int) -> dict[str, Any]:
    """One note of a colleague, exactly as `contact_json_by_id` has it."""
    found = sql.row(f"SELECT to_jsonb(n) FROM ({_NOTE} WHERE n.id = %s) n", [note_id])
    assert found is not None
    note: dict[str, Any] = json.loads(found[0])
    return note


# What an agent takes part in: the contact of a colleague, or one that he has handed on.
_ASIDES = f"""
WITH part AS (
    SELECT p.contact_id, p.role, p.since, {_NAME} AS asked_by
      FROM contacts_participant p JOIN agents_agent b ON b.id = p.asked_by_id
      JOIN organizations_user v ON v.id = b.user_id
     WHERE p.agent_id = %(agent)s AND p.left_at IS NULL
)
SELECT part.role, part.since, part.asked_by,
       x.id, x.customer, x.customer_name, x.skill, x.direction, x.opted_out, x.internal_notes,
       x.messages
  FROM part JOIN LATERAL ({_CONTACTS} WHERE c.id = part.contact_id) x ON true
"""


def asides_json(agent_id: int, *, contact_id: int | None = None) -> list[dict[str, Any]]:
    """The contacts that an agent sees without having them, or one of them; oldest first."""
    condition = "" if contact_id is None else "WHERE x.id = %(contact)s"
    values = {"agent": agent_id, "contact": contact_id, "shown": SHOWN_MESSAGES}
    return _as_json(sql.dictionaries(f"{_ASIDES} {condition} ORDER BY x.id", values))


def _drafts(agent: Agent) -> list[dict[str, Any]]:
    """What the agent has typed in his contacts, in this browser or another."""
    mine = Draft.objects.filter(agent=agent, contact__agent=agent, contact__state="active")
    return [
        {"contact": contact, "text": text}
        for contact, text in mine.order_by("contact").values_list("contact", "text")
    ]


def workspace_json(agent: Agent, *, socket_address: str) -> dict[str, Any]:
    """The whole truth of one agent at one moment, and the number of the last push that it includes."""
    with transaction.atomic():
        if not connection.savepoint_ids:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        return _workspace(agent, socket_address)


def _workspace(agent: Agent, socket_address: str) -> dict[str, Any]:
    feed = Feed.objects.filter(pk=agent.pk).values_list("last_seq", flat=True).first()
    now = database_now()
    contacts = _contacts_json(
        "c.state IN ('active', 'after_contact_work') AND c.agent_id = %(value)s", agent.pk
    )
    return {
        "seq": feed or 0,
        "socket_url": socket_address,
        "server_time": _iso(now),
        "agent": {"id": agent.pk, "username": agent.user.username, "name": str(agent)},
        "state": state_json(agent.pk),
        "offers": _offers_before(agent.pk),
        "contacts": contacts,
        "asides": asides_json(agent.pk),
        "drafts": _drafts(agent),
        "notices": _unread_notices(agent),
        "skills_out": _outbound_skills(agent),
        "transfer_skills": _transfer_skills(agent),
        "transfer_agents": _transfer_agents(agent),
    }


@dataclass(frozen=True, slots=True)
class Told:
    """A text as agents see it, what it may have changed for its customer, and who sees it besides."""

    message: dict[str, Any]
    opted_out: bool
    participants: list[int]


_TOLD = f"""
SELECT {_MESSAGE},
       EXISTS (SELECT FROM messaging_optout o
                WHERE o.registration_id = m.transport_code_id AND o.customer_id = c.customer_id
                  AND o.opted_in_at IS NULL),
       ARRAY(SELECT p.agent_id FROM contacts_participant p
              WHERE p.contact_id = m.contact_id AND p.left_at IS NULL ORDER BY p.agent_id)
  FROM {_MESSAGE_WITH_ITS_OWN}
  JOIN contacts_contact c ON c.id = m.contact_id
 WHERE m.id = %s
"""


def told(message_id: int) -> Told:
    """What is to be told of a text; `participants` are ids of agents, in their order."""
    found = sql.row(_TOLD, [message_id])
    assert found is not None
    document, opted_out, participants = found
    message = _message_json(json.loads(document))
    if (shown := _shown.get()) is not None:
        shown.messages[message_id] = message
    return Told(message, opted_out, participants)


_LATEST = f"SELECT c.id, ({_MESSAGES}) FROM contacts_contact c WHERE c.id = ANY(%(contacts)s)"


def latest_messages(contact_ids: list[int], *, each: int) -> dict[int, list[dict[str, Any]]]:
    """The latest texts of every contact, at most so many each, in one look-up."""
    return {
        contact_id: [_message_json(message) for message in json.loads(messages)]
        for contact_id, messages in sql.rows(_LATEST, {"contacts": contact_ids, "shown": each})
    }


def _outbound_skills(agent: Agent) -> list[str]:
    skills = Skill.objects.filter(
        agent_skills__agent=agent, is_active=True, direction=Skill.Direction.OUTBOUND
    )
    return list(skills.order_by("name", "id").values_list("name", flat=True))


def _transfer_skills(agent: Agent) -> list[str]:
    skills = Skill.objects.filter(
        business_unit_id=agent.business_unit_id, is_active=True, direction=Skill.Direction.INBOUND
    )
    return list(skills.order_by("name", "id").values_list("name", flat=True))


def _transfer_agents(agent: Agent) -> list[dict[str, str]]:
    others = (
        Agent.objects.select_related("user")
        .filter(business_unit_id=agent.business_unit_id, is_active=True)
        .exclude(pk=agent.pk)
        .prefetch_related(Prefetch("state"))
        .order_by("user__username", "id")[:200]
    )
    return [
        {"username": other.user.username, "name": str(other), "state": other.state.status} for other in others
    ]


def translated_reasons() -> dict[str, str]:
    """The reasons for being unavailable in the reader's language; stored ones stay as they are."""
    words = {reason: gettext(reason) for reason in REASONS}
    return words | {"Refused": gettext("Refused"), "Connection lost": gettext("Connection lost")}
