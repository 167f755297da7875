"""Skills: the name rule everywhere, inbound and outbound, dispositions and tags in order."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from contacts.models import Contact
from core.errors import InUse, RuleBroken
from skills.models import Skill, SkillDisposition
from skills.names import is_valid_name, normalise_name
from skills.services import create_skill, delete_skill, update_skill
from tests.conftest import People
from tests.factories.campaigns import CampaignFactory
from tests.factories.contacts import ContactFactory
from tests.factories.dispositions import DispositionFactory, TagFactory
from tests.factories.points_of_contact import PointOfContactFactory
from tests.factories.skills import SkillFactory
from tests.factories.sms_registrations import SmsRegistrationFactory


def make(people: People, **values: Any) -> Skill:
    given: dict[str, Any] = {
        "name": "Support",
        "campaign": CampaignFactory.create(business_unit=people.unit),
    } | values
    return create_skill(by=people.admin, business_unit=people.unit, **given)


def fields_broken(people: People, **values: object) -> set[str]:
    with pytest.raises(RuleBroken) as caught:
        make(people, **values)
    return set(caught.value.fields)


GOOD = ["ab", "SMS_FR.1:a-b", "é" * 30, "日本", "x" * 30, "_-", "::"]
BAD = ["", "a", "x" * 31, "a b", "a\tb", "a/b", "a+b", "naïve!", "a\u200bb", "a—b", "½½", "😀😀", "a,b"]


@pytest.mark.django_db
class TestNames:
    @pytest.mark.parametrize("name", GOOD)
    def test_good_names(self, people: People, name: str):
        assert Skill.objects.get(pk=make(people, name=name).pk).name == normalise_name(name)

    @pytest.mark.parametrize("name", BAD)
    def test_bad_names(self, people: People, name: str):
        assert fields_broken(people, name=name) == {"name"}

    @pytest.mark.parametrize("name", ["a", "x" * 31, "a b", "a+b", "😀😀"])
    def test_the_database_itself_refuses_bad_names(self, people: People, name: str):
        skill = SkillFactory.create(business_unit=people.unit)
        with pytest.raises(Exception, match=r"skill_name_rule|too long"), transaction.atomic():
            Skill.objects.filter(pk=skill.pk).update(name=name)

    def test_the_database_keeps_one_spelling_of_accents(self, people: People):
        skill = SkillFactory.create(business_unit=people.unit)
        with pytest.raises(IntegrityError), transaction.atomic():
            Skill.objects.filter(pk=skill.pk).update(name="Cafe\u0301")

    def test_accents_typed_in_two_ways_are_one_name(self, people: People):
        make(people, name="Cafe\u0301")
        assert Skill.objects.get().name == "Caf\u00e9"
        assert fields_broken(people, name="CAFÉ") == {"name"}
        assert fields_broken(people, name=" Café ") == {"name"}

    def test_the_pattern_of_the_organisation_is_advice(self, people: People):
        people.unit.skill_name_pattern = "SMS_.*"
        people.unit.save()
        assert make(people, name="Other").pk


@given(st.text(max_size=32))
def test_every_text_is_a_name_or_not(text: str):
    name = normalise_name(text)
    assert normalise_name(name) == name
    if is_valid_name(name):
        assert 2 <= len(name) <= 30
        assert not any(char.isspace() for char in name)


@pytest.mark.django_db
class TestDirections:
    def test_an_inbound_skill_has_no_transport_code(self, people: People):
        line = SmsRegistrationFactory.create(business_unit=people.unit)
        assert fields_broken(people, transport_code=line) == {"transport_code"}
        skill = make(people)
        assert (skill.outbound_strategy, skill.transport_code) == (None, None)

    def test_an_outbound_skill_is_manual_and_needs_a_transport_code(self, people: People):
        assert fields_broken(people, direction="outbound") == {"transport_code"}
        line = SmsRegistrationFactory.create(business_unit=people.unit)
        skill = make(people, direction="outbound", transport_code=line, outbound_strategy=None)
        assert skill.outbound_strategy == "manual"

    def test_a_new_choice_must_be_active_an_old_one_may_have_stopped(self, people: People):
        line = SmsRegistrationFactory.create(business_unit=people.unit, is_active=False)
        assert fields_broken(people, direction="outbound", transport_code=line) == {"transport_code"}
        registration = SmsRegistrationFactory.create(business_unit=people.unit)
        skill = SkillFactory.create(outbound=True, business_unit=people.unit, transport_code=registration)
        registration.is_active = False
        registration.save()
        update_skill(by=people.admin, instance=skill, transport_code=registration, notes="still")
        assert Skill.objects.get(pk=skill.pk).notes == "still"

    def test_turning_round(self, people: People):
        skill = SkillFactory.create(outbound=True, business_unit=people.unit)
        update_skill(
            by=people.admin,
            instance=skill,
            direction="inbound",
            transport_code=None,
            outbound_strategy=None,
        )
        assert Skill.objects.get(pk=skill.pk).direction == "inbound"
        PointOfContactFactory.create(business_unit=people.unit, skill=skill, name="Front")
        line = SmsRegistrationFactory.create(business_unit=people.unit)
        with pytest.raises(RuleBroken, match="Front") as caught:
            update_skill(by=people.admin, instance=skill, direction="outbound", transport_code=line)
        assert set(caught.value.fields) == {"direction"}

    def test_the_database_itself_refuses_half_an_outbound_skill(self, people: People):
        skill = SkillFactory.create(business_unit=people.unit)
        with pytest.raises(IntegrityError), transaction.atomic():
            Skill.objects.filter(pk=skill.pk).update(direction="outbound")


@pytest.mark.django_db
class TestFields:
    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("initial_priority", -1),
            ("initial_priority", Decimal("1000.001")),
            ("acceleration", -1),
            ("acceleration", Decimal("0.0001")),
            ("max_priority", 1001),
            ("service_level_threshold_seconds", 0),
            ("service_level_goal_percent", 101),
            ("after_contact_work_seconds", 3601),
            ("screen_pop_url", "javascript:alert(1)"),
            ("screen_pop_trigger", "never"),
            ("media_type", "chat"),
            ("direction", "sideways"),
            ("campaign", None),
        ],
    )
    def test_what_cannot_be(self, people: People, field: str, value: object):
        assert fields_broken(people, **{field: value}) == {field}

    def test_initial_at_most_maximum(self, people: People):
        assert fields_broken(people, initial_priority=11, max_priority=10) == {"initial_priority"}
        assert make(people, initial_priority=10, max_priority=10).pk

    def test_only_within_the_business_unit(self, people: People):
        assert fields_broken(people, campaign=CampaignFactory.create()) == {"campaign"}
        assert fields_broken(people, dispositions=[DispositionFactory.create()]) == {"dispositions"}
        assert fields_broken(people, tags=[TagFactory.create()]) == {"tags"}
        assert fields_broken(
            people,
            direction="outbound",
            transport_code=SmsRegistrationFactory.create(),
        ) == {"transport_code"}
        with pytest.raises(RuleBroken, match="cannot move"):
            update_skill(by=people.admin, instance=make(people), business_unit=people.stranger.business_unit)

    def test_who_waits_keeps_his_place(self, people: People):
        contact = ContactFactory.create(business_unit=people.unit, queued=True)
        before = Contact.objects.values("lane", "queue_key", "queued_at", "state").get(pk=contact.pk)
        update_skill(
            by=people.admin, instance=contact.skill, initial_priority=500, acceleration=9, max_priority=999
        )
        assert Contact.objects.values("lane", "queue_key", "queued_at", "state").get(pk=contact.pk) == before

    def test_deactivated_while_in_use(self, people: People):
        point = PointOfContactFactory.create(business_unit=people.unit)
        with pytest.raises(InUse):
            delete_skill(by=people.admin, instance=point.skill)
        update_skill(by=people.admin, instance=point.skill, is_active=False)
        assert not Skill.objects.get(pk=point.skill_id).is_active


@pytest.mark.django_db
class TestDispositionsAndTags:
    def test_they_keep_their_order_and_are_replaced_wholly(self, people: People):
        one, two, three = DispositionFactory.create_batch(3, business_unit=people.unit)
        a, b = TagFactory.create_batch(2, business_unit=people.unit)
        skill = make(people, dispositions=[three, one], tags=[b, a])

        def shown() -> list[int]:
            links = skill.skill_dispositions.order_by("position")
            return list(links.values_list("disposition", flat=True))

        assert shown() == [three.pk, one.pk]
        assert list(skill.skill_tags.order_by("position").values_list("tag", flat=True)) == [b.pk, a.pk]
        LogEntry.objects.all().delete()
        update_skill(by=people.admin, instance=skill, dispositions=[two, one, two])
        assert shown() == [two.pk, one.pk]
        assert skill.skill_tags.count() == 2
        logged = LogEntry.objects.filter(content_type__model="skilldisposition")
        assert set(logged.values_list("actor", flat=True)) == {people.admin.pk}
        update_skill(by=people.admin, instance=skill, dispositions=[], tags=[])
        assert not SkillDisposition.objects.exists()

    def test_what_is_required_must_be_there(self, people: People):
        assert fields_broken(people, require_disposition=True) == {"require_disposition"}
        done = DispositionFactory.create(business_unit=people.unit)
        skill = make(people, require_disposition=True, dispositions=[done])
        with pytest.raises(RuleBroken, match="dispositions of the skill first"):
            update_skill(by=people.admin, instance=skill, dispositions=[])
        update_skill(by=people.admin, instance=skill, notes="kept")
        update_skill(by=people.admin, instance=skill, dispositions=[], require_disposition=False)


@pytest.mark.django_db
class TestDefaultDisposition:
    def test_it_is_one_of_the_skills_own(self, people: People):
        mine, foreign = (DispositionFactory.create(business_unit=people.unit) for _one in range(2))
        skill = make(people, dispositions=[mine], after_contact_work_seconds=60, default_disposition=mine)
        with pytest.raises(RuleBroken) as caught:
            update_skill(by=people.admin, instance=skill, default_disposition=foreign)
        assert set(caught.value.fields) == {"default_disposition"}
        skill.refresh_from_db()
        with pytest.raises(RuleBroken) as caught:
            update_skill(by=people.admin, instance=skill, dispositions=[foreign])
        assert set(caught.value.fields) == {"default_disposition"}

    def test_it_needs_a_time_that_can_be_over(self, people: People):
        mine = DispositionFactory.create(business_unit=people.unit)
        assert fields_broken(people, dispositions=[mine], default_disposition=mine) == {"default_disposition"}
