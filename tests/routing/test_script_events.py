"""Scripts beside routing: what they ask for is done, waits end in time, and agents take over from them."""

from __future__ import annotations

from datetime import timedelta
from unittest.mock import Mock

import pytest
from django.db import OperationalError

from contacts import script_runs
from contacts.models import Contact, Message, ScriptRun
from contacts.script_runs import (
    MOST_FAILURES,
    MOST_KEPT,
    POSTPONED,
    receive_message,
    resume_due,
    start_script,
)
from core.clock import database_now
from points_of_contact.selectors import listener_of
from routing.services import assignments, offers
from scripts.interpreter.limits import TEXTS_PER_HOUR
from tests.factories.contacts import ContactFactory
from tests.factories.dispositions import DispositionFactory, TagFactory
from tests.factories.scripts import ScriptFactory, ScriptVersionFactory
from tests.routing.floor import Floor, assert_consistent, let_expire, pending, state_of
from tests.scripts.interpreter.helpers import define


def begin(floor: Floor, actions: dict, branches: list[str], *, text: str = "Hello") -> Contact:
    """A contact whose script is this one, which has begun."""
    script = ScriptFactory.create(business_unit=floor.unit, published=False)
    ScriptVersionFactory.create(script=script, definition=define({"b": "BEGIN", **actions}, branches))
    floor.point_of_contact.script = script
    floor.point_of_contact.save(update_fields=["script"])
    contact = ContactFactory.create(
        business_unit=floor.unit, skill=floor.skill, point_of_contact=floor.point_of_contact
    )
    run(floor, contact, text=text)
    contact.refresh_from_db()
    return contact


def run(floor: Floor, contact: Contact, *, text: str) -> None:
    listener = listener_of(transport_code_id=contact.transport_code_id)
    assert listener is not None
    floor.do(
        start_script, contact=contact, listener=listener, text=text, number="15550100", now=database_now()
    )


def pass_time(seconds: float) -> None:
    """The waits are that much nearer."""
    for script_run in ScriptRun.objects.filter(resume_at__isnull=False):
        script_run.resume_at -= timedelta(seconds=seconds)
        script_run.state["resume_at"] = script_run.resume_at.isoformat()
        script_run.save(update_fields=["resume_at", "state"])


def texts(contact: Contact) -> list[str]:
    written = Message.objects.filter(contact=contact, direction="outbound").order_by("position")
    return list(written.values_list("text", flat=True))


def kinds(contact: Contact) -> list[str]:
    return list(contact.events.order_by("id").values_list("kind", flat=True))


WAITING = {"q": "REQAGENT", "w": ("WAIT", {"seconds": 60}), "s": ("SENDTEXT", {"message": "Still here"})}
WAITING_LINKS = ["b>q", "q>w", "w>s"]


def test_a_text_goes_out_and_the_contact_ends(floor):
    contact = begin(floor, {"e": ("ENDTEXT", {"message": "{{ text }}? We are closed."})}, ["b>e"])
    assert texts(contact) == ["Hello? We are closed."]
    assert Message.objects.get(contact=contact, direction="outbound").status == Message.Status.QUEUED
    assert contact.state == Contact.State.CLOSED
    assert contact.closed_at is not None


def test_tag_disposition_and_note_are_there_when_the_agent_comes(floor):
    tag = TagFactory.create(business_unit=floor.unit, name="VIP")
    disposition = DispositionFactory.create(business_unit=floor.unit, name="Resolved")
    actions = {
        "t": ("TAG", {"tag": "vip"}),
        "d": ("SETDISPOSITION", {"disposition": "resolved"}),
        "n": ("NOTE", {"note": "First"}),
        "m": ("NOTE", {"note": "Wrote {{ text }}"}),
        "q": "REQAGENT",
    }
    contact = begin(floor, actions, ["b>t", "t>d", "d>n", "n>m", "m>q"])
    assert list(contact.tags.all()) == [tag]
    assert (contact.disposition, contact.notes) == (disposition, "First\nWrote Hello")
    assert contact.state == Contact.State.QUEUED


def test_a_wait_ends_at_its_time(floor):
    contact = begin(floor, WAITING, WAITING_LINKS)
    assert floor.do(resume_due) == 0
    pass_time(60)
    assert floor.do(resume_due) == 1
    assert texts(contact) == ["Still here"]
    assert floor.do(resume_due) == 0
    assert ScriptRun.objects.get(contact=contact).status == ScriptRun.Status.ENDED


def test_a_deadline_that_the_run_does_not_know_comes_up_once(floor):
    contact = begin(floor, WAITING, WAITING_LINKS)
    run = ScriptRun.objects.get(contact=contact)
    ScriptRun.objects.update(resume_at=database_now())
    assert floor.do(resume_due) == 0
    assert ScriptRun.objects.get(contact=contact).resume_at == run.resume_at


def test_a_contact_before_an_agent_is_left_alone_until_he_decides(floor):
    agent = floor.agent()
    contact = begin(floor, WAITING, WAITING_LINKS)
    pass_time(60)
    assert pending(contact).agent == agent
    assert floor.do(resume_due) == 0
    floor.do(offers.refuse_offer, offer_id=pending(contact).pk, by=agent)
    assert floor.do(resume_due) == 1
    assert texts(contact) == ["Still here"]


ASKING = {
    "q": "REQAGENT",
    "a": ("ASKCALLER", {"message": "Call back?", "timeout_seconds": 600}),
    "again": ("ASKCALLER", {"message": "When?", "timeout_seconds": 600, "result_var": "when"}),
    "e": ("ENDTEXT", {"message": "{{ answer }} {{ when }}"}),
}
ASKING_LINKS = ["b>q", "q>a", "a.responded>again", "a.timeout>e", "again.responded>e", "again.timeout>e"]


def write(floor: Floor, contact: Contact, text: str) -> None:
    floor.do(receive_message, contact=contact, text=text, now=database_now())


def settle(floor: Floor, contact: Contact, how: str) -> None:
    offer = pending(contact)
    if how == "refused":
        floor.do(offers.refuse_offer, offer_id=offer.pk, by=offer.agent)
    elif how == "withdrawn":
        floor.do(offers.withdraw_offers, agent_id=offer.agent_id, reason="test")
    else:
        let_expire(offer)
        floor.do(offers.expire_offers)


@pytest.mark.parametrize("how", ["refused", "withdrawn", "expired"])
def test_what_a_customer_answers_during_an_offer_leads_on_once_it_is_settled(floor, how):
    floor.agent()
    # Another is free: his offer must not come between.
    floor.agent()
    contact = begin(floor, ASKING, ASKING_LINKS)
    write(floor, contact, "yes")
    write(floor, contact, "at noon")
    # What came is there first, however late the time of its wait.
    pass_time(600)
    assert floor.do(resume_due) == 0
    assert texts(contact) == ["Call back?"]
    settle(floor, contact, how)
    contact.refresh_from_db()
    assert texts(contact)[1] == "When?"
    if contact.state == Contact.State.OFFERED:
        settle(floor, contact, how)
    contact.refresh_from_db()
    assert texts(contact) == ["Call back?", "When?", "yes at noon"]
    assert contact.state == Contact.State.CLOSED
    assert ScriptRun.objects.get(contact=contact).kept is None
    assert_consistent()


def test_what_was_kept_is_taken_by_the_sweeper_when_nobody_else_did(floor):
    agent = floor.agent()
    contact = begin(floor, ASKING, ASKING_LINKS)
    write(floor, contact, "yes")
    # Whoever settled it died before he could tell.
    offers.refuse_offer(offer_id=pending(contact).pk, by=agent)
    assert texts(contact) == ["Call back?"]
    floor.do(resume_due)
    assert texts(contact) == ["Call back?", "When?"]


def test_what_was_kept_is_forgotten_when_an_agent_answers(floor):
    agent = floor.agent()
    actions = {**ASKING, "o": "ONANSWER", "new": ("ASKCALLER", {"message": "Happy?"})}
    contact = begin(floor, actions, [*ASKING_LINKS, "o>new"])
    write(floor, contact, "yes")
    floor.do(offers.accept_offer, offer_id=pending(contact).pk, by=agent)
    floor.do(resume_due)
    assert texts(contact) == ["Call back?", "Happy?"]
    assert ScriptRun.objects.get(contact=contact).kept is None


def test_what_was_kept_is_forgotten_when_the_script_goes_on_at_the_refusal(floor):
    agent = floor.agent()
    actions = {**ASKING, "o": "ONREFUSAL", "new": ("ASKCALLER", {"message": "Patience?"})}
    contact = begin(floor, actions, [*ASKING_LINKS, "o>new"])
    write(floor, contact, "yes")
    floor.do(offers.refuse_offer, offer_id=pending(contact).pk, by=agent)
    floor.do(resume_due)
    assert texts(contact) == ["Call back?", "Patience?"]


def test_what_was_kept_outlives_a_deadlock(floor, monkeypatch):
    """And comes to the script at the next sweep."""
    agent = floor.agent()
    contact = begin(floor, ASKING, ASKING_LINKS)
    write(floor, contact, "yes")
    before = ScriptRun.objects.get(contact=contact).kept
    with monkeypatch.context() as deadlocks:
        deadlocks.setattr(script_runs, "_take_first", Mock(side_effect=OperationalError("deadlock detected")))
        floor.do(offers.refuse_offer, offer_id=pending(contact).pk, by=agent)
    assert ScriptRun.objects.get(contact=contact).kept == before == [{"text": "yes"}]
    floor.become(agent, "unavailable")
    floor.do(resume_due)
    assert ScriptRun.objects.get(contact=contact).kept is None


def break_down(monkeypatch) -> Mock:
    """The interpreter fails for a reason that is not the script's."""
    broken = Mock(side_effect=RuntimeError("unforeseen"))
    monkeypatch.setattr(script_runs, "advance", broken)
    return broken


def pass_postponement() -> None:
    ScriptRun.objects.update(kept_after=database_now())


def test_what_was_kept_outlives_an_unforeseen_failure(floor, monkeypatch):
    """And neither the deadline nor the customer's next text comes before it."""
    agent = floor.agent()
    contact = begin(floor, ASKING, ASKING_LINKS)
    write(floor, contact, "yes")
    with monkeypatch.context() as failing:
        broken = break_down(failing)
        floor.do(offers.refuse_offer, offer_id=pending(contact).pk, by=agent)
        floor.become(agent, "unavailable")
        assert broken.call_count == 1
        # Not again at each sweep.
        floor.do(resume_due)
        assert broken.call_count == 1
        pass_postponement()
        floor.do(resume_due)
        assert broken.call_count == 2
    pass_time(600)
    write(floor, contact, "at noon")
    assert floor.do(resume_due) == 0
    run = ScriptRun.objects.get(contact=contact)
    assert (run.kept, run.failures) == ([{"text": "yes"}, {"text": "at noon"}], 2)
    pass_postponement()
    floor.do(resume_due)
    assert texts(contact) == ["Call back?", "When?", "yes at noon"]
    run.refresh_from_db()
    assert (run.kept, run.kept_after, run.failures) == (None, None, 0)


def test_a_script_that_cannot_take_what_was_kept_fails_in_the_end(floor, monkeypatch):
    """Its contact waits on for an agent, and what was kept is still there to be read."""
    agent = floor.agent()
    contact = begin(floor, ASKING, ASKING_LINKS)
    write(floor, contact, "yes")
    broken = break_down(monkeypatch)
    floor.do(offers.refuse_offer, offer_id=pending(contact).pk, by=agent)
    floor.become(agent, "unavailable")
    for _sweep in range(MOST_FAILURES + 3):
        pass_postponement()
        floor.do(resume_due)
    assert broken.call_count == MOST_FAILURES
    run = ScriptRun.objects.get(contact=contact)
    assert (run.status, run.failure, run.kept) == (ScriptRun.Status.FAILED, "unforeseen", [{"text": "yes"}])
    contact.refresh_from_db()
    assert contact.state == Contact.State.QUEUED
    assert kinds(contact).count("script_failed") == 1
    assert_consistent()


@pytest.mark.parametrize("fault", ["interpreter", "definition"])
def test_a_contact_whose_script_cannot_go_on_comes_to_the_queue(floor, monkeypatch, fault):
    actions = {"a": ("ASKCALLER", {"message": "Call back?", "timeout_seconds": 600}), "q": "REQAGENT"}
    contact = begin(floor, actions, ["b>a", "a.responded>q", "a.timeout>q"])
    assert contact.state == Contact.State.PRE_QUEUE
    if fault == "interpreter":
        break_down(monkeypatch)
    else:
        monkeypatch.setattr(script_runs, "graph_of_version", Mock(return_value=None))
    for _sweep in range(MOST_FAILURES):
        pass_time(600 + POSTPONED.total_seconds())
        assert floor.do(resume_due) == 0
    contact.refresh_from_db()
    assert contact.state == Contact.State.QUEUED
    assert ScriptRun.objects.get(contact=contact).status == ScriptRun.Status.FAILED
    assert floor.do(resume_due) == 0
    assert_consistent()


def test_no_more_is_kept_than_a_script_could_want(floor):
    floor.agent()
    contact = begin(floor, ASKING, ASKING_LINKS)
    for number in range(MOST_KEPT + 2):
        write(floor, contact, str(number))
    kept = ScriptRun.objects.get(contact=contact).kept
    assert kept == [{"text": str(number)} for number in range(MOST_KEPT)]


def test_what_runs_ends_when_an_agent_answers(floor):
    agent = floor.agent()
    contact = begin(floor, WAITING, WAITING_LINKS)
    floor.do(offers.accept_offer, offer_id=pending(contact).pk, by=agent)
    pass_time(60)
    assert floor.do(resume_due) == 0
    assert texts(contact) == []


def test_events_of_the_agent_are_taken_each_once(floor):
    agent, other = floor.agent(), floor.make_skill()
    actions = {
        "q": "REQAGENT",
        "a": "ONANSWER",
        "hello": ("SENDTEXT", {"message": "{{ agent }} is here"}),
        "r": "ONRELEASE",
        "bye": ("SENDTEXT", {"message": "How was {{ skill }}?"}),
        "t": "ONTRANSFER",
        "moved": ("SENDTEXT", {"message": "One moment"}),
        "again": ("REQAGENT", {"skill": other.name}),
    }
    links = ["b>q", "a>hello", "r>bye", "t>moved", "moved>again"]
    contact = begin(floor, actions, links)
    floor.do(offers.accept_offer, offer_id=pending(contact).pk, by=agent)
    floor.do(assignments.transfer_contact, contact_id=contact.pk, by=agent, skill=other)
    assert texts(contact) == [f"{agent.user.username} is here", "One moment"]
    second = floor.agent(skills=[(other, 1)])
    floor.do(offers.accept_offer, offer_id=pending(contact).pk, by=second)
    other.after_contact_work_seconds = 60
    other.save()
    floor.do(assignments.end_contact, contact_id=contact.pk, by=second)
    floor.do(
        assignments.set_disposition, contact_id=contact.pk, by=second, disposition=None, notes="", tags=[]
    )
    contact.refresh_from_db()
    assert contact.state == Contact.State.CLOSED
    assert texts(contact)[2:] == [f"{second.user.username} is here", f"How was {other.name}?"]
    assert_consistent()


def test_a_contact_with_an_agent_is_neither_queued_nor_ended_by_its_script(floor):
    agent = floor.agent()
    actions = {"q": "REQAGENT", "a": "ONANSWER", "again": "REQAGENT", "e": "ENDTEXT"}
    contact = begin(floor, actions, ["b>q", "a>again", "again>e"])
    floor.do(offers.accept_offer, offer_id=pending(contact).pk, by=agent)
    contact.refresh_from_db()
    assert (contact.state, contact.agent) == (Contact.State.ACTIVE, agent)
    assert "request_ignored" in kinds(contact)
    assert_consistent()


def test_two_robots_fall_silent(floor):
    answer = {"e": ("ENDTEXT", {"message": "Thank you"})}
    first = begin(floor, answer, ["b>e"])
    for _number in range(TEXTS_PER_HOUR):
        again = ContactFactory.create(
            business_unit=floor.unit,
            skill=floor.skill,
            point_of_contact=floor.point_of_contact,
            customer=first.customer,
            transport_code=first.transport_code,
        )
        run(floor, again, text="Thank you")
    sent = Message.objects.filter(contact__customer=first.customer, direction="outbound")
    assert sent.count() == TEXTS_PER_HOUR
    assert "text_held_back" in kinds(again)
    again.refresh_from_db()
    assert again.state == Contact.State.CLOSED


def test_a_script_that_breaks_at_a_refusal_keeps_no_offer_from_being_settled(floor, caplog):
    agent, other = floor.agent(), floor.make_skill()
    actions = {"q": "REQAGENT", "o": "ONREFUSAL", "again": ("REQAGENT", {"skill": other.name})}
    contact = begin(floor, actions, ["b>q", "o>again"])
    ScriptRun.objects.filter(contact=contact).update(state={"variables": 5})
    let_expire(pending(contact))
    assert floor.do(offers.expire_offers) == 1
    contact.refresh_from_db()
    assert (contact.state, contact.skill) == (Contact.State.QUEUED, floor.skill)
    assert "offer_expired" in kinds(contact)
    assert [record.message for record in caplog.records] == ["script_event_failed"]
    assert state_of(agent).load == 0
    assert_consistent()


def test_an_outbound_contact_has_no_script(floor):
    assert floor.do(resume_due) == 0


@pytest.mark.parametrize("text", ["{{ number }}", "{% if 1 %}", "x" * 9_000])
def test_what_customers_write_is_data(floor, text):
    contact = begin(
        floor, {"e": ("ENDTEXT", {"message": "You wrote {{ text | slice: 0, 50 }}"})}, ["b>e"], text=text
    )
    assert texts(contact) == [f"You wrote {text[:50]}".strip()]
