"""The one place that saves and deletes configured objects."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, reduce
from operator import and_
from typing import Any, NoReturn, TypeVar

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import DEFAULT_DB_ALIAS, IntegrityError, connection, transaction
from django.db.models import BaseConstraint, CheckConstraint, F, ForeignKey, Model, UniqueConstraint
from django.db.models.deletion import ProtectedError
from django.db.models.expressions import BaseExpression
from django.utils.translation import gettext as _

from core.audit import acting
from core.errors import Conflict, InUse, NotAllowed, RuleBroken
from core.permissions import Verb, missing, require, sentence_about
from core.sentences import in_our_words
from core.uses import sentence_of, uses_of

AnyModel = TypeVar("AnyModel", bound=Model)

GENERAL = "non_field_errors"
"""The key of sentences that are about no single field."""

_trusting: ContextVar[bool] = ContextVar("configuration_trusting", default=False)


def save(
    instance: AnyModel,
    *,
    by: AbstractBaseUser | None,
    values: Mapping[str, Any],
    then: Callable[[AnyModel], None] | None = None,
    part_of: type[Model] | None = None,
) -> AnyModel:
    """Set the values, check every rule, and store the object; the change is logged under the actor's name.

    The actor needs the permissions for what would change, unless that is a part of changing an object of
    another model (`part_of`), where he was asked for them.
    `then` stores what hangs on the object, in the same transaction. Only what changed is written, so that of
    two people who change different fields neither undoes the other.
    Raises NotAllowed, and RuleBroken with the sentences by field, also when another transaction took the name
    meanwhile.
    """
    is_new = instance._state.adding
    before = _assign(instance, values)
    if part_of is None:
        lacking = missing(by, type(instance), *([Verb.CREATE] if is_new else _verbs_to_change(before)))
        if lacking:
            _restore(instance, before)
            raise NotAllowed(sentence_about(lacking))
    broken = _broken_rules(instance)
    if broken:
        _restore(instance, before)
        raise rule_broken(broken)

    def store() -> None:
        with acting(by):
            if is_new:
                instance.save(force_insert=True)
            elif before:
                instance.save(update_fields=_columns(instance, before))
            if then is not None:
                then(instance)

    if _trusting.get():
        store()
        return instance
    try:
        with transaction.atomic():
            store()
            # Otherwise references are checked at the commit, too late to turn the error into a sentence.
            check_references()
    except IntegrityError as error:
        _restore(instance, before)
        _raise_for(instance, error)
    return instance


@contextmanager
def trusting_the_database() -> Iterator[None]:
    """Inside, `save` does not ask first whether the constraints of the database hold: for many objects, of
    which hardly one breaks any.

    What breaks one then comes out as IntegrityError. Who uses this catches it around a transaction of his
    own, calls `check_references` at its end, and begins again without, for the sentences. PostgreSQL logs
    what it refuses: not for objects with numbers, secrets or persons.
    """
    token = _trusting.set(True)
    try:
        yield
    finally:
        _trusting.reset(token)


def check_references() -> None:
    """Have the database check now what it would check at the commit. Raises IntegrityError."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


def delete(instance: Model, *, by: AbstractBaseUser | None) -> None:
    """Delete the object. Raises NotAllowed, and InUse, naming what uses it, when others refer to it."""
    require(by, type(instance), Verb.DELETE)
    uses = uses_of(instance)
    if uses:
        raise _in_use(instance, uses)
    try:
        with transaction.atomic(), acting(by):
            instance.delete()
            check_references()
    except (ProtectedError, IntegrityError) as error:
        raise _in_use(instance, uses_of(instance)) from error


def rule_broken(fields: Mapping[str, Iterable[Any]]) -> RuleBroken:
    """One error of all sentences; its message is the sentences in a row."""
    by_field = {name: [str(text) for text in texts] for name, texts in fields.items()}
    unique = dict.fromkeys(text for texts in by_field.values() for text in texts)
    return RuleBroken(" ".join(unique), fields=by_field)


def _verbs_to_change(changed: Iterable[str]) -> list[Verb]:
    """Switching an object off or on is a permission of its own."""
    return list(dict.fromkeys(Verb.DEACTIVATE if name == "is_active" else Verb.EDIT for name in changed))


def _assign(instance: Model, values: Mapping[str, Any]) -> dict[str, Any]:
    """Set the values; return what those that differ were before."""
    columns = {field.name: field for field in instance._meta.fields}
    unknown = values.keys() - columns.keys()
    if unknown:
        raise TypeError(f"{type(instance).__name__} has no field {', '.join(sorted(unknown))}")
    before = {}
    for name, value in values.items():
        old = columns[name].value_from_object(instance)
        if old != getattr(value, "pk", value):
            before[columns[name].attname] = old
        setattr(instance, name, value)
    return before


def _restore(instance: Model, before: Mapping[str, Any]) -> None:
    """Otherwise what was refused would pass for stored when the same object is saved again."""
    for name, value in before.items():
        setattr(instance, name, value)


def _columns(instance: Model, changed: Iterable[str]) -> list[str]:
    stamped = [field.name for field in instance._meta.fields if getattr(field, "auto_now", False)]
    return [*changed, *stamped]


def _broken_rules(instance: Model) -> dict[str, list[str]]:
    broken: dict[str, list[str]] = defaultdict(list)
    try:
        instance.full_clean(exclude=_held(instance), validate_constraints=False)
    except ValidationError as error:
        for name, sentences in in_our_words(error, type(instance)).items():
            broken[GENERAL if name == NON_FIELD_ERRORS else name].extend(sentences)
    if not broken and _trusting.get():
        return {}
    constraints = instance._meta.constraints
    if not broken and _checks_hold(instance):
        constraints = [one for one in constraints if not isinstance(one, CheckConstraint)]
    for constraint in constraints:
        try:
            constraint.validate(type(instance), instance, exclude=set(broken), using=DEFAULT_DB_ALIAS)
        except ValidationError as error:
            name = _field_of(instance, constraint)
            broken[name].extend(text for text in error.messages if text not in broken[name])
    return dict(broken)


def _held(instance: Model) -> set[str]:
    """References to objects that we hold: whether they still exist is found out when storing."""
    return {
        field.name
        for field in instance._meta.fields
        if isinstance(field, ForeignKey) and not field.unique and not field.get_limit_choices_to()
        if field.is_cached(instance) and getattr(instance, field.attname) is not None
    }


def _checks_hold(instance: Model) -> bool:
    """Ask for all check constraints in one query, as nearly always they hold."""
    every = _every_check(type(instance))
    try:
        if every is not None:
            every.validate(type(instance), instance, using=DEFAULT_DB_ALIAS)
    except ValidationError:
        return False
    return True


@cache
def _every_check(model: type[Model]) -> CheckConstraint | None:
    checks = [one.condition for one in model._meta.constraints if isinstance(one, CheckConstraint)]
    return CheckConstraint(condition=reduce(and_, checks), name="every_check") if checks else None


def _field_of(instance: Model, constraint: BaseConstraint) -> str:
    """The input that a constraint is about: the first blank one of those the model names, or the first."""
    candidates = getattr(instance, "constraint_fields", {}).get(constraint.name)
    if candidates is None and isinstance(constraint, UniqueConstraint):
        candidates = _unique_fields(constraint)[-1:]
    if not candidates:
        return GENERAL
    blank = (name for name in candidates if getattr(instance, name) in (None, ""))
    return next(blank, candidates[0])


def _unique_fields(constraint: UniqueConstraint) -> list[str]:
    names = list(constraint.fields)
    for expression in constraint.expressions:
        parts = expression.flatten() if isinstance(expression, BaseExpression) else [expression]
        names.extend(getattr(part, "name", "") for part in parts if isinstance(part, F))
    return names


def _raise_for(instance: Model, error: IntegrityError) -> NoReturn:
    """What the database refused, in words. Reached when another transaction was faster."""
    name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
    for constraint in instance._meta.constraints:
        if constraint.name == name:
            sentence = str(constraint.get_violation_error_message())
            raise rule_broken({_field_of(instance, constraint): [sentence]}) from error
    code = getattr(error.__cause__, "sqlstate", "")
    if code == "23503":
        raise Conflict(_("Something that this refers to was deleted meanwhile.")) from error
    if code == "23505":
        raise Conflict(_("The same was created meanwhile.")) from error
    raise error


def _in_use(instance: Model, uses: list[str]) -> InUse:
    what = sentence_of(uses) if uses else _("objects created meanwhile")
    has_switch = any(field.name == "is_active" for field in instance._meta.fields)
    advice = _("Deactivate it instead.") if has_switch else _("Remove these first.")
    sentence = _("“%(name)s” cannot be deleted: it is used by %(uses)s.") % {"name": instance, "uses": what}
    return InUse(f"{sentence} {advice}")
