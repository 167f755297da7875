"""The roles that an installation begins with: ordinary groups, which administrators may edit or add to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models import Q

ADMINISTRATOR, MANAGER, SUPERVISOR, AGENT = "Administrator", "Manager", "Supervisor", "Agent"

_CONFIGURED = (
    "sms_registrations.smsregistration",
    "campaigns.campaign",
    "skills.skill",
    "scripts.script",
    "points_of_contact.pointofcontact",
    "dispositions.disposition",
    "dispositions.tag",
    "agents.team",
    "agents.agent",
)
_TRAFFIC = ("contacts.customer", "contacts.contact", "contacts.message", "routing.offer")


def _each(verbs: Sequence[str], models: Sequence[str]) -> list[str]:
    return [f"{app}.{verb}_{model}" for app, model in (name.split(".") for name in models) for verb in verbs]


ROLES: Mapping[str, Sequence[str]] = {
    # Everything, accounts of other people included.
    ADMINISTRATOR: [
        *_each(("view", "add", "change", "delete"), _CONFIGURED),
        *_each(("view", "add", "change", "delete"), ["organizations.user", "organizations.apitoken"]),
        *_each(("view", "change"), ["organizations.businessunit"]),
        *_each(("view",), _TRAFFIC),
        "scripts.override_script_lock",
    ],
    # The tasks of the procedure, without deleting and without accounts.
    MANAGER: [
        *_each(("view", "add", "change"), _CONFIGURED),
        *_each(("view",), ["organizations.businessunit"]),
        *_each(("view",), _TRAFFIC),
    ],
    # Sees everything; staffs skills and sets limits.
    SUPERVISOR: [
        *_each(("view",), [*_CONFIGURED, "organizations.businessunit"]),
        *_each(("change",), ["agents.agent"]),
        *_each(("view",), _TRAFFIC),
    ],
    # An agent's own workspace needs no permission: being an agent is enough.
    AGENT: [],
}


@transaction.atomic
def ensure_roles() -> list[str]:
    """Create the roles that are not there; return their names. What was edited since is left as it is.

    A role whose permissions are not all there yet (in the middle of the first migration) is left for later.
    """
    created = []
    for name, codes in ROLES.items():
        if Group.objects.filter(name=name).exists():
            continue
        permissions = _permissions(codes)
        if len(permissions) == len(codes):
            group, _is_new = Group.objects.get_or_create(name=name)
            group.permissions.set(permissions)
            created.append(name)
    return created


def _permissions(codes: Sequence[str]) -> list[Permission]:
    wanted = Q(pk__in=[])
    for code in codes:
        app, codename = code.split(".")
        wanted |= Q(content_type__app_label=app, codename=codename)
    return list(Permission.objects.filter(wanted))


def role(name: str) -> Group:
    """One of the roles above."""
    return Group.objects.get(name=name)
