"""Drafts, unread, putting aside, notes, advice of colleagues, handing on: what each does and undoes."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db.models import F

from acdconfig.sweeper import Sweeper, seconds_to_next_deadline
from agents.models import Agent
from contacts import drafts, participants, snoozing
from contacts.models import Contact, ContactEvent, Draft, Message, Note
from contacts.services import add_inbound_message
from core.clock import database_now
from core.errors import NotFound, RuleBroken
from messaging.services.outbox import GIVEN_UP, OPTED_OUT
from routing.models import Refusal
from routing.services import assignments, handovers, interventions, offers
from sms_registrations.models import SmsRegistration
from tests.factories.contacts import ContactFactory, incoming
from tests.factories.quick_replies import QuickReplyFactory
from tests.routing.floor import pending, state_of, suitor
from tests.workspace.page import assert_in_step, fresh
from workspace import history, snapshot
from workspace.services import replies

pytestmark = pytest.mark.django_db


class Pair:
    """An agent with a contact, and a colleague of his who is away."""

    def __init__(self, floor) -> None:
        self.floor = floor
        self.agent = floor.agent()
        self.colleague = floor.agent(available=False)
        self.contact = floor.contact(text="Hello")
        floor.do(offers.accept_offer, offer_id=pending(self.contact).pk, by=self.agent)

    def do(self, service, **values):
        return self.floor.do(service, contact_id=self.contact.pk, **values)

    def text(self, words: str = "Are you there?") -> None:
        contact = Contact.objects.get(pk=self.contact.pk)
        self.floor.do(
            add_inbound_message,
            contact=contact,
            incoming=incoming(words),
            now=database_now(),
        )

    def shown(self, agent: Agent | None = None) -> dict:
        [contact] = fresh(agent or self.agent)["contacts"]
        return contact

    def aside(self, agent: Agent) -> dict | None:
        return next(iter(fresh(agent)["asides"]), None)

    def accept(self, agent: Agent) -> None:
        self.floor.do(offers.accept_offer, offer_id=pending(self.contact).pk, by=agent)


@pytest.fixture
def pair(floor) -> Pair:
    return Pair(floor)


# -- Drafts ---------------


def test_draft_is_there_in_another_browser_until_it_is_sent(pair):
    pair.do(drafts.keep_draft, by=pair.agent, text="Hel")
    pair.do(drafts.keep_draft, by=pair.agent, text="Hello the")
    assert fresh(pair.agent)["drafts"] == [{"contact": pair.contact.pk, "text": "Hello the"}]
    pair.do(replies.reply, text="Hello there", by=pair.agent)
    assert fresh(pair.agent)["drafts"] == []
    assert not Draft.objects.exists()


def test_an_empty_draft_is_forgotten(pair):
    pair.do(drafts.keep_draft, by=pair.agent, text="Hel")
    pair.do(drafts.keep_draft, by=pair.agent, text="  \n")
    assert not Draft.objects.exists()


def test_a_draft_of_somebody_elses_or_an_ended_contact_is_refused(pair):
    with pytest.raises(NotFound):
        pair.do(drafts.keep_draft, by=pair.colleague, text="Hel")
    pair.do(assignments.end_contact, by=pair.agent)
    with pytest.raises(NotFound):
        pair.do(drafts.keep_draft, by=pair.agent, text="Hel")


def test_drafts_go_with_their_contact_and_after_a_week(pair):
    pair.do(drafts.keep_draft, by=pair.agent, text="Hel")
    assert drafts.remove_stale_drafts() == 0
    Draft.objects.update(updated_at=database_now() - timedelta(days=8))
    assert drafts.remove_stale_drafts() == 1
    pair.do(drafts.keep_draft, by=pair.agent, text="Hel")
    pair.do(assignments.transfer_contact, by=pair.agent, agent=pair.colleague)
    # Not shown any more, whether or not the sweeper has come by.
    assert fresh(pair.agent)["drafts"] == []
    assert drafts.remove_stale_drafts() == 1


# -- Unread and aside ---------------


def test_marked_unread_once_and_never_twice(pair, api):
    client = api(pair.agent.user)
    address = f"/api/v1/contacts/{pair.contact.pk}"
    assert client.post(f"{address}/read").status_code == 204
    assert pair.shown()["unread"] == 0
    for _time in range(2):
        assert client.post(f"{address}/unread").status_code == 204
        assert pair.shown()["unread"] == 1


def test_the_next_text_wakes_a_contact_put_aside(pair):
    pair.do(snoozing.snooze_contact, by=pair.agent, until=None)
    start = fresh(pair.agent)
    assert (pair.shown()["is_snoozed"], pair.shown()["unread"]) == (True, 0)
    pair.do(replies.reply, text="I am looking into it", by=pair.agent)
    assert pair.shown()["is_snoozed"]
    pair.text()
    assert (pair.shown()["is_snoozed"], pair.shown()["unread"]) == (False, 1)
    assert_in_step(pair.agent, start)


def test_the_sweeper_brings_it_back_at_its_time_with_attention(pair):
    pair.do(snoozing.snooze_contact, by=pair.agent, until=database_now() + timedelta(hours=1))
    assert snoozing.wake_due() == 0
    assert pair.shown()["is_snoozed"]
    Contact.objects.update(snoozed_until=database_now() - timedelta(seconds=1))
    # It is a deadline like any other: the sweeper does not sleep past it.
    assert seconds_to_next_deadline() < 0.1
    start = fresh(pair.agent)
    Sweeper().sweep()
    assert (pair.shown()["is_snoozed"], pair.shown()["unread"]) == (False, 1)
    assert_in_step(pair.agent, start)
    assert ContactEvent.objects.filter(kind="woken", contact=pair.contact).count() == 1


def test_put_aside_it_keeps_its_session(pair):
    pair.do(snoozing.snooze_contact, by=pair.agent, until=None)
    assert state_of(pair.agent).load == 1


@pytest.mark.parametrize("days", [-1, 31])
def test_aside_until_a_moment_within_30_days(pair, days):
    with pytest.raises(RuleBroken):
        pair.do(snoozing.snooze_contact, by=pair.agent, until=database_now() + timedelta(days=days))
    assert not pair.shown()["is_snoozed"]


def test_taken_up_again_by_hand(pair):
    pair.do(snoozing.snooze_contact, by=pair.agent, until=database_now() + timedelta(hours=1))
    pair.do(snoozing.wake_contact, by=pair.agent)
    contact = Contact.objects.get(pk=pair.contact.pk)
    assert (contact.snoozed_at, contact.snoozed_until) == (None, None)


def test_what_the_first_agent_put_aside_is_not_aside_for_the_next(pair):
    pair.do(snoozing.snooze_contact, by=pair.agent, until=database_now() + timedelta(hours=1))
    pair.do(assignments.transfer_contact, by=pair.agent, agent=pair.colleague)
    pair.floor.become(pair.colleague, "available")
    pair.accept(pair.colleague)
    assert not pair.shown(pair.colleague)["is_snoozed"]


def test_a_supervisor_who_takes_over_has_it_before_him(pair):
    supervisor = pair.floor.agent(skills=[], user__supervisor=True)
    pair.do(snoozing.snooze_contact, by=pair.agent, until=None)
    pair.do(interventions.take_over, by=supervisor.user, agent=supervisor)
    assert not pair.shown(supervisor)["is_snoozed"]


def test_what_somebody_put_aside_before_wakes_nobody(pair):
    # As left behind by whoever had it before the agent accepted it.
    pair.do(snoozing.snooze_contact, by=pair.agent, until=database_now() + timedelta(hours=1))
    Contact.objects.update(
        snoozed_at=F("accepted_at") - timedelta(hours=1), snoozed_until=database_now() - timedelta(seconds=1)
    )
    assert snoozing.wake_due() == 0
    contact = Contact.objects.get(pk=pair.contact.pk)
    assert (contact.snoozed_at, contact.snoozed_until, contact.unread) == (None, None, 0)
    assert not ContactEvent.objects.filter(kind="woken").exists()


# -- Notes and advice ---------------


def test_note_is_seen_by_the_next_agent_and_never_sent(pair):
    texts = Message.objects.count()
    pair.do(participants.add_note, text="  Wants a refund ", by=pair.agent)
    pair.do(handovers.hand_on, by=pair.agent, agent=pair.colleague, note="Please call him")
    pair.floor.become(pair.colleague, "available")
    pair.accept(pair.colleague)
    notes = pair.shown(pair.colleague)["internal_notes"]
    assert [(note["kind"], note["text"]) for note in notes] == [
        ("note", "Wants a refund"),
        ("transfer", "Please call him"),
    ]
    assert notes[0]["username"] == pair.agent.user.username
    assert Message.objects.count() == texts


@pytest.mark.parametrize("text", [" ", "x" * 1001])
def test_note_is_neither_empty_nor_endless(pair, text):
    with pytest.raises(RuleBroken):
        pair.do(participants.add_note, text=text, by=pair.agent)
    assert not Note.objects.exists()


def test_asked_colleague_reads_along_and_answers_inside(pair):
    mine, his = fresh(pair.agent), fresh(pair.colleague)
    pair.do(participants.consult, colleague=pair.colleague, text="Is this covered?", by=pair.agent)
    aside = pair.aside(pair.colleague)
    assert (aside["role"], aside["asked_by"], aside["customer_name"]) == (
        "consulted",
        str(pair.agent),
        pair.contact.customer.name,
    )
    pair.text("It broke on Monday")
    pair.do(participants.add_note, text="Yes, for two years", by=pair.colleague)
    assert [message["text"] for message in pair.aside(pair.colleague)["messages"]] == [
        "Hello",
        "It broke on Monday",
    ]
    assert [note["text"] for note in pair.shown()["internal_notes"]] == [
        "Is this covered?",
        "Yes, for two years",
    ]
    assert [one["username"] for one in pair.shown()["participants"]] == [pair.colleague.user.username]
    assert state_of(pair.colleague).load == 0
    assert_in_step(pair.agent, mine)
    assert_in_step(pair.colleague, his)


def test_advice_ends_with_the_contact(pair):
    pair.do(participants.consult, colleague=pair.colleague, text="Is this covered?", by=pair.agent)
    his = fresh(pair.colleague)
    assert participants.end_participations() == 0
    pair.do(assignments.end_contact, by=pair.agent)
    assert pair.floor.do(participants.end_participations) == 1
    assert pair.aside(pair.colleague) is None
    assert_in_step(pair.colleague, his)
    with pytest.raises(NotFound):
        pair.do(participants.add_note, text="Too late", by=pair.colleague)


@pytest.mark.parametrize("by", ["agent", "colleague"])
def test_asked_colleague_leaves_or_is_let_go(pair, by):
    pair.do(participants.consult, colleague=pair.colleague, text="Is this covered?", by=pair.agent)
    pair.do(participants.leave, agent=pair.colleague, by=getattr(pair, by))
    assert pair.aside(pair.colleague) is None
    assert pair.shown()["participants"] == []


def test_nobody_else_lets_him_go_reads_along_or_writes(pair):
    third = pair.floor.agent(skills=[], available=False)
    pair.do(participants.consult, colleague=pair.colleague, text="Is this covered?", by=pair.agent)
    with pytest.raises(NotFound):
        pair.do(participants.leave, agent=pair.colleague, by=third)
    with pytest.raises(NotFound):
        pair.do(participants.add_note, text="Me too", by=third)
    with pytest.raises(NotFound):
        pair.do(participants.consult, colleague=third, text="And you?", by=pair.colleague)
    assert fresh(third)["asides"] == []


def test_asked_colleague_cannot_text_the_customer_end_or_transfer(pair, api):
    pair.do(participants.consult, colleague=pair.colleague, text="Is this covered?", by=pair.agent)
    client = api(pair.colleague.user)
    address = f"/api/v1/contacts/{pair.contact.pk}"
    for path, body in (("messages", {"text": "Hi"}), ("end", {}), ("transfer", {"skill": "x"})):
        assert client.post(f"{address}/{path}", body, format="json").status_code in (400, 404), path
    assert Message.objects.filter(direction="outbound").count() == 0
    assert Contact.objects.get(pk=pair.contact.pk).agent == pair.agent


def test_only_active_colleagues_of_the_business_unit_are_asked(pair, people):
    for colleague in (pair.agent, people.agent):
        with pytest.raises(RuleBroken):
            pair.do(participants.consult, colleague=colleague, text="Is this covered?", by=pair.agent)


# -- Handing on ---------------


def test_first_agent_sees_it_until_somebody_takes_it(pair):
    mine = fresh(pair.agent)
    pair.do(handovers.hand_on, by=pair.agent, agent=pair.colleague, note="Over to you")
    assert pair.aside(pair.agent)["role"] == "handing_on"
    assert state_of(pair.agent).load == 0
    assert participants.end_participations() == 0
    pair.floor.become(pair.colleague, "available")
    pair.accept(pair.colleague)
    assert pair.floor.do(participants.end_participations) == 1
    assert pair.aside(pair.agent) is None
    assert_in_step(pair.agent, mine)


def test_taken_back_while_it_waits_and_while_it_is_offered(pair):
    pair.do(handovers.hand_on, by=pair.agent, agent=pair.colleague)
    pair.do(handovers.take_back, by=pair.agent)
    assert (pair.shown()["state"], state_of(pair.agent).load, pair.aside(pair.agent)) == ("active", 1, None)
    pair.floor.become(pair.colleague, "available")
    pair.do(handovers.hand_on, by=pair.agent, agent=pair.colleague)
    assert suitor(pair.contact) == pair.colleague
    pair.do(handovers.take_back, by=pair.agent)
    assert (state_of(pair.agent).load, state_of(pair.colleague).load) == (1, 0)
    assert suitor(pair.contact) is None
    assert fresh(pair.colleague)["offers"] == []


def test_too_late_to_take_back(pair, api):
    pair.do(handovers.hand_on, by=pair.agent, agent=pair.colleague)
    pair.floor.become(pair.colleague, "available")
    pair.accept(pair.colleague)
    answer = api(pair.agent.user).post(f"/api/v1/contacts/{pair.contact.pk}/take-back")
    assert (answer.status_code, answer.json()["code"]) == (409, "already_taken")
    assert Contact.objects.get(pk=pair.contact.pk).agent == pair.colleague


def test_a_text_while_it_waits_is_pushed_to_who_handed_it_on(pair):
    before = fresh(pair.agent)
    pair.do(handovers.hand_on, by=pair.agent, agent=pair.colleague)
    pair.text("Still there?")
    pair.text("Hello?")
    assert [one["text"] for one in pair.aside(pair.agent)["messages"]][-2:] == ["Still there?", "Hello?"]
    assert_in_step(pair.agent, before)


def test_only_who_handed_it_on_takes_it_back(pair, api):
    pair.do(handovers.hand_on, by=pair.agent, agent=pair.colleague)
    third = pair.floor.agent(skills=[], available=False)
    assert api(third.user).post(f"/api/v1/contacts/{pair.contact.pk}/take-back").status_code == 404


def test_what_is_taken_back_forgets_who_refused_it_and_that_it_was_aside(pair):
    pair.do(snoozing.snooze_contact, by=pair.agent, until=database_now() + timedelta(hours=1))
    pair.floor.become(pair.colleague, "available")
    pair.do(handovers.hand_on, by=pair.agent, agent=pair.colleague)
    pair.floor.do(offers.refuse_offer, offer_id=pending(pair.contact).pk, by=pair.colleague)
    assert Refusal.objects.filter(contact=pair.contact).count() == 1
    pair.do(handovers.take_back, by=pair.agent)
    assert not Refusal.objects.exists()
    assert Contact.objects.get(pk=pair.contact.pk).snoozed_until is None


def test_taking_back_tells_nothing_of_contacts_that_are_not_ones_own(pair, people, api):
    client = api(people.agent.user)
    closed = ContactFactory.create(business_unit=pair.floor.unit, state="closed", closed_at=database_now())
    for number in (closed.pk, pair.contact.pk, closed.pk + 1000):
        answer = client.post(f"/api/v1/contacts/{number}/take-back")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), number


# -- Quick replies ---------------


def test_quick_replies_are_those_of_the_skill_filled_in_and_of_his_language_first(pair, api):
    unit, other = pair.floor.unit, pair.floor.make_skill()
    make = QuickReplyFactory.create
    make(
        business_unit=unit, name="French", shortcut="hi", language="fr", text="Bonjour {{ agent.first_name }}"
    )
    make(
        business_unit=unit,
        name="English",
        shortcut="hi",
        language="en",
        text="Hi {{ customer.name }} ({{ skill.name }})",
    )
    make(business_unit=unit, name="Any", skills=[pair.floor.skill], text="{{ customer.number }}")
    make(business_unit=unit, name="Other skill", skills=[other])
    make(business_unit=unit, name="Off", is_active=False)
    make(name="Stranger")
    pair.contact.customer.name = "{{ agent.name }}"
    pair.contact.customer.save()
    found = api(pair.agent.user).get(f"/api/v1/contacts/{pair.contact.pk}/quick-replies").json()["results"]
    assert [one["name"] for one in found] == ["English", "Any", "French"]
    # What the customer calls himself is filled in, never looked into.
    assert found[0]["text"] == f"Hi {{{{ agent.name }}}} ({pair.floor.skill.name})"
    assert found[1]["text"] == (pair.contact.customer.e164 or pair.contact.customer.address)


def test_use_is_counted_when_it_is_sent(pair, api, people):
    reply = QuickReplyFactory.create(business_unit=pair.floor.unit)
    foreign = QuickReplyFactory.create(business_unit=people.unit)
    client = api(pair.agent.user)
    for used in (reply.pk, reply.pk, foreign.pk, None):
        body = {"text": "Hello", "quick_reply": used}
        answer = client.post(f"/api/v1/contacts/{pair.contact.pk}/messages", body, format="json")
        assert answer.status_code == 201
    reply.refresh_from_db()
    assert reply.use.times_used == 2
    assert not hasattr(foreign, "use")


# -- What a text costs ---------------


def test_price_of_a_segment_comes_with_the_contact(pair):
    assert pair.shown()["segment_price"] is None
    SmsRegistration.objects.update(price_per_segment=Decimal("0.0333"), price_currency="EUR")
    assert pair.shown()["segment_price"] == {"amount": 0.0333, "currency": "EUR"}


# -- History and failures ---------------


def test_history_holds_the_customers_earlier_contacts_of_this_business_unit(pair, api):
    customer = pair.contact.customer
    later = {
        "customer": customer,
        "business_unit": pair.floor.unit,
        "transport_code": pair.contact.transport_code,
    }
    earlier = ContactFactory.create(**later, state="closed", closed_at=database_now(), notes="Paid back")
    client = api(pair.agent.user)
    # Made after it, so it is no earlier one.
    assert client.get(f"/api/v1/contacts/{pair.contact.pk}/history").json() == {"results": []}
    newer = ContactFactory.create(**later, state="closed", closed_at=database_now(), agent=pair.agent)
    found = client.get(f"/api/v1/contacts/{newer.pk}/history").json()["results"]
    assert [one["id"] for one in found] == [earlier.pk, pair.contact.pk]
    assert (found[0]["notes"], found[1]["messages"][0]["text"]) == ("Paid back", "Hello")


def test_of_long_contacts_only_the_latest_texts_are_shown(pair, monkeypatch):
    for number in range(4):
        pair.text(str(number))
    pair.do(assignments.end_contact, by=pair.agent)
    newer = ContactFactory.create(
        customer=pair.contact.customer,
        business_unit=pair.floor.unit,
        transport_code=pair.contact.transport_code,
        agent=pair.agent,
        state="active",
    )
    monkeypatch.setattr(history, "SHOWN_TEXTS", 2)
    monkeypatch.setattr(snapshot, "SHOWN_MESSAGES", 3)
    [earlier] = history.earlier_contacts(newer)
    assert [one["text"] for one in earlier["messages"]] == ["2", "3"]
    shown = snapshot.contact_json_by_id(pair.contact.pk)
    assert [one["text"] for one in shown["messages"]] == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("status", "reason", "can"),
    [
        ("failed", "receipt.2", True),
        ("failed", "receipt.3", False),
        ("failed", GIVEN_UP, True),
        ("failed", OPTED_OUT, False),
        ("unknown", "no_answer", False),
        ("sent", "", False),
    ],
)
def test_sending_again_is_offered_where_it_can_help(pair, status, reason, can):
    number = pair.contact.transport_code
    number.provider, number.api_key, number.api_secret = "nexmo", "abcd1234", "made-up"
    number.save()
    message = pair.do(replies.reply, text="Hi", by=pair.agent)
    Message.objects.filter(pk=message.pk).update(status=status, status_reason=reason)
    assert pair.shown()["messages"][-1]["can_send_again"] is can
