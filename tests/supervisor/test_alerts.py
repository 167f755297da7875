"""Alerts: raised once, cleared when it is over, with a margin against flicker."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contacts.models import Contact
from core.clock import database_now
from reporting.models import SkillInterval
from routing.services import offers
from supervisor import selectors
from supervisor.models import Alert
from supervisor.services import alerts
from tests.factories.contacts import ContactFactory, MessageFactory
from tests.factories.supervisor import AlertFactory, SkillThresholdsFactory, UnitThresholdsFactory
from tests.routing.floor import let_expire, pending


def open_alerts(floor):
    found = Alert.objects.filter(business_unit=floor.unit, cleared_at=None)
    return {(one.kind, one.subject_id) for one in found}


def ago(seconds):
    return database_now() - timedelta(seconds=seconds)


def test_nothing_is_wrong_on_a_quiet_floor(floor):
    floor.contact(hinted=False)
    assert alerts.evaluate_alerts() == 0


def test_long_wait_is_raised_once_and_cleared_when_it_is_over(floor):
    contact = floor.contact(hinted=False, now=ago(100))
    assert (alerts.evaluate_alerts(), alerts.evaluate_alerts()) == (1, 0)
    assert open_alerts(floor) == {("oldest_wait", floor.skill.pk)}
    alert = Alert.objects.get()
    assert (alert.subject, alert.threshold) == (floor.skill.name, 60)
    assert alert.value >= 100
    Contact.objects.filter(pk=contact.pk).update(queued_at=ago(57))
    assert alerts.evaluate_alerts() == 0, "too near its threshold to be over"
    Contact.objects.filter(pk=contact.pk).update(queued_at=ago(5))
    assert alerts.evaluate_alerts() == 1
    assert open_alerts(floor) == set()
    assert Alert.objects.get().cleared_at is not None


@pytest.mark.parametrize("what", ["unit", "skill"])
def test_alert_about_what_is_deactivated_is_cleared(floor, what):
    floor.contact(hinted=False, now=ago(100))
    alerts.evaluate_alerts()
    assert open_alerts(floor) == {("oldest_wait", floor.skill.pk)}
    deactivated = getattr(floor, what)
    type(deactivated).objects.filter(pk=deactivated.pk).update(is_active=False)
    assert (alerts.evaluate_alerts(), alerts.evaluate_alerts()) == (1, 0)
    assert open_alerts(floor) == set()


def test_near_its_threshold_nothing_is_raised(floor):
    floor.contact(hinted=False, now=ago(56))
    assert alerts.evaluate_alerts() == 0


def test_contact_that_is_offered_waits_on(floor):
    floor.agent()
    floor.contact(now=ago(100))
    assert alerts.evaluate_alerts() == 1


def test_too_many_waiting(floor):
    SkillThresholdsFactory.create(skill=floor.skill, waiting=2)
    floor.contact(hinted=False)
    assert alerts.evaluate_alerts() == 0
    floor.contact(hinted=False)
    alerts.evaluate_alerts()
    assert open_alerts(floor) == {("waiting", floor.skill.pk)}


def test_service_level_below_its_goal(floor):
    slot = selectors.start_of_day(floor.unit, database_now())
    SkillInterval.objects.create(
        skill=floor.skill,
        slot=slot,
        answered=alerts.LEAST_COUNTED - 1,
        in_time=0,
        abandoned=1,
        short_abandoned=1,
    )
    assert alerts.evaluate_alerts() == 0, "too few to say anything"
    SkillInterval.objects.update(answered=alerts.LEAST_COUNTED)
    alerts.evaluate_alerts()
    assert open_alerts(floor) == {("service_level", floor.skill.pk)}
    SkillInterval.objects.update(in_time=alerts.LEAST_COUNTED)
    alerts.evaluate_alerts()
    assert open_alerts(floor) == set()


def test_agent_who_misses_offers(floor):
    UnitThresholdsFactory.create(business_unit=floor.unit, missed_offers=2)
    floor.set_unit(refused_after_miss=False, reoffer_delay_seconds=0)
    agent = floor.agent()
    contact = floor.contact()
    for expected in (set(), {("missed_offers", agent.pk)}):
        let_expire(pending(contact))
        floor.do(offers.expire_offers)
        alerts.evaluate_alerts()
        assert open_alerts(floor) == expected


def test_provider_that_fails(floor):
    registration = floor.point_of_contact.transport_code
    contact = ContactFactory.create(business_unit=floor.unit, point_of_contact=floor.point_of_contact)
    for status in ["failed"] * 5 + ["delivered"] * 10:
        MessageFactory.create(contact=contact, outbound=True, status=status)
    alerts.evaluate_alerts()
    assert open_alerts(floor) == {("provider_failing", registration.pk)}
    for _number in range(50):
        MessageFactory.create(contact=contact, outbound=True, status="delivered")
    alerts.evaluate_alerts()
    assert open_alerts(floor) == set()


@pytest.mark.django_db
def test_old_alerts_are_forgotten():
    AlertFactory.create(cleared_at=database_now() - timedelta(days=31))
    kept = [AlertFactory.create(cleared_at=database_now()), AlertFactory.create()]
    assert alerts.remove_old_alerts() == 1
    assert set(Alert.objects.all()) == set(kept)
