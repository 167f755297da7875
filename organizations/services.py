"""Creates and changes business units, the people in them, and the tokens of programs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from core import configuration, events
from core.audit import acting, log_links
from core.clock import database_now
from core.configuration import rule_broken
from core.errors import Conflict, NotAllowed
from core.permissions import Verb, name_of, require
from organizations.accounts import check_grants, check_keeps, check_outranks, check_stays_in
from organizations.facts import BusinessUnitChanged
from organizations.models import COOL_DOWNS, ApiToken, BusinessUnit, Role, User
from organizations.roles import ROLES, grantable, permissions_of, with_view
from organizations.selectors import granted_by
from organizations.tokens import new_token, token_digest

INHERITED = (
    "default_sms_refusal_timeout_seconds",
    "default_max_concurrent_sms",
    "default_max_concurrent_chats",
    *COOL_DOWNS,
)


def create_business_unit(*, by: User | None, **values: Any) -> BusinessUnit:
    """Create a business unit. Raises RuleBroken. `by` is None only while an installation sets itself up."""
    return configuration.save(BusinessUnit(), by=by, values=values)


@transaction.atomic
def update_business_unit(*, by: User | None, instance: BusinessUnit, **values: Any) -> BusinessUnit:
    """Change a business unit; agents who inherit feel new defaults at once. Raises RuleBroken."""
    configuration.save(instance, by=by, values=values)
    if any(name in values for name in INHERITED):
        events.publish(BusinessUnitChanged(business_unit_id=instance.pk))
    return instance


def delete_business_unit(*, by: User | None, instance: BusinessUnit) -> None:
    """Delete a business unit that nothing belongs to. Raises InUse."""
    configuration.delete(instance, by=by)


# -- Accounts ---------------


@transaction.atomic
def create_user(
    *,
    by: User | None,
    business_unit: BusinessUnit | None,
    username: str,
    password: str | None = None,
    groups: Sequence[Group] = (),
    part_of: type[Model] | None = None,
    **values: Any,
) -> User:
    """Create an account. Without a password nobody can sign in with it until one is set.

    As a `part_of` making another object the actor's permissions were asked for there.
    Raises NotAllowed, and RuleBroken, also with the sentences of the password rules.
    """
    user = User(username=username)
    if part_of is None:
        check_grants(by, user, values, groups)
    _set_password(user, password)
    values = {"business_unit": business_unit, "username": username, **values}
    configuration.save(user, by=by, values=values, part_of=part_of)
    with acting(by):
        user.groups.set(groups)
    return user


@transaction.atomic
def update_user(
    *,
    by: User | None,
    instance: User,
    password: str | None = None,
    groups: Sequence[Group] | None = None,
    part_of: type[Model] | None = None,
    **values: Any,
) -> User:
    """Change an account; password and groups only if given.

    Raises NotAllowed, also when the account may do what the actor may not, and RuleBroken, also for what
    would lock the actor or every superuser out.
    """
    check_outranks(by, instance)
    check_grants(by, instance, values, groups)
    check_stays_in(by, instance, values)
    if password is not None:
        before = instance.password
        _set_password(instance, password)
        values["password"], instance.password = instance.password, before
    configuration.save(instance, by=by, values=values, part_of=part_of)
    if groups is not None and set(groups) != set(instance.groups.all()):
        require(by, User, Verb.EDIT)
        with acting(by):
            instance.groups.set(groups)
        check_keeps(by, instance, User, "groups")
    return instance


def _set_password(user: User, password: str | None) -> None:
    if password is None:
        user.set_unusable_password()
        return
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise rule_broken({"password": error.messages}) from error
    user.set_password(password)


def delete_user(*, by: User | None, instance: User) -> None:
    """Delete an account. Raises NotAllowed, RuleBroken, and InUse when it is an agent's or did something."""
    require(by, User, Verb.DELETE)
    check_outranks(by, instance)
    check_stays_in(by, instance, {"is_active": False})
    configuration.delete(instance, by=by)


# -- Roles ---------------


@transaction.atomic
def create_role(*, by: User | None, name: str, grants: Iterable[str] = ()) -> Role:
    """Create a role; `grants` are codes, as "skills.add_skill". Raises NotAllowed, RuleBroken."""
    return _save_role(Role(), by=by, name=name, grants=grants)


@transaction.atomic
def update_role(
    *, by: User | None, instance: Role, name: str | None = None, grants: Iterable[str] | None = None
) -> Role:
    """Change a role, at once for everybody who has it. Raises NotAllowed, RuleBroken.

    Nobody gives or takes a permission that he does not have himself.
    """
    if name not in (None, instance.name) and instance.name in ROLES:
        raise rule_broken({"name": [_("This role comes with the product: its name stays.")]})
    _save_role(instance, by=by, name=instance.name if name is None else name, grants=grants)
    if by is not None:
        check_keeps(by, by, Role, "grants")
    return instance


def delete_role(*, by: User | None, instance: Role) -> None:
    """Delete a role that nobody has. Raises NotAllowed, Conflict, InUse."""
    require(by, Role, Verb.DELETE)
    if instance.name in ROLES:
        raise Conflict(_("“%(name)s” comes with the product and stays.") % {"name": instance.name})
    configuration.delete(instance, by=by)


def _save_role(role: Role, *, by: User | None, name: str, grants: Iterable[str] | None) -> Role:
    if Role.objects.filter(name__iexact=name.strip()).exclude(pk=role.pk).exists():
        raise rule_broken({"name": [_("A role with this name exists.")]})
    is_new = role.pk is None
    configuration.save(role, by=by, values={"name": name.strip()})
    if grants is not None and _set_grants(role, by=by, wanted=set(grants)) and not is_new:
        require(by, Role, Verb.EDIT)
    return role


def _set_grants(role: Role, *, by: User | None, wanted: set[str]) -> bool:
    """Whether that changed anything."""
    before = granted_by(role)
    wanted |= with_view(wanted - before)
    added, removed = wanted - before, before - wanted
    if not added and not removed:
        return False
    unknown = sorted(wanted - grantable())
    if unknown:
        sentence = _("There is no permission “%(name)s”.")
        raise rule_broken({"grants": [sentence % {"name": name} for name in unknown]})
    own = added | removed if by is None or by.is_superuser else with_view(by.get_all_permissions())
    beyond = sorted(name_of(code) for code in (added | removed) - own)
    if beyond:
        sentence = _("Nobody gives or takes what he does not have himself: %(names)s.")
        raise NotAllowed(sentence % {"names": ", ".join(beyond)})
    role.permissions.set(permissions_of(wanted))
    with acting(by):
        log_links(role, "permissions", added=sorted(added), removed=sorted(removed))
    return True


# -- Tokens ---------------


def create_api_token(*, user: User, lifetime: timedelta | None = None) -> str:
    """A new bearer token of the user, valid for ever unless a lifetime is given.

    This is the only moment at which the token can be read; the database has its hash.
    """
    token = new_token()
    ApiToken.objects.create(
        user=user,
        digest=token_digest(token),
        expires_at=None if lifetime is None else Now() + lifetime,
    )
    return token


@transaction.atomic
def revoke_api_token(*, by: User | None, token: ApiToken) -> None:
    """From now on the token opens nothing. Revoking twice keeps the first time.

    Raises NotAllowed, also when the token's user may do what the actor may not.
    """
    require(by, ApiToken, Verb.DEACTIVATE)
    check_outranks(by, token.user)
    locked = ApiToken.objects.select_for_update(no_key=True).get(pk=token.pk)
    if locked.revoked_at is None:
        locked.revoked_at = database_now()
        with acting(by):
            locked.save(update_fields=["revoked_at"])
