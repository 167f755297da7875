"""Every screen of the table, in both looks, keeps the rules that assistive technology needs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.browser import launch_options
from tests.product.pages import grave_findings
from tests.product.product import running
from tests.screens.stage import Stage, stage
from tests.screens.table import SCREENS, Screen

# No deadlines: it runs beside the other tests, all of it in one process (tests/scheduling.py).
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def shown() -> Iterator[Stage]:
    """On a product of its own: what goes on here would meet the others' demo agents."""
    with running() as product, sync_playwright() as playwright:
        browser = playwright.chromium.launch(**launch_options())
        with stage(product, browser) as made:
            yield made
        browser.close()


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
def test_nothing_serious(shown: Stage, screen: Screen):
    page = shown.show(screen, language="en", theme="light")
    found = {"light": grave_findings(page)}
    # Colours are all that is different in the dark; without motion they change at once.
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    found["dark"] = grave_findings(page, options={"runOnly": ["color-contrast"]})
    assert found == {"light": [], "dark": []}
