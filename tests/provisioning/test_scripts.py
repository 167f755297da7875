"""What the API does with scripts beside the resource itself: drafts, versions, inspection, files."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission

from contacts.models import Contact, Message
from tests.factories.scripts import ScriptFactory, ScriptVersionFactory, plain_queue
from tests.factories.skills import SkillFactory

pytestmark = pytest.mark.django_db

SCRIPTS = "/api/v1/scripts"
UNCONNECTED = {"actions": [{"id": "begin", "type": "BEGIN"}], "branches": []}


@pytest.fixture
def script(people):
    return ScriptFactory.create(business_unit=people.unit, name="Front")


def test_the_actions_describe_themselves(admin, colleague):
    answer = admin.get(f"{SCRIPTS}/actions", headers={"Accept-Language": "fr"})
    assert answer.status_code == 200
    actions = {action["type"]: action for action in answer.json()["results"]}
    skill = actions["REQAGENT"]["properties"][0]
    assert (skill["name"], skill["kind"], skill["label"]) == ("skill", "skill", "Compétence")
    assert [branch["name"] for branch in actions["REQAGENT"]["branches"]] == ["default", "error", "timeout"]
    assert colleague.get(f"{SCRIPTS}/actions").status_code == 403


def test_inspecting_stores_nothing(admin, people):
    body = {"definition": UNCONNECTED, "business_unit": people.unit.name}
    answer = admin.post(f"{SCRIPTS}/inspect", body, format="json").json()
    assert answer["may_be_published"] is False
    assert {(one["severity"], one["code"], one["action"]) for one in answer["findings"]} == {
        ("error", "branch_missing", "begin")
    }
    unreadable = admin.post(f"{SCRIPTS}/inspect", {"definition": {"actions": 7}}, format="json").json()
    assert unreadable["findings"][0]["path"] == "actions"


def test_from_the_draft_to_the_version(admin, script):
    address = f"{SCRIPTS}/{script.pk}"
    assert admin.get(f"{address}/draft").status_code == 404
    saved = admin.put(f"{address}/draft", {"definition": UNCONNECTED, "revision": 0}, format="json")
    assert (saved.status_code, saved.json()["number"], saved.json()["revision"]) == (200, 2, 1)
    assert saved.json()["findings"][0]["code"] == "branch_missing"
    refused = admin.post(f"{address}/publish", {"revision": 1}, format="json")
    assert (refused.status_code, list(refused.json()["fields"])) == (400, ["definition"])
    stale = admin.put(f"{address}/draft", {"definition": UNCONNECTED, "revision": 0}, format="json")
    assert (stale.status_code, stale.json()["code"]) == (409, "draft_changed")
    body = {"definition": plain_queue(high_proficiency=3), "revision": 1}
    assert admin.put(f"{address}/draft", body, format="json").json()["findings"] == []
    published = admin.post(f"{address}/publish", {"note": "Better", "revision": 2}, format="json")
    assert (published.status_code, published.json()["note"]) == (200, "Better")
    assert admin.post(f"{address}/publish", {}, format="json").json()["code"] == "nothing_to_publish"
    listed = admin.get(f"{address}/versions").json()
    assert [(one["number"], one["status"]) for one in listed["results"]] == [
        (2, "published"),
        (1, "superseded"),
    ]
    assert "definition" not in listed["results"][0]
    changes = admin.get(f"{address}/versions/2/difference").json()["results"]
    assert [change["kind"] for change in changes] == ["changed"]
    restored = admin.post(f"{address}/versions/1/restore", {}, format="json").json()
    assert (restored["status"], restored["definition"]) == ("draft", plain_queue())
    assert admin.delete(f"{address}/draft").status_code == 204
    assert admin.get(f"{address}/versions/9").status_code == 404


def test_an_editor_keeps_others_out(admin, script):
    address = f"{SCRIPTS}/{script.pk}"
    assert admin.put(f"{address}/editing", {"tab": "one"}, format="json").status_code == 200
    other = admin.put(f"{address}/editing", {"tab": "two"}, format="json")
    assert (other.status_code, other.json()["code"]) == (409, "edited_by_other")
    assert other.json()["fields"]["since"]
    taken = admin.put(f"{address}/editing", {"tab": "two", "take_over": True}, format="json")
    assert taken.status_code == 200
    draft = {"definition": plain_queue(), "tab": "one"}
    assert admin.put(f"{address}/draft", draft, format="json").json()["code"] == "edited_by_other"
    assert admin.delete(f"{address}/editing?tab=two").status_code == 204
    assert admin.put(f"{address}/draft", draft, format="json").status_code == 200


def test_files_go_out_and_come_in(admin, people, script):
    out = admin.get(f"{SCRIPTS}/{script.pk}/export")
    assert "attachment" in out["Content-Disposition"]
    taken = admin.post(f"{SCRIPTS}/import", {"document": out.json()}, format="json")
    assert (taken.status_code, list(taken.json()["fields"])) == (400, ["name"])
    made = admin.post(f"{SCRIPTS}/import", {"document": out.json(), "name": "Second"}, format="json")
    assert (made.status_code, made.json()["name"], made.json()["status"]) == (201, "Second", "draft")
    again = admin.get(f"{SCRIPTS}/{made.json()['id']}/export?version=1")
    assert again.content == out.content.replace(b"Front", b"Second")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("put", "draft"),
        ("delete", "draft"),
        ("post", "publish"),
        ("put", "editing"),
        ("post", "versions/1/restore"),
    ],
)
def test_changing_needs_the_permission(colleague, stranger, people, script, method, path):
    address = f"{SCRIPTS}/{script.pk}/{path}"
    assert getattr(colleague, method)(address, {}, format="json").status_code == 403
    people.agent.user.user_permissions.add(view_permission())
    assert getattr(colleague, method)(address, {}, format="json").status_code == 403
    assert getattr(stranger, method)(address, {}, format="json").status_code == 404


def view_permission():
    return Permission.objects.get(codename="view_script")


def test_the_list_of_versions_asks_a_fixed_number_of_queries(admin, script, django_assert_max_num_queries):
    for _number in range(5):
        ScriptVersionFactory.create(script=script, status="superseded")
    with django_assert_max_num_queries(12):
        assert len(admin.get(f"{SCRIPTS}/{script.pk}/versions").json()["results"]) == 6


SETUP = {"at": "2026-03-02T10:00:00Z", "customer": "+447700900001", "number": "12345", "skill": "support"}
TRIED = {"setup": SETUP, "inputs": [{"do": "text", "text": "Hello"}]}


def test_trying_stores_nothing_and_says_where_it_went(admin, people):
    SkillFactory.create(business_unit=people.unit, name="support")
    body = {**TRIED, "definition": plain_queue(), "business_unit": people.unit.name}
    answer = admin.post(f"{SCRIPTS}/try", body, format="json")
    assert answer.status_code == 200
    assert [entry["action"] for entry in answer.json()["entries"] if entry["kind"] == "step"] == [
        "begin",
        "queue",
    ]
    assert (Contact.objects.count(), Message.objects.count()) == (0, 0)
    broken = admin.post(f"{SCRIPTS}/try", {**body, "setup": {}}, format="json")
    assert (broken.status_code, list(broken.json()["fields"])) == (400, ["at"])


def test_a_try_is_kept_as_a_test_run_and_thrown_away(admin, people, script):
    SkillFactory.create(business_unit=people.unit, name="support")
    address = f"{SCRIPTS}/{script.pk}/tests"
    body = {**TRIED, "name": "Plain", "definition": plain_queue()}
    made = admin.post(address, body, format="json")
    assert (made.status_code, made.json()["created_by"]) == (201, people.admin.username)
    listed = admin.get(address).json()["results"]
    assert [(test["name"], test["expected"]["contact"]) for test in listed] == [("Plain", "queued")]
    run = admin.post(f"{address}/run", {"definition": plain_queue()}, format="json").json()["results"]
    assert run == [{"id": made.json()["id"], "name": "Plain", "passed": True, "differences": []}]
    run = admin.post(f"{address}/run", {"definition": plain_queue(skill="gone")}, format="json").json()
    assert run["results"][0]["passed"] is False
    assert admin.delete(f"{address}/{made.json()['id']}").status_code == 204
    assert admin.delete(f"{address}/{made.json()['id']}").status_code == 404


def test_who_may_see_scripts_may_try_them_and_run_their_tests_but_keep_none(colleague, people, script):
    address = f"{SCRIPTS}/{script.pk}/tests"
    body = {**TRIED, "name": "Plain", "definition": plain_queue()}
    tried = {**TRIED, "definition": plain_queue()}
    assert colleague.post(f"{SCRIPTS}/try", tried, format="json").status_code == 403
    people.agent.user.user_permissions.add(view_permission())
    assert colleague.post(f"{SCRIPTS}/try", tried, format="json").status_code == 200
    run = colleague.post(f"{address}/run", {"definition": plain_queue()}, format="json")
    assert run.status_code == 200
    assert colleague.post(address, body, format="json").status_code == 403
    assert colleague.delete(f"{address}/1").status_code == 403


def test_the_tests_of_another_business_units_scripts_do_not_exist(stranger, script):
    address = f"{SCRIPTS}/{script.pk}/tests"
    assert stranger.get(address).status_code == 404
    assert stranger.post(f"{address}/run", {"definition": plain_queue()}, format="json").status_code == 404
