"""The wizard through its pages: the same forms and services as ACD, one task after the other."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from agents.models import Agent, AgentSkill
from campaigns.models import Campaign
from dispositions.models import Disposition, Tag
from organizations.models import User
from organizations.roles import MANAGER, role
from points_of_contact.models import PointOfContact
from scripts.models import Script
from setup_wizard.selectors import channel_of, channels_of
from setup_wizard.steps import CAMPAIGN, OUTBOUND_SKILL, STEPS, State
from skills.models import Skill
from sms_registrations.models import SmsRegistration
from tests.conftest import People
from tests.factories.agents import AgentSkillFactory
from tests.factories.campaigns import CampaignFactory
from tests.factories.organizations import UserFactory
from tests.factories.points_of_contact import PointOfContactFactory
from tests.factories.scripts import ScriptFactory
from tests.factories.skills import SkillFactory
from tests.factories.sms_registrations import SmsRegistrationFactory

pytestmark = pytest.mark.django_db

NUMBER = "15550100300"
REGISTRATION = {
    "provider": "simulator",
    "transport_code": NUMBER,
    "number_type": "long",
    "messages_per_second": "10",
    "signature_method": "none",
}
SKILL = {
    "after_contact_work_seconds": "0",
    "screen_pop_trigger": "answer",
    "initial_priority": "0",
    "acceleration": "1",
    "max_priority": "1000",
    "service_level_threshold_seconds": "30",
    "service_level_goal_percent": "80",
    "short_abandon_threshold_seconds": "15",
}


@pytest.fixture
def desk(client: Client, people: People) -> Client:
    client.force_login(people.admin)
    return client


@pytest.fixture
def registration(people: People) -> SmsRegistration:
    return SmsRegistrationFactory.create(
        business_unit=people.unit, provider="simulator", transport_code=NUMBER
    )


def address(registration: SmsRegistration, step: str) -> str:
    return f"/setup/{registration.pk}/{step}/"


def user_with(people: People, *codes: str) -> User:
    """Somebody of the business unit with exactly these permissions."""
    user = UserFactory.create(business_unit=people.unit)
    user.user_permissions.set(Permission.objects.filter(codename__in=codes))
    return user


def states(registration: SmsRegistration, **chosen: Any) -> dict[str, str]:
    found = SmsRegistration.objects.get(pk=registration.pk)
    return {step.slug: state.value for step, state in channel_of(found, chosen).states.items()}


def errors_of(response: Any) -> dict[str, list[str]]:
    return response.context["form"].errors


class TestTheWholeWay:
    def test_a_channel_from_nothing(self, desk: Client, people: People):
        """Each answer leads to the next task; at the end everything is connected."""
        answer = desk.post("/setup/new/", REGISTRATION)
        registration = SmsRegistration.objects.get()
        assert answer["Location"] == address(registration, "registration")
        assert (registration.name, registration.business_unit) == (NUMBER, people.unit)

        answer = desk.post(address(registration, "campaign"), {"name": "Service"})
        campaign = Campaign.objects.get()
        assert answer["Location"] == f"{address(registration, 'skill')}?campaign={campaign.pk}"

        shown = desk.get(answer["Location"])
        assert shown.context["form"]["campaign"].value() == campaign.pk
        answer = desk.post(answer["Location"], {**SKILL, "name": "Support", "campaign": campaign.pk})
        skill = Skill.objects.get()
        assert (skill.direction, skill.media_type) == ("inbound", "sms")

        answer = desk.post(
            address(registration, "outbound-skill"), {**SKILL, "name": "Calls", "campaign": campaign.pk}
        )
        outbound = Skill.objects.get(name="Calls")
        assert outbound.transport_code == registration
        assert outbound.outbound_strategy == "manual"

        answer = desk.post(address(registration, "script"), {"name": "Plain"})
        script = Script.objects.get()
        shown = desk.get(answer["Location"])
        assert shown.context["form"]["skill"].value() == skill.pk
        assert shown.context["form"]["script"].value() == script.pk
        desk.post(
            address(registration, "point-of-contact"),
            {"name": "By SMS", "skill": skill.pk, "script": script.pk, "ivr_reporting_enabled": "on"},
        )
        point = PointOfContact.objects.get()
        assert (point.transport_code, point.skill, point.script) == (registration, skill, script)
        assert point.ivr_reporting_enabled

        desk.post(
            address(registration, "dispositions"),
            {
                "new_dispositions": "Resolved\n\nSpam\nResolved",
                "new_tags": "VIP",
                "require_disposition": "on",
            },
        )
        assert [one.disposition.name for one in skill.skill_dispositions.order_by("position")] == [
            "Resolved",
            "Spam",
        ]
        assert Skill.objects.get(pk=skill.pk).require_disposition

        desk.post(address(registration, "agents"), {"agents": people.agent.pk, "agents-proficiency": "2"})
        assert AgentSkill.objects.get(skill=skill).proficiency == 2
        assert set(states(registration).values()) == {"done", "to_do"}
        assert states(registration)["try"] == "to_do"
        assert "Takes texts" in desk.get("/setup/").content.decode()

    def test_a_new_agent_with_proficiency_and_limits(self, desk: Client, people: People):
        point = PointOfContactFactory.create(business_unit=people.unit)
        answer = desk.post(
            address(point.transport_code, "agents"),
            {
                "username": "nina",
                "password": "correct horse battery",
                "proficiency": "3",
                "max_concurrent_sms": "4",
            },
        )
        assert answer["Location"] == address(point.transport_code, "agents")
        link = AgentSkill.objects.get(agent__user__username="nina")
        assert (link.skill, link.proficiency, link.agent.max_concurrent_sms) == (point.skill, 3, 4)
        assert Agent.objects.get(user__username="nina").business_unit == people.unit

    def test_run_again_it_edits(self, desk: Client, people: People):
        point = PointOfContactFactory.create(business_unit=people.unit, name="Old")
        other = SkillFactory.create(business_unit=people.unit)
        at = address(point.transport_code, "point-of-contact")
        assert desk.get(at).context["form"]["name"].value() == "Old"
        desk.post(at, {"name": "New", "skill": other.pk, "script": point.script_id})
        assert PointOfContact.objects.get().name == "New"
        assert PointOfContact.objects.get().skill == other


class TestStates:
    def test_what_is_not_connected_yet_is_found_by_its_age(self, people: People):
        SkillFactory.create(business_unit=people.unit)
        ScriptFactory.create(business_unit=people.unit)
        registration = SmsRegistrationFactory.create(business_unit=people.unit)
        assert states(registration)["skill"] == "to_do"
        assert states(registration)["script"] == "to_do"
        SkillFactory.create(
            business_unit=people.unit, campaign=CampaignFactory.create(business_unit=people.unit)
        )
        ScriptFactory.create(business_unit=people.unit)
        assert states(registration) | {"campaign": "done", "skill": "done", "script": "done"} == states(
            registration
        )

    def test_what_the_address_chooses_counts(self, people: People):
        skill = SkillFactory.create(business_unit=people.unit)
        registration = SmsRegistrationFactory.create(business_unit=people.unit)
        assert states(registration)["skill"] == "to_do"
        chosen = states(registration, skill=skill)
        assert (chosen["skill"], chosen["campaign"]) == ("done", "skipped")

    def test_what_others_have_is_not_ours(self, people: People):
        registration = SmsRegistrationFactory.create(business_unit=people.unit)
        SkillFactory.create()
        ScriptFactory.create()
        assert states(registration)["skill"] == states(registration)["script"] == "to_do"

    def test_a_point_of_contact_that_is_off_is_not_done(self, people: People):
        point = PointOfContactFactory.create(business_unit=people.unit, is_active=False)
        assert states(point.transport_code)["point-of-contact"] == "to_do"

    def test_the_optional_ones_are_skipped(self, people: People):
        point = PointOfContactFactory.create(business_unit=people.unit)
        assert channel_of(point.transport_code).states[OUTBOUND_SKILL] is State.SKIPPED
        assert channel_of(point.transport_code).states[CAMPAIGN] in (State.SKIPPED, State.DONE)
        AgentSkillFactory.create(skill=point.skill, agent=people.agent)
        assert states(point.transport_code)["dispositions"] == "skipped"

    def test_many_channels_cost_no_more_queries(self, people: People, django_assert_num_queries: Any):
        for _number in range(6):
            PointOfContactFactory.create(business_unit=people.unit)
            SmsRegistrationFactory.create(business_unit=people.unit)
        rows = list(SmsRegistration.objects.all())
        assert len(rows) == 12
        with django_assert_num_queries(7):
            assert {len(one.states) for one in channels_of(rows)} == {len(STEPS)}


class TestSkippingAndResuming:
    def test_an_existing_campaign_is_chosen_instead(self, desk: Client, people: People):
        campaign = CampaignFactory.create(business_unit=people.unit, name="Service")
        registration = SmsRegistrationFactory.create(business_unit=people.unit)
        page = desk.get(address(registration, "campaign"))
        assert [one.pk for one in page.context["reusable"]] == [campaign.pk]
        following = desk.get(address(registration, "skill"), {"campaign": campaign.pk})
        assert following.context["missing"] is None
        assert following.context["form"]["campaign"].value() == campaign.pk

    def test_a_colleague_goes_on(self, client: Client, desk: Client, people: People):
        desk.post("/setup/new/", REGISTRATION)
        registration = SmsRegistration.objects.get()
        desk.post(address(registration, "campaign"), {"name": "Service"})
        manager = UserFactory.create(business_unit=people.unit)
        manager.groups.add(role(MANAGER))
        other = Client()
        other.force_login(manager)
        page = other.get("/setup/")
        assert f"/setup/{registration.pk}/skill/" in page.content.decode()
        answer = other.post(
            address(registration, "skill"),
            {**SKILL, "name": "Support", "campaign": Campaign.objects.get().pk},
        )
        assert answer.status_code == 302
        assert states(registration)["skill"] == "done"

    def test_a_task_that_needs_another_says_so(self, desk: Client, registration: SmsRegistration):
        page = desk.get(address(registration, "point-of-contact"))
        assert page.context["missing"] == address(registration, "skill")
        desk.post(address(registration, "point-of-contact"), {"name": "x"})
        assert not PointOfContact.objects.exists()


class TestNothingIsLost:
    def test_refusals_stand_beside_the_fields(self, desk: Client, registration: SmsRegistration):
        answer = desk.post("/setup/new/", {**REGISTRATION, "name": "Second"})
        assert errors_of(answer) == {"transport_code": ["This transport code is registered already."]}
        assert answer.context["form"]["name"].value() == "Second"
        campaign = CampaignFactory.create(business_unit=registration.business_unit)
        answer = desk.post(
            address(registration, "skill") + f"?campaign={campaign.pk}",
            {**SKILL, "name": "A B", "campaign": campaign.pk, "notes": "long"},
        )
        assert "name" in errors_of(answer)
        assert answer.context["form"]["notes"].value() == "long"
        assert not Skill.objects.exists()

    def test_an_error_opens_the_section_it_is_in(self, desk: Client):
        answer = desk.post("/setup/new/", {**REGISTRATION, "messages_per_second": "0"})
        assert '<details class="setup-more" open>' in answer.content.decode()

    def test_one_new_name_that_is_taken_undoes_all(self, desk: Client, people: People):
        point = PointOfContactFactory.create(business_unit=people.unit)
        Disposition.objects.create(business_unit=people.unit, name="Spam", is_active=False)
        answer = desk.post(
            address(point.transport_code, "dispositions"),
            {"new_dispositions": "Fine\nspam", "new_tags": "VIP"},
        )
        assert list(errors_of(answer)) == ["new_dispositions"]
        assert Disposition.objects.count() == 1
        assert not Tag.objects.exists()

    def test_a_draft_is_filled_in_without_being_checked(self, desk: Client):
        answer = desk.post(
            "/setup/new/",
            {"_restore": "1", "transport_code": "12", "provider": "nexmo", "api_secret": "hidden"},
        )
        shown = answer.content.decode()
        assert 'value="12"' in shown
        assert "is-invalid" not in shown
        assert "hidden" not in shown.replace('type="hidden"', "")
        assert not SmsRegistration.objects.exists()

    def test_secrets_do_not_come_back(self, desk: Client):
        answer = desk.post(
            "/setup/new/", {**REGISTRATION, "provider": "nexmo", "api_key": "", "api_secret": "very-secret"}
        )
        assert "api_key" in errors_of(answer)
        assert b"very-secret" not in answer.content

    def test_who_is_signed_out_comes_back_to_the_task(self, client: Client, registration: SmsRegistration):
        answer = client.post(address(registration, "campaign"), {"name": "Service"})
        assert answer["Location"].endswith(f"?next={address(registration, 'campaign')}")
        assert not Campaign.objects.exists()


class TestPermissions:
    @pytest.mark.parametrize(
        ("step", "codes", "data"),
        [
            ("campaign", ("add_campaign",), {"name": "Service"}),
            ("skill", ("add_skill", "change_skill"), {**SKILL, "name": "Support"}),
            ("skill", ("add_skill",), {**SKILL, "name": "Support"}),
            ("script", ("add_script",), {"name": "Plain"}),
        ],
    )
    def test_creating_takes_the_permissions_of_the_procedure(
        self, client: Client, people: People, registration: SmsRegistration, step: str, codes: Any, data: Any
    ):
        campaign = CampaignFactory.create(business_unit=people.unit) if step == "skill" else None
        data = {**data, **({"campaign": campaign.pk} if campaign else {})}
        at = address(registration, step)
        client.force_login(user_with(people, "view_smsregistration"))
        refused = client.post(at, data)
        assert refused.status_code == 403
        assert refused.context["form"]["name"].value() == data["name"]
        assert people.admin in refused.context["asked"]
        client.force_login(user_with(people, "view_smsregistration", *codes))
        allowed = client.post(at, data)
        is_whole = codes != ("add_skill",)
        assert allowed.status_code == (302 if is_whole else 403)

    def test_a_task_one_may_not_do_names_who_may(
        self, client: Client, people: People, registration: SmsRegistration
    ):
        client.force_login(user_with(people, "view_smsregistration"))
        page = client.get(address(registration, "campaign"))
        assert page.status_code == 200
        assert people.admin.username in page.content.decode()
        assert 'data-testid="task-form"' not in page.content.decode()
        assert people.admin.username in client.get(f"/setup/{registration.pk}/").content.decode()

    def test_changing_takes_the_permission_to_change(self, client: Client, people: People):
        point = PointOfContactFactory.create(business_unit=people.unit)
        client.force_login(user_with(people, "view_smsregistration", "add_pointofcontact"))
        answer = client.post(
            address(point.transport_code, "point-of-contact"),
            {"name": "New", "skill": point.skill_id, "script": point.script_id},
        )
        assert answer.status_code == 403
        assert PointOfContact.objects.get().name == point.name

    def test_nobody_without_sight_of_registrations_gets_in(
        self, client: Client, people: People, registration: SmsRegistration
    ):
        client.force_login(people.agent.user)
        for path in ("/setup/", "/setup/new/", f"/setup/{registration.pk}/", address(registration, "try")):
            assert client.get(path).status_code == 403

    @pytest.mark.parametrize("page", ["", "skill/", "try/", "trail/", "first-text/"])
    def test_channels_of_other_business_units_are_not_there(
        self, client: Client, people: People, registration: SmsRegistration, page: str
    ):
        client.force_login(people.stranger)
        assert client.get(f"/setup/{registration.pk}/{page}").status_code == 404
        assert registration.transport_code not in client.get("/setup/").content.decode()

    def test_what_others_have_cannot_be_chosen(self, desk: Client, registration: SmsRegistration):
        strange = SkillFactory.create()
        page = desk.get(address(registration, "point-of-contact"), {"skill": strange.pk, "script": "x"})
        assert page.context["missing_step"].slug == "skill"


def test_every_page_in_french(client: Client, people: People):
    people.admin.language = "fr"
    people.admin.save()
    client.force_login(people.admin)
    point = PointOfContactFactory.create(business_unit=people.unit, transport_code__provider="simulator")
    assert "Configurer un canal" in client.get("/setup/").content.decode()
    assert "Fournisseur" in client.get("/setup/new/").content.decode()
    for step in STEPS:
        page = client.get(address(point.transport_code, step.slug))
        assert page.status_code == 200
        assert page.context["step"].title[0].isupper()


def test_a_superuser_chooses_the_business_unit(client: Client, people: People):
    client.force_login(UserFactory.create(superuser=True, business_unit=None))
    client.post("/setup/new/", {**REGISTRATION, "business_unit": people.unit.pk})
    assert SmsRegistration.objects.get().business_unit == people.unit
