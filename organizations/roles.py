"""Roles: editable groups of named permissions. Made once; what an administrator changes stays changed."""

from __future__ import annotations

from django.contrib.auth.models import Group, Permission
from django.db.models import Q

ADMINISTRATOR, MANAGER, SUPERVISOR, AGENT = "Administrator", "Manager", "Supervisor", "Agent"

CONFIGURED = (
    "organizations.businessunit",
    "sms_registrations.smsregistration",
    "campaigns.campaign",
    "skills.skill",
    "scripts.script",
    "points_of_contact.pointofcontact",
    "agents.team",
    "agents.agent",
    "dispositions.disposition",
    "dispositions.tag",
)
OBSERVED = ("contacts.contact", "contacts.customer", "contacts.message", "routing.offer")


def _permissions(*grants: tuple[tuple[str, ...], tuple[str, ...]]) -> Q:
    wanted = Q(pk__in=[])
    for models, verbs in grants:
        for label in models:
            app, model = label.split(".")
            for verb in verbs:
                wanted |= Q(content_type__app_label=app, codename=f"{verb}_{model}")
    return wanted


ROLES = {
    ADMINISTRATOR: _permissions((CONFIGURED, ("view", "add", "change", "delete")), (OBSERVED, ("view",))),
    MANAGER: _permissions((CONFIGURED[1:], ("view", "add", "change")), (OBSERVED, ("view",))),
    SUPERVISOR: _permissions((CONFIGURED[1:], ("view",)), (OBSERVED, ("view",))),
    AGENT: _permissions((("dispositions.disposition", "dispositions.tag"), ("view",))),
}


def ensure_roles() -> None:
    """Make the roles that are missing; leave the others as they are."""
    for name, permissions in ROLES.items():
        group, created = Group.objects.get_or_create(name=name)
        if created:
            group.permissions.set(Permission.objects.filter(permissions))


def role(name: str) -> Group:
    """One of the roles above."""
    return Group.objects.get(name=name)
