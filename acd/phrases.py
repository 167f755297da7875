"""What the pages of each object say, in whole phrases: names put into sentences do not translate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.db.models import Model
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop, pgettext_lazy

from agents.models import Agent, Team
from campaigns.models import Campaign
from dispositions.models import Disposition, Tag
from hours.models import HoursOfOperation
from organizations.models import BusinessUnit, Role, User
from points_of_contact.models import PointOfContact
from quick_replies.models import QuickReply
from scripts.models import Script, ScriptSecret
from skills.models import Skill
from sms_registrations.models import SmsRegistration
from supervisor.models import AlertWebhook

Words = str | Promise


@dataclass(frozen=True, slots=True)
class Phrases:
    """The title of the page that creates, its button, and what deactivating means."""

    title: Words
    button: Words
    deactivating: Words


_CHOSEN_NO_MORE = _("It can no longer be chosen. What uses it already stays as it is.")

PHRASES: Final[dict[type[Model], Phrases]] = {
    SmsRegistration: Phrases(
        _("Create an SMS registration"),
        _("Create"),
        _(
            "It can no longer be chosen. Texts to this number still arrive as long as an active point of "
            "contact listens on it."
        ),
    ),
    Campaign: Phrases(_("Create a campaign"), _("Create campaign"), _CHOSEN_NO_MORE),
    Skill: Phrases(
        _("Create a skill"),
        _("Create"),
        _(
            "Nobody can transfer a contact to it or start one with it. Contacts of its points of contact "
            "still wait in it, so that no text is lost."
        ),
    ),
    Script: Phrases(_("Create a script"), _("Create script"), _CHOSEN_NO_MORE),
    PointOfContact: Phrases(
        _("Create a point of contact"),
        _("Create point of contact"),
        _("Texts to its number reach no agent until a point of contact listens on that number again."),
    ),
    Disposition: Phrases(
        _("Create a disposition"), _("Create disposition"), _("Agents can no longer choose it.")
    ),
    Tag: Phrases(_("Create a tag"), _("Create tag"), _("Agents can no longer put it on contacts.")),
    QuickReply: Phrases(
        _("Create a quick reply"), _("Create quick reply"), _("Agents are no longer offered it.")
    ),
    HoursOfOperation: Phrases(
        _("Create hours of operation"),
        _("Create hours"),
        _("Scripts that ask these hours take their Error branch."),
    ),
    ScriptSecret: Phrases(
        _("Create a secret"),
        _("Create secret"),
        _("Scripts that send it take their Error branch."),
    ),
    AlertWebhook: Phrases(
        _("Create an alert webhook"),
        _("Create alert webhook"),
        _("It is told of nothing any more. What waits to be told goes out when it is activated again."),
    ),
    Team: Phrases(_("Create a team"), _("Create team"), _CHOSEN_NO_MORE),
    Agent: Phrases(
        _("Create an agent"),
        _("Create agent"),
        _("He gets no more contacts. What he has open stays with him until he ends or transfers it."),
    ),
    User: Phrases(_("Create a user"), _("Create user"), _("He can no longer sign in.")),
    Role: Phrases(_("Create a role"), _("Create role"), ""),
    BusinessUnit: Phrases(
        _("Create a business unit"), _("Create business unit"), _("It can no longer be chosen.")
    ),
}

GENERAL: Final = Phrases(_("Create new"), _("Create"), _CHOSEN_NO_MORE)


def phrases_of(model: type[Model]) -> Phrases:
    return PHRASES.get(model, GENERAL)


@dataclass(frozen=True, slots=True)
class Term:
    """A word of the trade and what it means."""

    word: Words
    meaning: Words


GLOSSARY: Final[dict[str, Term]] = {
    "campaign": Term(pgettext_lazy("glossary", "Campaign"), _("A grouping of skills used to run reports.")),
    "screen_pop": Term(
        pgettext_lazy("glossary", "Screen pop"),
        _(
            "A configurable pop-up with information on the contact, shown on the agent's screen after an "
            "event, usually when the agent is connected with the contact."
        ),
    ),
    "interval": Term(
        pgettext_lazy("glossary", "Time interval"),
        _("A period between points, limits or events such as dates and times."),
    ),
    "skill": Term(
        pgettext_lazy("glossary", "Skill"),
        _("Used to automate the delivery of interactions from agents' skills, abilities and knowledge."),
    ),
}

EXPLAINED_FIELDS: Final = {
    "campaign": "campaign",
    "skill": "skill",
    "skills": "skill",
    "use_screen_pops": "screen_pop",
}
"""The term that is explained beside a field of this name."""

OURS_OF_THE_FRAMEWORK = (
    # The framework's French puts a masculine ending after every name.
    gettext_noop("The {name} “{obj}” was added successfully."),
    gettext_noop("The {name} “{obj}” was added successfully. You may edit it again below."),
    gettext_noop("The {name} “{obj}” was added successfully. You may add another {name} below."),
    gettext_noop("The {name} “{obj}” was changed successfully."),
    gettext_noop("The {name} “{obj}” was changed successfully. You may edit it again below."),
    gettext_noop("The {name} “{obj}” was changed successfully. You may add another {name} below."),
    gettext_noop("The %(name)s “%(obj)s” was deleted successfully."),
    gettext_noop("You may edit it again below."),
)
