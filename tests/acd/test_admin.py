"""The configuration pages: they read within reach, write through services and show what those refuse."""

from __future__ import annotations

import json
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.contrib import admin
from django.test import Client

from acd.base import ConfiguredAdmin, ScopedAdmin, ViewOnlyAdmin
from agents.models import Agent, AgentState
from campaigns.models import Campaign
from core.errors import Conflict
from core.models import Numbered
from dispositions.models import Disposition
from organizations.models import ApiToken, BusinessUnit, Role, User
from organizations.roles import ADMINISTRATOR, AGENT, MANAGER, role
from points_of_contact.models import PointOfContact
from scripts.models import Script, ScriptVersion
from scripts.selectors import published_version
from skills.models import Skill
from sms_registrations.models import SmsRegistration
from tests.acd.pages import address, errors_of, fill
from tests.conftest import People
from tests.factories.agents import AgentFactory, AgentSkillFactory, TeamFactory
from tests.factories.campaigns import CampaignFactory
from tests.factories.contacts import ContactEventFactory, ContactFactory, MessageFactory
from tests.factories.dispositions import DispositionFactory, TagFactory
from tests.factories.hours import HoursOfOperationFactory
from tests.factories.messaging import DeliveryFactory, OptOutFactory
from tests.factories.organizations import (
    PASSWORD,
    ApiTokenFactory,
    BusinessUnitFactory,
    RoleFactory,
    UserFactory,
)
from tests.factories.points_of_contact import PointOfContactFactory
from tests.factories.quick_replies import QuickReplyFactory
from tests.factories.reporting import ReportFactory
from tests.factories.routing import OfferFactory
from tests.factories.scripts import ScriptFactory, ScriptSecretFactory, plain_queue
from tests.factories.skills import SkillDispositionFactory, SkillFactory
from tests.factories.sms_registrations import SmsRegistrationFactory
from tests.factories.supervisor import AlertDeliveryFactory, AlertWebhookFactory

pytestmark = pytest.mark.django_db

OURS = {model: page for model, page in admin.site._registry.items() if isinstance(page, ScopedAdmin)}
FACTORIES: dict[str, Any] = {
    "BusinessUnit": BusinessUnitFactory,
    "User": UserFactory,
    "Role": RoleFactory,
    "ApiToken": ApiTokenFactory,
    "Campaign": CampaignFactory,
    "Disposition": DispositionFactory,
    "Tag": TagFactory,
    "HoursOfOperation": HoursOfOperationFactory,
    "QuickReply": QuickReplyFactory,
    "ScriptSecret": ScriptSecretFactory,
    "SmsRegistration": SmsRegistrationFactory,
    "Skill": SkillFactory,
    "Team": TeamFactory,
    "Agent": AgentFactory,
    "Script": ScriptFactory,
    "PointOfContact": PointOfContactFactory,
    "Customer": ContactFactory,
    "Contact": ContactFactory,
    "Message": MessageFactory,
    "Offer": OfferFactory,
    "Delivery": DeliveryFactory,
    "OptOut": OptOutFactory,
    "Report": ReportFactory,
    "AlertWebhook": AlertWebhookFactory,
    "AlertDelivery": AlertDeliveryFactory,
}
NUMBERED = {
    "Customer": {"en": "Customer", "fr": "Client"},
    "Contact": {"en": "Contact", "fr": "Contact"},
    "Message": {"en": "Message", "fr": "Message"},
    "Delivery": {"en": "Delivery", "fr": "Remise"},
    "OptOut": {"en": "Opt-out", "fr": "Désinscription"},
    "Offer": {"en": "Offer", "fr": "Offre"},
    "AlertDelivery": {"en": "Alert delivery", "fr": "Envoi d’alerte"},
}
"""What has no name goes by its kind and its number."""


@pytest.fixture
def root(client: Client) -> Client:
    client.force_login(UserFactory.create(superuser=True))
    return client


@pytest.fixture
def desk(client: Client, people: People) -> Client:
    """The administrator of one business unit."""
    client.force_login(people.admin)
    return client


class TestEveryPage:
    def test_every_configured_model_has_a_page(self):
        assert {model.__name__ for model in OURS} == set(FACTORIES)

    @pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
    def test_lists_page_search_filter_and_order(self, root: Client, model: Any):
        FACTORIES[model.__name__].create()
        page = OURS[model]
        assert page.ordering[-1] in ("pk", "-pk")
        assert page.search_fields
        assert page.list_per_page <= 100
        response = root.get(address(model, "changelist"), {"q": "1"})
        assert response.status_code == 200
        plain = root.get(address(model, "changelist"))
        assert plain.context["cl"].result_count >= 1

    @pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
    def test_a_longer_list_costs_no_more_queries(
        self, root: Client, model: Any, django_assert_max_num_queries: Any
    ):
        for _number in range(8):
            FACTORIES[model.__name__].create()
        with django_assert_max_num_queries(16):
            root.get(address(model, "changelist"))

    @pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
    def test_forms_open(self, root: Client, model: Any):
        FACTORIES[model.__name__].create()
        row = model.objects.order_by("-pk").first()
        assert root.get(address(model, "change", row.pk)).status_code == 200
        assert root.get(address(model, "history", row.pk)).status_code == 200
        page = OURS[model]
        expected = 200 if isinstance(page, ConfiguredAdmin) else 403
        assert root.get(address(model, "add")).status_code == expected

    def test_what_has_no_name_is_known(self):
        assert {model.__name__ for model in OURS if issubclass(model, Numbered)} == set(NUMBERED)

    @pytest.mark.parametrize("language", ["en", "fr"])
    @pytest.mark.parametrize("name", NUMBERED)
    def test_titles_of_what_has_no_name(self, client: Client, name: str, language: str):
        client.force_login(UserFactory.create(superuser=True, language=language))
        model = next(one for one in OURS if one.__name__ == name)
        FACTORIES[name].create()
        row = model.objects.order_by("-pk").first()
        title = f"{NUMBERED[name][language]} {row.pk}"
        page = client.get(address(model, "change", row.pk))
        text = page.content.decode()
        assert f"<h1>{title}</h1>" in text
        assert f"<title>{title} · ACD</title>" in text
        history = client.get(address(model, "history", row.pk))
        assert f">{title}</a>" in history.content.decode()

    @pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
    def test_objects_of_others_are_not_there(self, desk: Client, model: Any):
        FACTORIES[model.__name__].create()
        row = model.objects.order_by("-pk").first()
        listed = desk.get(address(model, "changelist"))
        if listed.status_code == 200 and model is not Role:
            assert row not in listed.context["cl"].result_list
        if model is not Role:  # the same in every business unit
            assert desk.get(address(model, "change", row.pk)).status_code in (403, 404)

    @pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
    def test_agents_do_not_get_in(self, client: Client, people: People, model: Any):
        client.force_login(people.agent.user)
        assert client.get(address(model, "changelist")).status_code == 403
        client.logout()
        answer = client.get(address(model, "changelist"))
        assert answer.status_code == 302
        assert "login" in answer["Location"]

    @pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
    def test_supervisors_look_only(self, client: Client, people: People, model: Any):
        supervisor = UserFactory.create(supervisor=True, business_unit=people.unit)
        client.force_login(supervisor)
        assert client.get(address(model, "add")).status_code == 403

    def test_traffic_is_view_only(self, root: Client):
        for model, page in OURS.items():
            if isinstance(page, ViewOnlyAdmin):
                FACTORIES[model.__name__].create()
                row = model._default_manager.order_by("-pk").first()
                assert row is not None
                assert root.post(address(model, "change", row.pk), {}).status_code == 403
                assert root.post(address(model, "delete", row.pk), {"post": "yes"}).status_code == 403


class TestWriting:
    def test_creating_in_ones_own_business_unit(self, desk: Client, people: People):
        page = desk.get(address(Campaign, "add"))
        assert "business_unit" not in page.context["adminform"].form.fields
        foreign = BusinessUnitFactory.create()
        answer = desk.post(address(Campaign, "add"), {"name": "Spring", "business_unit": foreign.pk})
        assert answer.status_code == 302
        campaign = Campaign.objects.get()
        assert (campaign.name, campaign.business_unit) == ("Spring", people.unit)
        assert LogEntry.objects.get_for_object(campaign).get().actor == people.admin

    def test_a_superuser_chooses_the_business_unit(self, root: Client):
        unit = BusinessUnitFactory.create()
        root.post(address(Campaign, "add"), {"name": "Spring", "business_unit": unit.pk, "is_active": "on"})
        assert Campaign.objects.get().business_unit == unit

    def test_changing_writes_what_changed(self, desk: Client, people: People):
        campaign = CampaignFactory.create(business_unit=people.unit, notes="old")
        url = address(Campaign, "change", campaign.pk)
        data = fill(desk.get(url), name="Summer")
        Campaign.objects.filter(pk=campaign.pk).update(notes="new meanwhile")
        assert desk.post(url, {**data, "notes": "new meanwhile"}).status_code == 302
        stored = Campaign.objects.get(pk=campaign.pk)
        assert (stored.name, stored.notes) == ("Summer", "new meanwhile")

    def test_a_refusal_is_shown_beside_its_field(self, desk: Client, people: People):
        CampaignFactory.create(business_unit=people.unit, name="Spring")
        answer = desk.post(address(Campaign, "add"), {"name": "SPRING"})
        assert errors_of(answer) == {"name": ["A campaign with this name exists."]}
        assert Campaign.objects.count() == 1
        assert b"A campaign with this name exists." in answer.content

    def test_a_refusal_without_a_field_is_shown_above(
        self, desk: Client, people: People, monkeypatch: pytest.MonkeyPatch
    ):
        def refuse(**_values: object) -> None:
            raise Conflict("Somebody was faster.")

        monkeypatch.setattr(type(OURS[Campaign]), "create_service", staticmethod(refuse))
        answer = desk.post(address(Campaign, "add"), {"name": "Spring"})
        assert errors_of(answer) == {"__all__": ["Somebody was faster."]}

    def test_deleting_names_what_is_in_the_way(self, desk: Client, people: People):
        skill = SkillFactory.create(business_unit=people.unit, name="Support")
        url = address(Campaign, "delete", skill.campaign_id)
        assert b"ACD skill Support" in desk.get(url).content
        desk.post(url, {"post": "yes"})
        assert Campaign.objects.filter(pk=skill.campaign_id).exists()
        unused = CampaignFactory.create(business_unit=people.unit)
        desk.post(address(Campaign, "delete", unused.pk), {"post": "yes"})
        assert not Campaign.objects.filter(pk=unused.pk).exists()

    def test_used_between_page_and_click(self, desk: Client, people: People, monkeypatch: pytest.MonkeyPatch):
        skill = SkillFactory.create(business_unit=people.unit, name="Support")
        monkeypatch.setattr("acd.base.uses_of", lambda _one: [])
        answer = desk.post(address(Campaign, "delete", skill.campaign_id), {"post": "yes"}, follow=True)
        assert "Support" in str(next(iter(answer.context["messages"])))
        chosen = {"action": "delete_selected", "_selected_action": [skill.campaign_id], "post": "yes"}
        answer = desk.post(address(Campaign, "changelist"), chosen, follow=True)
        assert any("Support" in str(message) for message in answer.context["messages"])
        assert Campaign.objects.filter(pk=skill.campaign_id).exists()

    def test_switching_several(self, desk: Client, people: People):
        rows = CampaignFactory.create_batch(2, business_unit=people.unit)
        chosen = {"_selected_action": [row.pk for row in rows]}
        desk.post(address(Campaign, "changelist"), {"action": "deactivate", **chosen})
        assert not Campaign.objects.filter(is_active=True).exists()
        desk.post(address(Campaign, "changelist"), {"action": "activate", **chosen})
        assert not Campaign.objects.filter(is_active=False).exists()

    def test_switching_shows_refusals(self, desk: Client, people: People):
        line = SmsRegistrationFactory.create(business_unit=people.unit)
        PointOfContactFactory.create(business_unit=people.unit, transport_code=line)
        second = PointOfContactFactory.create(business_unit=people.unit, transport_code=line, is_active=False)
        answer = desk.post(
            address(PointOfContact, "changelist"),
            {"action": "activate", "_selected_action": [second.pk]},
            follow=True,
        )
        assert any("deactivate it first" in str(message) for message in answer.context["messages"])


class TestRegistrations:
    def test_secrets_go_in_and_never_come_out(self, desk: Client, people: People):
        registration = SmsRegistrationFactory.create(business_unit=people.unit, signed=True)
        url = address(SmsRegistration, "change", registration.pk)
        page = desk.get(url)
        for secret in (registration.api_secret, registration.signature_secret):
            assert secret.encode() not in page.content
        assert registration.inbound_webhook_url.encode() in page.content
        assert desk.post(url, fill(page, name="Renamed")).status_code == 302
        kept = SmsRegistration.objects.get(pk=registration.pk)
        assert (kept.name, kept.api_secret) == ("Renamed", registration.api_secret)
        desk.post(url, fill(desk.get(url), api_secret=" new secret "))
        kept = SmsRegistration.objects.get(pk=registration.pk)
        assert kept.api_secret == " new secret "
        assert kept.signature_secret == registration.signature_secret

    def test_creating(self, desk: Client):
        url = address(SmsRegistration, "add")
        data = fill(desk.get(url), provider="nexmo", transport_code="+33 6 12 34 56 78", name="Line")
        assert errors_of(desk.post(url, data)).keys() == {"api_key"}
        desk.post(url, {**data, "api_key": "abcd1234", "api_secret": "made-up"})
        assert SmsRegistration.objects.get().transport_code == "33612345678"


class TestSkills:
    def test_with_dispositions_and_agents_in_one_go(self, desk: Client, people: People):
        campaign = CampaignFactory.create(business_unit=people.unit)
        one, two = DispositionFactory.create_batch(2, business_unit=people.unit)
        url = address(Skill, "add")
        data = fill(desk.get(url), name="Cafe\u0301", campaign=campaign.pk, require_disposition="on")
        refused = desk.post(url, data)
        assert errors_of(refused).keys() == {"require_disposition"}
        assert not Skill.objects.exists()
        data |= {"dispositions": [two.pk, one.pk], "agents": [people.agent.pk], "agents-proficiency": [3]}
        answer = desk.post(url, data)
        assert answer.status_code == 302, errors_of(answer)
        skill = Skill.objects.get()
        assert skill.name == "Caf\u00e9"
        links = skill.skill_dispositions.order_by("position")
        assert list(links.values_list("disposition", flat=True)) == [two.pk, one.pk]
        assert list(skill.agent_skills.values_list("agent", "proficiency")) == [(people.agent.pk, 3)]

    def test_removing_a_link(self, desk: Client, people: People):
        skill = SkillFactory.create(business_unit=people.unit)
        SkillDispositionFactory.create(skill=skill)
        AgentSkillFactory.create(skill=skill, agent=people.agent)
        url = address(Skill, "change", skill.pk)
        gone = {"dispositions": [], "agents": [], "agents-proficiency": []}
        assert desk.post(url, fill(desk.get(url)) | gone).status_code == 302
        assert not skill.skill_dispositions.exists()
        assert not skill.agent_skills.exists()

    def test_a_refused_link_is_told_and_nothing_saved(self, desk: Client, people: People):
        campaign = CampaignFactory.create(business_unit=people.unit)
        foreign = DispositionFactory.create()
        url = address(Skill, "add")
        data = fill(desk.get(url), name="Support", campaign=campaign.pk)
        answer = desk.post(url, data | {"dispositions": [foreign.pk]})
        assert errors_of(answer).keys() == {"dispositions"}
        assert not Skill.objects.exists()

    @pytest.mark.parametrize("name", ["a", "a b", "x" * 31])
    def test_the_name_rule(self, desk: Client, people: People, name: str):
        campaign = CampaignFactory.create(business_unit=people.unit)
        url = address(Skill, "add")
        answer = desk.post(url, fill(desk.get(url), name=name, campaign=campaign.pk))
        assert errors_of(answer).keys() == {"name"}

    def test_choices_are_those_within_reach(self, desk: Client, people: People):
        mine = CampaignFactory.create(business_unit=people.unit)
        CampaignFactory.create()
        field = desk.get(address(Skill, "add")).context["adminform"].form.fields["campaign"]
        assert list(field.queryset) == [mine]


class TestAgents:
    def test_creating_makes_the_account(self, desk: Client, people: People):
        skill = SkillFactory.create(business_unit=people.unit)
        url = address(Agent, "add")
        data = fill(
            desk.get(url), username="ada", first_name="Ada", password=PASSWORD, sms_refusal_timeout_seconds=14
        )
        data |= {"skills": [skill.pk], "skills-proficiency": [1]}
        assert errors_of(desk.post(url, data)).keys() == {"sms_refusal_timeout_seconds"}
        assert not User.objects.filter(username="ada").exists()
        assert desk.post(url, data | {"sms_refusal_timeout_seconds": 15}).status_code == 302
        agent = Agent.objects.get(user__username="ada")
        assert agent.user.check_password(PASSWORD)
        assert agent.state.refusal_timeout_seconds == 15
        assert agent.agent_skills.get().proficiency == 1

    def test_his_skills_are_shown_and_stay(self, desk: Client, people: People):
        AgentSkillFactory.create(agent=people.agent, proficiency=4)
        url = address(Agent, "change", people.agent.pk)
        assert desk.post(url, fill(desk.get(url), last_name="Lovelace")).status_code == 302
        assert people.agent.agent_skills.get().proficiency == 4

    def test_limits_take_effect(self, desk: Client, people: People):
        url = address(Agent, "change", people.agent.pk)
        page = desk.get(url)
        assert f"3, from the business unit {people.unit.name}" in page.content.decode()
        desk.post(url, fill(page, max_concurrent_sms=7, last_name="Lovelace"))
        assert AgentState.objects.get(agent=people.agent).limit == 7
        assert User.objects.get(pk=people.agent.user_id).last_name == "Lovelace"
        assert User.objects.get(pk=people.agent.user_id).check_password(PASSWORD)


class TestScripts:
    def test_a_definition_is_inspected_and_published(self, desk: Client, people: People):
        url = address(Script, "add")
        data = fill(desk.get(url), name="Queue", definition=json.dumps({"actions": [], "branches": []}))
        answer = desk.post(url, data)
        assert "BEGIN" in errors_of(answer)["definition"][0]
        assert desk.post(url, data | {"definition": json.dumps(plain_queue())}).status_code == 302
        script = Script.objects.get()
        assert published_version(script) is not None
        change = address(Script, "change", script.pk)
        desk.post(change, fill(desk.get(change), name="Renamed"))
        assert ScriptVersion.objects.count() == 1
        assert Script.objects.get().name == "Renamed"


class TestUsers:
    def test_an_administrator_makes_accounts_of_his_unit(self, desk: Client, people: People):
        url = address(User, "add")
        data = fill(desk.get(url), username="ada", password="short", groups=[role(MANAGER).pk])
        assert "password" in errors_of(desk.post(url, data))
        answer = desk.post(url, data | {"password": PASSWORD, "is_superuser": "on"})
        assert answer.status_code == 302
        user = User.objects.get(username="ada")
        assert user.business_unit == people.unit
        assert user.check_password(PASSWORD)
        assert not user.is_superuser
        assert list(user.groups.all()) == [role(MANAGER)]

    def test_nobody_touches_who_may_more(self, client: Client, people: People):
        manager = UserFactory.create(manager=True, business_unit=people.unit)
        manager.user_permissions.add(*role(ADMINISTRATOR).permissions.filter(codename__endswith="_user"))
        manager = User.objects.get(pk=manager.pk)
        client.force_login(manager)
        url = address(User, "change", people.admin.pk)
        assert (
            client.post(url, {"username": people.admin.username, "password": PASSWORD + "!"}).status_code
            == 403
        )
        assert User.objects.get(pk=people.admin.pk).check_password(PASSWORD)
        assert client.post(address(User, "delete", people.admin.pk), {"post": "yes"}).status_code == 403
        chosen = {"action": "deactivate", "_selected_action": [people.admin.pk, people.agent.user_id]}
        client.post(address(User, "changelist"), chosen)
        assert User.objects.get(pk=people.admin.pk).is_active
        assert not User.objects.get(pk=people.agent.user_id).is_active

    def test_roles_above_ones_own_are_not_offered(self, client: Client, people: People):
        manager = UserFactory.create(manager=True, business_unit=people.unit)
        manager.user_permissions.add(*role(ADMINISTRATOR).permissions.filter(codename__endswith="_user"))
        client.force_login(User.objects.get(pk=manager.pk))
        field = client.get(address(User, "add")).context["adminform"].form.fields["groups"]
        names = set(field.queryset.values_list("name", flat=True))
        assert ADMINISTRATOR not in names
        assert names >= {MANAGER, AGENT}

    def test_the_password_is_kept_unless_given(self, desk: Client, people: People):
        url = address(User, "change", people.agent.user_id)
        page = desk.get(url)
        assert people.agent.user.password.encode() not in page.content
        answer = desk.post(url, fill(page, first_name="Ada"))
        assert answer.status_code == 302, errors_of(answer)
        user = User.objects.get(pk=people.agent.user_id)
        assert user.first_name == "Ada"
        assert user.check_password(PASSWORD)

    def test_tokens_are_revoked(self, desk: Client, people: People):
        mine, foreign = ApiTokenFactory.create(user=people.agent.user), ApiTokenFactory.create()
        chosen = {"action": "revoke", "_selected_action": [mine.pk, foreign.pk]}
        desk.post(address(ApiToken, "changelist"), chosen)
        assert ApiToken.objects.get(pk=mine.pk).revoked_at is not None
        assert ApiToken.objects.get(pk=foreign.pk).revoked_at is None


class TestBusinessUnits:
    def test_defaults_reach_the_agents(self, desk: Client, people: People):
        url = address(BusinessUnit, "change", people.unit.pk)
        page = desk.get(url)
        assert errors_of(desk.post(url, fill(page, default_sms_refusal_timeout_seconds=10))).keys() == {
            "default_sms_refusal_timeout_seconds"
        }
        assert desk.post(url, fill(page, default_sms_refusal_timeout_seconds=20)).status_code == 302
        assert AgentState.objects.get(agent=people.agent).refusal_timeout_seconds == 20
        assert desk.get(address(BusinessUnit, "add")).status_code == 403


def test_the_conversation_is_on_the_contacts_page(desk: Client, people: People):
    contact = ContactFactory.create(business_unit=people.unit, queued=True)
    message = MessageFactory.create(contact=contact, text="Where is my order?")
    ContactEventFactory.create(contact=contact, kind="opened")
    ContactEventFactory.create(contact=contact, kind="message_received", data={"message": message.pk})
    page = desk.get(address(type(contact), "change", contact.pk)).content.decode()
    assert "Where is my order?" in page
    assert "The contact began" in page


def test_dispositions_show_their_kind(desk: Client, people: People):
    DispositionFactory.create(business_unit=people.unit, classification="positive")
    assert b"Positive" in desk.get(address(Disposition, "changelist")).content
