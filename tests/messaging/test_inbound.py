"""From a stored call to a contact, its message and its place in the queue."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contacts.models import Contact, Message
from contacts.services import add_outbound_message
from core import sql
from core.clock import database_now
from messaging.models import Assembly, Delivery, OptOut
from messaging.services import inbound, opt_outs
from points_of_contact.models import PointOfContact
from routing.services import offers, presence
from tests.factories.agents import AgentFactory
from tests.factories.messaging import DeliveryFactory
from tests.factories.points_of_contact import PointOfContactFactory
from tests.messaging.line import CUSTOMER, close, only_contact, texts
from workspace.services import replies


def test_first_text_opens_a_contact_and_queues_it(line):
    message = line.receive("  Hello\n")
    contact = only_contact()
    assert (contact.state, contact.skill) == (Contact.State.QUEUED, line.point_of_contact.skill)
    assert (contact.customer.address, contact.customer.e164) == (CUSTOMER, f"+{CUSTOMER}")
    assert (message.text, message.from_address, message.position) == ("  Hello\n", CUSTOMER, 1)
    assert (contact.unread, contact.message_count) == (1, 1)
    assert message.provider_sent_at is not None
    assert contact.script_run.status == "ended"
    assert [step.action_type for step in contact.trace_steps.order_by("position")] == ["BEGIN", "REQAGENT"]


def test_next_text_joins_the_open_contact_and_after_its_close_opens_another(line):
    line.receive("one")
    first = only_contact()
    line.receive("two")
    assert texts(first) == ["one", "two"]
    close(first)
    line.receive("three")
    assert Contact.objects.count() == 2
    assert texts(Contact.objects.exclude(pk=first.pk).get()) == ["three"]


def test_text_during_after_contact_work_opens_another_contact(line):
    line.receive("one")
    agent = AgentFactory.create(business_unit=line.unit)
    Contact.objects.update(state=Contact.State.AFTER_CONTACT_WORK, agent=agent)
    line.receive("two")
    assert sorted(Contact.objects.values_list("state", flat=True)) == ["after_contact_work", "queued"]


def test_customers_do_not_mix(line):
    line.deliver("one", sender="33600000001")
    line.deliver("two", sender="AcmeShop")
    line.process()
    assert sorted(Contact.objects.values_list("customer__address", flat=True)) == ["33600000001", "AcmeShop"]


def test_processing_twice_does_nothing_twice(line):
    line.receive("one")
    Delivery.objects.update(attempts=0)
    assert line.process() == 0
    assert Message.objects.count() == 1


def test_texts_of_one_customer_keep_their_order(line):
    expected = [f"text {number}" for number in range(6)]
    for text in expected:
        line.deliver(text)
    assert line.process() == 6
    assert texts(only_contact()) == expected


# -- Nobody listens, and what cannot be processed ---------------


def test_without_a_point_of_contact_the_text_is_kept(line):
    PointOfContact.objects.update(is_active=False)
    line.deliver("Hello")
    line.process()
    delivery = Delivery.objects.get()
    assert (delivery.failure, delivery.processed_at) == ("no_point_of_contact", None)
    assert delivery.parked_at is not None
    assert not Contact.objects.exists()


def test_stop_holds_even_where_nobody_listens(line):
    PointOfContact.objects.update(is_active=False)
    line.deliver("STOP")
    line.process()
    assert OptOut.objects.filter(registration=line.registration, customer__address=CUSTOMER).count() == 1
    assert Delivery.objects.get().parked_at is not None


def test_incomplete_text_where_nobody_listens_is_kept_and_stops_nothing(line):
    line.part("only ", 1, total=2)
    line.process()
    PointOfContact.objects.update(is_active=False)
    line.make_everything_due()
    assert line.deliver_incomplete() == 0
    assert Assembly.objects.get().deliver_at > database_now()
    PointOfContact.objects.update(is_active=True)
    line.make_everything_due()
    assert line.deliver_incomplete() == 1
    assert texts(only_contact()) == ["only "]


def test_call_that_names_no_sender_is_parked_and_stops_nobody(line):
    line.deliver("poison", sender="")
    line.deliver("fine")
    line.process()
    parked = Delivery.objects.get(parked_at__isnull=False)
    assert parked.fields["text"] == "poison"
    assert texts(only_contact()) == ["fine"]


@pytest.fixture
def _database_that_refuses_poison(db) -> None:
    """A fault that nobody foresaw: the table of messages refuses one text."""
    sql.execute(
        "CREATE FUNCTION refuse_poison() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'cannot store %%', NEW.text; END $$"
    )
    sql.execute(
        "CREATE TRIGGER poison BEFORE INSERT ON contacts_message FOR EACH ROW "
        "WHEN (NEW.text = 'poison') EXECUTE FUNCTION refuse_poison()"
    )


@pytest.mark.usefixtures("_database_that_refuses_poison")
def test_failing_delivery_is_tried_again_then_parked_and_holds_up_only_its_own_customer(line, caplog):
    line.deliver("poison")
    line.deliver("behind it")
    line.deliver("other", sender="33600000002")
    line.process()
    poisoned = Delivery.objects.order_by("id")[0]
    assert poisoned.attempts == 1
    assert poisoned.try_after > database_now()
    assert texts(only_contact()) == ["other"]
    for _attempt in range(inbound.MAX_ATTEMPTS - 1):
        line.make_everything_due()
        line.process()
    poisoned.refresh_from_db()
    assert poisoned.parked_at is not None
    assert poisoned.processed_at is None
    assert sorted(Message.objects.values_list("text", flat=True)) == ["behind it", "other"]
    # Neither the row nor the log says what the text was.
    assert "poison" not in poisoned.failure
    assert "cannot store" not in caplog.text


def test_waiting_receipts_hold_up_no_text(line):
    later = database_now() + timedelta(minutes=1)
    for number in range(250):
        DeliveryFactory.create(
            registration=line.registration, kind=Delivery.Kind.RECEIPT, serial_key=number, try_after=later
        )
    line.receive("Hello")
    assert texts(only_contact()) == ["Hello"]


# -- Long texts ---------------


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 2, 1), (2, 3, 1)])
def test_parts_are_joined_by_their_numbers_without_stripping(line, order):
    parts = {1: "Dear ", 2: " both spaces ", 3: "matter "}
    for number in order:
        line.part(parts[number], number, total=3)
    line.process()
    message = Message.objects.get()
    assert message.text == "Dear  both spaces matter "
    assert not message.is_incomplete
    assert [part.number for part in message.parts.order_by("number")] == [1, 2, 3]
    assert message.segments == 3


def test_missing_part_late_part(line):
    line.part("one ", 1, total=3)
    line.part("three", 3, total=3)
    line.process()
    assert not Contact.objects.exists()
    assert line.deliver_incomplete() == 0
    line.make_everything_due()
    assert line.deliver_incomplete() == 1
    message = Message.objects.get()
    assert (message.text, message.is_incomplete) == ("one three", True)
    line.part("two ", 2, total=3)
    line.process()
    message.refresh_from_db()
    assert (message.text, message.is_incomplete) == ("one two three", False)
    assert message.contact.events.latest("id").kind == "message_completed"
    assert Message.objects.count() == 1
    assert line.deliver_incomplete() == 0


def test_reference_used_again_is_another_text(line):
    for round_number in (1, 2):
        line.part(f"a{round_number} ", 1, total=2)
        line.part(f"b{round_number}", 2, total=2)
    line.process()
    assert texts(only_contact()) == ["a1 b1", "a2 b2"]


def test_parts_of_two_customers_with_one_reference_do_not_mix(line):
    line.part("mine ", 1, total=2)
    line.part("yours ", 1, total=2, sender="33600000002")
    line.part("too", 2, total=2, sender="33600000002")
    line.part("only", 2, total=2)
    line.process()
    assert sorted(Message.objects.values_list("text", flat=True)) == ["mine only", "yours too"]


# -- STOP and START ---------------


@pytest.mark.parametrize(
    "word", ["STOP", "stop", " Stop. ", "ARRÊT", "arret", "Désabonner", "«Stop»", "UNSUBSCRIBE"]
)
def test_lone_stop_is_confirmed_once_and_needs_no_agent(line, word):
    line.receive(word)
    contact = only_contact()
    assert contact.state == Contact.State.CLOSED
    assert not contact.offers.exists()
    assert OptOut.objects.filter(opted_in_at=None).count() == 1
    confirmation = contact.messages.get(direction="outbound")
    assert confirmation.ignores_opt_out
    line.receive(word)
    assert Message.objects.filter(direction="outbound").count() == 1
    assert OptOut.objects.count() == 1


def test_confirmation_speaks_the_language_of_the_word(line):
    line.receive("ARRÊT")
    assert texts(only_contact(), "outbound") == [opt_outs.STOPPED["fr"]]


@pytest.mark.parametrize("text", ["please stop calling", "stop it!", "non stop", "the end"])
def test_word_inside_a_text_is_no_wish(line, text):
    line.receive(text)
    assert only_contact().state == Contact.State.QUEUED
    assert not OptOut.objects.exists()


def test_start_undoes_stop_and_keeps_the_ledger(line):
    line.receive("STOP")
    line.receive("START")
    assert OptOut.objects.get().opted_in_at is not None
    last = Message.objects.filter(direction="outbound").order_by("id").last()
    assert last is not None
    assert last.text == opt_outs.STARTED["en"]
    assert not last.ignores_opt_out
    # A second START changes nothing and is answered with silence.
    line.receive("START")
    assert Message.objects.filter(direction="outbound").count() == 2
    line.receive("STOP")
    assert OptOut.objects.count() == 2


def accepted_contact(line) -> tuple[Contact, object]:
    agent = AgentFactory.create(
        business_unit=line.unit, available=True, skills=[(line.point_of_contact.skill, 1)]
    )
    line.receive("Hello")
    contact = only_contact()
    with line.commits():
        presence.set_status(agent=agent, status="available", monitored=False)
    with line.commits():
        offers.accept_offer(offer_id=contact.offers.get().pk, by=agent)
    return contact, agent


def test_stop_in_an_open_contact_stays_with_its_agent_whose_reply_is_refused(line):
    contact, agent = accepted_contact(line)
    line.receive("STOP")
    contact.refresh_from_db()
    assert contact.state == Contact.State.ACTIVE
    assert texts(contact) == ["Hello", "STOP"]
    with pytest.raises(replies.RecipientOptedOut) as error:
        replies.reply(contact_id=contact.pk, text="but…", by=agent)
    assert error.value.status == 422
    line.receive("start")
    replies.reply(contact_id=contact.pk, text="welcome back", by=agent)


def test_opt_out_is_of_one_number_only(line):
    line.receive("STOP")
    customer = only_contact().customer
    other = PointOfContactFactory.create(business_unit=line.unit).transport_code
    assert opt_outs.is_opted_out(registration_id=line.registration.pk, customer_id=customer.pk)
    assert not opt_outs.is_opted_out(registration_id=other.pk, customer_id=customer.pk)


def test_outbound_message_has_our_reference_before_anything_is_sent(line):
    contact, agent = accepted_contact(line)
    message = add_outbound_message(contact=contact, text="Hi", now=database_now(), author=agent.user)
    assert message.client_ref is not None
    assert message.status == Message.Status.QUEUED
