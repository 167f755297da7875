"""A wrong value gets the same sentence from the page, the API, the document and an imported file."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.test import Client
from rest_framework.test import APIClient

from organizations.models import BusinessUnit
from provisioning.reach import NATURAL_KEYS, natural_key_of
from provisioning.resources import IN_ORDER, Resource
from provisioning.tables.columns import TABULAR, table_of
from provisioning.tables.importing import preview_import
from skills.names import NAME_SENTENCE
from tests.acd.pages import address, errors_of, fill
from tests.factories.agents import AgentFactory, TeamFactory
from tests.factories.campaigns import CampaignFactory
from tests.factories.dispositions import DispositionFactory, TagFactory
from tests.factories.hours import HoursOfOperationFactory
from tests.factories.organizations import BusinessUnitFactory, UserFactory
from tests.factories.points_of_contact import PointOfContactFactory
from tests.factories.quick_replies import QuickReplyFactory
from tests.factories.scripts import ScriptFactory, ScriptSecretFactory
from tests.factories.skills import SkillFactory
from tests.factories.sms_registrations import SmsRegistrationFactory

pytestmark = pytest.mark.django_db

RESOURCES = {resource.section: resource for resource in IN_ORDER}
FACTORIES: dict[str, Any] = {
    "business_units": BusinessUnitFactory,
    "sms_registrations": SmsRegistrationFactory,
    "campaigns": CampaignFactory,
    "dispositions": DispositionFactory,
    "tags": TagFactory,
    "quick_replies": QuickReplyFactory,
    "hours_of_operation": HoursOfOperationFactory,
    "script_secrets": ScriptSecretFactory,
    "teams": TeamFactory,
    "skills": SkillFactory,
    "agents": AgentFactory,
    "scripts": ScriptFactory,
    "points_of_contact": PointOfContactFactory,
}

OF_THEIR_OWN = [
    ("skills", "name", "x", NAME_SENTENCE),
    ("skills", "name", "no spaces", NAME_SENTENCE),
    ("skills", "initial_priority", 1000.5, "Give a number from 0 to 1000, with at most 3 decimal places."),
    ("skills", "acceleration", "0.0001", "Give a number from 0 to 1000, with at most 3 decimal places."),
    ("skills", "screen_pop_url", "no address", "Enter a valid URL."),
    ("agents", "sms_refusal_timeout_seconds", 14, "Give a whole number from 15 to 300."),
    ("agents", "sms_refusal_timeout_seconds", "soon", "Give a whole number from 15 to 300."),
    ("agents", "max_concurrent_sms", 31, "Give a whole number from 0 to 30."),
    ("teams", "max_concurrent_chats", 1.5, "Give a whole number from 0 to 30."),
    (
        "business_units",
        "time_zone",
        "Mars/Olympus",
        "Choose a time zone of the IANA list, such as Europe/Paris.",
    ),
    ("business_units", "default_sms_refusal_timeout_seconds", 301, "Give a whole number from 15 to 300."),
    ("sms_registrations", "country", "1!", "Enter the country as two capital letters, such as FR."),
    ("sms_registrations", "country", "FRA", "At most 2 characters fit here: shorten it."),
    ("dispositions", "classification", "sideways", "Choose one of these: none, positive, negative."),
    ("quick_replies", "shortcut", "two words", "Use letters, digits, hyphens and underscores only."),
    (
        "quick_replies",
        "text",
        "Dear {{ boss.name }}",
        (
            "There is no variable “boss.name”. There are {{ customer.name }}, {{ customer.number }}, "
            "{{ agent.name }}, {{ agent.first_name }}, {{ skill.name }}, {{ business_unit.name }}."
        ),
    ),
    ("hours_of_operation", "friday", "9-13, 12-17", "09:00-13:00 and 12:00-17:00 overlap."),
    ("business_units", "time_zone", "", "This is required: fill it in."),
    ("campaigns", "name", "x" * 101, "At most 100 characters fit here: shorten it."),
]


def wrong_values() -> Iterator[tuple[str, str, Any]]:
    """For each field of each object a value of each kind of mistake that its column can have."""
    for section, resource in RESOURCES.items():
        names = set(resource.input.Meta.fields)
        key = NATURAL_KEYS[resource.model].api_name
        for column in resource.model._meta.fields:
            # What the object is found by would be another object in a document.
            if column.name in names and column.name not in (key, "business_unit", "media_type"):
                for value in _wrong_for(column):
                    yield section, column.name, value


def _wrong_for(column: models.Field) -> Iterator[Any]:
    if isinstance(column, (models.IntegerField, models.DecimalField)):
        yield "abc"
        for rule in column.validators:
            if isinstance(rule, MinValueValidator):
                yield str(Decimal(rule.limit_value) - 1)
            if isinstance(rule, MaxValueValidator):
                yield str(Decimal(rule.limit_value) + 1)
    elif column.choices:
        yield "sideways"
    elif (
        isinstance(column, models.CharField) and column.max_length and not isinstance(column, models.URLField)
    ):
        yield "x" * (column.max_length + 1)


@pytest.fixture
def unit(db: None) -> BusinessUnit:
    return BusinessUnitFactory.create(name="Here")


@pytest.fixture
def faces(client: Client) -> Callable[[Resource, Any, str, Any], dict[str, set[str]]]:
    """Gives a wrong value to each face; answers what each says."""
    root = UserFactory.create(superuser=True)
    client.force_login(root)
    api = APIClient()
    api.force_authenticate(root)
    shown: dict[str, Any] = {}

    def ask(resource: Resource, row: Any, field: str, value: Any) -> dict[str, set[str]]:
        slug = resource.section.replace("_", "-")
        answer = api.patch(f"/api/v1/{slug}/{row.pk}", {field: value})
        assert answer.status_code == 400, answer.content
        url = address(resource.model, "change", row.pk)
        # Nothing wrong is kept: the form of an object stays as it was first shown.
        if url not in shown:
            shown[url] = client.get(url)
        page = client.post(url, fill(shown[url], **{field: value}))
        return {
            "api": set(answer.json()["fields"][field]),
            "document": _by_document(api, resource, row, field, value),
            "page": set(errors_of(page)[field]),
            **_by_file(resource, root, row, field, value),
        }

    return ask


def _by_file(resource: Resource, root: Any, row: Any, field: str, value: Any) -> dict[str, set[str]]:
    """Nothing where no file has such a column. An empty cell says nothing about the object."""
    if (
        value == ""
        or resource not in TABULAR
        or field not in [column.name for column in table_of(resource).columns]
    ):
        return {}
    out = io.StringIO()
    csv.writer(out).writerows([["ID", field], [row.pk, value]])
    [line] = preview_import(resource, out.getvalue().encode(), by=root).rows
    return {"file": set(line.errors[field])}


def _by_document(api: APIClient, resource: Resource, row: Any, field: str, value: Any) -> set[str]:
    key = NATURAL_KEYS[resource.model].api_name
    if field == key:
        # The document speaks of another object then, which is like this one.
        shown = api.get(f"/api/v1/{resource.section.replace('_', '-')}/{row.pk}").json()
        item = {name: shown[name] for name in resource.input.Meta.fields if name in shown} | {key: value}
        item.pop("agents", None)
    else:
        item = {key: natural_key_of(row), field: value}
    if not isinstance(row, BusinessUnit):
        item["business_unit"] = row.business_unit.name
    answer = api.post("/api/v1/apply", {resource.section: [item]})
    assert answer.status_code == 400, answer.content
    return set(answer.json()["fields"][f"{resource.section}[0].{field}"])


def _made(section: str, unit: BusinessUnit) -> Any:
    return unit if section == "business_units" else FACTORIES[section].create(business_unit=unit)


@pytest.mark.parametrize("section", RESOURCES)
def test_all_faces_say_the_same(section: str, unit: BusinessUnit, faces: Any):
    row, different = _made(section, unit), []
    for name, field, value in wrong_values():
        if name == section:
            said = faces(RESOURCES[section], row, field, value)
            if not said["page"] or len({frozenset(sentences) for sentences in said.values()}) != 1:
                different.append((field, value, said))
    assert different == []


@pytest.mark.parametrize(("section", "field", "value", "sentence"), OF_THEIR_OWN)
def test_the_sentence_says_what_is_right(
    section: str, field: str, value: Any, sentence: Any, unit: BusinessUnit, faces: Any
):
    said = faces(RESOURCES[section], _made(section, unit), field, value)
    assert said == {face: {str(sentence)} for face in said}
    assert {"api", "document", "page"} <= said.keys()
