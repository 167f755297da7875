"""The service level: who counts, and who counts as in time."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import timedelta
from typing import Any

import pytest

from contacts import selectors
from contacts.models import Contact
from contacts.selectors import queue_figures, service_level_of_skill, waiting_of_skill
from core.clock import database_now
from skills.models import Skill
from tests.factories.contacts import ContactFactory
from tests.factories.skills import SkillFactory
from tests.routing.floor import Floor

pytestmark = pytest.mark.django_db


@pytest.fixture
def floor() -> Floor:
    return Floor(nullcontext)


@pytest.fixture
def skill() -> Skill:
    return SkillFactory.create(service_level_threshold_seconds=30, short_abandon_threshold_seconds=10)


def contact(skill: Skill, *, answered: int | None = None, closed: int | None = None) -> Contact:
    """One that queued a minute ago, answered or closed so many seconds after."""
    queued_at = database_now() - timedelta(minutes=1)
    made = ContactFactory.create(skill=skill, business_unit=skill.business_unit)
    values: dict[str, Any] = {"queued_at": queued_at, "state": Contact.State.CLOSED, "closed_at": queued_at}
    if answered is not None:
        values["accepted_at"] = queued_at + timedelta(seconds=answered)
    if closed is not None:
        values["closed_at"] = queued_at + timedelta(seconds=closed)
    Contact.objects.filter(pk=made.pk).update(**values)
    return made


def level(skill: Skill) -> float | None:
    since = database_now() - timedelta(hours=1)
    row = Skill.objects.annotate(level=service_level_of_skill(since=since)).get(pk=skill.pk)
    found: float | None = row.level
    return found


def test_nothing_counted_is_no_level(skill: Skill):
    assert level(skill) is None


def test_the_threshold_itself_is_in_time(skill: Skill):
    contact(skill, answered=30)
    assert level(skill) == 100
    contact(skill, answered=31)
    assert level(skill) == 50


def test_abandoned_contacts_count(skill: Skill):
    contact(skill, answered=5)
    contact(skill, closed=5)
    contact(skill, closed=50)
    assert level(skill) == pytest.approx(100 / 3)


def test_short_abandons_are_left_out_if_the_skill_says_so(skill: Skill):
    contact(skill, answered=5)
    contact(skill, closed=10)
    contact(skill, closed=11)
    Skill.objects.filter(pk=skill.pk).update(short_abandon_enabled=True)
    assert level(skill) == 50


def test_who_waits_does_not_count_yet(skill: Skill):
    contact(skill, answered=5)
    made = contact(skill, closed=50)
    Contact.objects.filter(pk=made.pk).update(state=Contact.State.PRE_QUEUE, closed_at=None)
    assert level(skill) == 100


def test_an_answer_before_a_transfer_is_no_answer_of_the_new_queue(skill: Skill):
    contact(skill, answered=-20)
    assert level(skill) == 0


def test_other_days_and_other_skills_do_not_count(skill: Skill):
    old = contact(skill, answered=5)
    Contact.objects.filter(pk=old.pk).update(queued_at=database_now() - timedelta(hours=2))
    contact(SkillFactory.create(), answered=5)
    assert level(skill) is None


def test_waiting(skill: Skill):
    ContactFactory.create_batch(2, skill=skill, queued=True)
    ContactFactory.create(queued=True)
    row = Skill.objects.annotate(waiting=waiting_of_skill()).get(pk=skill.pk)
    assert row.waiting == 2


def test_a_script_counts_a_backlog_no_further_than_it_must(floor, monkeypatch):
    now = database_now()
    for waits in (30, 90, 60):
        floor.contact(hinted=False, now=now - timedelta(seconds=waits))
    figures = queue_figures(floor.skill, now)
    assert (figures.waiting, figures.longest_wait) == (3, 90)
    monkeypatch.setattr(selectors, "MOST_COUNTED", 1)
    figures = queue_figures(floor.skill, now)
    assert (figures.waiting, figures.longest_wait) == (1, 90)


def test_an_empty_queue_has_no_wait(floor):
    figures = queue_figures(floor.skill, database_now())
    assert (figures.waiting, figures.longest_wait) == (0, 0)
