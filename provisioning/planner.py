"""Brings objects to what items say, in the shape of the REST API: the core of `apply` and of imported tables.

Items of one kind of object are treated together, so that ten thousand rows ask the database about existing
objects and references once. What says exactly what is shown already is unchanged without further work.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.utils.encoders import JSONEncoder

from agents.models import Team
from campaigns.models import Campaign
from core.configuration import check_references, trusting_the_database
from core.errors import DomainError, NotAllowed
from core.permissions import Verb, missing, sentence_about
from core.phone import normalise_address
from dispositions.models import Disposition, Tag
from organizations.models import BusinessUnit, User
from points_of_contact.models import PointOfContact
from provisioning.fields import Reference, References, unknown_object
from provisioning.reach import NATURAL_KEYS, natural_key_of, rows_by_spelling, spellings_of, within_reach
from provisioning.resources import BUSINESS_UNITS, IN_ORDER, Resource
from provisioning.serializers.inputs import SECRETS
from scripts.models import ScriptVersion
from skills.models import Skill
from sms_registrations.models import SmsRegistration

HIDDEN = "***"
CREATE, UPDATE, UNCHANGED = "create", "update", "unchanged"
PLAIN = (Campaign, Disposition, Tag, Skill, Team, PointOfContact)
"""Objects without numbers, secrets or persons, of which files may hold thousands."""
_APPLY_LOCK = 0x61636463


@dataclass(frozen=True, slots=True)
class Step:
    """What applying does to one object; secrets among the changes are masked."""

    resource: str
    key: str
    business_unit: str
    action: str
    changes: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass(slots=True)
class Attempt:
    """What was done, by the path of the item (`skills[2]`), and the errors by theirs (`skills[2].name`)."""

    steps: dict[str, Step] = field(default_factory=dict)
    errors: dict[str, list[str]] = field(default_factory=dict)


def attempt(
    sections: Mapping[str, Sequence[Any]],
    *,
    by: User | None,
    refused: Mapping[str, Sequence[str]],
    ids: Mapping[str, int] | None = None,
) -> Attempt:
    """Do all that the items say, in the order in which objects refer to each other. Raises NotAllowed.

    `refused` are fields that a section does not take. `ids` says by its path which object an item is about;
    otherwise its natural key does. The caller opens the transaction, and undoes it if there are errors.
    """
    with connection.cursor() as cursor:
        # One at a time: two that create the same objects in another order would wait for each other.
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_APPLY_LOCK])
    result = Attempt()
    context: dict[str, Any] = {"user": by, "default_unit": None}
    for resource in IN_ORDER:
        items = sections.get(resource.section, ())
        if not items:
            continue
        _Section(resource, context, result).run(items, refused.get(resource.section, ()), ids or {})
        if resource is BUSINESS_UNITS and len(items) == 1:
            step = next(iter(result.steps.values()), None)
            context["default_unit"] = step and BusinessUnit.objects.filter(name=step.key).first()
    return result


def require(by: User | None, resource: Resource, verb: Verb, path: str) -> None:
    """Raises NotAllowed unless the user may do this to this kind of object."""
    lacking = missing(by, resource.model, verb)
    if lacking:
        raise _refused(sentence_about(lacking), path)


def _refused(sentence: str, path: str) -> NotAllowed:
    return NotAllowed(sentence, fields={path: [sentence]})


# -- How objects are written ---------------


class Shape:
    """Writes many objects of a resource as the API would take them back."""

    def __init__(self, resource: Resource) -> None:
        self._output = resource.output()
        inputs = [str(name) for name in resource.input().get_fields()]
        self._names = [name for name in inputs if name in self._output.fields and name not in SECRETS]

    def exported(self, row: Any) -> dict[str, Any]:
        """The fields of the input, as the output shows them."""
        shown = self._output.to_representation(row)
        item = {name: shown[name] for name in self._names}
        if shown.get("status") == ScriptVersion.Status.DRAFT:
            # Applying would publish it.
            del item["definition"]
        return item

    def state(self, row: Any) -> dict[str, Any]:
        """What can be set, with the secrets."""
        secrets = {name: getattr(row, name) for name in SECRETS if hasattr(row, name)}
        return {**self.exported(row), **secrets}


def _is_same(one: Any, other: Any) -> bool:
    """Whether both are the same JSON: true is not 1 here."""
    return json.dumps(one, sort_keys=True, cls=JSONEncoder) == json.dumps(
        other, sort_keys=True, cls=JSONEncoder
    )


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The fields that differ; all that say something, if there was nothing before."""
    return {
        name: {"from": HIDDEN, "to": HIDDEN} if name in SECRETS else {"from": before.get(name), "to": value}
        for name, value in after.items()
        if (before.get(name) != value if before else value not in (None, "", []))
    }


def _without_children(row: Any) -> Any:
    """A copy of the row that a service may change: it must find the children as they are, not as fetched."""
    own = copy(row)
    own._prefetched_objects_cache = {}
    return own


# -- One section ---------------


@dataclass(slots=True)
class _Wanted:
    """One item, and the object that it is about once that is known."""

    path: str
    item: Mapping[str, Any]
    pk: int | None = None
    unit: BusinessUnit | None = None
    spellings: frozenset[str] = frozenset()
    existing: Any = None
    before: dict[str, Any] = field(default_factory=dict)

    def differing(self) -> dict[str, Any]:
        """What of the item is not so already."""
        return {
            name: value
            for name, value in self.item.items()
            if name not in self.before or not _is_same(value, self.before[name])
        }


class _Section:
    """The items of one kind of object, inside the transaction of the attempt."""

    def __init__(self, resource: Resource, context: dict[str, Any], result: Attempt) -> None:
        self.resource = resource
        self.by: User | None = context["user"]
        self.result = result
        self.shape = Shape(resource)
        self._context = {**context, "references": References()}
        self._body = resource.input(context=self._context)
        self._steps: dict[str, Step] = {}
        self._created: dict[str, int] = {}
        self._seen: set[tuple[int | None, str]] = set()
        self._units: dict[str, BusinessUnit] = {}

    def run(self, items: Sequence[Any], refused: Sequence[str], ids: Mapping[str, int]) -> None:
        """Do what the items say; steps and errors are in the result."""
        if self.resource.model in PLAIN:
            known = dict(self.result.errors)
            try:
                with transaction.atomic(), trusting_the_database():
                    self._run(items, refused, ids)
                    check_references()
            except IntegrityError:
                self.result.errors = known
                self._steps, self._created, self._seen = {}, {}, set()
            else:
                return
        self._run(items, refused, ids)

    def _run(self, items: Sequence[Any], refused: Sequence[str], ids: Mapping[str, int]) -> None:
        paths = {f"{self.resource.section}[{position}]": item for position, item in enumerate(items)}
        wanted = [one for path, item in paths.items() if (one := self._read(path, item, refused, ids))]
        wanted = self._match(wanted, self._reached())
        self._lock([one for one in wanted if one.existing is not None and one.differing()])
        self._look_up_references(wanted)
        for one in wanted:
            with self._errors_of(one.path):
                self._do(one)
        self._describe_created()
        self.result.steps |= {path: self._steps[path] for path in paths if path in self._steps}

    # -- What the items are about

    def _read(self, path: str, item: Any, refused: Sequence[str], ids: Mapping[str, int]) -> _Wanted | None:
        with self._errors_of(path):
            if not isinstance(item, Mapping):
                raise serializers.ValidationError(_("Give a JSON object."))
            if misplaced := [name for name in refused if name in item]:
                sentence = _("In a document, proficiencies stand with the agents: agents[…].skills.")
                raise serializers.ValidationError({name: [sentence] for name in misplaced})
            if path in ids:
                return _Wanted(path, item, pk=ids[path])
            spellings = frozenset(spellings_of(self.resource.model, self._key(item)))
            unit = None if self.resource.model is BusinessUnit else self._unit_of(item)
            return _Wanted(path, item, unit=unit, spellings=spellings)
        return None

    def _key(self, item: Mapping[str, Any]) -> str:
        """The natural key. Raises ValidationError without one."""
        name = NATURAL_KEYS[self.resource.model].api_name
        text = item.get(name)
        if isinstance(text, bool) or not isinstance(text, (str, int)) or not str(text).strip():
            raise serializers.ValidationError({name: [_("This says which object is meant: it is required.")]})
        if self.resource.model is SmsRegistration and isinstance(country := item.get("country"), str):
            return normalise_address(str(text), region=country or None).raw
        return str(text)

    def _unit_of(self, item: Mapping[str, Any]) -> BusinessUnit:
        named = json.dumps(item.get("business_unit"), cls=JSONEncoder)
        if named not in self._units:
            self._units[named] = self._body.unit_of(item)
        return self._units[named]

    def _reached(self) -> Any:
        return within_reach(self.resource.queryset(), self.by, self.resource.unit_path)

    def _match(self, wanted: Sequence[_Wanted], rows: Any) -> list[_Wanted]:
        """Find the objects that exist; return what is not in error."""
        by_id = rows.in_bulk({one.pk for one in wanted if one.pk is not None})
        by_unit: dict[BusinessUnit | None, set[str]] = defaultdict(set)
        for one in wanted:
            by_unit[one.unit] |= one.spellings
        by_text = {
            (unit, text): row
            for unit, spellings in by_unit.items()
            for text, row in rows_by_spelling(
                rows if unit is None else rows.filter(business_unit=unit), spellings
            ).items()
        }
        matched = []
        for one in wanted:
            found = (by_text[one.unit, text] for text in one.spellings if (one.unit, text) in by_text)
            with self._errors_of(one.path):
                if one.pk is not None and one.pk not in by_id:
                    raise serializers.ValidationError(
                        {"id": unknown_object(self.resource.model, one.pk).detail}
                    )
                one.existing = next(found, None) if one.pk is None else by_id[one.pk]
                one.before = self.shape.state(one.existing) if one.existing is not None else {}
                matched.append(one)
        return matched

    def _lock(self, differing: Sequence[_Wanted]) -> None:
        """Lock what will change, and read it again: what is compared is what is changed."""
        ids = [one.existing.pk for one in differing]
        if ids:
            rows = self.resource.model._default_manager.filter(pk__in=ids).order_by("pk")
            list(rows.select_for_update(no_key=True).values_list("pk"))
            self._match(differing, self._reached().filter(pk__in=ids))

    def _look_up_references(self, wanted: Sequence[_Wanted]) -> None:
        """All that the items name, in one go for each field."""
        by_unit: dict[BusinessUnit, list[Mapping[str, Any]]] = defaultdict(list)
        for one in wanted:
            if (unit := self._final_unit(one)) is not None:
                by_unit[unit].append(one.differing())
        for unit, items in by_unit.items():
            self._context["business_unit"] = unit
            for name, reference in self._body.fields.items():
                if isinstance(reference, Reference):
                    reference.look_up(item[name] for item in items if name in item)

    @staticmethod
    def _final_unit(one: _Wanted) -> BusinessUnit | None:
        return one.unit if one.existing is None else getattr(one.existing, "business_unit", None)

    # -- Doing it

    def _do(self, one: _Wanted) -> None:
        identity = {(one.unit.pk if one.unit else None, text) for text in one.spellings}
        if identity & self._seen:
            # An item before this one was about the same object.
            self._describe_created()
            self._match([one], self._reached())
        self._seen |= identity
        if one.existing is None:
            self._create(one)
            return
        require(self.by, self.resource, Verb.VIEW, one.path)
        if differing := one.differing():
            self._update(one, differing)
        else:
            self._steps[one.path] = self._step(one.existing, UNCHANGED, {})

    def _create(self, one: _Wanted) -> None:
        require(self.by, self.resource, Verb.CREATE, one.path)
        values = self._validated(one, one.item)
        created = self.resource.create(by=self.by, unit=one.unit, values=values)
        self._created[one.path] = created.pk

    @transaction.atomic
    def _update(self, one: _Wanted, differing: Mapping[str, Any]) -> None:
        values = self._validated(one, differing)
        self.resource.update(by=self.by, instance=_without_children(one.existing), values=values)
        shown = self.resource.queryset().get(pk=one.existing.pk)
        changes = _changes(one.before, self.shape.state(shown))
        if not changes:
            # The services may have touched what shows nowhere; then nothing was to do.
            transaction.set_rollback(True)
        self._steps[one.path] = self._step(shown, UPDATE if changes else UNCHANGED, changes)

    def _validated(self, one: _Wanted, item: Mapping[str, Any]) -> Any:
        self._body.instance = one.existing
        self._body.partial = one.existing is not None
        # Known already, unless it is to be checked that the item names the same.
        self._context["unit"] = one.unit
        return self._body.run_validation(item)

    def _describe_created(self) -> None:
        """The steps of what was made, read in one go."""
        rows = {row.pk: row for row in self.resource.queryset().filter(pk__in=self._created.values())}
        for path, pk in self._created.items():
            changes = _changes({}, self.shape.state(rows[pk]))
            self._steps[path] = self._step(rows[pk], CREATE, changes)
        self._created.clear()

    def _step(self, row: Any, action: str, changes: dict[str, dict[str, Any]]) -> Step:
        unit = row if isinstance(row, BusinessUnit) else row.business_unit
        return Step(self.resource.section, natural_key_of(row), unit.name, action, changes)

    @contextmanager
    def _errors_of(self, path: str) -> Iterator[None]:
        """Collects what is wrong with an item, by its path, so that the next has its turn."""
        try:
            yield
        except serializers.ValidationError as error:
            self.result.errors |= dict(_by_path(path, error.detail))
        except NotAllowed as error:
            raise error if path in error.fields else _refused(str(error.message), path) from error
        except DomainError as error:
            named_fields = {f"{path}.{name}": texts for name, texts in error.fields.items()}
            self.result.errors |= named_fields or {path: [str(error.message)]}


def _by_path(path: str, detail: Any) -> Iterator[tuple[str, list[str]]]:
    """Errors of serializers by their path in the document."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            below = f"{path}[{name}]" if isinstance(name, int) else f"{path}.{name}"
            yield from _by_path(path if name == "non_field_errors" else below, inner)
    else:
        yield path, [str(text) for text in (detail if isinstance(detail, list) else [detail])]
