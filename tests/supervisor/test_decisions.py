"""Why an offer went where it went: who was passed over, and for what."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from agents.services import update_agent
from core.clock import database_now
from routing.models import Decision, Offer
from routing.services import offers, records
from supervisor.conversation import read_conversation
from tests.factories.contacts import MessageFactory, TraceStepFactory
from tests.factories.routing import DecisionFactory, OfferFactory
from tests.routing.floor import pending


def outcomes(contact) -> dict[int, str]:
    decision = Decision.objects.get(offer=pending(contact))
    return {row["agent"]: row["outcome"] for row in decision.agents_considered}


def test_everyone_of_the_skill_is_named_with_his_reason(floor):
    full = floor.agent(skills=[(floor.skill, 1)], max_concurrent_sms=0)
    away = floor.agent(skills=[(floor.skill, 2)], available=False)
    outside = floor.agent(skills=[(floor.skill, 3)])
    inactive = floor.agent(skills=[(floor.skill, 4)])
    floor.do(update_agent, by=None, instance=inactive, is_active=False)
    refuser = floor.agent(skills=[(floor.skill, 5)])
    contact = floor.contact(high=4, low=20)
    floor.do(offers.refuse_offer, offer_id=pending(contact).pk, by=refuser)
    chosen = floor.agent(skills=[(floor.skill, 6)])
    worse = floor.agent(skills=[(floor.skill, 7)])
    assert pending(contact).agent == chosen
    assert outcomes(contact) == {
        chosen.pk: "became_free",
        full.pk: "out_of_range",
        away.pk: "out_of_range",
        outside.pk: "out_of_range",
        inactive.pk: "inactive",
        refuser.pk: "refused_before",
    }
    assert worse.pk not in outcomes(contact)


def test_limit_absence_and_lower_proficiency(floor):
    full = floor.agent(skills=[(floor.skill, 1)], max_concurrent_sms=0)
    away = floor.agent(skills=[(floor.skill, 2)], available=False)
    chosen, worse = floor.agent(skills=[(floor.skill, 6)]), floor.agent(skills=[(floor.skill, 7)])
    contact = floor.contact()
    assert outcomes(contact) == {
        chosen.pk: "offered",
        full.pk: "at_limit",
        away.pk: "unavailable",
        worse.pk: "less_suited",
    }


def test_contact_kept_for_one_agent_says_so(floor):
    other, target = floor.agent(skills=[(floor.skill, 1)]), floor.agent(skills=[])
    contact = floor.contact(target=target)
    assert outcomes(contact) == {target.pk: "offered", other.pk: "kept_for_another"}


def test_agent_who_becomes_free_finds_others_ready(floor):
    contact = floor.contact(hinted=False)
    bystander = floor.agent(skills=[])
    floor.do(update_agent, by=None, instance=bystander, skills=[(floor.skill, 1)])
    assert pending(contact).agent == bystander
    assert outcomes(contact)[bystander.pk] == "became_free"


def test_record_names_the_best_agents_however_many_there_are(floor):
    for number in range(records.RECORDED_AGENTS + 3):
        floor.agent(skills=[(floor.skill, 1 + number % 20)], available=False)
    chosen = floor.agent(skills=[(floor.skill, 20)])
    contact = floor.contact()
    rows = Decision.objects.get(offer=pending(contact)).agents_considered
    assert len(rows) == records.RECORDED_AGENTS + 1
    assert rows[0]["agent"] == chosen.pk
    assert [row["proficiency"] for row in rows[1:]] == sorted(row["proficiency"] for row in rows[1:])


def test_so_many_a_second_are_recorded_and_a_burst():
    allowance = records.Allowance()
    assert [allowance.take(1, 0.0) for _number in range(7)] == [True] * 5 + [False] * 2
    assert [allowance.take(1, 1.0) for _number in range(2)] == [True, False]
    assert all(allowance.take(0, 1.0) for _number in range(100))


def test_above_the_rate_the_offer_is_made_without_a_record(floor, monkeypatch):
    monkeypatch.setattr(records, "_allowance", records.Allowance())
    floor.agent(max_concurrent_sms=30)
    with override_settings(DECISIONS_PER_SECOND=1):
        contacts = [floor.contact() for _number in range(records.BURST_SECONDS * 3)]
    assert Offer.objects.filter(contact__in=contacts, state="pending").count() == len(contacts)
    assert 0 < Decision.objects.count() < len(contacts)
    unrecorded = next(one for one in contacts if not Decision.objects.filter(contact=one).exists())
    [offer] = read_conversation(unrecorded.pk)["offers"]
    assert not offer["is_recorded"]


@pytest.mark.django_db
def test_old_records_are_forgotten():
    old, recent = OfferFactory.create(), OfferFactory.create()
    DecisionFactory.create(offer=old, at=database_now() - timedelta(days=91))
    DecisionFactory.create(offer=recent, at=database_now() - timedelta(days=89))
    assert records.remove_old_decisions() == 1
    assert [one.pk for one in Decision.objects.all()] == [recent.pk]


def test_conversation_says_why(floor):
    away = floor.agent(skills=[(floor.skill, 1)], available=False)
    chosen = floor.agent()
    contact = floor.contact(text="Hello")
    [offer] = read_conversation(contact.pk)["offers"]
    assert (offer["agent_name"], offer["state"], offer["is_recorded"]) == (str(chosen), "pending", True)
    assert [(row["name"], row["outcome"]) for row in offer["agents"]] == [
        (str(chosen), "offered"),
        (str(away), "unavailable"),
    ]
    assert [(row["contact"], row["outcome"]) for row in offer["contacts"]] == [(contact.pk, "offered")]


def test_trace_prints_a_life_without_texts(floor):
    agent = floor.agent()
    contact = floor.contact(text="my secret words")
    TraceStepFactory.create(contact=contact, at=contact.created_at, action_type="REQAGENT", branch="default")
    MessageFactory.create(contact=contact, outbound=True, text="other secret words")
    floor.do(offers.accept_offer, offer_id=pending(contact).pk, by=agent)
    output = StringIO()
    call_command("trace", contact.pk, stdout=output)
    printed = output.getvalue()
    for expected in (
        f"contact {contact.pk}: active",
        "script   REQAGENT begin -> default",
        f"to {agent.user.username} until",
        f"agent {agent.user.username}: offered, proficiency 10",
        f"accepted (accepted): {agent.user.username}",
        "text 1   inbound, received, 1 segment",
        "text 2   outbound, queued",
        "event    queued",
    ):
        assert expected in printed
    assert "secret" not in printed
    assert contact.customer.address not in printed


@pytest.mark.django_db
def test_trace_of_nothing():
    with pytest.raises(CommandError, match="no contact 5"):
        call_command("trace", 5)
