"""The whole configuration as one document: export it, apply it.

The document has a list per kind of object (`business_units`, `skills`, …), objects in the shape that the
REST API reads, references by natural key. Applying creates what is missing and changes what differs. It
leaves alone what the document does not mention, be it a field or an object, so a second apply changes
nothing. It is all or nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core.errors import RuleBroken
from core.permissions import Verb
from organizations.models import User
from provisioning.planner import CREATE, UNCHANGED, UPDATE, Shape, Step, attempt, require
from provisioning.reach import NATURAL_KEYS, within_reach
from provisioning.resources import IN_ORDER, Resource

ELSEWHERE: Mapping[str, tuple[str, ...]] = {"skills": ("agents",)}
"""What the REST API also shows but the document has in another place: proficiencies are with the agents."""


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
    return {resource.section: list(_exported(resource, by)) for resource in IN_ORDER}


def _exported(resource: Resource, by: User | None) -> Iterator[dict[str, Any]]:
    require(by, resource, Verb.VIEW, resource.section)
    left_out = ELSEWHERE.get(resource.section, ())
    shape = Shape(resource)
    rows = within_reach(resource.queryset(), by, resource.unit_path)
    for row in rows.order_by(resource.unit_path, NATURAL_KEYS[resource.model].lookup, "pk"):
        yield {name: value for name, value in shape.exported(row).items() if name not in left_out}


# -- Apply ---------------


def apply_document(document: Any, *, by: User | None, dry_run: bool) -> Plan:
    """Bring the configuration to what the document says, or only find out what that would change.

    A dry run does everything and undoes it, so it finds what applying would find. Raises RuleBroken with the
    path of every error (`skills[2].name`), NotAllowed, Conflict.
    """
    sections = _sections_of(document)
    with transaction.atomic():
        done = attempt(sections, by=by, refused=ELSEWHERE)
        if done.errors:
            raise _invalid(done.errors)
        if dry_run:
            transaction.set_rollback(True)
    return Plan(dry_run, list(done.steps.values()))


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
