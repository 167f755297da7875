"""The supervisor's calls and pages: who may, what they answer, and what they cost."""

from __future__ import annotations

import pytest
from django.test import Client
from rest_framework.test import APIClient

from agents.models import Agent
from contacts.models import Contact, Notice
from organizations.roles import INTERVENE, SUPERVISE, permissions_of
from routing.services import offers
from supervisor.models import SkillThresholds, UnitThresholds
from tests.factories.agents import AgentFactory, TeamFactory
from tests.factories.organizations import BusinessUnitFactory, UserFactory
from tests.routing.floor import let_expire, pending, state_of, suitor

READS = ["board", "refusals", "contacts/{contact}"]
ACTS = {
    "contacts/{contact}/whisper": ("post", {"text": "Hint"}),
    "contacts/{contact}/take-over": ("post", {}),
    "contacts/{contact}/hand": ("post", {"skill": "{skill}"}),
    "contacts/{contact}/move": ("post", {}),
    "contacts/{contact}/close": ("post", {}),
    "agents/{agent}/state": ("put", {"state": "unavailable"}),
    "agents/{agent}/requeue": ("post", {}),
    "messages": ("post", {"everybody": True, "text": "Hello"}),
}
PAGES = ["", "refusals/", "thresholds/", "contacts/{contact}/", "agents/{agent}/"]


@pytest.fixture
def talking(floor):
    agent = floor.agent()
    contact = floor.contact(text="Hello")
    floor.do(offers.accept_offer, offer_id=pending(contact).pk, by=agent)
    contact.refresh_from_db()
    return contact


def ask(user, path, contact, method="get", body=None):
    names = {"contact": contact.pk, "agent": contact.agent_id, "skill": contact.skill.name}
    client = APIClient()
    if user is not None:
        client.force_authenticate(user)
    filled = {
        name: value.format(**names) if isinstance(value, str) else value
        for name, value in (body or {}).items()
    }
    return getattr(client, method)(f"/api/v1/supervisor/{path.format(**names)}", filled)


def holding(unit, *codes):
    user = UserFactory.create(business_unit=unit)
    user.user_permissions.set(permissions_of(codes))
    return user


@pytest.mark.parametrize("path", READS)
def test_reading_needs_the_permission_to_watch(floor, talking, path):
    assert ask(holding(floor.unit, SUPERVISE), path, talking).status_code == 200
    refused = ask(holding(floor.unit, INTERVENE, "contacts.view_contact"), path, talking)
    assert (refused.status_code, refused.json()["code"]) == (403, "permission_denied")
    assert "Agents: watch their work live" in refused.json()["message"]
    assert ask(None, path, talking).status_code == 401


@pytest.mark.parametrize("path", ACTS)
def test_acting_needs_the_permission_to_step_in(floor, talking, path):
    method, body = ACTS[path]
    watcher = AgentFactory.create(business_unit=floor.unit, user=holding(floor.unit, SUPERVISE)).user
    refused = ask(watcher, path, talking, method, body)
    assert (refused.status_code, refused.json()["code"]) == (403, "permission_denied")
    user = AgentFactory.create(business_unit=floor.unit, user=holding(floor.unit, SUPERVISE, INTERVENE)).user
    answer = ask(user, path, talking, method, body)
    expected = {"contacts/{contact}/move": 409, "contacts/{contact}/whisper": 201, "messages": 201}
    assert answer.status_code == expected.get(path, 200), answer.content


@pytest.mark.parametrize("path", ["contacts/{contact}", *[path for path in ACTS if path != "messages"]])
def test_other_business_units_do_not_exist(talking, path):
    method, body = ACTS.get(path, ("get", None))
    stranger = AgentFactory.create(user=UserFactory.create(supervisor=True))
    assert ask(stranger.user, path, talking, method, body).status_code == 404


def test_superuser_chooses_the_business_unit(floor, talking):
    superuser = UserFactory.create(superuser=True)
    answer = ask(superuser, f"board?unit={floor.unit.pk}", talking)
    assert answer.json()["unit"]["id"] == floor.unit.pk
    assert ask(UserFactory.create(supervisor=True), f"board?unit={floor.unit.pk}", talking).status_code == 404


def test_who_is_no_agent_takes_nothing_over(talking, supervisor):
    refused = ask(supervisor, "contacts/{contact}/take-over", talking, "post")
    assert refused.status_code == 403
    assert "agent too" in refused.json()["message"]


@pytest.mark.parametrize(
    ("path", "method", "body", "field"),
    [
        ("contacts/{contact}/whisper", "post", {"text": ""}, "text"),
        ("contacts/{contact}/whisper", "post", {}, "text"),
        ("contacts/{contact}/hand", "post", {"skill": "Nothing"}, "skill"),
        ("contacts/{contact}/hand", "post", {"agent": "nobody"}, "agent"),
        ("contacts/{contact}/move", "post", {"priority": "high"}, "priority"),
        ("agents/{agent}/state", "put", {"state": "asleep"}, "state"),
        ("messages", "post", {"team": "Nothing", "text": "Hello"}, "team"),
        ("messages", "post", {"agents": ["nobody"], "text": "Hello"}, "agents"),
    ],
)
def test_what_is_wrong_is_said_by_field(talking, supervisor, path, method, body, field):
    answer = ask(supervisor, path, talking, method, body)
    assert (answer.status_code, list(answer.json()["fields"])) == (400, [field])


def test_team_is_told_and_nobody_else(floor, talking, supervisor):
    team = TeamFactory.create(business_unit=floor.unit)
    member, outsider = floor.agent(), floor.agent()
    Agent.objects.filter(pk=member.pk).update(team=team)
    answer = ask(supervisor, "messages", talking, "post", {"team": team.name, "text": "Hello"})
    assert answer.json() == {"agents": 1}
    assert [one.agent for one in Notice.objects.all()] == [member]
    assert outsider.notices.count() == 0


def test_moved_contact_is_offered_first(floor, talking, supervisor):
    first, second = floor.contact(hinted=False), floor.contact(hinted=False)
    answer = ask(supervisor, f"contacts/{second.pk}/move", talking, "post", {})
    assert answer.json()["priority"] == 1000
    assert suitor(second) is None or state_of(suitor(second)).load
    assert Contact.objects.get(pk=second.pk).queue_key > Contact.objects.get(pk=first.pk).queue_key


def test_refusals_are_counted_by_agent_and_hour(floor, supervisor, talking):
    floor.set_unit(refused_after_miss=False, reoffer_delay_seconds=0)
    agent = talking.agent
    refused = floor.contact()
    floor.do(offers.refuse_offer, offer_id=pending(refused).pk, by=agent)
    missed = floor.contact()
    let_expire(pending(missed))
    floor.do(offers.expire_offers)
    [row] = ask(supervisor, "refusals?days=1", talking).json()["rows"]
    assert (row["id"], row["refused"], row["missed"]) == (agent.pk, 1, 1)
    assert 0 <= row["hour"] < 24


# -- Pages ---------------


def browse(user, path, contact):
    client = Client()
    client.force_login(user)
    return client.get(f"/supervisor/{path.format(contact=contact.pk, agent=contact.agent_id)}")


@pytest.mark.parametrize("path", PAGES)
def test_pages_are_for_supervisors_of_the_business_unit(floor, talking, path):
    assert browse(holding(floor.unit, SUPERVISE), path, talking).status_code == 200
    assert browse(UserFactory.create(business_unit=floor.unit), path, talking).status_code == 403
    if "{" in path:
        assert browse(UserFactory.create(supervisor=True), path, talking).status_code == 404
    assert Client().get(f"/supervisor/{path.format(contact=1, agent=1)}").status_code == 302


def test_only_who_may_sees_the_app(floor):
    for user, is_shown in ((holding(floor.unit, SUPERVISE), True), (UserFactory.create(), False)):
        client = Client()
        client.force_login(user)
        assert ('href="/supervisor/"' in client.get("/").content.decode()) == is_shown


@pytest.mark.parametrize(
    ("path", "statements"), [("", 7), ("thresholds/", 8), ("refusals/", 7), ("contacts/{contact}/", 8)]
)
def test_pages_cost_as_many_statements_for_many_as_for_few(
    floor, talking, supervisor, django_assert_num_queries, path, statements
):
    client = Client()
    client.force_login(supervisor)
    address = f"/supervisor/{path.format(contact=talking.pk)}"
    client.get(address)
    for _number in range(5):
        floor.make_skill()
        floor.agent()
    with django_assert_num_queries(statements):
        client.get(address)


def test_thresholds_are_saved_and_what_is_wrong_is_marked(floor, supervisor):
    client = Client()
    client.force_login(supervisor)
    name = f"skill-{floor.skill.pk}"
    good = {
        "unit-missed_offers": "2",
        "unit-missed_minutes": "10",
        "unit-failed_percent": "30",
        f"{name}-oldest_wait_seconds": "90",
        f"{name}-waiting": "",
        f"{name}-service_level_percent": "",
    }
    assert client.post("/supervisor/thresholds/", good).status_code == 302
    assert UnitThresholds.objects.get(business_unit=floor.unit).missed_offers == 2
    assert SkillThresholds.objects.get(skill=floor.skill).oldest_wait_seconds == 90
    answer = client.post(
        "/supervisor/thresholds/", good | {f"{name}-waiting": "many", "unit-missed_offers": "0"}
    )
    page = answer.content.decode()
    assert answer.status_code == 400
    assert 'value="many"' in page
    assert f'id="{name}-waiting-error"' in page
    assert 'id="unit-missed_offers-error"' in page
    assert UnitThresholds.objects.get(business_unit=floor.unit).missed_offers == 2


def test_thresholds_are_changed_only_by_who_may_step_in(floor):
    client = Client()
    client.force_login(holding(floor.unit, SUPERVISE))
    assert client.post("/supervisor/thresholds/", {"unit-missed_offers": "2"}).status_code == 403
    assert not UnitThresholds.objects.exists()
    assert 'data-testid="save"' not in client.get("/supervisor/thresholds/").content.decode()


def test_superuser_sees_every_business_unit_in_the_choice(floor):
    other = BusinessUnitFactory.create()
    client = Client()
    client.force_login(UserFactory.create(superuser=True))
    page = client.get(f"/supervisor/?unit={other.pk}").content.decode()
    assert f'value="{other.pk}" selected' in page
    assert f'value="{floor.unit.pk}"' in page
    assert client.get("/supervisor/?unit=999999").status_code == 404
