"""Who changed what: names the person behind each entry of the audit log.

The library's own `set_actor` connects a signal receiver per use and loses the outer actor when uses nest, so
one receiver is connected for good and the actor is carried in a context variable.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from auditlog.context import disable_auditlog
from auditlog.models import LogEntry
from auditlog.registry import auditlog
from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Model
from django.db.models.signals import pre_save

_actor: ContextVar[AbstractBaseUser | None] = ContextVar("audit_actor", default=None)

NOT_TRACKED = ("created_at", "updated_at")


@contextmanager
def acting(by: AbstractBaseUser | None) -> Iterator[None]:
    """Entries of the audit log made inside carry this person; None is the system."""
    token = _actor.set(by)
    try:
        yield
    finally:
        _actor.reset(token)


@contextmanager
def unlogged() -> Iterator[None]:
    """Without entries of the audit log: for what is undone in any case."""
    with disable_auditlog():
        yield


def references_to(model: type[Model] | None) -> list[str]:
    """What others refer to the model by: the library takes these for fields of a new object."""
    related = model._meta.related_objects if model is not None else ()
    return [relation.name for relation in related]


def hidden(_value: str) -> str:
    """What the log shows of a secret: that it changed, nothing of what it was or is."""
    return "***"


def track(
    model: type[Model],
    *,
    secret: tuple[str, ...] = (),
    only: tuple[str, ...] = (),
    links: tuple[str, ...] = (),
) -> None:
    """Log every creation, change and deletion of the model's objects, field by field.

    `secret` fields are logged as changed without their values; `only` restricts the log to these fields;
    `links` are many-to-many fields, whose additions and removals are logged too.
    """
    names = {field.name for field in model._meta.fields}
    auditlog.register(
        model,
        include_fields=[name for name in only if name in names],
        exclude_fields=[*(name for name in NOT_TRACKED if name in names), *references_to(model)],
        mask_fields=list(secret),
        mask_callable="core.audit.hidden",
        m2m_fields=set(links),
    )


def log_links(instance: Model, field: str, *, added: Sequence[str], removed: Sequence[str]) -> None:
    """Log what was added to and removed from a many-to-many field, by names that no language changes.

    An entry of the shape that the library writes for such fields; its own would store names in English.
    """
    for operation, names in (("add", added), ("delete", removed)):
        if names:
            LogEntry.objects.log_create(
                instance,
                action=LogEntry.Action.UPDATE,
                changes={field: {"type": "m2m", "operation": operation, "objects": list(names)}},
            )


def log_change(instance: Model, *, by: AbstractBaseUser | None, **changes: tuple[object, object]) -> None:
    """Log what a person did to an object outside the configuration: by field, what was and what is.

    Ids and words only, never a text or a number.
    """
    with acting(by):
        LogEntry.objects.log_create(
            instance,
            action=LogEntry.Action.UPDATE,
            changes={name: [str(before), str(after)] for name, (before, after) in changes.items()},
        )


def _name_actor(sender: type[Model], instance: Any, **_kwargs: Any) -> None:
    actor = _actor.get()
    if actor is not None and actor.pk is not None and instance.actor_id is None:
        instance.actor_id = actor.pk
        instance.actor_email = getattr(actor, "email", None)


def install() -> None:
    """Connect the one receiver."""
    pre_save.connect(_name_actor, sender=LogEntry, dispatch_uid="core.audit")
