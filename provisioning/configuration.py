"""The whole configuration as one document: export it, apply it.

The document has a list per kind of object (`business_units`, `skills`, …), objects in the shape that the
REST API reads, references by natural key. Applying creates what is missing and changes what differs. It
leaves alone what the document does not mention, be it a field or an object, so a second apply changes
nothing. It is all or nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _
from rest_framework import serializers

from core.errors import DomainError, NotAllowed, RuleBroken
from core.phone import normalise_address
from organizations.models import BusinessUnit, User
from provisioning.reach import NATURAL_KEYS, named, natural_key_of, within_reach
from provisioning.resources import IN_ORDER, Resource
from provisioning.serializers.inputs import SECRETS
from scripts.models import ScriptVersion
from sms_registrations.models import SmsRegistration

ELSEWHERE: Mapping[str, tuple[str, ...]] = {"skills": ("agents",)}
"""What the REST API also shows but the document has in another place: proficiencies are with the agents."""

HIDDEN = "***"
CREATE, UPDATE, UNCHANGED = "create", "update", "unchanged"
_APPLY_LOCK = 0x61636463


@dataclass(frozen=True, slots=True)
class Step:
    """What applying does to one object; secrets among the changes are masked."""

    resource: str
    key: str
    business_unit: str
    action: str
    changes: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """What applying did, or would do."""

    dry_run: bool
    steps: list[Step]

    def as_json(self) -> dict[str, Any]:
        """As the API answers it."""
        actions = [step.action for step in self.steps]
        return {
            "dry_run": self.dry_run,
            "summary": {action: actions.count(action) for action in (CREATE, UPDATE, UNCHANGED)},
            "plan": [asdict(step) for step in self.steps],
        }


# -- Export ---------------


def export_document(*, by: User | None) -> dict[str, list[dict[str, Any]]]:
    """Everything within reach, without secrets. Raises NotAllowed unless the user may view all of it."""
    return {
        resource.section: [_exported(resource, row) for row in _rows_to_export(resource, by)]
        for resource in IN_ORDER
    }


def _rows_to_export(resource: Resource, by: User | None) -> Iterator[Any]:
    _require(by, resource, "view", resource.section)
    lookup = NATURAL_KEYS[resource.model].lookup
    rows = within_reach(resource.queryset(), by, resource.unit_path)
    yield from rows.order_by(resource.unit_path, lookup, "pk")


def _exported(resource: Resource, row: Any) -> dict[str, Any]:
    """What the API would take back: the fields of the input, as the output shows them."""
    shown = resource.output(row).data
    left_out = (*SECRETS, *ELSEWHERE.get(resource.section, ()))
    names = [str(name) for name in resource.input().get_fields()]
    item = {name: shown[name] for name in names if name in shown and name not in left_out}
    if shown.get("status") == ScriptVersion.Status.DRAFT:
        # Applying would publish it.
        del item["definition"]
    return item


# -- Apply ---------------


def apply_document(document: Any, *, by: User | None, dry_run: bool) -> Plan:
    """Bring the configuration to what the document says, or only find out what that would change.

    A dry run does everything and undoes it, so it finds what applying would find. Raises RuleBroken with the
    path of every error (`skills[2].name`), NotAllowed, Conflict.
    """
    sections = _sections_of(document)
    with transaction.atomic():
        with connection.cursor() as cursor:
            # One at a time: two that create the same objects in another order would wait for each other.
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_APPLY_LOCK])
        run = _Run(by, sections)
        steps = run.steps()
        if run.errors:
            raise _invalid(run.errors)
        if dry_run:
            transaction.set_rollback(True)
    return Plan(dry_run, steps)


def _sections_of(document: Any) -> dict[str, list[Any]]:
    if not isinstance(document, Mapping):
        raise _invalid({"document": [_("Give a JSON object with a list for each kind of object.")]})
    known = {resource.section for resource in IN_ORDER}
    errors: dict[str, list[str]] = {}
    for name, items in document.items():
        if name not in known:
            errors[str(name)] = [_("There is no such kind of object.")]
        elif not isinstance(items, list):
            errors[str(name)] = [_("Give a list.")]
    if errors:
        raise _invalid(errors)
    return {name: list(items) for name, items in document.items()}


def _invalid(errors: Mapping[str, list[str]]) -> RuleBroken:
    shown = [f"{path}: {' '.join(sentences)}" for path, sentences in list(errors.items())[:5]]
    more = len(errors) - len(shown)
    rest = [_("And %(number)d more.") % {"number": more}] if more else []
    return RuleBroken(" ".join([*shown, *rest]), fields=errors)


def _require(by: User | None, resource: Resource, verb: str, path: str) -> None:
    meta = resource.model._meta
    permission = f"{meta.app_label}.{verb}_{meta.model_name}"
    if by is not None and not by.has_perm(permission):
        sentence = _("You need the permission %(permission)s for this.") % {"permission": permission}
        raise NotAllowed(sentence, fields={path: [sentence]})


class _Run:
    """One apply, inside its transaction. Collects the errors of all objects."""

    def __init__(self, by: User | None, sections: Mapping[str, list[Any]]) -> None:
        self.by = by
        self.sections = sections
        self.errors: dict[str, list[str]] = {}
        self.default_unit: BusinessUnit | None = None

    def steps(self) -> list[Step]:
        """Do all of it, in the order in which objects refer to each other."""
        return [
            step
            for resource in IN_ORDER
            for position, item in enumerate(self.sections.get(resource.section, []))
            if (step := self._step(resource, f"{resource.section}[{position}]", item)) is not None
        ]

    def _step(self, resource: Resource, path: str, item: Any) -> Step | None:
        try:
            with transaction.atomic():
                step, instance, is_changed = self._apply(resource, path, item)
                if not is_changed:
                    # The services may have touched what shows nowhere; then nothing was to do.
                    transaction.set_rollback(True)
        except serializers.ValidationError as error:
            self.errors |= dict(_by_path(path, error.detail))
        except NotAllowed:
            raise
        except DomainError as error:
            named_fields = {f"{path}.{name}": texts for name, texts in error.fields.items()}
            self.errors |= named_fields or {path: [str(error.message)]}
        else:
            if isinstance(instance, BusinessUnit) and len(self.sections["business_units"]) == 1:
                self.default_unit = instance
            return step
        return None

    def _apply(self, resource: Resource, path: str, item: Any) -> tuple[Step, Any, bool]:
        existing = self._existing(resource, item)
        body = resource.input(
            existing,
            data=self._body(resource, item),
            partial=existing is not None,
            context={"user": self.by, "default_unit": self.default_unit},
        )
        body.is_valid(raise_exception=True)
        if existing is None:
            _require(self.by, resource, "add", path)
            unit = body.context.get("business_unit")
            created = resource.create(by=self.by, unit=unit, values=body.validated_data)
            instance, before = created, {}
        else:
            instance, before = existing, _state(resource, existing)
            # Its own object: what was fetched to be shown stays to be compared with.
            row = resource.model._default_manager.get(pk=existing.pk)
            resource.update(by=self.by, instance=row, values=body.validated_data)
        fresh = resource.queryset().get(pk=instance.pk)
        changes = _changes(before, _state(resource, fresh))
        action = CREATE if existing is None else UPDATE if changes else UNCHANGED
        if action == UPDATE:
            _require(self.by, resource, "change", path)
        unit_name = fresh.name if isinstance(fresh, BusinessUnit) else fresh.business_unit.name
        step = Step(resource.section, natural_key_of(fresh), unit_name, action, changes)
        return step, fresh, action != UNCHANGED

    @staticmethod
    def _body(resource: Resource, item: Any) -> Any:
        """Refuses what belongs elsewhere in the document."""
        misplaced = [name for name in ELSEWHERE.get(resource.section, ()) if name in item]
        if misplaced:
            sentence = _("In a document, proficiencies stand with the agents: agents[…].skills.")
            raise serializers.ValidationError({name: [sentence] for name in misplaced})
        return item

    def _existing(self, resource: Resource, item: Any) -> Any:
        """The object that the item is about, if it exists. Raises ValidationError without a natural key."""
        key = NATURAL_KEYS[resource.model].api_name
        if not isinstance(item, Mapping):
            raise serializers.ValidationError(_("Give a JSON object."))
        text = item.get(key)
        if isinstance(text, bool) or not isinstance(text, (str, int)) or not str(text).strip():
            raise serializers.ValidationError({key: [_("This says which object is meant: it is required.")]})
        text = str(text)
        if resource.model is SmsRegistration and isinstance(country := item.get("country"), str):
            text = normalise_address(text, region=country or None).raw
        rows = within_reach(resource.queryset(), self.by, resource.unit_path)
        if resource.model is not BusinessUnit:
            context = {"user": self.by, "default_unit": self.default_unit}
            rows = rows.filter(business_unit=resource.input(context=context).unit_of(item))
        return named(rows, text).first()


def _state(resource: Resource, instance: Any) -> dict[str, Any]:
    """What can be set, with the secrets."""
    secrets = {name: getattr(instance, name) for name in SECRETS if hasattr(instance, name)}
    return {**_exported(resource, instance), **secrets}


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The fields that differ; all that say something, if there was nothing before."""
    return {
        name: {"from": HIDDEN, "to": HIDDEN} if name in SECRETS else {"from": before.get(name), "to": value}
        for name, value in after.items()
        if (before.get(name) != value if before else value not in (None, "", []))
    }


def _by_path(path: str, detail: Any) -> Iterator[tuple[str, list[str]]]:
    """Errors of serializers by their path in the document."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            below = f"{path}[{name}]" if isinstance(name, int) else f"{path}.{name}"
            yield from _by_path(path if name == "non_field_errors" else below, inner)
    else:
        yield path, [str(text) for text in (detail if isinstance(detail, list) else [detail])]
