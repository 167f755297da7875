"""Every screen of the table, in both looks, keeps the rules that assistive technology needs."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

from launcher.chromium import find_chromium
from tests.product.product import running
from tests.screens.stage import Stage, stage
from tests.screens.table import SCREENS, Screen

# No deadlines: it runs beside the other tests, all of it in one process, which starts the product once.
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("screens")]


@pytest.fixture(scope="module")
def shown() -> Iterator[Stage]:
    """On a product of its own: what goes on here would meet the others' demo agents."""
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with running() as product, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=arguments)
        with stage(product, browser) as made:
            yield made
        browser.close()


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
def test_nothing_serious(shown: Stage, screen: Screen):
    found = {}
    for theme in ("light", "dark"):
        page = shown.show(screen, language="en", theme=theme)
        violations = Axe().run(page).response["violations"]
        page.close()
        found[theme] = [
            (one["id"], [node["target"] for node in one["nodes"]][:3])
            for one in violations
            if one["impact"] in ("serious", "critical")
        ]
    assert found == {"light": [], "dark": []}
