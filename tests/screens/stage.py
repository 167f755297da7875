"""The running product with something going on, and browsers that look at it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from playwright.sync_api import Browser, Page, expect

from tests.product.pages import Desk, Person, Phone
from tests.product.product import Product, until
from tests.screens.table import BUSY, MENU_LINE, OFFERED, Screen

HEIGHT = 900
NARROW, WIDE = 390, 1440
PATIENCE_MS = 30_000
"""Everything runs on one machine, which may be a busy one."""
TEXTS = (
    ("15550107001", "Hello, my parcel has not arrived. Can you help?"),
    ("15550107002", "Is the blue one still to be had?"),
    ("15550107003", "Please call me back."),
)
SUPPORT_LINE = "15550100100"


class Stage:
    """Shows screens to the people of the demo organisation, each in the language and colours asked for."""

    def __init__(self, product: Product, browser: Browser, ids: dict[str, int], stack: ExitStack) -> None:
        self.product = product
        self.browser = browser
        self.ids = ids
        self._stack = stack
        self._pages: dict[tuple[str, str, str, int], Page] = {}
        self._languages: dict[str, str] = {}

    def show(self, screen: Screen, *, language: str, theme: str, width: int = WIDE) -> Page:
        """The page of this person's browser, in which the next screen is shown too."""
        # An offer lasts five minutes at most, all the screens longer.
        self.product.rows(
            "UPDATE routing_offer SET expires_at = clock_timestamp() + interval '5 minutes' "
            "WHERE state = 'pending' RETURNING id"
        )
        self.product.rows("DELETE FROM contacts_draft RETURNING id")
        page = self._page(screen.who, language, theme, width)
        if screen.who and self._languages.get(screen.who) != language:
            # The language is the person's, whichever browser he uses.
            page.goto("/")
            with page.expect_navigation():
                page.locator(f"form.language button[value={language}]").click()
            self._languages[screen.who] = language
        named: dict[str, int | str] = {**self.ids, "language": language}
        # A page that goes away by itself at this moment would be the one that is answered for.
        page.goto("about:blank")
        answer = page.goto(re.sub(r"\{(.+?)\}", lambda found: str(named[found[1]]), screen.path))
        assert answer is not None, screen.path
        assert answer.status == screen.status, (screen.path, answer.status)
        page.wait_for_load_state("load")
        if screen.prepare:
            screen.prepare(page)
        return page

    def _page(self, who: str, language: str, theme: str, width: int) -> Page:
        key = (who, language, theme, width)
        if key not in self._pages:
            context = self.browser.new_context(
                base_url=self.product.url,
                locale={"en": "en-GB", "fr": "fr-FR"}[language],
                viewport={"width": width, "height": HEIGHT},
                # What is on its way in has not its colours yet.
                reduced_motion="reduce",
                # It keeps what a desk without a server needs: not what is looked at here.
                service_workers="block",
            )
            context.set_default_timeout(PATIENCE_MS)
            self._stack.callback(context.close)
            page = self._pages[key] = context.new_page()
            # Whoever has typed something is asked before he leaves the page.
            page.on("dialog", lambda dialog: dialog.accept())
            if who:
                sign_in(page, who, self.product.passwords[who])
        page = self._pages[key]
        page.mouse.move(0, 0)
        page.emulate_media(color_scheme="dark" if theme == "dark" else "light", reduced_motion="null")
        return page


def sign_in(page: Page, username: str, password: str) -> None:
    page.goto("/accounts/login/?next=/")
    page.fill("#id_username", username)
    page.fill("#id_password", password)
    page.get_by_test_id("sign-in").click()
    page.wait_for_url(re.compile(r"/$"))


@contextmanager
def stage(product: Product, browser: Browser) -> Iterator[Stage]:
    """A conversation with one agent, who asks for advice; an offer to the other; contacts that wait."""
    expect.set_options(timeout=PATIENCE_MS)
    ids = json.loads(product.run_python("from tests.screens import scene; scene.main()"))
    with ExitStack() as stack:
        staff = {who: Person(product, browser, stack) for who in ("admin", BUSY, OFFERED)}
        phone_page = staff["admin"].sign_in("admin", product.passwords["admin"], then="/simulator/")
        for who, (sender, text) in zip((BUSY, OFFERED, None), TEXTS, strict=True):
            if who:
                desk = Desk(staff[who].sign_in(who, product.passwords[who], then="/agent/"))
                desk.become_available()
            Phone(phone_page, mine=sender, to=SUPPORT_LINE).text(text)
            if who == BUSY:
                desk.accept()
                desk.reply("Good morning! I look into it at once.")
                _ask_for_advice(desk)
        phone = Phone(phone_page, mine="15550107004", to=MENU_LINE)
        phone.text("Good afternoon")
        expect(phone.texts.filter(has_text="1 for sales")).to_be_visible()
        phone.phone.get_by_test_id("phone-text").fill("1")
        phone.phone.get_by_test_id("phone-send").click()
        until(lambda: len(_waiting(product)) == len(TEXTS) - 1, 30, "a contact waits, and that of the menu")
        ids |= _objects(product)
        yield Stage(product, browser, ids, stack)


def _ask_for_advice(desk: Desk) -> None:
    page = desk.page
    page.get_by_test_id("consult").click()
    page.locator(f'[data-testid="transfer-target"][value="{OFFERED}"]').check()
    page.get_by_test_id("consult-text").fill("Has the carrier lost more of them today?")
    page.get_by_test_id("consult-confirm").click()
    expect(page.get_by_test_id("participants")).to_be_visible()


def _waiting(product: Product) -> list[tuple[int]]:
    return product.rows("SELECT id FROM contacts_contact WHERE state = 'queued' ORDER BY id")  # type: ignore[return-value]  # one column


def _objects(product: Product) -> dict[str, int]:
    """What came about by texting, by the names in the table of screens."""
    [(contact, customer)] = product.rows(
        "SELECT id, customer_id FROM contacts_contact WHERE state = 'active' ORDER BY id LIMIT 1"
    )
    [(message, delivery)] = product.rows(
        "SELECT (SELECT min(id) FROM contacts_message WHERE contact_id = %(contact)s), "
        "(SELECT min(id) FROM messaging_delivery)",
        {"contact": contact},
    )
    [(offer,)] = product.rows("SELECT min(id) FROM routing_offer WHERE contact_id = %s", [contact])
    return {
        "contact": contact,
        "customer": customer,
        "message": message,
        "delivery": delivery,
        "offer": offer,
        "traced": _waiting(product)[-1][0],
    }
