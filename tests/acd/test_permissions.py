"""Who may do what: every page, classic address and API call of every object, for every role and permission.

The two tables say what each call needs and how permissions are called; all expectations follow from them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.apps import apps
from django.db import transaction
from django.test import Client
from django.utils import translation
from rest_framework.test import APIClient

from acd.navigation import SECTIONS
from core.permissions import name_of
from organizations.models import BusinessUnit, User
from organizations.roles import OBJECTS, ROLES, permissions_of
from provisioning.resources import IN_ORDER
from provisioning.tables.columns import TABULAR
from scripts.models import Script
from setup_wizard.steps import CHANNEL_STEPS, CUSTOM_STEPS, OUTBOUND_SKILL, Step
from supervisor.provisioning import ALERT_WEBHOOKS
from tests.factories.agents import AgentFactory, TeamFactory
from tests.factories.campaigns import CampaignFactory
from tests.factories.contacts import ContactFactory, CustomerFactory, MessageFactory
from tests.factories.dispositions import DispositionFactory, TagFactory
from tests.factories.hours import HoursOfOperationFactory
from tests.factories.messaging import DeliveryFactory, OptOutFactory
from tests.factories.organizations import (
    ApiTokenFactory,
    BusinessUnitFactory,
    RoleFactory,
    UserFactory,
)
from tests.factories.points_of_contact import PointOfContactFactory
from tests.factories.quick_replies import QuickReplyFactory
from tests.factories.reporting import ReportFactory
from tests.factories.routing import OfferFactory
from tests.factories.scripts import ScriptFactory, ScriptSecretFactory, ScriptVersionFactory
from tests.factories.skills import SkillFactory
from tests.factories.sms_registrations import SmsRegistrationFactory
from tests.factories.supervisor import AlertDeliveryFactory, AlertWebhookFactory
from tests.provisioning.cases import CASES

pytestmark = pytest.mark.django_db

VIEW, CREATE, EDIT, DEACTIVATE, DELETE = "view", "create", "edit", "deactivate", "delete"
IMPORT = "import"
"""No permission of its own: somebody who may create, edit or deactivate uploads a file, and each row asks."""
CODES = {VIEW: "view", CREATE: "add", EDIT: "change", DEACTIVATE: "deactivate", DELETE: "delete"}


@dataclass(frozen=True)
class Kind:
    """One kind of object: what its permissions are called, and how to make one in a business unit."""

    title: str
    make: Any
    verbs: tuple[str, ...] = (VIEW, CREATE, EDIT, DEACTIVATE, DELETE)
    create_needs: tuple[str, ...] = (CREATE,)


def _in(factory: Any, path: str = "business_unit") -> Any:
    return lambda unit: factory.create(**{path: unit})


def _script_with_a_draft(unit: BusinessUnit) -> Script:
    script = ScriptFactory.create(business_unit=unit)
    ScriptVersionFactory.create(script=script, draft=True)
    return script


KINDS = {
    "sms_registrations.smsregistration": Kind("SMS registrations", _in(SmsRegistrationFactory)),
    "campaigns.campaign": Kind("Campaigns", _in(CampaignFactory)),
    "skills.skill": Kind("Skills", _in(SkillFactory), create_needs=(CREATE, EDIT)),
    "scripts.script": Kind("Scripts", _script_with_a_draft),
    "points_of_contact.pointofcontact": Kind("Points of contact", _in(PointOfContactFactory)),
    "dispositions.disposition": Kind("Dispositions", _in(DispositionFactory)),
    "dispositions.tag": Kind("Tags", _in(TagFactory)),
    "quick_replies.quickreply": Kind("Quick replies", _in(QuickReplyFactory)),
    "hours.hoursofoperation": Kind("Hours of operation", _in(HoursOfOperationFactory)),
    "scripts.scriptsecret": Kind("Secrets", _in(ScriptSecretFactory)),
    "supervisor.alertwebhook": Kind("Alert webhooks", _in(AlertWebhookFactory)),
    "agents.agent": Kind("Agents", _in(AgentFactory)),
    "agents.team": Kind("Teams", _in(TeamFactory)),
    "organizations.user": Kind("Users", _in(UserFactory)),
    "organizations.role": Kind("Roles", lambda _unit: RoleFactory.create(), (VIEW, CREATE, EDIT, DELETE)),
    "organizations.apitoken": Kind(
        "API tokens", _in(ApiTokenFactory, "user__business_unit"), (VIEW, DEACTIVATE)
    ),
    "organizations.businessunit": Kind("Business units", lambda unit: unit),
    "contacts.contact": Kind("Contacts", _in(ContactFactory), (VIEW,)),
    "contacts.customer": Kind("Customers", _in(CustomerFactory), (VIEW,)),
    "contacts.message": Kind("Messages", _in(MessageFactory, "contact__business_unit"), (VIEW,)),
    "routing.offer": Kind("Offers", _in(OfferFactory, "contact__business_unit"), (VIEW,)),
    "messaging.optout": Kind("Opt-outs", _in(OptOutFactory, "registration__business_unit"), (VIEW,)),
    "reporting.report": Kind("Reports", _in(ReportFactory), (VIEW,)),
    "supervisor.alertdelivery": Kind(
        "Alert deliveries", _in(AlertDeliveryFactory, "webhook__business_unit"), (VIEW,)
    ),
    "messaging.delivery": Kind("Deliveries", _in(DeliveryFactory, "registration__business_unit"), (VIEW,)),
}

CHANGES = {case.slug: case.change for case in CASES} | {
    "business-units": {"reoffer_delay_seconds": 9},
    "scripts": {"name": "Renamed"},
    "alert-webhooks": {"tells_end": False},
}
"""A body that changes an object without switching it."""


@dataclass(frozen=True)
class Call:
    """One request. `needs` names the verb; an object is named by {pk} in the address."""

    needs: str
    method: str
    address: str
    body: Any = None
    by_api: bool = False

    @property
    def is_about_one(self) -> bool:
        return "{pk}" in self.address


FILES = {resource.model for resource in TABULAR}
"""What goes in and out as a table."""

OTHER_PAGES = {
    "scripts.script": (
        Call(VIEW, "get", "/studio/"),
        Call(VIEW, "get", "/studio/scripts/{pk}/"),
        Call(CREATE, "get", "/studio/new/"),
        Call(CREATE, "post", "/studio/import/", {}),
        *(
            Call(needs, method, f"/api/v1/scripts/{path}", {}, by_api=True)
            for needs, method, path in (
                (VIEW, "get", "actions"),
                (VIEW, "post", "inspect"),
                (VIEW, "post", "try"),
                (VIEW, "get", "{pk}/tests"),
                (EDIT, "post", "{pk}/tests"),
                (VIEW, "post", "{pk}/tests/run"),
                (CREATE, "post", "import"),
                (VIEW, "get", "{pk}/draft"),
                (EDIT, "put", "{pk}/draft"),
                (EDIT, "delete", "{pk}/draft"),
                (EDIT, "post", "{pk}/publish"),
                (EDIT, "put", "{pk}/editing"),
                (EDIT, "delete", "{pk}/editing"),
                (VIEW, "get", "{pk}/versions"),
                (VIEW, "get", "{pk}/versions/1"),
                (VIEW, "get", "{pk}/versions/1/difference"),
                (EDIT, "post", "{pk}/versions/1/restore"),
                (VIEW, "get", "{pk}/export"),
            )
        ),
    ),
    "supervisor.alertwebhook": (
        Call(EDIT, "post", "/acd/contact-settings/alert-webhooks/{pk}/test/", {}),
        Call(EDIT, "post", "/api/v1/alert-webhooks/{pk}/test", {}, by_api=True),
    ),
    "sms_registrations.smsregistration": (
        Call(EDIT, "get", "/acd/contact-settings/sms-registrations/{pk}/test/"),
        Call(EDIT, "post", "/acd/contact-settings/sms-registrations/{pk}/test/", {}),
        Call(VIEW, "get", "/setup/"),
        Call(VIEW, "get", "/setup/{pk}/"),
        Call(VIEW, "get", "/setup/{pk}/trail/"),
        Call(VIEW, "get", "/setup/{pk}/first-text/"),
        Call(CREATE, "post", "/setup/new/", {}),
        Call(EDIT, "post", "/setup/{pk}/registration/", {}),
    ),
}
"""Pages and calls of Studio, pages of the wizard."""


def calls_of(label: str) -> Iterator[Call]:
    model = apps.get_model(label)
    slugs = {
        entry.model: f"/acd/{section.slug}/{entry.slug}" for section in SECTIONS for entry in section.entries
    }
    classic = f"/admin/{label.replace('.', '/')}"
    verbs = KINDS[label].verbs
    root = slugs[model]
    yield Call(EDIT, "post", f"{classic}/{{pk}}/change/", {})
    yield Call(VIEW, "get", f"{root}/")
    yield Call(CREATE, "post", f"{root}/add/", {})
    yield Call(EDIT, "post", f"{root}/{{pk}}/change/", {})
    yield Call(DELETE, "post", f"{root}/{{pk}}/delete/", {"post": "yes"})
    yield Call(VIEW, "get", f"{root}/{{pk}}/change/")
    yield Call(VIEW, "get", f"{root}/{{pk}}/history/")
    yield Call(CREATE, "get", f"{root}/add/")
    if DEACTIVATE in verbs and label != "organizations.apitoken":
        yield Call(DEACTIVATE, "post", f"{root}/{{pk}}/change/", {"_switch": "1"})
    bulk = {
        DEACTIVATE: "revoke" if label == "organizations.apitoken" else "deactivate",
        DELETE: "delete_selected",
    }
    if label == "agents.agent":
        bulk[EDIT] = "set_limits"
    for verb, action in bulk.items():
        if verb in verbs and label != "organizations.role":
            yield Call(verb, "post", f"{root}/", {"action": action, "_selected_action": ["0"]})
    if model in FILES:
        yield Call(IMPORT, "get", f"{root}/several/")
        yield Call(IMPORT, "post", f"{root}/several/", {})
        yield Call(IMPORT, "get", f"{root}/several/template/csv/")
        yield Call(VIEW, "get", f"{root}/export/csv/")
    yield from OTHER_PAGES.get(label, ())
    yield from _api_calls(model)


def _api_calls(model: Any) -> Iterator[Call]:
    resources = (*IN_ORDER, ALERT_WEBHOOKS)
    slug = next((one.section.replace("_", "-") for one in resources if one.model is model), None)
    if slug is None:
        traffic = {"contact": "contacts", "customer": "customers", "message": "messages", "offer": "offers"}
        slug = traffic.get(model._meta.model_name)
        if slug is not None:
            yield Call(VIEW, "get", f"/api/v1/{slug}", by_api=True)
            yield Call(VIEW, "get", f"/api/v1/{slug}/{{pk}}", by_api=True)
        return
    root = f"/api/v1/{slug}"
    yield Call(VIEW, "get", root, by_api=True)
    yield Call(VIEW, "get", f"{root}/{{pk}}", by_api=True)
    yield Call(CREATE, "post", root, {}, by_api=True)
    yield Call(EDIT, "patch", f"{root}/{{pk}}", CHANGES[slug], by_api=True)
    yield Call(DEACTIVATE, "patch", f"{root}/{{pk}}", {"is_active": False}, by_api=True)
    yield Call(DELETE, "delete", f"{root}/{{pk}}", by_api=True)
    if model in FILES:
        yield Call(IMPORT, "post", f"{root}/import", {}, by_api=True)
        yield Call(IMPORT, "get", f"{root}/import-template", by_api=True)
        yield Call(VIEW, "get", f"{root}/export", by_api=True)


def lacking(held: set[str], label: str, verb: str) -> list[str]:
    """The names of the permissions that are missing, by the tables above."""
    kind = KINDS[label]
    app, model = label.split(".")
    if verb == IMPORT:
        if any(f"{app}.{CODES[one]}_{model}" in held for one in (EDIT, DEACTIVATE)):
            return []
        return lacking(held, label, CREATE)
    if verb not in kind.verbs:
        return [""]
    if verb == VIEW and any(f"{app}.{CODES[one]}_{model}" in held for one in kind.verbs):
        return []
    needed = kind.create_needs if verb == CREATE else (verb,)
    return [f"{kind.title}: {one}" for one in needed if f"{app}.{CODES[one]}_{model}" not in held]


PAGES, API = Client(), APIClient()
"""Shared: a handler loads the middleware once, which takes longer than a request."""


class Crowd:
    """People of one business unit by what they hold, made when first asked for."""

    def __init__(self, label: str, unit: BusinessUnit) -> None:
        self.unit = unit
        # So that everybody gets beyond the door: what is tested is this object.
        self.elsewhere = "contacts.view_contact" if label != "contacts.contact" else "campaigns.view_campaign"
        self.people: dict[frozenset[str], tuple[User, Client]] = {}

    def holding(self, codes: frozenset[str]) -> tuple[User, Client]:
        if codes not in self.people:
            user = UserFactory.create(business_unit=self.unit)
            user.user_permissions.set(permissions_of({*codes, self.elsewhere}))
            client = Client()
            client.handler = PAGES.handler
            client.force_login(user)
            self.people[codes] = (User.objects.get(pk=user.pk), client)
        return self.people[codes]


def sharpest(label: str, verb: str) -> Iterator[frozenset[str]]:
    """Who has exactly what a verb needs, and who has everything but one of that."""
    kind = KINDS[label]
    app, model = label.split(".")
    code = {one: f"{app}.{CODES[one]}_{model}" for one in CODES}
    if verb == IMPORT:
        yield from (frozenset({code[one]}) for one in (VIEW, EDIT, DEACTIVATE))
        yield from sharpest(label, CREATE)
        return
    needed = kind.create_needs if verb == CREATE else (verb,)
    everything = {code[one] for one in kind.verbs}
    yield frozenset(code[one] for one in needed if one in kind.verbs)
    for one in needed:
        yield frozenset() if verb == VIEW else frozenset(everything - {code[one]})


def ask(call: Call, user: User, client: Client, pk: int) -> Any:
    """Send the request and undo what it did."""
    address = call.address.format(pk=pk)
    with transaction.atomic():
        if call.by_api:
            API.force_authenticate(user)
            answer = getattr(API, call.method)(address, call.body)
        else:
            answer = getattr(client, call.method)(address, call.body)
        transaction.set_rollback(True)
    return answer


def mistakes(label: str, cases: list[tuple[Call, frozenset[str]]]) -> Iterator[Any]:
    """The calls whose answer is not what the tables say, for objects of the own and of another unit."""
    unit, elsewhere = BusinessUnitFactory.create_batch(2)
    own, foreign = KINDS[label].make(unit), KINDS[label].make(elsewhere)
    crowd = Crowd(label, unit)
    for call, held in cases:
        user, client = crowd.holding(held)
        missing = lacking(set(held), label, call.needs)
        answer = ask(call, user, client, own.pk)
        if (answer.status_code == 403) != bool(missing) or answer.status_code == 404:
            yield call, set(held), answer.status_code
        if not all(sentence in answer.content.decode() for sentence in missing):
            yield call, set(held), "should say", missing
        if call.is_about_one and not missing and label != "organizations.role":
            answer = ask(call, user, client, foreign.pk)
            if answer.status_code != 404:
                yield call, set(held), "of another business unit", answer.status_code


def of_the_roles(label: str) -> Iterator[tuple[Call, frozenset[str]]]:
    """Each built-in role, by what it holds of this object, at each call that looks and each of the API."""
    app, model = label.split(".")
    mine = {frozenset(codes) & _codes_of(app, model) for codes in ROLES.values()}
    calls = [call for call in calls_of(label) if call.by_api or call.method == "get"]
    yield from ((call, held) for call in calls for held in mine)


@pytest.mark.parametrize("label", KINDS)
def test_every_call_needs_exactly_its_permission(label: str):
    cases = [(call, held) for call in calls_of(label) for held in sharpest(label, call.needs)]
    # A role that holds just what a sharp case holds is no other case.
    cases += [case for case in of_the_roles(label) if case not in cases]
    assert list(mistakes(label, cases)) == []


@pytest.mark.parametrize("step", CHANNEL_STEPS[1:] + CUSTOM_STEPS[:-1], ids=lambda step: step.slug)
def test_every_task_of_the_wizard_needs_the_permissions_of_its_objects(step: Step):
    unit, elsewhere = BusinessUnitFactory.create_batch(2)
    numbers = [SmsRegistrationFactory.create(business_unit=one) for one in (unit, elsewhere)]
    for number in numbers:
        skill = SkillFactory.create(business_unit=number.business_unit)
        PointOfContactFactory.create(business_unit=number.business_unit, transport_code=number, skill=skill)
    crowd = Crowd("contacts.contact", unit)
    look = {"sms_registrations.view_smsregistration"}
    # Of this channel there is everything but an outbound skill: the other tasks change what is there.
    codes = set(step.permissions)
    needed = codes if step is OUTBOUND_SKILL else {code.replace(".add_", ".change_") for code in codes}
    for lacking_one in (None, *needed):
        user, client = crowd.holding(frozenset(look | needed - {lacking_one}))
        own, foreign = (
            ask(
                Call(EDIT, "post", f"/setup/{number.pk}/{step.slug}/", {}), user, client, number.pk
            ).status_code
            for number in numbers
        )
        assert (own == 403, foreign) == (lacking_one is not None, 404), lacking_one


def _codes_of(app: str, model: str) -> set[str]:
    return {f"{app}.{verb}_{model}" for verb in CODES.values()}


@pytest.mark.parametrize("label", KINDS)
def test_the_tables_agree_with_the_product(label: str):
    model = apps.get_model(label)
    assert tuple(OBJECTS[label]) == tuple(CODES[verb] for verb in KINDS[label].verbs)
    assert set(OBJECTS[label]) <= set(model._meta.default_permissions)


def test_every_list_has_its_permissions():
    shown = {entry.model._meta.label_lower for section in SECTIONS for entry in section.entries}
    assert shown == set(OBJECTS) == set(KINDS)


@pytest.mark.parametrize(
    ("code", "english", "french"),
    [
        ("sms_registrations.add_smsregistration", "SMS registrations: create", "Enregistrements SMS : créer"),
        ("campaigns.add_campaign", "Campaigns: create", "Campagnes : créer"),
        ("skills.add_skill", "Skills: create", "Compétences : créer"),
        ("skills.change_skill", "Skills: edit", "Compétences : modifier"),
        ("scripts.add_script", "Scripts: create", "Scripts : créer"),
        ("points_of_contact.add_pointofcontact", "Points of contact: create", "Points d'accès : créer"),
        ("campaigns.deactivate_campaign", "Campaigns: deactivate", "Campagnes : désactiver"),
        ("gone.add_thing", "gone.add_thing", "gone.add_thing"),
    ],
)
def test_permissions_have_the_names_of_the_procedure(code: str, english: str, french: str):
    assert name_of(code) == english
    with translation.override("fr"):
        assert name_of(code).replace("\u00a0", " ").replace("\u2019", "'") == french
