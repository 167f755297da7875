"""What stands below the fields of the forms: what each is for, in one sentence."""

from __future__ import annotations

from typing import Final

from django.db.models import Model
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from agents.models import Agent, Team
from campaigns.models import Campaign
from dispositions.models import Disposition, Tag
from hours.models import HoursOfOperation
from points_of_contact.models import PointOfContact
from quick_replies.models import QuickReply
from scripts.models import Script, ScriptSecret
from skills.models import Skill
from sms_registrations.models import SmsRegistration

_ACTIVE: Final = _("What is not active can no longer be chosen.")
_NOTES: Final = _("For administrators; agents do not see it.")

HELPS: Final[dict[type[Model], dict[str, str | Promise]]] = {
    SmsRegistration: {
        "provider": _("Who carries the texts. The simulator needs no account."),
        "name": _("How this number is called in lists."),
        "is_active": _ACTIVE,
        "number_type": _("A long code is an ordinary number."),
        "country": _("Two letters, such as FR."),
        "messages_per_second": _("The pace that the provider allows."),
        "price_per_segment": _("Agents see what a text will cost, about. Blank: they see segments only."),
        "price_currency": _("Three letters, such as EUR."),
        "notes": _NOTES,
        "api_key": _("From your account with the provider."),
        "signature_method": _("How the provider signs its calls; the same as in your account there."),
    },
    Campaign: {
        "name": _("Reports show the skills of a campaign together."),
        "is_active": _ACTIVE,
        "description": _("What the campaign is for."),
        "notes": _NOTES,
    },
    Skill: {
        "direction": _("Inbound: customers begin. Outbound: agents begin."),
        "campaign": _("The campaign under which reports count the skill."),
        "is_active": _ACTIVE,
        "outbound_strategy": _("Manual: an agent starts each contact himself."),
        "transport_code": _("The number that customers see as the sender."),
        "require_disposition": _("Agents cannot finish a contact without an outcome."),
        "notes": _NOTES,
        "use_screen_pops": _("Only the agent page shows them. What they hold is set by the script."),
        "screen_pop_url": _("A page that opens with the contact. Blank: the values of the script only."),
        "screen_pop_trigger": _("When the screen pop opens."),
        "initial_priority": _("Points with which a contact enters the queue, 0 to 1000."),
        "max_priority": _("Points at which the priority stops growing, 0 to 1000."),
        "queue_order": _(
            "By service level the priority settings play no part: the contact that is closest to the "
            "threshold of its skill goes first."
        ),
        "service_level_threshold_seconds": _("Answered within so many seconds counts as in time."),
        "service_level_goal_percent": _("So much of the contacts is to be answered in time."),
        "short_abandon_enabled": _("Leave customers who gave up early out of the service level."),
        "short_abandon_threshold_seconds": _("Given up within so many seconds is early."),
        "agents": _("Who serves the skill, and how well. The best free agent gets the contact."),
        "dispositions": _("The outcomes that agents may choose, in this order."),
        "tags": _("The marks that agents may put on contacts, in this order."),
    },
    Script: {
        "name": _("Points of contact choose the script by this name."),
        "is_active": _ACTIVE,
    },
    PointOfContact: {
        "name": _("How this point of contact is called in lists and reports."),
        "transport_code": _("The number or code it listens on. Only one active point of contact may."),
        "skill": _("The inbound skill that contacts go to unless the script names another."),
        "script": _("What happens to a contact before it waits for an agent."),
        "is_active": _("Only active points of contact listen."),
        "ivr_reporting_enabled": _(
            "Contacts to this number record the path they take through the script's actions, for the IVR "
            "path report."
        ),
    },
    Disposition: {
        "name": _("What agents choose when a contact ends."),
        "is_active": _ACTIVE,
        "classification": _("Whether the outcome is a good one, for reports."),
        "notes": _NOTES,
    },
    Tag: {
        "name": _("What agents put on contacts."),
        "is_active": _ACTIVE,
        "notes": _NOTES,
    },
    QuickReply: {
        "name": _("How agents find it in the list."),
        "shortcut": _("What an agent types after a slash, such as hello for /hello."),
        "is_active": _ACTIVE,
        "language": _("Agents of this language are offered it first. Blank: for any."),
        "skills": _("Only contacts of these skills are offered it. None: those of all skills."),
        "notes": _NOTES,
    },
    HoursOfOperation: {
        "name": _("Scripts choose the hours by this name."),
        "is_active": _ACTIVE,
        "override": _("Holds at once and until you change it back."),
        "special_days": _(
            "Their hours hold instead of those of the weekday; blank hours are closed. "
            "Empty rows are left out."
        ),
        "notes": _NOTES,
    },
    ScriptSecret: {
        "name": _("Scripts name the secret so; they never see its value."),
        "is_active": _ACTIVE,
        "notes": _NOTES,
    },
    Team: {"name": _("Agents of a team share its limits."), "is_active": _ACTIVE},
    Agent: {
        "is_active": _("Only active agents get contacts."),
        "team": _("The limits of the team hold where the agent has none of his own."),
        "skills": _("What he serves, and how well: 1 is best, 20 is least."),
    },
}
"""By the object and the field. Fields whose model or form has a text of its own are not here."""


def help_of(model: type[Model], field: str) -> str | Promise:
    return HELPS.get(model, {}).get(field, "")
