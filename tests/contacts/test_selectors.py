"""Who waits, as lists and scripts count it."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import UTC, datetime, timedelta

import pytest

from agents.models import AgentState
from contacts import selectors
from contacts.selectors import queue_figures, waiting_of_skill
from core.clock import database_now
from skills.models import Skill
from tests.factories.contacts import ContactFactory
from tests.factories.skills import SkillFactory
from tests.routing.floor import Floor

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def floor() -> Floor:
    return Floor(nullcontext)


@pytest.fixture
def skill() -> Skill:
    return SkillFactory.create()


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


@pytest.mark.parametrize(
    ("why", "free"),
    [
        ({}, 1),
        ({"cooling_until": NOON}, 0),
        ({"next_reason": "Break"}, 0),
        ({"limit": 0, "slots": 0}, 0),
    ],
    ids=["free", "cooling", "leaving", "full"],
)
def test_a_script_counts_as_free_who_could_be_asked(floor, why, free):
    agent = floor.agent()
    AgentState.objects.filter(pk=agent.pk).update(**why)
    figures = queue_figures(floor.skill, database_now())
    assert (figures.agents_free, figures.agents_logged_in) == (free, 1)


def test_an_empty_queue_has_no_wait(floor):
    figures = queue_figures(floor.skill, database_now())
    assert (figures.waiting, figures.longest_wait) == (0, 0)
