"""Three agents and a supervisor at once, in real browsers against the running product."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.product.floor import Floor, open_floors
from tests.product.pages import Desk, Person, Phone, grave_findings, people
from tests.product.product import Product

pytestmark = [pytest.mark.product, pytest.mark.browser]

PASSWORD = "correct horse battery staple"


class Console:
    """The supervisor's board in one tab."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.tile = page.get_by_test_id("tile").first
        self.contacts = page.get_by_test_id("open-contact")

    def figure(self, name: str) -> Locator:
        return self.tile.locator(f"[data-figure={name}]")

    def agent(self, username: str) -> Locator:
        return self.page.locator(f"tr[data-agent='{username}']")

    def open_agent(self, username: str) -> None:
        self.agent(username).get_by_test_id("agent").click()
        expect(self.page.get_by_role("dialog")).to_be_visible()

    def open_contact(self, state: str) -> None:
        self.page.locator(f"[data-testid=open-contact][data-state={state}] a").first.click()
        expect(self.page.get_by_test_id("contact-state")).to_have_attribute("data-state", state)

    def back(self) -> None:
        self.page.goto("/supervisor/")
        expect(self.tile).to_be_visible()


@dataclass
class Shift:
    """Everybody at work."""

    desks: list[Desk]
    own_desk: Desk
    console: Console
    phone: Phone
    floor: Floor

    def name(self, place: int) -> str:
        return str(self.floor.agents[place]["username"])


@pytest.fixture
def shift(product: Product, chromium: Browser) -> Iterator[Shift]:
    [floor] = open_floors(product, agents=3, limit=1, provider="simulator", password=PASSWORD, timeout=120)
    unit = floor.agents[0]["username"].split(".")[0]
    boss = f"{unit}.supervisor"
    product.run_python(
        "from tests.product import building; "
        f"building.add_supervisor(unit={unit!r}, username={boss!r}, password={PASSWORD!r})"
    )
    with people(product, chromium, 5) as group:
        *agents, supervisor, customer = group
        desks = [
            Desk(person.sign_in(seat["username"], PASSWORD, then="/agent/"))
            for person, seat in zip(agents, floor.agents, strict=True)
        ]
        console = Console(supervisor.sign_in(boss, PASSWORD, then="/supervisor/"))
        expect(console.tile).to_be_visible()
        yield Shift(
            desks=desks,
            own_desk=_own_desk(supervisor),
            console=console,
            phone=Phone(
                customer.sign_in("admin", product.passwords["admin"], then="/simulator/"),
                mine="+33612345701",
                to=floor.number,
            ),
            floor=floor,
        )


def _own_desk(supervisor: Person) -> Desk:
    page = supervisor.context.new_page()
    page.goto("/agent/")
    return Desk(page)


def test_a_shift(shift: Shift):
    """The board follows what happens; whisper, take over, hand over, requeue and states reach the desks."""
    console, (one, two, three) = shift.console, shift.desks
    expect(console.page.locator("tr[data-agent]")).to_have_count(4)
    expect(console.tile.get_by_test_id("staff")).to_have_text(re.compile("0 free, 0 busy, 3 away"))

    one.become_available()
    expect(console.agent(shift.name(0)).get_by_test_id("agent-state")).to_have_text("Available")
    shift.phone.text("Hello, my parcel is lost")
    expect(console.figure("offered")).to_have_text(re.compile(r"^\s*1 \(\d+:\d\d left\)"))
    one.accept()
    expect(console.figure("active")).to_have_text("1")
    expect(console.agent(shift.name(0)).get_by_test_id("agent-load")).to_have_text("1/1")

    # Read live, whisper, and the reason why it went to this agent.
    console.open_contact("active")
    expect(console.page.get_by_test_id("message").filter(has_text="my parcel is lost")).to_be_visible()
    one.reply("Which number has it?")
    expect(console.page.get_by_test_id("message").filter(has_text="Which number")).to_be_visible()
    outcomes = console.page.get_by_test_id("why-agent")
    expect(outcomes).to_have_count(3)
    expect(outcomes.nth(0)).to_have_attribute("data-outcome", "offered")
    expect(outcomes.nth(1)).to_have_attribute("data-outcome", "unavailable")
    assert grave_findings(console.page) == []
    console.page.get_by_test_id("act-whisper").click()
    console.page.get_by_label("Only the agent sees this").fill("Offer him a voucher")
    console.page.get_by_test_id("dialog-do").click()
    notice = one.page.get_by_test_id("notice")
    expect(notice).to_contain_text("Offer him a voucher")
    notice.get_by_test_id("notice-read").click()
    expect(notice).to_have_count(0)
    expect(console.page.get_by_test_id("whisper")).to_contain_text("read")
    expect(shift.phone.shown("voucher")).to_have_count(0)

    # Take over, then hand over to the third agent, who gets it as an offer.
    console.page.get_by_test_id("act-take").click()
    expect(one.contacts).to_have_count(0)
    expect(shift.own_desk.contacts).to_have_count(1)
    console.page.get_by_test_id("act-hand").click()
    console.page.get_by_label("To which skill or agent?").select_option(f"agent:{shift.name(2)}")
    console.page.get_by_test_id("dialog-do").click()
    expect(shift.own_desk.contacts).to_have_count(0)
    three.become_available()
    three.accept()
    expect(console.page.get_by_test_id("contact-agent")).to_contain_text(shift.name(2))

    # An absent agent's contacts go to others; a state is changed from the board.
    console.back()
    console.open_agent(shift.name(2))
    console.page.get_by_test_id("requeue").click()
    expect(three.contacts).to_have_count(0)
    expect(three.page.get_by_test_id("state-select")).not_to_have_value("available")
    # It was for the third agent alone; now it is for whoever has the skill.
    expect(one.offers).to_have_count(1)
    console.back()
    console.open_agent(shift.name(0))
    console.page.get_by_test_id("make-unavailable").click()
    expect(one.offers).to_have_count(0)
    expect(one.page.get_by_test_id("state-select")).not_to_have_value("available")

    # A word to everybody, on every desk.
    console.page.get_by_test_id("tell").click()
    console.page.get_by_label("Message", exact=True).fill("Lunch at twelve")
    assert grave_findings(console.page) == []
    console.page.get_by_test_id("dialog-do").click()
    for desk in (one, two, three):
        expect(desk.page.get_by_test_id("notice")).to_contain_text("Lunch at twelve")

    # Limits and skills from the board.
    console.open_agent(shift.name(1))
    console.page.get_by_label("Concurrent SMS sessions").fill("2")
    console.page.get_by_test_id("save-agent").click()
    expect(console.agent(shift.name(1)).get_by_test_id("agent-load")).to_have_text("0/2")

    # What is stuck is closed.
    console.open_contact("queued")
    console.page.get_by_test_id("act-close").click()
    console.page.get_by_test_id("dialog-do").click()
    expect(console.page.get_by_test_id("contact-state")).to_have_attribute("data-state", "closed")


def test_the_board_on_a_telephone_and_by_the_keyboard(shift: Shift):
    page = shift.console.page
    shift.desks[0].become_available()
    shift.console.agent(shift.name(0)).get_by_test_id("agent").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(shift.console.agent(shift.name(0)).get_by_test_id("agent")).to_be_focused()
    for width in (390, 768, 1920):
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert grave_findings(page) == []
