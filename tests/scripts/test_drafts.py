"""Drafts: optimistic locking, one editor at a time, versions that come back, differences in words."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.db.models import F

from core.errors import NotAllowed, RuleBroken
from scripts.documents import export_script, read_document, read_file
from scripts.editing import LEASE, EditedByOther, start_editing, stop_editing
from scripts.models import ScriptEditing
from scripts.selectors import draft_of, editing_of, may_edit, published_version
from scripts.services import (
    DraftChanged,
    compare_versions,
    create_draft,
    discard_draft,
    publish_script,
    restore_version,
    save_draft,
)
from tests.conftest import People
from tests.factories.organizations import UserFactory
from tests.factories.scripts import ScriptFactory, plain_queue

pytestmark = pytest.mark.django_db


@pytest.fixture
def script(people: People):
    return ScriptFactory.create(business_unit=people.unit)


@pytest.fixture
def colleague(people: People):
    """Another administrator of the business unit."""
    return UserFactory.create(business_unit=people.unit, administrator=True)


def sentences(changes) -> list[str]:
    return [str(change.message) for change in changes]


def test_a_draft_is_saved_on_what_was_read(people: People, script):
    first = save_draft(by=people.admin, script=script, definition=plain_queue(), revision=0)
    second = save_draft(by=people.admin, script=script, definition=plain_queue(), revision=first.revision)
    assert second.revision == first.revision + 1
    with pytest.raises(DraftChanged):
        save_draft(by=people.admin, script=script, definition=plain_queue(), revision=first.revision)
    with pytest.raises(DraftChanged):
        publish_script(by=people.admin, script=script, revision=first.revision)


def test_a_publication_keeps_who_when_and_the_note(people: People, script):
    save_draft(by=people.admin, script=script, definition=plain_queue(high_proficiency=2))
    version = publish_script(by=people.admin, script=script, note=" Fewer agents ")
    assert (version.note, version.published_by) == ("Fewer agents", people.admin)
    assert published_version(script) == version
    save_draft(by=people.admin, script=script, definition=plain_queue())
    with pytest.raises(RuleBroken):
        publish_script(by=people.admin, script=script, note="x" * 501)


def test_one_tab_edits_at_a_time(people: People, script, colleague):
    start_editing(by=people.admin, script=script, tab="one")
    with pytest.raises(EditedByOther) as caught:
        start_editing(by=colleague, script=script, tab="two")
    assert caught.value.fields.keys() == {"editor", "since"}
    with pytest.raises(EditedByOther):
        start_editing(by=people.admin, script=script, tab="another")
    with pytest.raises(EditedByOther):
        save_draft(by=colleague, script=script, definition=plain_queue())
    with pytest.raises(EditedByOther):
        save_draft(by=people.admin, script=script, definition=plain_queue(), tab="another")
    assert save_draft(by=people.admin, script=script, definition=plain_queue(), tab="one").pk
    stop_editing(by=colleague, script=script, tab="one")
    assert editing_of(script)
    stop_editing(by=people.admin, script=script, tab="one")
    assert start_editing(by=colleague, script=script, tab="two").editor == colleague


def test_renewing_keeps_since_when(people: People, script):
    first = start_editing(by=people.admin, script=script, tab="one")
    ScriptEditing.objects.update(lease_until=F("since"))
    again = start_editing(by=people.admin, script=script, tab="one")
    assert again.since == first.since
    assert again.lease_until >= first.since + LEASE


def test_a_vanished_tab_keeps_nobody_out(people: People, script, colleague):
    start_editing(by=people.admin, script=script, tab="one")
    ScriptEditing.objects.update(lease_until=F("since"))
    assert start_editing(by=colleague, script=script, tab="two").editor == colleague


def test_taking_over_needs_its_permission(people: People, script, colleague):
    start_editing(by=people.admin, script=script, tab="one")
    assert start_editing(by=people.admin, script=script, tab="two", take_over=True).tab == "two"
    assert start_editing(by=colleague, script=script, tab="three", take_over=True).editor == colleague
    weaker = UserFactory.create(business_unit=people.unit)
    weaker.user_permissions.add(Permission.objects.get(codename="change_script"))
    with pytest.raises(NotAllowed):
        start_editing(by=weaker, script=script, tab="four", take_over=True)


def test_a_version_comes_back_as_the_draft(people: People, script):
    first = published_version(script)
    save_draft(by=people.admin, script=script, definition=plain_queue(high_proficiency=2))
    publish_script(by=people.admin, script=script)
    draft = restore_version(by=people.admin, version=first)
    assert draft.definition == first.definition
    assert published_version(script).definition == plain_queue(high_proficiency=2)
    discard_draft(by=people.admin, script=script)
    assert draft_of(script) is None


def test_differences_are_told_in_words(people: People, script):
    changed = plain_queue(high_proficiency=2)
    changed["actions"][1]["label"] = "Sales"
    changed["actions"].append({"id": "other", "type": "REQAGENT", "properties": {"skill": "Default"}})
    changed["branches"].append({"from": "queue", "branch": "error", "to": "other"})
    save_draft(by=people.admin, script=script, definition=changed)
    version = publish_script(by=people.admin, script=script)
    assert sentences(compare_versions(after=version)) == [
        "REQAGENT was added.",
        "REQAGENT: Caption is now “Sales”; it was not set.",
        "REQAGENT “Sales”: Highest proficiency is now “2”; it was not set.",
        "REQAGENT “Sales”: the branch Error now leads to REQAGENT; it led nowhere.",
    ]
    first = script.versions.get(number=1)
    assert "REQAGENT was removed." in sentences(compare_versions(after=first, before=version))
    assert "REQAGENT was added." in sentences(compare_versions(after=first))
    assert compare_versions(after=version, before=version) == []


def test_moving_on_the_canvas_is_no_difference(people: People, script):
    moved = plain_queue()
    moved["actions"][0]["x"] = 500
    save_draft(by=people.admin, script=script, definition=moved)
    assert compare_versions(after=publish_script(by=people.admin, script=script)) == []


def test_a_document_comes_in_as_it_went_out(people: People, script):
    document = export_script(published_version(script))
    assert (document["format"], document["format_version"]) == ("acdconfig.script", 1)
    read = read_document(document)
    assert read.name == script.name
    copy = create_draft(by=people.admin, business_unit=people.unit, name="Copy", definition=read.definition)
    again = export_script(draft_of(copy))
    assert {**again, "name": ""} == {**document, "name": ""}


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b'{"actions": [], "format": "other"}', b"\xff", b"[" * 9999]
)
def test_what_is_no_document_is_refused(content: bytes):
    with pytest.raises(RuleBroken):
        read_file(content)


def test_who_may_only_create_finishes_what_he_created(people: People):
    creator = UserFactory.create(business_unit=people.unit)
    creator.user_permissions.add(Permission.objects.get(codename="add_script"))
    own = create_draft(by=creator, business_unit=people.unit, name="Own", definition=plain_queue())
    assert may_edit(creator, own)
    assert not may_edit(creator, ScriptFactory.create(business_unit=people.unit))
    assert not may_edit(people.agent.user, own)
    publish_script(by=creator, script=own)
    assert not may_edit(creator, own)
    assert may_edit(people.admin, own)
