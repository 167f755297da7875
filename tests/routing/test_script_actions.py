"""What scripts ask and change while contacts wait: hours, queues, refusals, waits that are too long."""

from __future__ import annotations

from datetime import timedelta

from contacts.models import Contact, ScriptRun
from contacts.script_runs import receive_message, resume_due, time_out_waits
from core.clock import database_now
from routing.matching import milliseconds
from routing.services import assignments, offers, presence
from tests.factories.hours import HoursOfOperationFactory
from tests.factories.scripts import ScriptFactory, ScriptVersionFactory
from tests.routing.floor import assert_consistent, offer_for, pending, suitor
from tests.routing.test_script_events import begin, kinds, pass_time, texts
from tests.scripts.interpreter.helpers import define


def wait_in_queue(seconds: float) -> None:
    """The contacts have waited so much longer, for their scripts."""
    for script_run in ScriptRun.objects.filter(queue_until__isnull=False):
        script_run.queue_until -= timedelta(seconds=seconds)
        script_run.state["queue_until"] = script_run.queue_until.isoformat()
        script_run.save(update_fields=["queue_until", "state"])


class TestHours:
    actions = {
        "h": ("HOURS", {"profile": "Office"}),
        "q": "REQAGENT",
        "c": ("ENDTEXT", {"message": "Closed{{ holiday }}"}),
    }
    links = ["b>h", "h.open>q", "h.closed>c"]

    def test_open_and_closed(self, floor):
        hours = HoursOfOperationFactory.create(business_unit=floor.unit, name="office", monday="")
        assert texts(begin(floor, self.actions, self.links)) == ["Closed"]
        days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
        for day in days:
            setattr(hours, day, "00:00-24:00")
        hours.save()
        assert begin(floor, self.actions, self.links).state == Contact.State.QUEUED

    def test_without_the_hours_no_customer_is_lost(self, floor):
        contact = begin(floor, self.actions, self.links)
        assert contact.state == Contact.State.QUEUED
        assert "script_failed" in kinds(contact)


class TestTimeout:
    links = ["b>q", "q>w", "w>x", "q.timeout>t"]

    def actions(self, **more):
        return {
            "q": ("REQAGENT", {"timeout_seconds": 60}),
            "w": ("WAIT", {"seconds": 600}),
            "x": ("SENDTEXT", {"message": "never"}),
            "t": ("SENDTEXT", {"message": "Sorry for the wait"}),
            **more,
        }

    def test_it_fires_once_and_the_contact_keeps_its_place(self, floor):
        contact = begin(floor, self.actions(), self.links)
        assert floor.do(time_out_waits) == 0
        wait_in_queue(60)
        assert floor.do(time_out_waits) == 1
        assert texts(contact) == ["Sorry for the wait"]
        assert floor.do(time_out_waits) == 0
        pass_time(600)
        assert floor.do(resume_due) == 0, "what ran has ended"
        after = Contact.objects.get(pk=contact.pk)
        assert (after.state, after.queued_at, after.queue_key) == (
            Contact.State.QUEUED,
            contact.queued_at,
            contact.queue_key,
        )
        assert_consistent()

    def test_it_can_end_the_contact(self, floor):
        ends = {"e": ("ENDTEXT", {"message": "Call us"})}
        contact = begin(floor, self.actions(**ends), [*self.links, "t>e"])
        wait_in_queue(60)
        floor.do(time_out_waits)
        contact.refresh_from_db()
        assert (contact.state, texts(contact)) == (Contact.State.CLOSED, ["Sorry for the wait", "Call us"])
        assert_consistent()

    def test_a_contact_before_an_agent_has_its_timeout_once_he_refuses(self, floor):
        agent = floor.agent()
        contact = begin(floor, self.actions(), self.links)
        wait_in_queue(60)
        assert floor.do(time_out_waits) == 0
        floor.do(offers.refuse_offer, offer_id=pending(contact).pk, by=agent)
        assert floor.do(time_out_waits) == 1
        assert texts(contact) == ["Sorry for the wait"]

    def test_an_answer_is_in_time(self, floor):
        agent = floor.agent()
        contact = begin(floor, self.actions(), self.links)
        floor.do(offers.accept_offer, offer_id=pending(contact).pk, by=agent)
        assert ScriptRun.objects.get(contact=contact).queue_until is None
        wait_in_queue(60)
        assert floor.do(time_out_waits) == 0
        assert texts(contact) == []

    def test_an_answer_is_in_time_with_an_event_too(self, floor):
        agent = floor.agent()
        event = {"o": "ONANSWER", "hi": ("SENDTEXT", {"message": "Hi"})}
        contact = begin(floor, self.actions(**event), [*self.links, "o>hi"])
        floor.do(offers.accept_offer, offer_id=pending(contact).pk, by=agent)
        assert ScriptRun.objects.get(contact=contact).queue_until is None

    def test_the_event_stands_in_for_the_branch(self, floor):
        event = {"o": "ONQUEUETIMEOUT", "s": ("SENDTEXT", {"message": "Long"})}
        contact = begin(floor, self.actions(**event), ["b>q", "q>w", "w>x", "o>s"])
        wait_in_queue(60)
        assert floor.do(time_out_waits) == 1
        assert texts(contact) == ["Long"]

    def test_where_nothing_leads_on_what_runs_goes_on(self, floor):
        contact = begin(floor, self.actions(), ["b>q", "q>w", "w>x"])
        wait_in_queue(60)
        assert floor.do(time_out_waits) == 1
        assert floor.do(time_out_waits) == 0
        pass_time(600)
        assert floor.do(resume_due) == 1
        assert texts(contact) == ["never"]

    def test_a_deadline_of_a_contact_that_waits_no_more_goes(self, floor):
        contact = begin(floor, self.actions(), self.links)
        wait_in_queue(60)
        agent = floor.agent()
        floor.do(offers.accept_offer, offer_id=pending(contact).pk, by=agent)
        run = ScriptRun.objects.get(contact=contact)
        run.queue_until = database_now()
        run.state["queue_until"] = run.queue_until.isoformat()
        run.save()
        assert floor.do(time_out_waits) == 0
        assert ScriptRun.objects.get(contact=contact).queue_until is None


class TestUpdateContact:
    def test_more_agents_are_asked_after_a_while(self, floor):
        beginner = floor.agent(skills=[(floor.skill, 15)])
        actions = {
            "q": ("REQAGENT", {"low_proficiency": 10}),
            "w": ("WAIT", {"seconds": 60}),
            "u": ("UPDATECONTACT", {"low_proficiency": 20}),
        }
        contact = begin(floor, actions, ["b>q", "q>w", "w>u"])
        assert offer_for(contact) is None
        pass_time(60)
        floor.do(resume_due)
        assert suitor(contact) == beginner
        after = Contact.objects.get(pk=contact.pk)
        assert (after.queued_at, after.queue_key) == (contact.queued_at, contact.queue_key)
        assert kinds(contact).count("queued") == 1
        assert "place_changed" in kinds(contact)
        assert_consistent()

    def test_the_new_priority_counts_from_the_beginning_of_the_wait(self, floor):
        actions = {
            "q": ("REQAGENT", {"priority_management": "custom", "initial_priority": 7}),
            "w": ("WAIT", {"seconds": 60}),
            "u": ("UPDATECONTACT", {"acceleration": 5, "max_priority": 500}),
            "v": ("UPDATECONTACT", {"priority": 100}),
        }
        contact = begin(floor, actions, ["b>q", "q>w", "w>u", "u>v"])
        pass_time(60)
        floor.do(resume_due)
        after = Contact.objects.select_related("lane").get(pk=contact.pk)
        assert after.lane is not None
        assert after.queued_at is not None
        assert (after.lane.acceleration_milli, after.lane.max_priority_milli) == (5_000, 500_000)
        assert after.queue_key == 100_000 * 60_000 - 5_000 * milliseconds(after.queued_at)

    def test_with_an_agent_it_changes_nothing(self, floor):
        agent = floor.agent()
        actions = {"q": "REQAGENT", "o": "ONANSWER", "u": ("UPDATECONTACT", {"priority": 100})}
        contact = begin(floor, actions, ["b>q", "o>u"])
        floor.do(offers.accept_offer, offer_id=pending(contact).pk, by=agent)
        contact.refresh_from_db()
        assert contact.state == Contact.State.ACTIVE
        assert "update_ignored" in kinds(contact)
        assert_consistent()


class TestRefusal:
    actions = {
        "q": "REQAGENT",
        "w": ("WAIT", {"seconds": 600}),
        "o": "ONREFUSAL",
        "s": ("SENDTEXT", {"message": "{{ agent }} {{ reason }}"}),
        "u": ("UPDATECONTACT", {"priority": 500}),
    }

    def test_each_refusal_fires(self, floor):
        first, second = floor.agent(), floor.agent()
        contact = begin(floor, self.actions, ["b>q", "q>w", "o>s", "s>u"])
        names = []
        for _number in range(2):
            offer = pending(contact)
            names.append(offer.agent.user.username)
            floor.do(offers.refuse_offer, offer_id=offer.pk, by=offer.agent)
        assert set(names) == {first.user.username, second.user.username}
        assert texts(contact) == [f"{name} refused" for name in names]
        assert_consistent()

    def test_an_offer_that_nobody_answered_fires_too(self, floor):
        agent = floor.agent()
        contact = begin(floor, self.actions, ["b>q", "q>w", "o>s"])
        offer = pending(contact)
        type(offer).objects.filter(pk=offer.pk).update(
            offered_at=database_now() - timedelta(seconds=60), expires_at=database_now()
        )
        floor.do(offers.expire_offers)
        assert texts(contact) == [f"{agent.user.username} expired"]

    def test_without_the_event_what_runs_goes_on(self, floor):
        agent = floor.agent()
        contact = begin(
            floor,
            {"q": "REQAGENT", "w": ("WAIT", {"seconds": 60}), "x": ("SENDTEXT", {"message": "on"})},
            ["b>q", "q>w", "w>x"],
        )
        floor.do(offers.refuse_offer, offer_id=pending(contact).pk, by=agent)
        pass_time(60)
        floor.do(resume_due)
        assert texts(contact) == ["on"]

    def test_the_script_may_end_the_contact(self, floor):
        agent = floor.agent()
        contact = begin(
            floor, {"q": "REQAGENT", "o": "ONREFUSAL", "e": ("ENDTEXT", {"message": "Bye"})}, ["b>q", "o>e"]
        )
        floor.do(offers.refuse_offer, offer_id=pending(contact).pk, by=agent)
        contact.refresh_from_db()
        assert contact.state == Contact.State.CLOSED
        assert offer_for(contact) is None
        assert_consistent()


class TestAskCaller:
    actions = {
        "a": ("ASKCALLER", {"message": "1 or 2?", "timeout_seconds": 60}),
        "k": ("CASE", {"cases": "1\n2"}),
        "q": "REQAGENT",
        "e": ("ENDTEXT", {"message": "{{ answer }}?"}),
    }
    links = ["b>a", "a.responded>k", "a.timeout>e", "k.1>q", "k.2>q", "k>e"]

    def answer(self, floor, contact, text):
        floor.do(receive_message, contact=contact, text=text, now=database_now())
        contact.refresh_from_db()

    def test_the_answer_leads_on(self, floor):
        contact = begin(floor, self.actions, self.links)
        assert contact.state == Contact.State.PRE_QUEUE
        self.answer(floor, contact, "2")
        assert contact.state == Contact.State.QUEUED
        self.answer(floor, contact, "1")
        assert texts(contact) == ["1 or 2?"]

    def test_no_answer(self, floor):
        contact = begin(floor, self.actions, self.links)
        pass_time(60)
        floor.do(resume_due)
        contact.refresh_from_db()
        assert (contact.state, texts(contact)) == (Contact.State.CLOSED, ["1 or 2?", "?"])
        self.answer(floor, contact, "1")
        assert contact.state == Contact.State.CLOSED


def test_agents_and_queues_are_asked(floor):
    free = floor.agent()
    busy, away = floor.agent(max_concurrent_sms=1), floor.agent(available=False)
    actions = {"q": "REQAGENT"}
    for agent in (free, busy):
        floor.do(presence.set_status, agent=agent, status="unavailable", reason="", monitored=False)
    waiting = begin(floor, actions, ["b>q"])
    floor.become(busy, "available")
    assert suitor(waiting) == busy
    begin(floor, actions, ["b>q"])
    floor.become(free, "available", monitored=True)
    floor.do(presence.set_status, agent=free, status="unavailable", reason="", monitored=True)
    said = []
    for agent in (free, busy, away):
        branches = ("available", "busy", "unavailable", "logged_out")
        states = {name: ("ENDTEXT", {"message": name}) for name in branches}
        contact = begin(
            floor,
            {"s": ("AGENTSTATE", {"agent": agent.user.username}), **states},
            ["b>s", *(f"s.{name}>{name}" for name in branches)],
        )
        said += texts(contact)
    assert said == ["unavailable", "busy", "logged_out"]
    figures = "{{ queue_waiting }} {{ queue_agents_free }} {{ queue_agents_logged_in }}"
    counted = begin(floor, {"i": "QUEUEINFO", "e": ("ENDTEXT", {"message": figures})}, ["b>i", "i>e"])
    assert texts(counted) == ["1 0 2"]


def test_a_script_calls_another_in_the_version_of_the_moment(floor):
    sub = ScriptFactory.create(business_unit=floor.unit, name="Ask the name", published=False)
    asks = define(
        {"b": "BEGIN", "a": ("ASKCALLER", {"message": "Name?", "result_var": "name"}), "e": "END"},
        ["b>a", "a.responded>e", "a.timeout>e"],
    )
    first = ScriptVersionFactory.create(script=sub, definition=asks)
    actions = {
        "r": ("RUNSUB", {"script": "ask the name"}),
        "s": ("SENDTEXT", {"message": "Hello {{ name }}"}),
        "q": "REQAGENT",
    }
    contact = begin(floor, actions, ["b>r", "r>s", "s>q"])
    type(first).objects.filter(pk=first.pk).update(status="superseded")
    other = define({"b": "BEGIN", "e": "END"}, ["b>e"])
    ScriptVersionFactory.create(script=sub, number=2, definition=other)
    floor.do(receive_message, contact=contact, text="Olivia", now=database_now())
    contact.refresh_from_db()
    assert texts(contact) == ["Name?", "Hello Olivia"]
    assert contact.state == Contact.State.QUEUED
    steps = contact.trace_steps.order_by("position").values_list("action_id", flat=True)
    assert list(steps) == ["b", "r", "r/b", "r/a", "r/a", "r/e", "s", "q"]


def test_a_survey_after_the_end(floor):
    agent = floor.agent()
    actions = {
        "q": "REQAGENT",
        "o": "ONRELEASE",
        "a": ("ASKCALLER", {"message": "From 1 to 5?", "result_var": "grade"}),
        "n": ("NOTE", {"note": "Grade {{ grade }}"}),
        "t": ("SENDTEXT", {"message": "Thank you"}),
    }
    contact = begin(floor, actions, ["b>q", "o>a", "a.responded>n", "n>t"])
    floor.do(offers.accept_offer, offer_id=pending(contact).pk, by=agent)
    floor.do(assignments.end_contact, contact_id=contact.pk, by=agent)
    contact.refresh_from_db()
    assert contact.state == Contact.State.CLOSED
    floor.do(receive_message, contact=contact, text="5", now=database_now())
    contact.refresh_from_db()
    assert (contact.notes, texts(contact)) == ("Grade 5", ["From 1 to 5?", "Thank you"])
    assert_consistent()
