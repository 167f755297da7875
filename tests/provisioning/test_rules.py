"""References, rules and their sentences, resource by resource."""

from __future__ import annotations

import pytest

from agents.models import AgentSkill
from organizations.models import User
from sms_registrations.models import SmsRegistration
from tests.factories.agents import AgentFactory, AgentSkillFactory, TeamFactory
from tests.factories.campaigns import CampaignFactory
from tests.factories.dispositions import DispositionFactory, TagFactory
from tests.factories.organizations import UserFactory
from tests.factories.points_of_contact import PointOfContactFactory
from tests.factories.scripts import ScriptFactory, ScriptVersionFactory, plain_queue
from tests.factories.skills import SkillFactory
from tests.factories.sms_registrations import SmsRegistrationFactory

API = "/api/v1"
SIMULATED = {"provider": "simulator", "transport_code": "15550001111"}


def refused(answer, field: str) -> str:
    """The one sentence about one field."""
    assert answer.status_code == 400, answer.content
    body = answer.json()
    assert body["code"] == "invalid"
    assert list(body["fields"]) == [field]
    (sentence,) = body["fields"][field]
    assert sentence in body["message"]
    return sentence


# -- References ---------------


def test_references_by_name_and_by_id_in_every_form(admin, people):
    campaign = CampaignFactory.create(name="Été", business_unit=people.unit)
    forms = ["Été", "éTÉ", "E\u0301te\u0301", campaign.pk, {"name": "été"}, {"id": campaign.pk}]
    for number, form in enumerate(forms):
        made = admin.post(f"{API}/skills", {"name": f"Skill{number}", "campaign": form})
        assert made.status_code == 201, made.content
        assert made.json()["campaign"] == "Été"


@pytest.mark.parametrize(
    ("reference", "sentence"),
    [
        ("Nowhere", "There is no campaign “Nowhere” in this business unit."),
        (987654321, "There is no campaign with the id 987654321 in this business unit."),
        (10**30, f"There is no campaign with the id {10**30} in this business unit."),
        ("a\x00b", "There is no campaign “a\x00b” in this business unit."),
        (True, "Name the campaign by its name as text, or by its id as a whole number."),
        (["Service"], "Name the campaign by its name as text, or by its id as a whole number."),
        ({"colour": 1}, "Name the campaign by its name as text, or by its id as a whole number."),
        (None, "This is required: fill it in."),
    ],
)
def test_references_that_lead_nowhere(reference, sentence, admin):
    answer = admin.post(f"{API}/skills", {"name": "Support", "campaign": reference})
    assert refused(answer, "campaign") == sentence


def test_objects_of_other_business_units_cannot_be_referred_to(admin):
    foreign = CampaignFactory.create(name="Foreign")
    for reference in ("Foreign", foreign.pk):
        answer = admin.post(f"{API}/skills", {"name": "Support", "campaign": reference})
        assert "There is no campaign" in refused(answer, "campaign")


def test_a_transport_code_may_come_as_a_number(admin, people):
    SmsRegistrationFactory.create(transport_code="33612345678", business_unit=people.unit)
    CampaignFactory.create(name="Service", business_unit=people.unit)
    body = {"name": "Calls", "campaign": "Service", "direction": "outbound", "transport_code": 33612345678}
    made = admin.post(f"{API}/skills", body)
    assert made.json()["transport_code"] == "33612345678"
    assert made.json()["outbound_strategy"] == "manual"


def test_objects_cannot_move_to_another_business_unit(admin, people, stranger):
    tag = TagFactory.create(business_unit=people.unit)
    url = f"{API}/tags/{tag.pk}"
    answer = admin.patch(url, {"business_unit": people.stranger.business_unit.name})
    assert refused(answer, "business_unit") == "An object cannot move to another business unit."
    assert admin.patch(url, {"business_unit": people.unit.name}).status_code == 200
    foreign = admin.post(f"{API}/tags", {"name": "New", "business_unit": people.stranger.business_unit.name})
    assert "There is no business unit" in refused(foreign, "business_unit")


# -- Skills ---------------


@pytest.fixture
def skill(people):
    campaign = CampaignFactory.create(name="Service", business_unit=people.unit)
    return SkillFactory.create(name="Support", business_unit=people.unit, campaign=campaign)


def test_lists_of_a_skill_keep_their_order(admin, people, skill):
    for name in ("A", "B", "C"):
        DispositionFactory.create(name=name, business_unit=people.unit)
        TagFactory.create(name=name, business_unit=people.unit)
    url = f"{API}/skills/{skill.pk}"
    for order in (["B", "C", "A"], ["C", "A"], []):
        made = admin.patch(url, {"dispositions": order, "tags": order}).json()
        assert (made["dispositions"], made["tags"]) == (order, order)
    assert admin.patch(url, {"dispositions": ["A", "a"]}).json()["fields"] == {
        "dispositions": ["1: This is named twice."]
    }
    unknown = admin.patch(url, {"tags": ["A", "Z"]}).json()["fields"]
    assert unknown == {"tags": ["1: There is no tag “Z” in this business unit."]}
    assert admin.patch(url, {"tags": "A"}).json()["fields"] == {"tags": ["Give a list."]}


def test_agents_of_a_skill(admin, people, skill):
    first, second = (AgentFactory.create(business_unit=people.unit, user__username=name) for name in "ab")
    url = f"{API}/skills/{skill.pk}"
    made = admin.patch(url, {"agents": [{"username": "b", "proficiency": 2}, "a"]})
    assert made.json()["agents"] == [
        {"username": "a", "proficiency": 10},
        {"username": "b", "proficiency": 2},
    ]
    assert admin.get(f"{API}/agents/{second.pk}").json()["skills"] == [{"skill": "Support", "proficiency": 2}]
    assert admin.patch(url, {"agents": [{"username": first.pk, "proficiency": 5}]}).json()["agents"] == [
        {"username": "a", "proficiency": 5}
    ]
    kept = admin.put(url, {"name": "Support", "campaign": "Service"})
    assert kept.json()["agents"] == [{"username": "a", "proficiency": 5}]


@pytest.mark.parametrize("proficiency", [0, 21, "best", 1.5, True, None])
def test_proficiency_is_1_to_20(proficiency, admin, people, skill):
    agent = AgentFactory.create(business_unit=people.unit)
    entry = {"username": agent.user.username, "proficiency": proficiency}
    sentence = refused(admin.patch(f"{API}/skills/{skill.pk}", {"agents": [entry]}), "agents")
    assert sentence.startswith("0: Proficiency is ")
    assert not AgentSkill.objects.exists()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": "x"}, "name"),
        ({"name": "no spaces"}, "name"),
        ({"initial_priority": 1001}, "initial_priority"),
        ({"initial_priority": -1}, "initial_priority"),
        ({"acceleration": 0.0001}, "acceleration"),
        ({"initial_priority": 20, "max_priority": 10}, "initial_priority"),
        ({"direction": "sideways"}, "direction"),
        ({"direction": "outbound"}, "transport_code"),
        ({"service_level_goal_percent": 101}, "service_level_goal_percent"),
        ({"after_contact_work_seconds": 3601}, "after_contact_work_seconds"),
        ({"screen_pop_url": "no address"}, "screen_pop_url"),
    ],
)
def test_rules_of_a_skill(change, field, admin, skill):
    answer = admin.patch(f"{API}/skills/{skill.pk}", change)
    assert answer.status_code == 400, answer.content
    assert field in answer.json()["fields"]


def test_names_are_unique_without_regard_to_case(admin, skill):
    answer = admin.post(f"{API}/skills", {"name": "SUPPORT", "campaign": "Service"})
    assert refused(answer, "name") == "A skill with this name exists."


def test_put_returns_to_the_defaults_what_it_does_not_mention(admin, people, skill):
    skill.acceleration, skill.notes, skill.is_active = 7, "Old", False
    skill.save()
    tag = TagFactory.create(business_unit=people.unit)
    skill.skill_tags.create(tag=tag)
    made = admin.put(f"{API}/skills/{skill.pk}", {"name": "Support", "campaign": "Service"}).json()
    assert (made["acceleration"], made["notes"], made["is_active"], made["tags"]) == (1, "", True, [])


def test_put_of_an_outbound_skill_keeps_the_one_strategy_there_is(admin, people):
    skill = SkillFactory.create(business_unit=people.unit, outbound=True)
    body = {
        "name": "Calls",
        "campaign": skill.campaign.name,
        "direction": "outbound",
        "transport_code": skill.transport_code_id,
    }
    assert admin.put(f"{API}/skills/{skill.pk}", body).json()["outbound_strategy"] == "manual"


def test_numbers_are_numbers(admin, skill):
    made = admin.patch(f"{API}/skills/{skill.pk}", {"acceleration": 0.125, "max_priority": "500"})
    assert made.json()["acceleration"] == 0.125
    assert '"max_priority":500,' in made.content.decode()


# -- Registrations ---------------


def test_put_keeps_the_secrets_it_does_not_mention(admin, people):
    row = SmsRegistrationFactory.create(business_unit=people.unit, signed=True)
    url = f"{API}/sms-registrations/{row.pk}"
    body = admin.get(url).json()
    assert admin.put(url, {**body, "messages_per_second": 3}).status_code == 200
    row.refresh_from_db()
    assert (row.api_secret, row.signature_secret) == ("made-up-secret", "made-up-signature-secret")
    assert admin.patch(url, {"api_secret": "other"}).status_code == 200
    row.refresh_from_db()
    assert row.api_secret == "other"


def test_webhook_addresses_are_shown_and_not_taken(admin, people):
    body = {"provider": "simulator", "transport_code": "15550001111", "inbound_webhook_url": "http://x"}
    made = admin.post(f"{API}/sms-registrations", body).json()
    row = SmsRegistration.objects.get(pk=made["id"])
    assert made["inbound_webhook_url"] == row.inbound_webhook_url
    assert row.webhook_token in made["status_webhook_url"]
    assert made["name"] == "15550001111"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"provider": "nexmo", "transport_code": "447700900001"}, "api_key"),
        ({"provider": "carrier-pigeon", "transport_code": "447700900001"}, "provider"),
        ({**SIMULATED, "transport_code": "no number!"}, "transport_code"),
        (
            {"provider": "simulator", "transport_code": "15550001111", "messages_per_second": 0},
            "messages_per_second",
        ),
        ({"provider": "simulator", "transport_code": "15550001111", "country": "france"}, "country"),
    ],
)
def test_rules_of_a_registration(body, field, admin):
    answer = admin.post(f"{API}/sms-registrations", body)
    assert answer.status_code == 400, answer.content
    assert field in answer.json()["fields"]


# -- Agents ---------------


def test_posting_an_agent_makes_the_account(admin, people):
    made = admin.post(f"{API}/agents", {"username": "new.agent", "first_name": "Olivia"})
    assert made.status_code == 201
    user = User.objects.get(username="new.agent")
    assert user.business_unit == people.unit
    assert not user.has_usable_password()
    assert not user.is_staff
    assert made.json()["name"] == "Olivia"
    assert (made.json()["max_concurrent_sms"], made.json()["team"]) == (None, None)


def test_posting_an_agent_equips_an_account_that_exists(admin, people):
    user = UserFactory.create(business_unit=people.unit, username="sam")
    assert admin.post(f"{API}/agents", {"username": "sam"}).status_code == 201
    user.refresh_from_db()
    assert user.agent.business_unit == people.unit


def test_posting_an_agent_takes_no_account_of_others(admin, people):
    UserFactory.create(username="foreign")
    assert refused(admin.post(f"{API}/agents", {"username": "foreign"}), "username")
    taken = {"username": people.agent.user.username}
    assert refused(admin.post(f"{API}/agents", taken), "username")


def test_the_user_name_stays(admin, people):
    url = f"{API}/agents/{people.agent.pk}"
    assert refused(admin.patch(url, {"username": "other"}), "username") == "The user name cannot be changed."
    assert admin.patch(url, {"username": people.agent.user.username}).status_code == 200


@pytest.mark.parametrize("seconds", [14, 301])
def test_refusal_timeout_of_an_agent(seconds, admin, people):
    answer = admin.patch(f"{API}/agents/{people.agent.pk}", {"sms_refusal_timeout_seconds": seconds})
    assert refused(answer, "sms_refusal_timeout_seconds")


def test_null_inherits(admin, people):
    url = f"{API}/agents/{people.agent.pk}"
    admin.patch(url, {"sms_refusal_timeout_seconds": 20, "max_concurrent_sms": 1})
    cleared = admin.patch(url, {"sms_refusal_timeout_seconds": None, "max_concurrent_sms": None}).json()
    assert (cleared["sms_refusal_timeout_seconds"], cleared["max_concurrent_sms"]) == (None, None)


# -- Scripts and points of contact ---------------


def test_a_definition_is_published_and_numbered(admin, people):
    url = f"{API}/scripts"
    made = admin.post(url, {"name": "Queue", "definition": plain_queue()})
    assert (made.json()["version"], made.json()["status"]) == (1, "published")
    url = made["Location"]
    same = admin.patch(url, {"definition": plain_queue()})
    assert same.json()["version"] == 1
    changed = plain_queue()
    changed["actions"][1]["label"] = "Wait"
    other = admin.patch(url, {"definition": changed})
    assert other.json()["version"] == 2, other.content
    assert admin.put(url, {"name": "Queue"}).json()["version"] == 2


def test_a_draft_is_not_published_by_what_was_read(admin, superuser, people):
    script = ScriptFactory.create(business_unit=people.unit)
    ScriptVersionFactory.create(script=script, draft=True, definition={"actions": [], "branches": []})
    unfinished = ScriptFactory.create(business_unit=people.unit, published=False, name="Unfinished")
    ScriptVersionFactory.create(script=unfinished, draft=True, definition=plain_queue())
    shown = admin.get(f"{API}/scripts/{script.pk}").json()
    assert (shown["version"], shown["status"]) == (1, "published")
    assert admin.put(f"{API}/scripts/{script.pk}", shown).status_code == 200
    assert script.versions.filter(status="draft").exists()
    assert admin.get(f"{API}/scripts/{unfinished.pk}").json()["status"] == "draft"
    assert superuser.post(f"{API}/apply", superuser.get(f"{API}/export").json()).status_code == 200
    assert not unfinished.versions.filter(status="published").exists()


@pytest.mark.parametrize(
    "definition",
    [[], "BEGIN", None, {"actions": [], "branches": []}, {"actions": [{"id": "a\x00", "type": "BEGIN"}]}],
)
def test_a_definition_that_cannot_run_is_refused(definition, admin):
    answer = admin.post(f"{API}/scripts", {"name": "Queue", "definition": definition})
    assert answer.status_code == 400, answer.content
    assert list(answer.json()["fields"]) == ["definition"]


def test_two_active_points_of_contact_cannot_listen_on_one_number(admin, people):
    point = PointOfContactFactory.create(business_unit=people.unit)
    body = {
        "name": "Second",
        "transport_code": point.transport_code.transport_code,
        "skill": point.skill.name,
        "script": point.script.name,
    }
    assert refused(admin.post(f"{API}/points-of-contact", body), "transport_code")
    assert admin.post(f"{API}/points-of-contact", {**body, "is_active": False}).status_code == 201


# -- In use ---------------


def test_what_is_in_use_is_not_deleted_and_the_users_are_named(admin, people):
    unit = people.unit
    point = PointOfContactFactory.create(business_unit=unit, name="Front door")
    team = TeamFactory.create(business_unit=unit)
    agent = AgentFactory.create(business_unit=unit, team=team, user__username="olivia")
    AgentSkillFactory.create(agent=agent, skill=point.skill)
    cases = [
        (f"{API}/skills/{point.skill_id}", "Front door"),
        (f"{API}/campaigns/{point.skill.campaign_id}", point.skill.name),
        (f"{API}/scripts/{point.script_id}", "Front door"),
        (f"{API}/sms-registrations/{point.transport_code_id}", "Front door"),
        (f"{API}/teams/{team.pk}", "olivia"),
    ]
    for url, user in cases:
        answer = admin.delete(url)
        assert answer.status_code == 409, url
        assert answer.json()["code"] == "in_use"
        assert user in answer.json()["message"]
    assert admin.patch(cases[1][0], {"is_active": False}).status_code == 200


# -- Business units ---------------


def test_business_unit(admin, superuser, colleague, stranger, people):
    url = f"{API}/business-units/{people.unit.pk}"
    body = admin.get(url).json()
    assert {"time_zone", "default_sms_refusal_timeout_seconds", "skill_name_pattern"} <= body.keys()
    changed = admin.patch(url, {"time_zone": "Europe/Paris", "default_sms_refusal_timeout_seconds": 20})
    assert changed.json()["time_zone"] == "Europe/Paris"
    assert refused(admin.patch(url, {"time_zone": "Mars/Olympus"}), "time_zone")
    assert colleague.patch(url, {"time_zone": "UTC"}).status_code == 403
    assert stranger.get(url).status_code == 404
    assert [one["id"] for one in stranger.get(f"{API}/business-units").json()["results"]] != [people.unit.pk]
    assert superuser.get(f"{API}/business-units", {"name": people.unit.name.lower()}).json()["count"] == 1
    assert admin.delete(url).status_code == 403
    in_use = superuser.delete(url)
    assert (in_use.status_code, in_use.json()["code"]) == (409, "in_use")
    made = superuser.post(f"{API}/business-units", {"name": "Third"})
    assert made.status_code == 201
    assert superuser.delete(made["Location"]).status_code == 204


# -- Filters by natural key ---------------


def test_filters_by_natural_key(admin, people, skill):
    agent = AgentFactory.create(business_unit=people.unit, user__username="olivia", skills=[(skill, 3)])
    number = SmsRegistrationFactory.create(business_unit=people.unit, transport_code="12345")
    point = PointOfContactFactory.create(business_unit=people.unit, skill=skill, transport_code=number)
    SkillFactory.create(business_unit=people.unit, outbound=True)
    ScriptFactory.create(business_unit=people.unit)

    def ids(resource, **query):
        answer = admin.get(f"{API}/{resource}", query)
        assert answer.status_code == 200, answer.content
        return [one["id"] for one in answer.json()["results"]]

    assert ids("agents", skill="support", is_active="true") == [agent.pk]
    assert ids("agents", username="olivia") == [agent.pk]
    assert ids("agents", team="null", skill=skill.pk) == [agent.pk]
    assert ids("agents", search="OLIV") == [agent.pk]
    assert ids("skills", agent="olivia", direction="inbound,outbound") == [skill.pk]
    assert ids("skills", campaign="SERVICE") == [skill.pk]
    assert ids("points-of-contact", transport_code="12345", script=point.script.name) == [point.pk]
    assert ids("sms-registrations", transport_code="+12345") == [number.pk]
    assert ids("skills", campaign="Nowhere") == []
    assert ids("skills", name="suppor") == []
    assert ids("skills", created_before="2020-01-01T00:00:00Z") == []
    assert admin.get(f"{API}/skills", {"direction": "sideways"}).status_code == 400


def test_numbers_and_names_are_taken_in_any_usual_way_of_writing(admin, people):
    CampaignFactory.create(name="Service", business_unit=people.unit)
    number = admin.post(
        f"{API}/sms-registrations",
        {"provider": "simulator", "transport_code": "+33 6 12-34.56.78"},
    )
    assert number.json()["transport_code"] == "33612345678"
    national = {"provider": "simulator", "transport_code": "06 98 76 54 32", "country": "FR"}
    assert admin.post(f"{API}/sms-registrations", national).json()["transport_code"] == "33698765432"
    decomposed = {"name": "Re\u0301servations", "campaign": "Service"}
    assert admin.post(f"{API}/skills", decomposed).json()["name"] == "R\u00e9servations"
