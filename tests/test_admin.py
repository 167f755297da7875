"""The admin writes through services, and shows their rules beside the fields."""

from __future__ import annotations

import pytest
from django import forms
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from acdconfig.demo import USERNAMES, load_demo
from agents.models import Agent
from campaigns.models import Campaign
from core.admin import ServiceAdmin
from organizations.models import User
from skills.models import Skill
from sms_registrations.models import SmsRegistration

pytestmark = pytest.mark.django_db

SERVED = [model for model, one in admin.site._registry.items() if isinstance(one, ServiceAdmin)]


@pytest.fixture
def as_admin() -> Client:
    load_demo(passwords=dict.fromkeys(USERNAMES, "correct horse battery"))
    client = Client()
    client.force_login(
        User.objects.get(username="admin"), backend="django.contrib.auth.backends.ModelBackend"
    )
    return client


def address(model: type, page: str, *arguments: object) -> str:
    options = model._meta  # type: ignore[attr-defined]  # a model
    return reverse(f"admin:{options.app_label}_{options.model_name}_{page}", args=arguments)


def filled(form: forms.BaseForm) -> dict[str, object]:
    """What a browser would send back without a change."""
    values = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in values.items() if value is not None and value is not False}


@pytest.mark.parametrize("model", list(admin.site._registry), ids=lambda model: model.__name__)
def test_lists_open(as_admin: Client, model: type) -> None:
    assert as_admin.get(address(model, "changelist")).status_code == 200


@pytest.mark.parametrize("model", SERVED, ids=lambda model: model.__name__)
def test_forms_open_and_save_unchanged(as_admin: Client, model: type) -> None:
    assert as_admin.get(address(model, "add")).status_code == 200
    one = model._default_manager.first()  # type: ignore[attr-defined]  # a model
    page = as_admin.get(address(model, "change", one.pk))
    form = page.context["adminform"].form
    data = filled(form)
    if "definition" in data and not isinstance(data["definition"], str):
        data["definition"] = form["definition"].field.prepare_value(data["definition"])
    answer = as_admin.post(address(model, "change", one.pk), data)
    assert answer.status_code == 302, answer.context["adminform"].form.errors


def test_a_campaign_is_made_by_the_service(as_admin: Client) -> None:
    unit = User.objects.get(username="admin").business_unit_id
    data = {"name": "Spring", "business_unit": unit, "is_active": "on"}
    assert as_admin.post(address(Campaign, "add"), data).status_code == 302
    assert Campaign.objects.get(name="Spring").business_unit_id == unit


def test_a_broken_rule_shows_beside_its_field_and_keeps_what_was_typed(as_admin: Client) -> None:
    skill = Skill.objects.get(name="Support")
    page = as_admin.get(address(Skill, "change", skill.pk))
    form = page.context["adminform"].form
    data = filled(form)
    answer = as_admin.post(address(Skill, "change", skill.pk), data | {"name": "no spaces!"})
    assert answer.status_code == 200
    assert "2 to 30" in str(answer.context["adminform"].form.errors["name"])
    assert b"no spaces!" in answer.content
    skill.refresh_from_db()
    assert skill.name == "Support"


def test_secrets_are_not_shown_and_a_blank_one_stays(as_admin: Client) -> None:
    registration = SmsRegistration.objects.get(provider="nexmo")
    page = as_admin.get(address(SmsRegistration, "change", registration.pk))
    assert registration.api_secret.encode() not in page.content
    form = page.context["adminform"].form
    data = filled(form)
    answer = as_admin.post(address(SmsRegistration, "change", registration.pk), data | {"name": "Renamed"})
    assert answer.status_code == 302
    changed = SmsRegistration.objects.get(pk=registration.pk)
    assert (changed.name, changed.api_secret) == ("Renamed", registration.api_secret)


def test_what_is_in_use_cannot_be_deleted(as_admin: Client) -> None:
    campaign = Campaign.objects.get()
    answer = as_admin.post(address(Campaign, "delete", campaign.pk), {"post": "yes"}, follow=True)
    assert Campaign.objects.filter(pk=campaign.pk).exists()
    assert b"Support" in answer.content


def test_proficiencies_are_saved_with_the_agent(as_admin: Client) -> None:
    agent = Agent.objects.get(user__username="agent.one")
    page = as_admin.get(address(Agent, "change", agent.pk))
    form = page.context["adminform"].form
    support = Skill.objects.get(name="Support")
    assert f"proficiency_{support.pk}".encode() in page.content
    data = filled(form)
    answer = as_admin.post(
        address(Agent, "change", agent.pk), data | {f"proficiency_{support.pk}": 7, "max_concurrent_sms": 9}
    )
    assert answer.status_code == 302
    assert agent.agent_skills.get(skill=support).proficiency == 7
    agent.state.refresh_from_db()
    assert agent.state.limit == 9
