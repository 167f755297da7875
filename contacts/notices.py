"""What supervisors tell agents: a whisper about a contact, a word to a team. No customer ever sees it."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from agents.models import Agent
from contacts.facts import NoticeAdded, NoticeRead
from contacts.models import Contact, Notice
from contacts.services import ContactOver, record_event
from core import events
from core.audit import log_change
from core.clock import database_now
from core.errors import NotFound, RuleBroken
from core.permissions import require_code
from core.text import nfc
from organizations.models import User
from organizations.roles import INTERVENE
from organizations.selectors import objects_within_reach

LONGEST_NOTICE = 1000


def checked_words(text: str) -> str:
    """What colleagues tell each other, tidied. Raises RuleBroken when it is empty or too long."""
    text = nfc(text.replace("\x00", "")).strip()
    if not text:
        message = _("Write a text first.")
        raise RuleBroken(message, fields={"text": [message]})
    if len(text) > LONGEST_NOTICE:
        too_long = _("At most %(number)d characters fit here: shorten it.") % {"number": LONGEST_NOTICE}
        raise RuleBroken(too_long, fields={"text": [too_long]})
    return text


@transaction.atomic
def whisper(*, contact_id: int, text: str, by: User) -> Notice:
    """Tell the agent who has a contact something about it.

    Raises NotAllowed, NotFound, RuleBroken, and ContactOver when nobody has it.
    """
    require_code(by, INTERVENE)
    reach = objects_within_reach(Contact.objects.all(), by)
    contact = reach.select_for_update(of=("self",), no_key=True).filter(pk=contact_id).first()
    if contact is None:
        raise NotFound(_("There is no such contact."))
    if contact.agent_id is None or contact.state == Contact.State.CLOSED:
        raise ContactOver(_("Nobody has this contact now: there is nobody to whisper to."))
    notice = _add(contact.agent_id, text=checked_words(text), by=by, contact=contact)
    record_event(contact_id=contact_id, kind="whispered", agent_id=contact.agent_id, by=by, notice=notice.pk)
    return notice


def tell_agents(*, agents: Iterable[Agent], text: str, by: User) -> int:
    """Tell several agents something; return how many. Raises NotAllowed, RuleBroken.

    Each in a transaction of his own: what is pushed to an agent holds his feed until the commit.
    """
    require_code(by, INTERVENE)
    told = sorted(agents, key=lambda agent: agent.pk)
    text = checked_words(text)
    if not told:
        raise RuleBroken(_("There is nobody to tell: choose agents or a team with active agents."))
    for agent in told:
        _tell(agent, text=text, by=by)
    return len(told)


@transaction.atomic
def _tell(agent: Agent, *, text: str, by: User) -> None:
    notice = _add(agent.pk, text=text, by=by)
    log_change(agent, by=by, notice=("", notice.pk))


def _add(agent_id: int, *, text: str, by: User, contact: Contact | None = None) -> Notice:
    notice = Notice.objects.create(agent_id=agent_id, contact=contact, author=by, text=text)
    events.publish(NoticeAdded(notice_id=notice.pk, agent_id=agent_id))
    return notice


@transaction.atomic
def mark_notice_read(*, notice_id: int, by: Agent) -> None:
    """The agent has read it; a second time changes nothing. Raises NotFound when it was not for him."""
    if not Notice.objects.filter(pk=notice_id, agent=by).exists():
        raise NotFound(_("There is no such notice."))
    if Notice.objects.filter(pk=notice_id, read_at=None).update(read_at=database_now()):
        events.publish(NoticeRead(notice_id=notice_id, agent_id=by.pk))
