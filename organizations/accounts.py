"""Who may change whose account, and that nobody locks himself or everybody out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.auth.models import Group, Permission
from django.db.models import Model
from django.utils.translation import gettext as _

from core.configuration import rule_broken
from core.errors import NotAllowed
from core.permissions import Verb, allows
from organizations.models import User
from organizations.selectors import may_grant, outranks


def check_outranks(by: User | None, other: User) -> None:
    """Raises NotAllowed when the account may do what the actor may not: he could act by it."""
    if by is not None and by.pk != other.pk and not outranks(by, other):
        sentence = _("“%(name)s” may do what you may not: you cannot change this account.")
        raise NotAllowed(sentence % {"name": other})


def check_grants(
    by: User | None, user: User, values: Mapping[str, Any], groups: Sequence[Group] | None
) -> None:
    """Raises NotAllowed for a role, or the rights of a superuser, that the actor does not have himself."""
    if by is None or by.is_superuser:
        return
    if values.get("is_superuser", user.is_superuser) != user.is_superuser:
        raise NotAllowed(_("Only a superuser makes superusers."))
    present = set(user.groups.all()) if user.pk else set()
    changed = present.symmetric_difference(groups) if groups is not None else set()
    for group in sorted(changed, key=str):
        if not may_grant(by, Permission.objects.filter(group=group)):
            sentence = _("The role “%(name)s” may do what you may not: you cannot give or take it.")
            raise NotAllowed(sentence % {"name": group})


def check_stays_in(by: User | None, user: User, values: Mapping[str, Any]) -> None:
    """Raises RuleBroken when the actor would shut himself out, or no active superuser would be left."""
    for name in ("is_active", "is_superuser"):
        if not getattr(user, name) or values.get(name, True):
            continue
        if by is not None and by.pk == user.pk:
            raise rule_broken({name: [_("You cannot do this to your own account: ask somebody else.")]})
        if user.is_superuser and user.is_active and not _other_superusers(user):
            raise rule_broken({name: [_("This is the last active superuser: make another one first.")]})


def _other_superusers(user: User) -> bool:
    """Locked, in one order: of two superusers who shut each other out at the same moment, one stays."""
    rows = (
        User.objects.filter(is_superuser=True, is_active=True).order_by("pk").select_for_update(no_key=True)
    )
    return any(row.pk != user.pk for row in rows)


def check_keeps(by: User | None, user: User, model: type[Model], field: str) -> None:
    """Raises RuleBroken when the actor has just taken from himself the permission to undo this."""
    if by is None or by.pk != user.pk or by.is_superuser:
        return
    if not allows(User.objects.get(pk=user.pk), model, Verb.EDIT):
        sentence = _("You could not undo this yourself: ask somebody else to do it.")
        raise rule_broken({field: [sentence]})
