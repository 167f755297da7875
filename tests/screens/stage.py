"""The running product with something going on, and browsers that look at it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.product.pages import Desk, Person, Phone
from tests.product.product import Product, until
from tests.screens.table import BUSY, OFFERED, Screen

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
        self._contexts: dict[tuple[str, str, str, int], BrowserContext] = {}

    def show(self, screen: Screen, *, language: str, theme: str, width: int = WIDE) -> Page:
        """A page of its own, which the caller closes."""
        # An offer lasts five minutes at most, all the screens longer.
        self.product.rows(
            "UPDATE routing_offer SET expires_at = clock_timestamp() + interval '5 minutes' "
            "WHERE state = 'pending' RETURNING id"
        )
        page = self._context(screen.who, language, theme, width).new_page()
        if screen.who:
            # The language is the person's: somebody else may have looked meanwhile.
            page.goto("/")
            page.locator(f"form.language button[value={language}]").click()
        answer = page.goto(re.sub(r"\{(.+?)\}", lambda found: str(self.ids[found[1]]), screen.path))
        assert answer is not None, screen.path
        assert answer.ok, (screen.path, answer.status)
        page.wait_for_load_state("load")
        if screen.prepare:
            screen.prepare(page)
        return page

    def _context(self, who: str, language: str, theme: str, width: int) -> BrowserContext:
        key = (who, language, theme, width)
        if key not in self._contexts:
            context = self.browser.new_context(
                base_url=self.product.url,
                locale={"en": "en-GB", "fr": "fr-FR"}[language],
                color_scheme="dark" if theme == "dark" else "light",
                viewport={"width": width, "height": HEIGHT},
            )
            context.set_default_timeout(PATIENCE_MS)
            self._stack.callback(context.close)
            self._contexts[key] = context
            if who:
                sign_in(context, who, self.product.passwords[who])
        return self._contexts[key]


def sign_in(context: BrowserContext, username: str, password: str) -> None:
    page = context.new_page()
    page.goto("/accounts/login/?next=/")
    page.fill("#id_username", username)
    page.fill("#id_password", password)
    page.get_by_test_id("sign-in").click()
    page.wait_for_url(re.compile(r"/$"))
    page.close()


@contextmanager
def stage(product: Product, browser: Browser) -> Iterator[Stage]:
    """A conversation with one agent, an offer to the other, a contact that waits."""
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
        until(lambda: _waiting(product), 30, "a contact waits")
        [(ids["contact"],)] = product.rows("SELECT min(id) FROM contacts_contact WHERE state = 'active'")
        yield Stage(product, browser, ids, stack)


def _waiting(product: Product) -> bool:
    return bool(product.rows("SELECT 1 FROM contacts_contact WHERE state = 'queued'"))
