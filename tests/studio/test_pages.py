"""Studio's pages: who sees them, what they say, and that a list asks a fixed number of queries."""

from __future__ import annotations

import json

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.html import escape

from scripts.interpreter.registry import REGISTRY
from scripts.models import Script
from scripts.services import save_draft
from scripts.starters import STARTERS
from tests.factories.organizations import UserFactory
from tests.factories.points_of_contact import PointOfContactFactory
from tests.factories.scripts import ScriptFactory, ScriptVersionFactory, plain_queue

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed_in(client, people):
    client.force_login(people.admin)
    return client


@pytest.fixture
def script(people):
    return ScriptFactory.create(business_unit=people.unit, name="Front desk")


def with_permissions(people, *codenames):
    user = UserFactory.create(business_unit=people.unit)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return user


def config_of(response) -> dict:
    return response.context["config"]


@pytest.mark.parametrize(
    ("codename", "statuses"),
    [
        (None, (403, 403, 403, 403)),
        ("view_script", (200, 403, 200, 200)),
        ("add_script", (200, 200, 200, 200)),
    ],
)
def test_each_page_needs_its_permission(client, people, script, codename, statuses):
    client.force_login(with_permissions(people, *filter(None, [codename])))
    pages = ("/studio/", "/studio/new/", f"/studio/scripts/{script.pk}/", "/studio/actions/")
    assert tuple(client.get(page).status_code for page in pages) == statuses


def test_the_help_tells_of_every_action_with_its_properties_and_branches(signed_in):
    page = signed_in.get("/studio/actions/").content.decode()
    for action in REGISTRY:
        assert f'id="{action.type}"' in page
        for part in (action.description, *(spec.help for spec in (*action.properties, *action.branches))):
            assert escape(str(part)) in page


def test_the_difference_is_from_the_version_published_before(signed_in, script):
    first = plain_queue()
    second = {**first, "actions": [{**first["actions"][0], "label": "Hello"}, *first["actions"][1:]]}
    number = ScriptVersionFactory.create(script=script, definition=second, draft=True).number
    address = f"/studio/scripts/{script.pk}/versions/{number}/"
    assert config_of(signed_in.get(address))["difference"] is None
    config = config_of(signed_in.get(address, {"difference": ""}))
    assert config["difference"]["number"] == number - 1
    assert config["difference"]["definition"] == script.versions.get(number=number - 1).definition
    [change] = config["difference"]["changes"]
    assert (change["kind"], change["action"]) == ("changed", first["actions"][0]["id"])
    assert config["may_edit"] is False


def test_another_business_units_scripts_do_not_exist(client, people, script):
    client.force_login(people.stranger)
    assert client.get(f"/studio/scripts/{script.pk}/").status_code == 404
    assert client.get("/studio/").context["rows"] == []
    assert client.get("/studio/new/", {"business_unit": people.unit.pk}).status_code == 404


def test_the_list_says_how_each_script_stands(signed_in, people, script):
    PointOfContactFactory.create(business_unit=people.unit, script=script, name="Sales line")
    save_draft(by=people.admin, script=script, definition=plain_queue())
    empty = ScriptFactory.create(business_unit=people.unit, name="Empty", published=False)
    page = signed_in.get("/studio/")
    first = {row.script: row for row in page.context["rows"]}[script]
    assert (first.published.number, first.draft.number, first.last) == (1, 2, first.draft)
    assert "Sales line" in page.content.decode()

    def found(**query):
        return {row.script for row in signed_in.get("/studio/", query).context["rows"]}

    assert (
        found(q="sales") == found(q="FRONT") == found(status="draft") == found(status="published") == {script}
    )
    assert found(status="never") == {empty}
    assert found(q="nothing") == set()


def test_the_list_asks_a_fixed_number_of_queries(signed_in, people, django_assert_max_num_queries):
    for number in range(12):
        script = ScriptFactory.create(business_unit=people.unit, name=f"Script {number}")
        ScriptVersionFactory.create(script=script, draft=True)
        PointOfContactFactory.create(business_unit=people.unit, script=script)
    with django_assert_max_num_queries(16):
        assert len(signed_in.get("/studio/").context["rows"]) == 12


def test_the_editor_opens_the_draft_and_versions_are_to_look_at(signed_in, people, script):
    save_draft(by=people.admin, script=script, definition=plain_queue(high_proficiency=2))
    config = config_of(signed_in.get(f"/studio/scripts/{script.pk}/"))
    assert (config["version"]["number"], config["published"], config["may_edit"]) == (2, 1, True)
    assert config["definition"] == plain_queue(high_proficiency=2)
    assert {action["type"] for action in config["actions"]} >= {"BEGIN", "REQAGENT", "ONANSWER"}
    assert config["actions"][0]["type"] == "BEGIN"
    old = config_of(signed_in.get(f"/studio/scripts/{script.pk}/versions/1/"))
    assert (old["definition"], old["may_edit"], old["is_history"]) == (plain_queue(), False, True)
    assert signed_in.get(f"/studio/scripts/{script.pk}/versions/9/").status_code == 404


def test_who_may_only_look_edits_nothing(client, people, script):
    client.force_login(with_permissions(people, "view_script"))
    page = client.get(f"/studio/scripts/{script.pk}/")
    assert (config_of(page)["may_edit"], page.context["may_create"]) == (False, False)


def test_a_file_becomes_a_script_with_a_draft(signed_in, people):
    def send(content: bytes, **fields):
        file = SimpleUploadedFile("script.json", content, "application/json")
        return signed_in.post("/studio/import/", {"file": file, **fields})

    document = json.dumps({"name": "From a file", **plain_queue()}).encode()
    answer = send(document)
    made = Script.objects.get(name="From a file")
    assert answer["Location"] == f"/studio/scripts/{made.pk}/"
    assert (made.business_unit, made.versions.get().status) == (people.unit, "draft")
    assert send(document, name="Again")["Location"] != answer["Location"]
    assert send(document)["Location"] == "/studio/"
    assert send(b"nonsense")["Location"] == "/studio/"
    page = signed_in.get("/studio/").content.decode()
    assert "not JSON" in page
    assert "name exists" in page


def test_a_script_to_begin_with(client, people):
    client.force_login(people.admin)
    assert b"Menu by keyword" in client.get("/studio/").content
    page = client.get("/studio/new/", {"starter": "hours"})
    assert page.context["config"]["definition"] == STARTERS["hours"].make()
    assert [one["code"] for one in page.context["config"]["findings"]] == ["property_required"]
    assert client.get("/studio/new/").context["config"]["definition"]["actions"] == []
    assert client.get("/studio/new/", {"starter": "gone"}).status_code == 404
