"""Creates and changes business units, the people in them, and the tokens of programs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Now

from core import configuration, events
from core.configuration import rule_broken
from organizations.facts import BusinessUnitChanged
from organizations.models import ApiToken, BusinessUnit, User
from organizations.tokens import new_token, token_digest

INHERITED = (
    "default_sms_refusal_timeout_seconds",
    "default_max_concurrent_sms",
    "default_max_concurrent_chats",
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


@transaction.atomic
def create_user(
    *,
    by: User | None,
    business_unit: BusinessUnit | None,
    username: str,
    password: str | None = None,
    groups: Sequence[Group] = (),
    **values: Any,
) -> User:
    """Create an account. Without a password nobody can sign in with it until one is set.

    Raises RuleBroken, also with the sentences of the password rules.
    """
    user = User(username=username)
    _set_password(user, password)
    values = {"business_unit": business_unit, "username": username, **values}
    configuration.save(user, by=by, values=values)
    user.groups.set(groups)
    return user


@transaction.atomic
def update_user(
    *,
    by: User | None,
    instance: User,
    password: str | None = None,
    groups: Sequence[Group] | None = None,
    **values: Any,
) -> User:
    """Change an account; password and groups only if given. Raises RuleBroken."""
    if password is not None:
        before = instance.password
        _set_password(instance, password)
        values["password"], instance.password = instance.password, before
    configuration.save(instance, by=by, values=values)
    if groups is not None:
        instance.groups.set(groups)
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
    """Delete an account. Raises InUse when it is an agent's or has done something."""
    configuration.delete(instance, by=by)


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


def revoke_api_token(*, token: ApiToken) -> None:
    """From now on the token opens nothing. Revoking twice keeps the first time."""
    ApiToken.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=Now())
