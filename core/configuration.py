"""Saves and deletes what people configure: one way for forms, admin, API, import and commands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeVar

from auditlog.context import set_actor
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models import ProtectedError
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from core.errors import InUse, RuleBroken

AnyModel = TypeVar("AnyModel", bound=models.Model)

NAMED = 3
"""How many objects of a kind are named before the rest is only counted."""


def acting(by: Any) -> AbstractContextManager[Any]:
    """Audit what happens inside as done by this user; None is the product itself."""
    return nullcontext() if by is None else set_actor(by)


def save(
    instance: AnyModel,
    *,
    by: Any,
    values: Mapping[str, Any],
    then: Callable[[AnyModel], None] | None = None,
) -> AnyModel:
    """Set the values, check every rule, store, all or nothing; `then` stores what hangs on it.

    Raises RuleBroken with the sentences for each field.
    """
    known = {field.name for field in instance._meta.fields}
    unknown = set(values) - known
    if unknown:
        raise TypeError(f"{type(instance).__name__} has no {', '.join(sorted(unknown))}")
    for name, value in values.items():
        setattr(instance, name, value)
    try:
        with transaction.atomic(), acting(by):
            instance.full_clean()
            instance.save()
            if then is not None:
                then(instance)
    except ValidationError as error:
        raise broken(error) from error
    except IntegrityError as error:
        raise _from_database(instance, error) from error
    return instance


def broken(error: ValidationError) -> RuleBroken:
    """A form-kind error as the domain's."""
    fields = error.message_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: error.messages}
    sentences = [sentence for texts in fields.values() for sentence in texts]
    renamed = {
        ("non_field_errors" if name == NON_FIELD_ERRORS else name): texts for name, texts in fields.items()
    }
    return RuleBroken(" ".join(sentences), fields=renamed)


def _from_database(instance: models.Model, error: IntegrityError) -> RuleBroken:
    """Somebody else was faster, or a rule only the database knows: the words of the broken constraint."""
    name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") or ""
    for constraint in instance._meta.constraints:
        if constraint.name == name:
            message = str(constraint.get_violation_error_message())
            return RuleBroken(message, fields={"non_field_errors": [message]})
    raise error


def delete(instance: models.Model, *, by: Any) -> None:
    """Delete what nothing uses. Raises InUse, naming what uses it."""
    try:
        with transaction.atomic(), acting(by):
            instance.delete()
    except ProtectedError as error:
        raise InUse(
            _("%(name)s is used by %(users)s. Deactivate it instead.")
            % {"name": instance, "users": users_of(error.protected_objects)}
        ) from error


def users_of(objects: Any) -> str:
    """What uses something, in words: `skills Support and Sales, 2 contacts`."""
    grouped: dict[type[models.Model], list[str]] = defaultdict(list)
    for one in objects:
        grouped[type(one)].append(str(one))
    phrases = []
    for model, names in grouped.items():
        options = model._meta
        label = options.verbose_name if len(names) == 1 else options.verbose_name_plural
        if len(names) <= NAMED:
            phrases.append(f"{label} {get_text_list(sorted(names), str(_('and')))}")
        else:
            phrases.append(f"{len(names)} {label}")
    return ", ".join(phrases)


def require_same_unit(instance: models.Model, **related: models.Model | None) -> None:
    """Everything that an object refers to belongs to its business unit. Raises RuleBroken."""
    unit = getattr(instance, "business_unit_id")  # noqa: B009 - not every model has one
    for field, other in related.items():
        if other is not None and getattr(other, "business_unit_id") != unit:  # noqa: B009 - likewise
            message = _("Choose one of the same business unit.")
            raise RuleBroken(message, fields={field: [message]})
