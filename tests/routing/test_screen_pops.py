"""Screen pops: shown at their event, by the script or by default, and what agents enter in them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contacts.models import Contact, ScreenPop, ScriptRun
from contacts.screen_pops import MOST_POPS, answer_screen_pop
from core.errors import NotFound, RuleBroken
from routing.services import assignments, offers
from tests.factories.contacts import ContactFactory
from tests.routing.floor import pending
from tests.routing.test_script_events import begin, kinds
from tests.workspace.page import fresh
from workspace import snapshot
from workspace.models import Push

POP = {
    "title": "Order {{ order }}",
    "fields": "Wrote: {{ text }}",
    "links": "CRM: https://crm.example.com/?q={{ text }}\nElsewhere: https://evil.example/",
    "url": "https://crm.example.com/{{ number }}",
    "where": "tab",
    "form": "reason: Reason",
}


@pytest.fixture
def pops(floor):
    """A floor whose skill uses screen pops, and whose business unit allows one host."""
    floor.skill.use_screen_pops = True
    floor.skill.save()
    floor.set_unit(screen_pop_hosts="crm.example.com")
    return floor


def accepted(floor, actions, links, **more) -> Contact:
    agent = floor.agent()
    contact = begin(floor, actions, links, **more)
    floor.do(offers.accept_offer, offer_id=pending(contact).pk, by=agent)
    contact.refresh_from_db()
    assert contact.agent == agent
    return contact


def shown(contact):
    return snapshot.contact_json_by_id(contact.pk)["screen_pops"]


def test_the_default_pop_has_the_history_and_the_address_of_the_skill(pops):
    pops.skill.screen_pop_url = "https://erp.example.net/?n={{customer}}"
    pops.skill.save()
    customer = ContactFactory.create(business_unit=pops.unit, closed=True, skill=pops.skill).customer
    agent = pops.agent()
    contact = begin(pops, {"q": "REQAGENT"}, ["b>q"])
    Contact.objects.filter(pk=contact.pk).update(customer=customer)
    pops.do(offers.accept_offer, offer_id=pending(contact).pk, by=agent)
    [pop] = shown(contact)
    assert (pop["is_default"], pop["opens"]) == (True, True)
    assert pop["url"] == "https://erp.example.net/?n=" + customer.address.replace("+", "%2B")
    assert [one["skill"] for one in pop["content"]["history"]] == [pops.skill.name]


def test_a_skill_without_screen_pops_shows_none(floor):
    actions = {"q": "REQAGENT", "o": "ONANSWER", "p": ("SCREENPOP", POP)}
    contact = accepted(floor, actions, ["b>q", "o>p"])
    assert shown(contact) == []
    assert "screen_pop_off" in kinds(contact)


def test_what_the_script_shows_stands_in_for_the_default(pops):
    actions = {
        "n": ("ASSIGN", {"variable": "order", "value": "7"}),
        "q": "REQAGENT",
        "o": "ONANSWER",
        "p": ("SCREENPOP", POP),
    }
    contact = accepted(pops, actions, ["b>n", "n>q", "o>p"], text="<b>a & b</b>")
    [pop] = shown(contact)
    assert (pop["title"], pop["is_default"], pop["opens"]) == ("Order 7", False, True)
    assert pop["url"] == "https://crm.example.com/15550100"
    assert pop["content"]["fields"] == [["Wrote", "<b>a & b</b>"]]
    assert pop["content"]["links"] == [["CRM", "https://crm.example.com/?q=%3Cb%3Ea%20%26%20b%3C%2Fb%3E"]]
    assert "screen_pop_host_refused" in kinds(contact)


def test_several_pops_of_before_and_of_the_answer(pops):
    actions = {
        "p": ("SCREENPOP", {"title": "First"}),
        "q": "REQAGENT",
        "o": "ONANSWER",
        "r": ("SCREENPOP", {"title": "Second"}),
    }
    contact = accepted(pops, actions, ["b>p", "p>q", "o>r"])
    assert [pop["title"] for pop in shown(contact)] == ["First", "Second"]
    pushed = Push.objects.filter(type="contact.assigned").order_by("seq").last()
    assert pushed is not None
    assert [pop["title"] for pop in pushed.data["screen_pops"]] == ["First", "Second"]


def test_a_script_that_goes_round_does_not_bury_the_agent(pops):
    actions = {"l": ("LOOP", {"count": MOST_POPS + 1}), "p": ("SCREENPOP", {}), "q": "REQAGENT"}
    contact = begin(pops, actions, ["b>l", "l.repeat>p", "p>l", "l.finished>q"])
    assert ScreenPop.objects.filter(contact=contact).count() == MOST_POPS
    assert "screen_pop_too_many" in kinds(contact)


def test_at_the_offer(pops):
    pops.skill.screen_pop_trigger = "offer"
    pops.skill.save()
    agent, other = pops.agent(), pops.agent()
    contact = begin(pops, {"q": "REQAGENT"}, ["b>q"])
    offer = pending(contact)
    [made] = fresh(offer.agent)["offers"]
    assert [pop["is_default"] for pop in made["screen_pops"]] == [True]
    pops.do(offers.refuse_offer, offer_id=offer.pk, by=offer.agent)
    assert pending(contact).agent in {agent, other} - {offer.agent}
    pops.do(offers.accept_offer, offer_id=pending(contact).pk, by=pending(contact).agent)
    assert len(shown(contact)) == 1


class TestForm:
    actions = {
        "q": "REQAGENT",
        "o": "ONANSWER",
        "p": ("SCREENPOP", POP),
        "r": "ONRELEASE",
        "n": ("NOTE", {"note": "Because {{ reason }}"}),
    }
    links = ["b>q", "o>p", "r>n"]

    def answer(self, contact, agent, values):
        pop = ScreenPop.objects.get(contact=contact)
        answer_screen_pop(contact_id=contact.pk, pop_id=pop.pk, by=agent, values=values)

    def test_what_is_entered_is_a_variable(self, pops):
        contact = accepted(pops, self.actions, self.links)
        self.answer(contact, contact.agent, {"reason": "a refund"})
        assert shown(contact)[0]["answers"] == {"reason": "a refund"}
        assert ScriptRun.objects.get(contact=contact).state["variables"]["reason"] == "a refund"
        pops.do(assignments.end_contact, contact_id=contact.pk, by=contact.agent)
        contact.refresh_from_db()
        assert contact.notes == "Because a refund"

    def test_only_fields_of_the_form_and_of_a_bearable_size(self, pops):
        contact = accepted(pops, self.actions, self.links)
        with pytest.raises(RuleBroken) as caught:
            self.answer(contact, contact.agent, {"agent": "root", "reason": "x" * 301})
        assert caught.value.fields.keys() == {"agent", "reason"}

    def test_nobody_elses(self, pops):
        contact = accepted(pops, self.actions, self.links)
        with pytest.raises(NotFound):
            self.answer(contact, pops.agent(), {"reason": "mine"})
        Contact.objects.update(state="closed", closed_at=contact.created_at + timedelta(minutes=1))
        with pytest.raises(NotFound):
            self.answer(contact, contact.agent, {"reason": "late"})
