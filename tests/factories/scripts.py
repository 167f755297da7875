from __future__ import annotations

from datetime import timedelta
from typing import Any

import factory
from django.db.models.functions import Now

from scripts.models import Script, ScriptEditing, ScriptSecret, ScriptTest, ScriptVersion
from tests.factories.base import ModelFactory
from tests.factories.organizations import BusinessUnitFactory, UserFactory


def plain_queue(**properties: object) -> dict[str, Any]:
    """BEGIN → REQAGENT; the properties are REQAGENT's."""
    return {
        "actions": [
            {"id": "begin", "type": "BEGIN", "label": "", "properties": {}, "x": 0, "y": 0},
            {"id": "queue", "type": "REQAGENT", "label": "", "properties": properties, "x": 200, "y": 0},
        ],
        "branches": [{"from": "begin", "branch": "default", "to": "queue"}],
    }


class ScriptSecretFactory(ModelFactory[ScriptSecret]):
    class Meta:
        model = ScriptSecret

    name = factory.Sequence(lambda number: f"Secret {number}")
    business_unit = factory.SubFactory(BusinessUnitFactory)
    secret_value = "made-up-secret"
    hosts = "erp.example.com"


class ScriptVersionFactory(ModelFactory[ScriptVersion]):
    """A published version. Trait: `draft`."""

    class Meta:
        model = ScriptVersion

    class Params:
        draft = factory.Trait(status=ScriptVersion.Status.DRAFT, published_at=None)

    script = factory.SubFactory("tests.factories.scripts.ScriptFactory", published=False)
    number = factory.LazyAttribute(lambda made: made.script.versions.count() + 1)
    status = ScriptVersion.Status.PUBLISHED
    definition = factory.LazyFunction(plain_queue)
    published_at = factory.LazyFunction(Now)


class ScriptFactory(ModelFactory[Script]):
    """A script with one published version, BEGIN → REQAGENT. Option: `published=False`."""

    class Meta:
        model = Script

    name = factory.Sequence(lambda number: f"Script {number}")
    business_unit = factory.SubFactory(BusinessUnitFactory)

    @factory.post_generation
    def published(self, create, extracted, **_values):
        if extracted is not False:
            ScriptVersionFactory.create(script=self)


class ScriptEditingFactory(ModelFactory[ScriptEditing]):
    """A tab that edits, for a minute from now."""

    class Meta:
        model = ScriptEditing

    script = factory.SubFactory(ScriptFactory)
    editor = factory.SubFactory(UserFactory)
    tab = factory.Sequence(lambda number: f"tab-{number}")
    since = factory.LazyFunction(Now)
    lease_until = factory.LazyFunction(lambda: Now() + timedelta(minutes=1))


class ScriptTestFactory(ModelFactory[ScriptTest]):
    """BEGIN → REQAGENT, as it is expected of a plain queue."""

    class Meta:
        model = ScriptTest

    script = factory.SubFactory(ScriptFactory)
    name = factory.Sequence(lambda number: f"Test {number}")
    setup = factory.LazyFunction(
        lambda: {
            "at": "2026-03-02T10:00:00+00:00",
            "customer": "+447700900001",
            "number": "12345",
            "skill": "support",
        }
    )
    inputs = factory.LazyFunction(lambda: [{"do": "text", "text": "Hello"}])
    expected = factory.LazyFunction(
        lambda: {
            "path": [["begin", "default"], ["queue", "default"]],
            "texts": [],
            "status": "ended",
            "contact": "queued",
            "skill": "support",
        }
    )
