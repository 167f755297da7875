"""What agents have typed and not sent, kept so that another browser of theirs has it too."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from agents.models import Agent
from contacts.models import Contact, Draft
from core import sql
from core.clock import database_now
from core.errors import NotFound

KEPT = timedelta(days=7)

_KEEP = """
INSERT INTO contacts_draft (contact_id, agent_id, text, updated_at)
SELECT id, agent_id, %(text)s, clock_timestamp() FROM contacts_contact
 WHERE id = %(contact)s AND agent_id = %(agent)s AND state = 'active'
ON CONFLICT (contact_id, agent_id) DO UPDATE SET text = EXCLUDED.text, updated_at = EXCLUDED.updated_at
"""


def keep_draft(*, contact_id: int, by: Agent, text: str) -> None:
    """Keep what the agent has typed in a contact of his; an empty text forgets it.

    Raises NotFound when he does not have the contact open. A text that is sent takes its draft along.
    """
    if not text.strip():
        Draft.objects.filter(contact_id=contact_id, agent=by).delete()
    elif not sql.execute(_KEEP, {"contact": contact_id, "agent": by.pk, "text": text}):
        raise NotFound(_("There is no such contact among yours."))


def remove_stale_drafts() -> int:
    """Forget drafts of contacts that are no longer with their agent, and of 7 days ago; return how many."""
    is_stale = (
        ~Q(contact__state=Contact.State.ACTIVE)
        | ~Q(contact__agent=F("agent"))
        | Q(updated_at__lt=database_now() - KEPT)
    )
    # By their keys: a query that deletes cannot look at another table.
    stale = list(Draft.objects.filter(is_stale).values_list("pk", flat=True))
    count, _by_model = Draft.objects.filter(pk__in=stale).delete()
    return count
