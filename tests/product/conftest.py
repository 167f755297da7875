"""One running product for the tests of this folder; each test opens business units of its own in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser import launch_options
from tests.product.nexmo import FakeNexmo
from tests.product.product import PATIENCE, Product, running
from tests.product.receiver import Receiver
from tests.push_service import Service


@pytest.fixture(scope="session")
def nexmo() -> Iterator[FakeNexmo]:
    """The provider that the product sends to."""
    with FakeNexmo() as server:
        yield server


@pytest.fixture(scope="session")
def push_service() -> Iterator[Service]:
    """The push service that a browser subscribes to."""
    with Service() as one:
        yield one
        one.shutdown()


@pytest.fixture(scope="session")
def receiver() -> Iterator[Receiver]:
    """The system that alerts are sent to."""
    with Receiver() as one:
        yield one
        one.is_over.set()
        one.shutdown()


@pytest.fixture(scope="session")
def product(nexmo: FakeNexmo, push_service: Service, receiver: Receiver) -> Iterator[Product]:
    """Tests that change the demo organisation start one of their own: nobody else finds it changed."""
    hosts = f"{push_service.host},{receiver.host}"
    with running(VONAGE_REST_URL=nexmo.url, OUTGOING_PRIVATE_HOSTS=hosts) as started:
        yield started


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The machine's; its sandbox cannot be set up by root.

    Playwright's synchronous interface keeps an event loop running in this thread while the fixture lives,
    beside which neither Django's ORM nor asyncio.run work: the browser ends with the module.
    """
    expect.set_options(timeout=20_000 * PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**launch_options())
        yield browser
        browser.close()
