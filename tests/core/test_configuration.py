"""Saving and deleting configured objects: rules in words, the audit, and what is in use."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.db import IntegrityError, connection, transaction
from django.utils import translation

from campaigns.models import Campaign
from campaigns.services import create_campaign
from core import configuration
from core.audit import acting
from core.errors import Conflict, InUse, RuleBroken
from dispositions.models import Tag
from skills.models import Skill
from sms_registrations.models import SmsRegistration
from sms_registrations.services import update_sms_registration
from tests.conftest import People
from tests.factories.agents import AgentFactory, AgentSkillFactory
from tests.factories.campaigns import CampaignFactory
from tests.factories.contacts import ContactFactory, ScriptRunFactory
from tests.factories.dispositions import DispositionFactory, TagFactory
from tests.factories.organizations import BusinessUnitFactory, UserFactory
from tests.factories.points_of_contact import PointOfContactFactory
from tests.factories.skills import SkillDispositionFactory, SkillFactory, SkillTagFactory
from tests.factories.sms_registrations import SmsRegistrationFactory

pytestmark = pytest.mark.django_db


def broken(call: Callable[[], Any]) -> dict[str, list[str]]:
    with pytest.raises(RuleBroken) as caught:
        call()
    assert str(caught.value.message) == " ".join(
        dict.fromkeys(text for texts in caught.value.fields.values() for text in texts)
    )
    return caught.value.fields


def entries_of(instance: Any) -> list[LogEntry]:
    return list(LogEntry.objects.get_for_object(instance).order_by("pk"))


class TestSaving:
    def test_every_broken_rule_is_told_at_once(self, people: People):
        skill = SkillFactory.create(business_unit=people.unit)
        values = {"name": "x", "initial_priority": 20, "max_priority": 10, "service_level_goal_percent": 0}
        fields = broken(lambda: configuration.save(skill, by=people.admin, values=values))
        assert fields.keys() == {"name", "initial_priority", "service_level_goal_percent"}
        assert "must not exceed" in fields["initial_priority"][0]

    def test_a_name_is_unique_without_regard_to_case(self, people: People):
        CampaignFactory.create(business_unit=people.unit, name="Été")
        values = {"business_unit": people.unit, "name": "ÉTÉ"}
        fields = broken(lambda: configuration.save(Campaign(), by=people.admin, values=values))
        assert fields == {"name": ["A campaign with this name exists."]}
        other = configuration.save(
            Campaign(), by=people.admin, values=values | {"business_unit": BusinessUnitFactory.create()}
        )
        assert other.pk

    def test_only_what_changed_is_written(self, people: People):
        first = CampaignFactory.create(business_unit=people.unit, description="old", notes="old")
        stale = Campaign.objects.get(pk=first.pk)
        configuration.save(first, by=people.admin, values={"description": "new"})
        configuration.save(stale, by=people.admin, values={"notes": "new"})
        stored = Campaign.objects.get(pk=first.pk)
        assert (stored.description, stored.notes) == ("new", "new")

    def test_saving_the_same_again_changes_nothing(self, people: People):
        campaign = CampaignFactory.create(business_unit=people.unit)
        before = Campaign.objects.get(pk=campaign.pk).updated_at
        LogEntry.objects.all().delete()
        configuration.save(campaign, by=people.admin, values={"name": campaign.name})
        assert Campaign.objects.get(pk=campaign.pk).updated_at == before
        assert entries_of(campaign) == []

    def test_what_was_refused_does_not_pass_for_stored(self, people: People):
        campaign = CampaignFactory.create(business_unit=people.unit, name="Spring")
        other = CampaignFactory.create(business_unit=people.unit, name="Summer")
        broken(lambda: configuration.save(campaign, by=people.admin, values={"name": "Summer"}))
        assert campaign.name == "Spring"
        configuration.delete(other, by=people.admin)
        configuration.save(campaign, by=people.admin, values={"name": "Summer"})
        assert Campaign.objects.get(pk=campaign.pk).name == "Summer"

    def test_a_misspelt_field_is_the_callers_mistake(self, people: People):
        with pytest.raises(TypeError, match="colour"):
            configuration.save(Campaign(), by=people.admin, values={"colour": "red"})

    def test_what_the_database_refuses_becomes_a_sentence(
        self, people: People, monkeypatch: pytest.MonkeyPatch
    ):
        # As when another transaction takes the name between the check and the INSERT.
        CampaignFactory.create(business_unit=people.unit, name="Taken")
        monkeypatch.setattr(configuration, "_broken_rules", lambda _instance: {})
        values = {"business_unit": people.unit, "name": "taken"}
        fields = broken(lambda: configuration.save(Campaign(), by=people.admin, values=values))
        assert fields == {"name": ["A campaign with this name exists."]}
        assert Campaign.objects.count() == 1

    def test_what_is_referred_to_may_vanish(self, people: People, monkeypatch: pytest.MonkeyPatch):
        skill = SkillFactory.create(business_unit=people.unit)
        campaign = CampaignFactory.create(business_unit=people.unit)
        Campaign.objects.filter(pk=campaign.pk).delete()
        monkeypatch.setattr(configuration, "_broken_rules", lambda _instance: {})
        with pytest.raises(Conflict, match="deleted meanwhile"):
            configuration.save(skill, by=people.admin, values={"campaign": campaign})

    def test_a_rule_nobody_knows_stays_an_error(self, people: People):
        def refuse(_instance: object) -> None:
            with connection.cursor() as cursor:
                cursor.execute("INSERT INTO organizations_user (username) VALUES (NULL)")

        with pytest.raises(IntegrityError), transaction.atomic():
            configuration.save(
                Campaign(),
                by=people.admin,
                values={"business_unit": people.unit, "name": "New"},
                then=refuse,
            )

    def test_sentences_are_in_the_readers_language(self, people: People):
        campaign = SkillFactory.create(business_unit=people.unit).campaign
        with translation.override("fr"), pytest.raises(InUse) as caught:
            configuration.delete(campaign, by=people.admin)
        assert campaign.name in str(caught.value.message)


class TestAudit:
    def test_the_log_names_the_person_and_the_values(self, people: People):
        campaign = create_campaign(by=people.admin, business_unit=people.unit, name="Spring")
        configuration.save(campaign, by=people.stranger, values={"name": "Summer"})
        created, changed = entries_of(campaign)
        assert (created.actor, changed.actor) == (people.admin, people.stranger)
        assert changed.changes_dict == {"name": ["Spring", "Summer"]}
        configuration.delete(campaign, by=people.admin)
        last = LogEntry.objects.filter(object_repr="Summer").latest("pk")
        assert (last.action, last.actor) == (LogEntry.Action.DELETE, people.admin)

    def test_secrets_never_reach_the_log(self, people: People):
        registration = SmsRegistrationFactory.create(business_unit=people.unit, signed=True)
        update_sms_registration(
            by=people.admin, instance=registration, api_secret="new-secret", signature_secret="new-signature"
        )
        changed = entries_of(registration)[-1]
        assert changed.changes_dict == {"api_secret": ["***", "***"], "signature_secret": ["***", "***"]}
        everything = " ".join(str(entry.changes) for entry in LogEntry.objects.all())
        for secret in ("new-secret", "made-up-secret", "new-signature", registration.webhook_token):
            assert secret not in everything

    def test_passwords_and_sign_ins_do_not_reach_the_log(self, people: People, client: Any):
        LogEntry.objects.all().delete()
        client.force_login(people.admin)
        assert not entries_of(people.admin)
        people.admin.set_password("another good password")
        people.admin.save()
        (entry,) = entries_of(people.admin)
        assert entry.changes_dict == {"password": ["***", "***"]}

    def test_the_inner_actor_counts_and_the_outer_returns(self, people: People):
        with acting(people.admin):
            with acting(people.stranger):
                inner = CampaignFactory.create(business_unit=people.unit)
            outer = CampaignFactory.create(business_unit=people.unit)
        after = CampaignFactory.create(business_unit=people.unit)
        assert [entries_of(one)[0].actor for one in (inner, outer, after)] == [
            people.stranger,
            people.admin,
            None,
        ]

    def test_threads_do_not_share_the_actor(self, people: People):
        seen = []

        def look() -> None:
            with acting(None):
                seen.append(threading.current_thread().name)

        with acting(people.admin):
            thread = threading.Thread(target=look)
            thread.start()
            thread.join()
            campaign = CampaignFactory.create(business_unit=people.unit)
        assert len(seen) == 1
        assert entries_of(campaign)[0].actor == people.admin


class TestDeleting:
    def test_what_nobody_uses_can_go(self, people: People):
        campaign = CampaignFactory.create(business_unit=people.unit)
        configuration.delete(campaign, by=people.admin)
        assert not Campaign.objects.filter(pk=campaign.pk).exists()

    def in_use(self, instance: Any, people: People) -> str:
        with pytest.raises(InUse) as caught:
            configuration.delete(instance, by=None)
        assert caught.value.status == 409
        assert type(instance)._default_manager.filter(pk=instance.pk).exists()
        return str(caught.value.message)

    def test_the_answer_names_what_uses_it_and_what_to_do(self, people: People):
        campaign = CampaignFactory.create(business_unit=people.unit, name="Spring")
        SkillFactory.create(business_unit=people.unit, campaign=campaign, name="Support")
        assert self.in_use(campaign, people) == (
            "“Spring” cannot be deleted: it is used by ACD skill Support. Deactivate it instead."
        )
        SkillFactory.create(business_unit=people.unit, campaign=campaign, name="Sales")
        assert "used by ACD skills Support, Sales." in self.in_use(campaign, people)
        for name in ("Three", "Four", "Five"):
            SkillFactory.create(business_unit=people.unit, campaign=campaign, name=name)
        assert "used by ACD skills Support, Sales and 3 more." in self.in_use(campaign, people)

    def test_a_skill_is_used_by_agents_points_of_contact_and_contacts(self, people: People):
        skill = SkillFactory.create(business_unit=people.unit)
        agent = AgentFactory.create(business_unit=people.unit, user__first_name="Ada")
        AgentSkillFactory.create(agent=agent, skill=skill)
        point = PointOfContactFactory.create(business_unit=people.unit, skill=skill, name="Front")
        ContactFactory.create(business_unit=people.unit, point_of_contact=point, queued=True)
        assert "agent Ada, point of contact Front and 1 contact." in self.in_use(skill, people)

    def test_links_are_told_by_their_other_end(self, people: People):
        link = SkillDispositionFactory.create()
        assert f"used by ACD skill {link.skill.name}." in self.in_use(link.disposition, people)
        tagged = SkillTagFactory.create()
        assert f"used by ACD skill {tagged.skill.name}." in self.in_use(tagged.tag, people)

    def test_a_tag_on_a_contact_is_in_use(self, people: People):
        tag = TagFactory.create(business_unit=people.unit)
        ContactFactory.create(business_unit=people.unit).tags.add(tag)
        assert "used by 1 contact." in self.in_use(tag, people)
        assert Tag.objects.filter(pk=tag.pk).exists()

    def test_a_skill_takes_its_own_links_with_it(self, people: People):
        link = SkillDispositionFactory.create()
        configuration.delete(link.skill, by=people.admin)
        assert not Skill.objects.filter(pk=link.skill_id).exists()
        configuration.delete(link.disposition, by=people.admin)

    def test_what_would_go_with_it_counts_too(self, people: People):
        run = ScriptRunFactory.create()
        message = self.in_use(run.version.script, people)
        assert "1 script run." in message

    def test_a_business_unit_with_anything_in_it_stays(self, people: People):
        DispositionFactory.create(business_unit=people.unit, name="Done")
        message = self.in_use(people.unit, people)
        assert "disposition Done" in message
        assert people.admin.username in message

    def test_users_are_named(self, people: People):
        user = AgentFactory.create(user=UserFactory.create(first_name="Ada", last_name="L")).user
        assert "agent Ada L." in self.in_use(user, people)

    def test_a_user_comes_between(self, people: People, monkeypatch: pytest.MonkeyPatch):
        campaign = SkillFactory.create(business_unit=people.unit, name="Support").campaign
        answers = iter([[], ["ACD skill Support"]])
        monkeypatch.setattr(configuration, "uses_of", lambda _instance: next(answers))
        assert "ACD skill Support" in self.in_use(campaign, people)

    def test_nothing_of_a_registration_is_lost(self, people: People):
        registration = SmsRegistrationFactory.create(business_unit=people.unit)
        PointOfContactFactory.create(
            business_unit=people.unit, transport_code=registration, name="Front", is_active=False
        )
        assert "point of contact Front" in self.in_use(registration, people)
        assert SmsRegistration.objects.filter(pk=registration.pk).exists()
