"""The board: what it says, what it costs, and that differences add up."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from acd import figures
from agents.models import AgentState
from contacts.models import Contact
from core.clock import database_now
from reporting.models import SkillInterval
from routing.models import Offer
from routing.services import assignments, offers, presence
from skills.models import Skill
from supervisor import selectors
from supervisor.board import read_board, read_today
from supervisor.changes import changed, difference
from tests.factories.agents import AgentFactory
from tests.factories.contacts import ContactFactory
from tests.factories.skills import SkillFactory
from tests.factories.supervisor import AlertFactory, SkillThresholdsFactory
from tests.reporting.past import rebuild
from tests.routing.floor import let_expire, pending

STATEMENTS = 7


def board_of(floor):
    return read_board(floor.unit, read_today(floor.unit))


def row_of(rows, pk):
    return next(row for row in rows if row["id"] == pk)


def test_skill_shows_what_waits_what_is_offered_and_who_can_answer(floor):
    busy, _away = floor.agent(max_concurrent_sms=1), floor.agent(available=False)
    offered = floor.contact()
    hour_ago = database_now() - timedelta(hours=1)
    waiting = floor.contact(now=hour_ago, hinted=False)
    tile = row_of(board_of(floor)["skills"], floor.skill.pk)
    shown = {name: tile[name] for name in ("waiting", "offered", "active", "free", "full", "away")}
    assert shown == {"waiting": 1, "offered": 1, "active": 0, "free": 0, "full": 1, "away": 1}
    assert tile["oldest_at"] == waiting.queued_at.isoformat()
    assert tile["offer_expires_at"] == pending(offered).expires_at.isoformat()
    floor.do(offers.accept_offer, offer_id=pending(offered).pk, by=busy)
    assert row_of(board_of(floor)["skills"], floor.skill.pk)["active"] == 1


def test_customer_whose_contact_is_offered_still_waits(floor):
    floor.agent()
    contact = floor.contact()
    tile = row_of(board_of(floor)["skills"], floor.skill.pk)
    assert (tile["waiting"], tile["oldest_at"]) == (0, contact.queued_at.isoformat())


def test_figures_of_today_are_those_of_the_day_of_the_business_unit(floor):
    floor.set_unit(time_zone="Pacific/Auckland")
    midnight = selectors.start_of_day(floor.unit, database_now())
    for minutes, values in (
        (-15, {"answered": 9, "in_time": 9}),
        (0, {"answered": 1, "in_time": 1, "abandoned": 3, "short_abandoned": 2}),
        (15, {"answered": 1}),
    ):
        SkillInterval.objects.create(skill=floor.skill, slot=midnight + timedelta(minutes=minutes), **values)
    tile = row_of(board_of(floor)["skills"], floor.skill.pk)
    assert (tile["accepted"], tile["abandoned"], tile["service_level"]) == (2, 1, 33.3)


def test_board_list_and_report_agree_also_after_a_contact_came_back(floor):
    """Answered in time, back because its agent was gone, answered again: one contact, in time."""
    first, second = floor.agent(), floor.agent(available=False)
    contact = floor.contact()
    floor.do(offers.accept_offer, offer_id=pending(contact).pk, by=first)
    floor.become(second, "available")
    floor.become(first, "unavailable")
    floor.do(assignments.requeue_contacts, agent_id=first.pk, by=None, reason="agent_vanished")
    floor.do(offers.accept_offer, offer_id=pending(contact).pk, by=second)
    rebuild()
    tile = row_of(board_of(floor)["skills"], floor.skill.pk)
    assert (tile["accepted"], tile["abandoned"], tile["service_level"]) == (1, 0, 100.0)
    since = selectors.start_of_day(floor.unit, database_now())
    assert figures.of_skills(Skill.objects.all(), since).get(pk=floor.skill.pk).service_level == 100.0


def test_agent_shows_state_load_and_last_activity(floor):
    agent = floor.agent(max_concurrent_sms=2)
    contact = floor.contact()
    floor.do(offers.accept_offer, offer_id=pending(contact).pk, by=agent)
    written = database_now() + timedelta(minutes=1)
    Contact.objects.filter(pk=contact.pk).update(last_outbound_at=written)
    row = row_of(board_of(floor)["agents"], agent.pk)
    assert (row["status"], row["load"], row["limit"], row["skills"]) == ("available", 1, 2, [floor.skill.pk])
    assert row["last_activity"] == written.isoformat()


def test_queue_is_listed_in_the_order_in_which_it_is_served(floor):
    skill = floor.make_skill(initial_priority=0, acceleration=1)
    hour_ago = database_now() - timedelta(hours=1)
    late, early = (
        floor.contact(skill=skill, hinted=False),
        floor.contact(skill=skill, hinted=False, now=hour_ago),
    )
    kept = floor.contact(skill=skill, hinted=False, target=AgentFactory.create(business_unit=floor.unit))
    places = {row["id"]: row["place"] for row in board_of(floor)["contacts"]}
    assert places == {early.pk: 1, late.pk: 2, kept.pk: 3}


def test_other_business_units_are_not_on_it(floor):
    ContactFactory.create(queued=True)
    ContactFactory.create(active=True)
    SkillFactory.create()
    AlertFactory.create()
    board = board_of(floor)
    assert [row["id"] for row in board["skills"]] == [floor.skill.pk]
    assert (board["agents"], board["contacts"], board["alerts"]) == ([], [], [])


def test_thresholds_follow_the_skill_unless_set(floor):
    row = row_of(selectors.skills_of(floor.unit.pk), floor.skill.pk)
    assert (row["wait_limit"], row["waiting_limit"], row["level_limit"]) == (60, None, 80)
    SkillThresholdsFactory.create(
        skill=floor.skill, oldest_wait_seconds=5, waiting=3, service_level_percent=95
    )
    row = row_of(selectors.skills_of(floor.unit.pk), floor.skill.pk)
    assert (row["wait_limit"], row["waiting_limit"], row["level_limit"]) == (5, 3, 95)


def test_cost_does_not_grow_with_what_is_on_it(floor, django_assert_num_queries):
    for _number in range(3):
        floor.agent()
        floor.contact()
        floor.contact(skill=floor.make_skill(), hinted=False)
    today = read_today(floor.unit)
    with django_assert_num_queries(STATEMENTS):
        read_board(floor.unit, today)


@pytest.mark.parametrize("seed", range(3))
def test_snapshot_and_differences_give_the_board(floor, seed):
    chance = random.Random(seed)
    floor.set_unit(refused_after_miss=False, reoffer_delay_seconds=0)
    agents = [floor.agent() for _number in range(3)]
    shown = board_of(floor)
    acts = [
        lambda: floor.contact(),
        lambda: floor.become(chance.choice(agents), chance.choice(["available", "unavailable"])),
        lambda: _settle(floor, chance),
        lambda: _end(floor, chance),
    ]
    for _step in range(25):
        chance.choice(acts)()
        now = board_of(floor)
        shown = changed(shown, difference(shown, now))
        for name, rows in now.items():
            assert sorted(shown[name], key=_by_id) == sorted(rows, key=_by_id)
    assert difference(now, now) == {}


def _by_id(row):
    return row["id"]


def _settle(floor, chance):
    offer = Offer.objects.filter(state="pending").order_by("?").first()
    if offer is None:
        return
    match chance.choice(["accept", "refuse", "expire"]):
        case "accept":
            floor.do(offers.accept_offer, offer_id=offer.pk, by=offer.agent)
        case "refuse":
            floor.do(offers.refuse_offer, offer_id=offer.pk, by=offer.agent)
        case "expire":
            let_expire(offer)
            floor.do(offers.expire_offers)


def _end(floor, chance):
    contact = Contact.objects.filter(state="active").order_by("?").first()
    if contact is not None:
        floor.do(assignments.end_contact, contact_id=contact.pk, by=contact.agent)


def test_agent_whose_browser_is_gone_is_marked(floor):
    agent = floor.agent()
    AgentState.objects.filter(pk=agent.pk).update(lease_until=database_now() - timedelta(seconds=1))
    floor.do(presence.expire_leases)
    assert row_of(board_of(floor)["agents"], agent.pk)["is_gone"]


def test_agent_in_a_cool_down_is_not_free(floor):
    floor.set_unit(cool_down_after_accept_seconds=60)
    agent = floor.agent(max_concurrent_sms=2)
    contact = floor.contact()
    assert row_of(board_of(floor)["agents"], agent.pk)["is_cooling"] is False
    floor.do(offers.accept_offer, offer_id=pending(contact).pk, by=agent)
    board = board_of(floor)
    tile = row_of(board["skills"], floor.skill.pk)
    assert row_of(board["agents"], agent.pk)["is_cooling"] is True
    assert (tile["free"], tile["full"], tile["away"]) == (0, 1, 0)
