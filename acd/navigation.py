"""Where each configured object is found: the sections of the ACD app, in the order of the procedure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from agents.models import Agent, Team
from campaigns.models import Campaign
from contacts.models import Contact, Customer, Message
from dispositions.models import Disposition, Tag
from hours.models import HoursOfOperation
from messaging.models import Delivery, OptOut
from organizations.models import ApiToken, BusinessUnit, Role, User
from points_of_contact.models import PointOfContact
from quick_replies.models import QuickReply
from reporting.models import Report
from routing.models import Offer
from scripts.models import Script, ScriptSecret
from skills.models import Skill
from sms_registrations.models import SmsRegistration
from supervisor.models import AlertDelivery, AlertWebhook


@dataclass(frozen=True, slots=True)
class Entry:
    """One list of the configuration, below its section."""

    model: type[Model]
    slug: str


@dataclass(frozen=True, slots=True)
class Section:
    """A heading of the navigation; its slug begins the addresses of its lists."""

    title: Promise
    slug: str
    entries: tuple[Entry, ...]


SECTIONS = (
    Section(
        _("Contact settings"),
        "contact-settings",
        (
            Entry(SmsRegistration, "sms-registrations"),
            Entry(Campaign, "campaigns"),
            Entry(Skill, "skills"),
            Entry(Script, "scripts"),
            Entry(PointOfContact, "points-of-contact"),
            Entry(Disposition, "dispositions"),
            Entry(Tag, "tags"),
            Entry(QuickReply, "quick-replies"),
            Entry(HoursOfOperation, "hours"),
            Entry(ScriptSecret, "secrets"),
            Entry(AlertWebhook, "alert-webhooks"),
        ),
    ),
    Section(
        _("Users and teams"),
        "people",
        (
            Entry(Agent, "agents"),
            Entry(Team, "teams"),
            Entry(User, "users"),
            Entry(Role, "roles"),
            Entry(ApiToken, "api-tokens"),
            Entry(BusinessUnit, "business-units"),
        ),
    ),
    Section(
        _("Records"),
        "records",
        (
            Entry(Contact, "contacts"),
            Entry(Customer, "customers"),
            Entry(Message, "messages"),
            Entry(Offer, "offers"),
            Entry(OptOut, "opt-outs"),
            Entry(Delivery, "deliveries"),
            Entry(Report, "reports"),
            Entry(AlertDelivery, "alert-deliveries"),
        ),
    ),
)


def addresses() -> Iterator[tuple[type[Model], str]]:
    """Each model with the address of its list, as "contact-settings/skills/"."""
    for section in SECTIONS:
        for entry in section.entries:
            yield entry.model, f"{section.slug}/{entry.slug}/"


def section_of(model: type[Model]) -> Section | None:
    """The section that a model's list is in."""
    return next((one for one in SECTIONS if any(entry.model is model for entry in one.entries)), None)


def shown(site: Any, request: Any) -> list[dict[str, Any]]:
    """The sections with those lists that the user may see; empty sections are left out."""
    found = []
    for section in SECTIONS:
        entries = [_link(site, request, entry) for entry in section.entries]
        links = [link for link in entries if link is not None]
        if links:
            current = any(link["current"] for link in links)
            found.append({"title": section.title, "links": links, "current": current})
    return found


def _link(site: Any, request: Any, entry: Entry) -> dict[str, Any] | None:
    page = site.page_of(entry.model)
    if page is None or not page.has_view_permission(request):
        return None
    meta = entry.model._meta
    match = getattr(request, "resolver_match", None)
    name = f"{meta.app_label}_{meta.model_name}_"
    return {
        "title": meta.verbose_name_plural,
        "address": page.address("changelist"),
        "current": bool(match and (match.url_name or "").startswith(name)),
    }
