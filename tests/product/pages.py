"""What people do on the pages, in words of the trade."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from tests.product.product import Product

AXE = Axe().axe_script
FIND = """async ([within, options]) => {
  const { violations } = await axe.run(within ?? document, options);
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, impact, nodes }) => ({ id, impact, targets: nodes.map(({ target }) => target) }));
}"""


class Person:
    """Somebody with a browser of his own: nothing in it is shared with others."""

    def __init__(
        self, product: Product, browser: Browser, stack: ExitStack, *, locale: str = "en-GB"
    ) -> None:
        self.product = product
        self.context = browser.new_context(
            base_url=product.url, locale=locale, viewport={"width": 1280, "height": 800}
        )
        stack.callback(self.context.close)
        self.page = self.context.new_page()
        self.complaints: list[str] = []
        """What the page's own code threw."""
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def sign_in(self, username: str, password: str, *, then: str) -> Page:
        self.page.goto(f"/accounts/login/?next={then}")
        self.page.fill("#id_username", username)
        self.page.fill("#id_password", password)
        self.page.get_by_test_id("sign-in").click()
        self.page.wait_for_url(f"**{then}")
        return self.page


class Desk:
    """The agent's page in one tab."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.offers = page.get_by_test_id("offer")
        self.contacts = page.get_by_test_id("contact-item")
        self.composer = page.get_by_test_id("composer")
        self.messages = page.get_by_test_id("message")

    def become_available(self) -> None:
        select = self.page.get_by_test_id("state-select")
        select.select_option("available")
        expect(select).to_have_value("available")
        expect(select).to_be_enabled()

    def accept(self) -> None:
        """By the keyboard."""
        expect(self.offers).to_have_count(1)
        self.page.keyboard.press("a")
        expect(self.offers).to_have_count(0)
        # A narrow screen shows the conversation in place of the list.
        expect(self.composer).to_be_visible()

    def reply(self, text: str) -> None:
        self.composer.fill(text)
        self.page.get_by_test_id("send").click()
        expect(self.messages.filter(has_text=text)).to_be_visible()

    def end(self, *, disposition: str) -> None:
        self.page.get_by_test_id("end").click()
        form = self.page.get_by_test_id("disposition-form")
        form.get_by_test_id("disposition").select_option(disposition)
        form.get_by_test_id("notes").fill("All well")
        form.get_by_test_id("disposition-save").click()
        expect(self.contacts).to_have_count(0)


class Phone:
    """The first phone of the simulator."""

    def __init__(self, page: Page, *, mine: str, to: str) -> None:
        self.page = page
        self.phone = page.get_by_test_id("phone").first
        self.phone.get_by_test_id("phone-mine").fill(mine)
        self.phone.get_by_test_id("phone-mine").blur()
        self.phone.get_by_test_id("phone-to").select_option(to)
        self.texts = self.phone.get_by_test_id("phone-message")

    def text(self, words: str) -> None:
        self.phone.get_by_test_id("phone-text").fill(words)
        self.phone.get_by_test_id("phone-send").click()
        expect(self.shown(words)).to_be_visible()

    def shown(self, words: str) -> Locator:
        return self.texts.filter(has_text=words)


@contextmanager
def people(
    product: Product, browser: Browser, count: int, *, locale: str = "en-GB"
) -> Iterator[list[Person]]:
    """So many people, whose pages must have thrown nothing at the end."""
    with ExitStack() as stack:
        group = [Person(product, browser, stack, locale=locale) for _ in range(count)]
        yield group
        complaints = [person.complaints for person in group]
        assert complaints == [[]] * count, complaints


def grave_findings(
    page: Page, within: str | None = None, *, options: dict[str, Any] | None = None
) -> list[str]:
    """What the accessibility rules call serious or critical, on the page or in one part of it."""
    # Not by an init script: that runs at every navigation, and costs as much as the page that it waits for.
    if page.evaluate("typeof window.axe") != "object":
        page.evaluate(AXE)
    found = page.evaluate(FIND, [within, {"resultTypes": ["violations"]} | (options or {})])
    return [f"{one['id']} ({one['impact']}): {one['targets']}" for one in found]
