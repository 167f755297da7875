"""Scripts: a definition is inspected and published at once; drafts wait; versions never change."""

from __future__ import annotations

import pytest

from core.errors import InUse, RuleBroken
from scripts.models import Script, ScriptVersion
from scripts.selectors import published_version
from scripts.services import (
    NothingToPublish,
    create_script,
    delete_script,
    publish_script,
    save_draft,
    update_script,
)
from tests.conftest import People
from tests.factories.agents import AgentFactory
from tests.factories.contacts import ScriptRunFactory
from tests.factories.points_of_contact import PointOfContactFactory
from tests.factories.scripts import ScriptFactory, plain_queue
from tests.factories.skills import SkillFactory

pytestmark = pytest.mark.django_db
UNCONNECTED = {"actions": [{"id": "begin", "type": "BEGIN"}], "branches": []}


def numbers(script: Script) -> list[tuple[int, str]]:
    return list(script.versions.order_by("number").values_list("number", "status"))


def broken(people: People, definition: object) -> list[str]:
    with pytest.raises(RuleBroken) as caught:
        create_script(by=people.admin, business_unit=people.unit, name="New", definition=definition)
    assert caught.value.fields.keys() == {"definition"}
    assert not Script.objects.exists()
    return caught.value.fields["definition"]


def test_a_definition_is_published_at_once(people: People):
    script = create_script(by=people.admin, business_unit=people.unit, name="Queue", definition=plain_queue())
    version = published_version(script)
    assert version is not None
    assert (version.number, version.created_by) == (1, people.admin)
    assert version.definition == plain_queue()
    assert version.published_at is not None


def test_without_a_definition_nothing_is_published(people: People):
    script = create_script(by=people.admin, business_unit=people.unit, name="Queue")
    assert published_version(script) is None
    with pytest.raises(NothingToPublish):
        publish_script(by=people.admin, script=script)


def test_an_identical_definition_makes_no_new_version(people: People):
    script = create_script(by=people.admin, business_unit=people.unit, name="Queue", definition=plain_queue())
    shuffled = {name: list(reversed(rows)) for name, rows in plain_queue().items()}
    update_script(by=people.admin, instance=script, definition=shuffled, name="Renamed")
    assert numbers(script) == [(1, "published")]
    assert Script.objects.get(pk=script.pk).name == "Renamed"


def test_a_new_definition_supersedes(people: People):
    script = create_script(by=people.admin, business_unit=people.unit, name="Queue", definition=plain_queue())
    update_script(by=people.admin, instance=script, definition=plain_queue(high_proficiency=2))
    assert numbers(script) == [(1, "superseded"), (2, "published")]
    first = script.versions.get(number=1)
    assert first.definition == plain_queue()
    assert first.published_at is not None


def test_every_error_is_told_with_its_place(people: People):
    sentences = broken(people, UNCONNECTED)
    assert any(sentence.startswith("begin: ") for sentence in sentences)
    both = plain_queue(skill="Nowhere", low_proficiency=99)
    sentences = broken(people, both)
    assert any("Nowhere" in sentence for sentence in sentences)
    assert any(sentence.startswith("queue.low_proficiency: ") for sentence in sentences)


@pytest.mark.parametrize("definition", ["text", 7, [], {"actions": 1}, {"actions": [{"id": "x"}]}, {"x": 1}])
def test_what_is_no_script_is_told(people: People, definition: object):
    assert broken(people, definition)


def test_references_are_looked_up_in_the_business_unit(people: People):
    SkillFactory.create(name="Foreign")
    outbound = SkillFactory.create(name="Outbound", business_unit=people.unit, outbound=True)
    inactive = SkillFactory.create(name="Inactive", business_unit=people.unit, is_active=False)
    for name in ("Foreign", outbound.name, inactive.name):
        assert any(name in sentence for sentence in broken(people, plain_queue(skill=name)))
    stranger = AgentFactory.create()
    assert broken(people, plain_queue(target_agent=stranger.user.username))
    skill = SkillFactory.create(name="Support", business_unit=people.unit)
    definition = plain_queue(skill=skill.name.lower(), target_agent=people.agent.user.username)
    assert create_script(by=people.admin, business_unit=people.unit, name="New", definition=definition).pk


def test_a_draft_may_be_unfinished_but_not_published(people: People):
    script = create_script(by=people.admin, business_unit=people.unit, name="Queue", definition=plain_queue())
    save_draft(by=people.admin, script=script, definition=UNCONNECTED)
    draft = save_draft(by=people.stranger, script=script, definition=UNCONNECTED)
    assert draft.created_by == people.stranger
    assert numbers(script) == [(1, "published"), (2, "draft")]
    with pytest.raises(RuleBroken):
        publish_script(by=people.admin, script=script)
    assert numbers(script) == [(1, "published"), (2, "draft")]
    save_draft(by=people.admin, script=script, definition=plain_queue(high_proficiency=3))
    published = publish_script(by=people.admin, script=script)
    assert numbers(script) == [(1, "superseded"), (2, "published")]
    assert published.published_at is not None
    with pytest.raises(NothingToPublish):
        publish_script(by=people.admin, script=script)


def test_a_draft_survives_a_direct_publication(people: People):
    script = ScriptFactory.create(business_unit=people.unit)
    save_draft(by=people.admin, script=script, definition=UNCONNECTED)
    update_script(by=people.admin, instance=script, definition=plain_queue(high_proficiency=2))
    assert numbers(script) == [(1, "superseded"), (2, "draft"), (3, "published")]


def test_what_cannot_be_read_is_no_draft(people: People):
    script = ScriptFactory.create(business_unit=people.unit)
    with pytest.raises(RuleBroken) as caught:
        save_draft(by=people.admin, script=script, definition={"actions": "none"})
    assert caught.value.fields.keys() == {"definition"}


def test_deleting(people: People):
    point = PointOfContactFactory.create(business_unit=people.unit, name="Front")
    with pytest.raises(InUse, match="point of contact Front"):
        delete_script(by=people.admin, instance=point.script)
    run = ScriptRunFactory.create()
    with pytest.raises(InUse):
        delete_script(by=people.admin, instance=run.version.script)
    script = ScriptFactory.create(business_unit=people.unit)
    delete_script(by=people.admin, instance=script)
    assert not ScriptVersion.objects.filter(script=script.pk).exists()
