"""Which permissions there are to give, and the roles that an installation begins with.

Roles are ordinary groups, which may be edited and added to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from django.contrib.auth.models import Permission
from django.db import transaction
from django.db.models import Q, QuerySet

from core.permissions import Verb
from organizations.models import Role

ADMINISTRATOR, MANAGER, SUPERVISOR, AGENT = "Administrator", "Manager", "Supervisor", "Agent"

VIEW, CREATE, EDIT, DEACTIVATE, DELETE = Verb

_SETTINGS = (
    "sms_registrations.smsregistration",
    "campaigns.campaign",
    "skills.skill",
    "scripts.script",
    "points_of_contact.pointofcontact",
    "dispositions.disposition",
    "dispositions.tag",
    "quick_replies.quickreply",
    "hours.hoursofoperation",
    "scripts.scriptsecret",
    "supervisor.alertwebhook",
    "agents.agent",
    "agents.team",
)
_RECORDS = (
    "contacts.contact",
    "contacts.customer",
    "contacts.message",
    "routing.offer",
    "messaging.optout",
    "messaging.delivery",
    "reporting.report",
    "supervisor.alertdelivery",
)

OBJECTS: Mapping[str, Sequence[Verb]] = {
    **dict.fromkeys(_SETTINGS, tuple(Verb)),
    "organizations.user": tuple(Verb),
    "organizations.role": (VIEW, CREATE, EDIT, DELETE),
    "organizations.apitoken": (VIEW, DEACTIVATE),
    "organizations.businessunit": tuple(Verb),
    **dict.fromkeys(_RECORDS, (VIEW,)),
}
"""What may be done to which objects: every permission that can be given."""


SUPERVISE, INTERVENE = "agents.supervise_agent", "agents.intervene_agent"
"""To watch the work of a business unit, texts included; and to step into it."""

EXTRAS: Mapping[str, Sequence[str]] = {
    "scripts.script": ("scripts.override_script_lock",),
    "agents.agent": (SUPERVISE, INTERVENE),
    "reporting.report": ("reporting.export_report", "reporting.plan_report"),
}
"""Permissions that are about one thing only, by the objects that they belong to."""


def _each(verbs: Iterable[Verb], models: Iterable[str]) -> list[str]:
    return [f"{app}.{verb}_{model}" for app, model in (name.split(".") for name in models) for verb in verbs]


_SEEN = [
    *_each([VIEW], ["contacts.contact", "contacts.customer", "contacts.message", "routing.offer"]),
    *_each([VIEW], ["reporting.report", "supervisor.alertdelivery"]),
    "reporting.export_report",
    "reporting.plan_report",
]

ROLES: Mapping[str, Sequence[str]] = {
    # Everything in his business unit, accounts of other people included. Roles are shared by all business
    # units: he gives them, and does not edit them.
    ADMINISTRATOR: [
        *_each(Verb, [*_SETTINGS, "organizations.user"]),
        *_each([VIEW, DEACTIVATE], ["organizations.apitoken"]),
        *_each([VIEW, EDIT], ["organizations.businessunit"]),
        *_each([VIEW], ["organizations.role"]),
        *_SEEN,
        "scripts.override_script_lock",
        SUPERVISE,
        INTERVENE,
    ],
    # The tasks of the procedure, without deleting and without accounts.
    MANAGER: [
        *_each([VIEW, CREATE, EDIT, DEACTIVATE], _SETTINGS),
        *_each([VIEW], ["organizations.businessunit"]),
        *_SEEN,
        SUPERVISE,
    ],
    # Sees everything; runs the shift; staffs skills and sets limits.
    SUPERVISOR: [
        *_each([VIEW], [*_SETTINGS, "organizations.businessunit"]),
        *_each([EDIT], ["agents.agent"]),
        *_SEEN,
        SUPERVISE,
        INTERVENE,
    ],
    # An agent's own workspace needs no permission: being an agent is enough.
    AGENT: [],
}


def grantable() -> set[str]:
    """The codes of all permissions that can be given."""
    return {code for label in OBJECTS for code in _codes_of(label)}


def _codes_of(label: str) -> list[str]:
    return [*_each(OBJECTS[label], [label]), *EXTRAS.get(label, ())]


def with_view(codes: Iterable[str]) -> set[str]:
    """Who may do anything to objects may see them: the permission to view is given with any other."""
    given = set(codes)
    for label in OBJECTS:
        if not given.isdisjoint(_codes_of(label)):
            given.update(_each([VIEW], [label]))
    return given


def permissions_of(codes: Iterable[str]) -> QuerySet[Permission]:
    """The rows of these codes, as far as they exist."""
    wanted = Q(pk__in=[])
    for code in codes:
        app, _dot, codename = code.partition(".")
        wanted |= Q(content_type__app_label=app, codename=codename)
    return Permission.objects.filter(wanted)


@transaction.atomic
def ensure_roles() -> list[str]:
    """Create the roles that are not there; return their names. What was edited since is left as it is.

    A role whose permissions are not all there yet (in the middle of the first migration) is left for later.
    """
    created = []
    for name, codes in ROLES.items():
        if Role.objects.filter(name=name).exists():
            continue
        permissions = list(permissions_of(codes))
        if len(permissions) == len(codes):
            group, _is_new = Role.objects.get_or_create(name=name)
            group.permissions.set(permissions)
            created.append(name)
    return created


def role(name: str) -> Role:
    """One of the roles above."""
    return cast("Role", Role.objects.get(name=name))
