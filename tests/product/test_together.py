"""Agents together at their desks, in real browsers against the running product."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.product.floor import Floor, open_floors
from tests.product.pages import Desk, Person, Phone, grave_findings, people
from tests.product.product import Product
from tests.product.test_browser import PASSWORD, desk_of, phone_of

pytestmark = [pytest.mark.product, pytest.mark.browser]


@pytest.fixture
def floor(product: Product) -> Floor:
    """A Simulator number and two agents with passwords."""
    [one] = open_floors(product, provider="simulator", password=PASSWORD, disposition=True, timeout=120)
    return one


def away(person: Person, floor: Floor, place: int) -> Desk:
    """The desk of one of the floor's agents, who gets no offers."""
    return Desk(person.sign_in(floor.agents[place]["username"], PASSWORD, then="/agent/"))


def write_quick_reply(admin: Person, product: Product, *, unit: str, text: str) -> None:
    """On its page, as an administrator does."""
    page = admin.sign_in("admin", product.passwords["admin"], then="/acd/contact-settings/quick-replies/add/")
    page.select_option("#id_business_unit", label=unit)
    page.fill("#id_name", "Greeting of a test")
    page.fill("#id_shortcut", "/hello")
    page.fill("#id_text", text)
    page.locator("[name=_save]").first.click()
    expect(page.locator("#result_list")).to_contain_text("/hello")


def command(page: Page, words: str) -> None:
    """By the command palette."""
    expect(page.get_by_test_id("state-select")).to_be_visible()
    page.keyboard.press("Control+k")
    page.get_by_test_id("palette-words").fill(words)
    expect(page.get_by_test_id("palette-entry").first).to_contain_text(words)
    page.keyboard.press("Enter")


def test_a_shift_by_the_keyboard_alone(product: Product, chromium: Browser, floor: Floor):
    """State, offer, quick reply, note, aside, back, end with its outcome: no pointer."""
    [(unit, skill)] = product.rows(
        "SELECT u.name, s.name FROM skills_skill s JOIN organizations_businessunit u "
        "ON u.id = s.business_unit_id WHERE s.id = %s",
        [floor.skill],
    )
    with people(product, chromium, 2) as (person, customer):
        write_quick_reply(customer, product, unit=unit, text="Hello from {{ skill.name }}")
        desk = away(person, floor, 0)
        page = desk.page
        command(page, "State Available")
        expect(page.get_by_test_id("state-select")).to_have_value("available")
        customer.page.goto("/simulator/")
        phone = Phone(customer.page, mine="+33612345611", to=floor.number)
        phone.text("Hello")
        desk.accept()

        page.keyboard.press("Enter")
        expect(desk.composer).to_be_focused()
        page.keyboard.type("/hel")
        expect(page.get_by_test_id("quick-reply")).to_have_count(1)
        page.keyboard.press("Enter")
        expect(desk.composer).to_have_value(f"Hello from {skill}")
        page.keyboard.press("Enter")
        expect(phone.shown(f"Hello from {skill}")).to_be_visible()

        page.keyboard.press("Escape")
        page.keyboard.press("i")
        expect(page.get_by_test_id("note-text")).to_be_focused()
        page.keyboard.type("Only among us")
        page.keyboard.press("Enter")
        expect(page.get_by_test_id("note")).to_contain_text("Only among us")

        page.keyboard.press("Escape")
        page.keyboard.press("z")
        expect(page.get_by_test_id("snooze-choice").first).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.get_by_test_id("contact-list")).to_contain_text("Put aside")
        phone.text("One more thing")
        expect(page.get_by_test_id("contact-list")).to_contain_text("Waiting for you")
        expect(page.get_by_test_id("contact-list")).not_to_contain_text("Put aside")

        page.keyboard.press("j")
        expect(desk.messages).to_have_count(3)
        command(page, "End the conversation")
        expect(page.get_by_test_id("end-confirm")).to_be_focused()
        page.keyboard.press("Enter")
        outcome = page.get_by_test_id("disposition-form").get_by_test_id("disposition")
        expect(outcome).to_be_focused()
        page.keyboard.press("ArrowDown")
        for _field in range(3):
            page.keyboard.press("Tab")
            if page.get_by_test_id("disposition-save").evaluate(
                "button => button === document.activeElement"
            ):
                break
        page.keyboard.press("Enter")
        expect(desk.contacts).to_have_count(0)
        # The customer read nothing but the reply.
        expect(phone.texts.filter(has_text="Only among us")).to_have_count(0)
        customer.page.goto("/acd/contact-settings/quick-replies/?q=Greeting of a test")
        expect(customer.page.locator("#result_list")).to_contain_text("just now")


def test_a_draft_is_found_in_another_browser(product: Product, chromium: Browser, floor: Floor):
    with people(product, chromium, 3) as (person, elsewhere, customer):
        desk = desk_of(person, floor, 0)
        phone_of(customer, product, mine="+33612345612", to=floor.number).text("Hello")
        desk.accept()
        with desk.page.expect_response(lambda response: response.url.endswith("/draft")) as kept:
            desk.composer.press_sequentially("Half a repl")
        assert kept.value.status == 204
        other = away(elsewhere, floor, 0)
        other.contacts.first.click()
        expect(other.composer).to_have_value("Half a repl")


def test_advice_and_a_hand_over_with_undo(product: Product, chromium: Browser, floor: Floor):
    with people(product, chromium, 3) as (first, second, customer):
        one, two = desk_of(first, floor, 0), away(second, floor, 1)
        phone = phone_of(customer, product, mine="+33612345613", to=floor.number)
        phone.text("Is it covered?")
        one.accept()
        one.page.get_by_test_id("consult").click()
        one.page.get_by_test_id("transfer-target").first.check()
        one.page.get_by_test_id("consult-text").fill("What do you think?")
        one.page.get_by_test_id("consult-confirm").click()
        expect(one.page.get_by_test_id("participants")).to_be_visible()

        expect(two.contacts).to_have_count(1)
        expect(two.contacts.first.get_by_test_id("unread")).to_contain_text("1")
        two.contacts.first.click()
        expect(two.contacts.first.get_by_test_id("unread")).to_have_count(0)
        expect(two.messages.filter(has_text="Is it covered?")).to_be_visible()
        expect(two.composer).to_have_count(0)
        phone.text("Hello?")
        expect(two.messages.filter(has_text="Hello?")).to_be_visible()
        for desk in (one, two):
            expect(desk.page.get_by_test_id("company")).to_contain_text("also has this open")
        two.page.get_by_test_id("note-text").fill("For two years")
        expect(one.page.get_by_test_id("company-writing")).to_be_visible()
        two.page.get_by_test_id("note-send").click()
        expect(one.page.get_by_test_id("note").filter(has_text="For two years")).to_be_visible()
        assert grave_findings(one.page) == []
        assert grave_findings(two.page) == []

        one.page.get_by_test_id("transfer").click()
        one.page.get_by_test_id("transfer-target").last.check()
        one.page.get_by_test_id("transfer-note").fill("Yours")
        one.page.get_by_test_id("transfer-confirm").click()
        expect(one.contacts).to_contain_text("Handed on")
        phone.text("While it waits")
        expect(one.contacts).to_contain_text("While it waits")
        one.page.get_by_test_id("toast-action").last.click()
        expect(one.composer).to_be_visible()
        expect(one.page.get_by_test_id("note").filter(has_text="Yours")).to_be_visible()

        one.page.get_by_test_id("transfer").click()
        one.page.get_by_test_id("transfer-target").last.check()
        one.page.get_by_test_id("transfer-confirm").click()
        expect(one.contacts).to_contain_text("Handed on")
        two.become_available()
        two.accept()
        expect(two.page.get_by_test_id("note").filter(has_text="Yours")).to_be_visible()
        expect(one.contacts).to_have_count(0)
        expect(phone.texts.filter(has_text="Yours")).to_have_count(0)


def test_characters_that_cost_more_are_replaced_by_one_click(
    product: Product, chromium: Browser, floor: Floor
):
    with people(product, chromium, 2) as (person, customer):
        desk = desk_of(person, floor, 0)
        phone_of(customer, product, mine="+33612345614", to=floor.number).text("Hello")
        desk.accept()
        desk.composer.fill("It\u2019s \u201chere\u201d \u2013 " + "x" * 80)
        expect(desk.page.get_by_test_id("segments")).to_contain_text("2 segments")
        assert grave_findings(desk.page) == []
        desk.page.get_by_test_id("foreign-all").click()
        expect(desk.composer).to_have_value('It\'s "here" - ' + "x" * 80)
        expect(desk.page.get_by_test_id("segments")).to_contain_text("1 segment")
        expect(desk.page.get_by_test_id("foreign")).to_have_count(0)
