"""The agent's page and the phones, in real browsers against the running product."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.product.floor import Floor, open_floors
from tests.product.pages import Desk, Person, Phone, grave_findings, people
from tests.product.product import Product

pytestmark = [pytest.mark.product, pytest.mark.browser]

PASSWORD = "correct horse battery staple"
TIMEOUT_SECONDS = 15


@pytest.fixture
def floor(product: Product) -> Floor:
    """A Simulator number and two agents with passwords."""
    [one] = open_floors(product, provider="simulator", password=PASSWORD, disposition=True, timeout=120)
    return one


def desk_of(person: Person, floor: Floor, place: int) -> Desk:
    """The desk of one of the floor's agents, available."""
    desk = Desk(person.sign_in(floor.agents[place]["username"], PASSWORD, then="/agent/"))
    desk.become_available()
    return desk


def phone_of(person: Person, product: Product, *, mine: str, to: str) -> Phone:
    page = person.sign_in("admin", product.passwords["admin"], then="/simulator/")
    return Phone(page, mine=mine, to=to)


def test_the_main_job_with_the_demo(product: Product, chromium: Browser):
    """Text from the phone, refused by one, answered by two, seen on the phone, ended with a disposition."""
    with people(product, chromium, 3) as (first, second, customer):
        one, two = (
            Desk(person.sign_in(name, product.passwords[name], then="/agent/"))
            for person, name in ((first, "agent.one"), (second, "agent.two"))
        )
        one.become_available()
        two.become_available()
        phone = phone_of(customer, product, mine="+33612345601", to="15550100100")
        phone.text("Hello, my parcel is lost")

        expect(one.offers).to_have_count(1)
        expect(one.offers).to_contain_text("my parcel is lost")
        expect(one.page.get_by_test_id("offer-countdown")).to_have_text(re.compile(r"^\s*\d+\s*$"))
        expect(two.offers).to_have_count(0)
        one.page.get_by_test_id("offer-refuse").click()
        expect(one.offers).to_have_count(0)
        two.accept()

        two.reply("Which number has it?")
        answer = phone.shown("Which number has it?")
        expect(answer).to_have_attribute("data-direction", "received")
        status = two.messages.filter(has_text="Which number has it?")
        expect(status).to_have_attribute("data-status", "delivered")
        phone.text("It is 4711")
        expect(two.messages.filter(has_text="It is 4711")).to_be_visible()

        two.page.reload()
        expect(two.contacts).to_have_count(1)
        two.contacts.first.click()
        expect(two.messages).to_have_count(3)
        two.end(disposition="Resolved")
        two.page.reload()
        expect(two.page.get_by_test_id("state-select")).to_have_value("available")
        expect(two.contacts).to_have_count(0)
        outcome = product.rows(
            "SELECT c.state, d.name, c.notes FROM contacts_contact c "
            "JOIN dispositions_disposition d ON d.id = c.disposition_id "
            "JOIN contacts_customer u ON u.id = c.customer_id WHERE u.e164 = '+33612345601'"
        )
        assert outcome == [("closed", "Resolved", "All well")]


def test_an_untouched_offer_moves_to_the_other_browser(product: Product, chromium: Browser):
    [floor] = open_floors(product, provider="simulator", password=PASSWORD, timeout=TIMEOUT_SECONDS)
    with people(product, chromium, 3) as (first, second, customer):
        one, two = desk_of(first, floor, 0), desk_of(second, floor, 1)
        phone_of(customer, product, mine="+33612345602", to=floor.number).text("Anybody there?")
        expect(one.offers).to_have_count(1)
        expect(two.offers).to_have_count(0)
        expect(two.offers).to_have_count(1, timeout=(TIMEOUT_SECONDS + 10) * 1000)
        first_offer, second_offer = product.rows(
            "SELECT state, offered_at, expires_at FROM routing_offer WHERE skill_id = %s ORDER BY id",
            [floor.skill],
        )
        assert first_offer[0] == "expired"
        assert (first_offer[2] - first_offer[1]).total_seconds() == TIMEOUT_SECONDS
        assert second_offer[1] >= first_offer[2]
        expect(one.offers).to_have_count(0)
        # Who missed an offer is told, and comes back by one click.
        one.page.get_by_test_id("go-available").click()
        expect(one.page.get_by_test_id("state-select")).to_have_value("available")
        two.accept()
        expect(two.messages.filter(has_text="Anybody there?")).to_be_visible()


def test_a_second_tab_doubles_no_pop_up_and_a_reload_loses_none(
    product: Product, chromium: Browser, floor: Floor
):
    with people(product, chromium, 2) as (person, customer):
        desk = desk_of(person, floor, 0)
        other = Desk(person.context.new_page())
        other.page.goto("/agent/")
        expect(other.page.get_by_test_id("state-select")).to_have_value("available")
        phone_of(customer, product, mine="+33612345603", to=floor.number).text("Twice?")
        elsewhere = [tab.page.get_by_test_id("offer-elsewhere") for tab in (desk, other)]
        expect(elsewhere[0].or_(desk.offers)).to_be_visible()
        expect(elsewhere[1].or_(other.offers)).to_be_visible()
        assert desk.offers.count() + other.offers.count() == 1

        other.page.close()
        expect(desk.offers).to_have_count(1)
        desk.page.reload()
        desk.accept()
        expect(desk.messages.filter(has_text="Twice?")).to_be_visible()


def test_stop_locks_the_composer(product: Product, chromium: Browser, floor: Floor):
    with people(product, chromium, 2) as (person, customer):
        desk = desk_of(person, floor, 0)
        phone = phone_of(customer, product, mine="+33612345604", to=floor.number)
        phone.text("Hello")
        desk.accept()
        expect(desk.composer).to_be_visible()
        phone.phone.get_by_test_id("phone-stop").click()
        expect(desk.page.get_by_test_id("opted-out")).to_be_visible()
        expect(desk.composer).to_have_count(0)
        expect(phone.texts.filter(visible=True).last).to_have_attribute("data-direction", "received")


def test_the_pages_speak_french(product: Product, chromium: Browser, floor: Floor):
    """Chosen by the buttons in the bar; kept over a reload."""
    with people(product, chromium, 1) as (person,):
        desk = desk_of(person, floor, 0)
        desk.page.locator("button[name=language][value=fr]").click()
        expect(desk.page.locator("html")).to_have_attribute("lang", "fr")
        expect(desk.page.get_by_test_id("state-select")).to_have_value("available")
        expect(desk.page.get_by_test_id("state-select")).to_contain_text("Disponible")
        desk.page.goto("/")
        expect(desk.page.locator("html")).to_have_attribute("lang", "fr")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_no_grave_accessibility_findings(
    product: Product, chromium: Browser, floor: Floor, scheme: str, width: int
):
    with people(product, chromium, 2) as (person, customer):
        for page in (person.page, customer.page):
            page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
            page.set_viewport_size({"width": width, "height": 844})
        person.page.goto("/accounts/login/")
        assert grave_findings(person.page) == []
        desk = desk_of(person, floor, 0)
        assert grave_findings(desk.page) == []
        phone = phone_of(customer, product, mine="+33612345605", to=floor.number)
        phone.text("Hello")
        expect(desk.offers).to_have_count(1)
        assert grave_findings(desk.page) == []
        desk.accept()
        desk.reply("How can I help?")
        expect(phone.shown("How can I help?")).to_be_visible()
        assert grave_findings(desk.page) == []
        assert grave_findings(phone.page) == []
        desk.page.goto("/")
        assert grave_findings(desk.page) == []
