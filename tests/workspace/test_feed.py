"""A snapshot and the pushes after it give what a fresh snapshot would, whatever happened."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from contacts import participants, snoozing
from contacts.models import Contact
from contacts.services import add_inbound_message, mark_read, mark_unread, publish_message_changed
from core.clock import database_now
from messaging.models import OptOut
from messaging.services import inbound as texts
from routing.models import Offer
from routing.services import assignments, handovers, offers, presence
from tests.factories.agents import AgentSkillFactory
from tests.factories.contacts import CustomerFactory, incoming
from tests.factories.dispositions import DispositionFactory, TagFactory
from tests.factories.skills import SkillDispositionFactory, SkillTagFactory
from tests.routing.floor import let_expire
from tests.workspace.page import assert_in_step, fresh
from workspace.models import Feed, Push
from workspace.services import feed, replies


class Day:
    """An agent's working day, made of random events."""

    def __init__(self, floor, seed: int) -> None:
        self.floor, self.chance = floor, random.Random(seed)
        floor.set_unit(refused_after_miss=False, reoffer_delay_seconds=0)
        self.disposition = DispositionFactory.create(business_unit=floor.unit)
        self.tag = TagFactory.create(business_unit=floor.unit)
        floor.skill.after_contact_work_seconds = 60
        floor.skill.save()
        self.outbound = floor.make_skill(outbound=True)
        for skill in (floor.skill, self.outbound):
            SkillDispositionFactory.create(skill=skill, disposition=self.disposition)
            SkillTagFactory.create(skill=skill, tag=self.tag)
        self.agent = floor.agent()
        self.colleague = floor.agent(skills=[], available=False)
        AgentSkillFactory.create(agent=self.agent, skill=self.outbound)

    def offer(self) -> Offer | None:
        return Offer.objects.filter(agent=self.agent, state=Offer.State.PENDING).order_by("?").first()

    def contact(self, *states: str) -> Contact | None:
        found = Contact.objects.filter(agent=self.agent, state__in=states or ["active"])
        return found.order_by("?").first()

    def text(self, words: str) -> None:
        contact = self.contact() or Contact.objects.filter(state="offered").first()
        if contact is not None:
            self.floor.do(
                texts.deliver_text,
                registration=contact.transport_code,
                whole=texts.WholeText(contact.customer, "1555", words, [(1, words)], None),
                now=database_now(),
            )

    def step(self) -> str:
        name = self.chance.choice([name for name in dir(self) if name.startswith("event_")])
        getattr(self, name)()
        # As the sweeper does at once.
        self.floor.do(participants.end_participations)
        return name

    def event_arrival(self) -> None:
        self.floor.contact(text="First")

    def event_accept(self) -> None:
        if offer := self.offer():
            self.floor.do(offers.accept_offer, offer_id=offer.pk, by=self.agent)

    event_accept_again = event_accept

    def event_refuse(self) -> None:
        if offer := self.offer():
            self.floor.do(offers.refuse_offer, offer_id=offer.pk, by=self.agent)

    def event_miss(self) -> None:
        if offer := self.offer():
            let_expire(offer)
            self.floor.do(offers.expire_offers)

    def event_text(self) -> None:
        self.text("Hello")

    def event_stop(self) -> None:
        self.text(self.chance.choice(["STOP", "START"]))

    def event_reply(self) -> None:
        contact = self.contact()
        if contact and not OptOut.objects.filter(customer=contact.customer, opted_in_at=None).exists():
            self.floor.do(replies.reply, contact_id=contact.pk, text="Yes", by=self.agent)

    def event_read(self) -> None:
        if contact := self.contact("active", "after_contact_work"):
            self.floor.do(mark_read, contact_id=contact.pk)

    def event_note(self) -> None:
        if contact := self.contact("active", "after_contact_work"):
            self.floor.do(
                assignments.set_disposition,
                contact_id=contact.pk,
                by=self.agent,
                disposition=self.disposition,
                notes="noted",
                tags=[self.tag],
            )

    def event_write_note(self) -> None:
        if contact := self.contact("active", "after_contact_work"):
            self.floor.do(participants.add_note, contact_id=contact.pk, text="Careful", by=self.agent)

    def event_snooze(self) -> None:
        if contact := self.contact():
            until = self.chance.choice([None, database_now() + timedelta(hours=1)])
            self.floor.do(snoozing.snooze_contact, contact_id=contact.pk, by=self.agent, until=until)

    def event_time_to_wake(self) -> None:
        Contact.objects.filter(snoozed_until__isnull=False).update(
            snoozed_until=database_now() - timedelta(seconds=1)
        )
        self.floor.do(snoozing.wake_due)

    def event_unread(self) -> None:
        if contact := self.contact():
            self.floor.do(mark_unread, contact_id=contact.pk)

    def event_consult(self) -> None:
        if contact := self.contact():
            self.floor.do(
                participants.consult,
                contact_id=contact.pk,
                colleague=self.colleague,
                text="What now?",
                by=self.agent,
            )

    def event_hand_on_and_take_back(self) -> None:
        contact = self.contact()
        if contact and contact.direction == Contact.Direction.INBOUND:
            self.floor.do(
                handovers.hand_on, contact_id=contact.pk, by=self.agent, agent=self.colleague, note="Yours"
            )
            self.floor.do(handovers.take_back, contact_id=contact.pk, by=self.agent)

    def event_end(self) -> None:
        if contact := self.contact():
            self.floor.do(assignments.end_contact, contact_id=contact.pk, by=self.agent)

    def event_work_is_over(self) -> None:
        Contact.objects.filter(state="after_contact_work").update(
            acw_until=database_now() - timedelta(seconds=1)
        )
        self.floor.do(assignments.finish_after_contact_work)

    def event_transfer(self) -> None:
        contact = self.contact()
        # Without a first text of the customer the offer has nothing to show, and a later one is not pushed.
        if contact and contact.direction == Contact.Direction.INBOUND:
            self.floor.do(
                assignments.transfer_contact, contact_id=contact.pk, by=self.agent, skill=self.floor.skill
            )

    def event_outbound(self) -> None:
        customer = CustomerFactory.create(business_unit=self.floor.unit)
        try:
            self.floor.do(assignments.start_contact, by=self.agent, skill=self.outbound, customer=customer)
        except assignments.NoFreeSession:
            assert Contact.objects.filter(agent=self.agent).exists()

    def event_break(self) -> None:
        self.floor.do(
            presence.set_status, agent=self.agent, status="unavailable", reason="Break", monitored=False
        )

    def event_back(self) -> None:
        self.floor.become(self.agent, "available")

    event_back_again = event_back


@pytest.mark.parametrize("seed", range(4))
def test_snapshot_and_pushes_equal_a_fresh_snapshot(floor, seed):
    day = Day(floor, seed)
    start = fresh(day.agent)
    happened = []
    beside = fresh(day.colleague)
    for _turn in range(40):
        happened.append(day.step())
        assert_in_step(day.agent, start)
        assert_in_step(day.colleague, beside)
    assert len(set(happened)) > 5
    assert Push.objects.filter(agent=day.agent).count() == Feed.objects.get(agent=day.agent).last_seq


def test_receipt_after_the_close_says_nothing_to_the_page(floor):
    day = Day(floor, 1)
    day.event_arrival()
    day.event_accept()
    contact = day.contact()
    assert contact is not None
    message = floor.do(replies.reply, contact_id=contact.pk, text="Bye", by=day.agent)
    day.event_end()
    day.event_work_is_over()
    before = fresh(day.agent)["seq"]
    floor.do(publish_message_changed, message=message)
    assert fresh(day.agent)["seq"] == before


def test_text_of_a_contact_that_is_only_offered_is_not_pushed_but_in_the_snapshot_after_accepting(floor):
    day = Day(floor, 2)
    day.event_arrival()
    start = fresh(day.agent)
    day.event_text()
    day.event_accept()
    assert_in_step(day.agent, start)
    assert [message["text"] for message in fresh(day.agent)["contacts"][0]["messages"]] == ["First", "Hello"]


def test_old_pushes_are_removed_and_young_ones_kept(floor):
    agent = floor.agent()
    assert feed.remove_old_pushes() == 0
    Push.objects.filter(agent=agent).update(at=database_now() - timedelta(hours=2))
    floor.become(agent, "unavailable")
    kept = Push.objects.filter(at__gt=database_now() - timedelta(hours=1)).count()
    assert kept >= 1
    assert feed.remove_old_pushes() >= 1
    assert Push.objects.count() == kept


def test_snapshot_shows_only_the_latest_texts_of_a_long_conversation(floor):
    day = Day(floor, 3)
    day.event_arrival()
    day.event_accept()
    contact = day.contact()
    assert contact is not None
    for number in range(205):
        add_inbound_message(
            contact=contact,
            incoming=incoming(str(number)),
            now=database_now(),
        )
    shown = fresh(day.agent)["contacts"][0]["messages"]
    assert len(shown) == 200
    assert [message["text"] for message in shown] == [str(number) for number in range(5, 205)]
