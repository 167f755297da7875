"""Two ways to use a page: with a mouse, and with a keyboard alone."""

from __future__ import annotations

from abc import ABC, abstractmethod

import pytest
from playwright.sync_api import Locator, Page, expect

FARTHEST = 60
"""So many times somebody presses Tab before he gives up."""


class Hands(ABC):
    """What both can do with a page."""

    def __init__(self, page: Page) -> None:
        self.page = page

    @abstractmethod
    def push(self, button: Locator) -> None:
        """A button or a link."""

    @abstractmethod
    def fill(self, field: Locator, text: str) -> None:
        """Instead of what is in it."""

    @abstractmethod
    def choose(self, select: Locator, value: str) -> None:
        """In a list of choices."""


class Mouse(Hands):
    """Points and clicks."""

    def push(self, button: Locator) -> None:
        button.click()

    def fill(self, field: Locator, text: str) -> None:
        field.fill(text)

    def choose(self, select: Locator, value: str) -> None:
        select.select_option(value)


class Keys(Hands):
    """Hands that have a keyboard only: whatever a pointer would do fails the test."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        page.add_init_script(
            "for (const kind of ['pointerdown', 'mousedown', 'touchstart'])"
            " addEventListener(kind, () => { throw new Error('a pointer was used'); }, true);"
        )

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def write(self, text: str) -> None:
        self.page.keyboard.type(text)

    def reach(self, wanted: Locator) -> None:
        """Go there with Tab, as far as it takes."""
        expect(wanted).to_be_visible()
        for _step in range(FARTHEST):
            if wanted.evaluate("(element) => element === document.activeElement"):
                return
            self.press("Tab")
        pytest.fail("not reached with the Tab key")

    def choose(self, select: Locator, value: str, *, opens: bool = False) -> None:
        """In a list of choices, by the arrow keys; `opens`: the first of them opens it, Enter chooses."""
        self.reach(select)
        values = select.evaluate("(list) => [...list.options].map((one) => one.value)")
        here = select.evaluate("(list) => list.selectedIndex")
        step = values.index(value) - here
        arrow = "ArrowDown" if step > 0 else "ArrowUp"
        self.press(*([arrow] if opens else []), *([arrow] * abs(step)), *(["Enter"] if opens else []))

    def push(self, button: Locator) -> None:
        self.reach(button)
        self.press("Enter")

    def fill(self, field: Locator, text: str) -> None:
        self.reach(field)
        self.press("Control+A")
        self.write(text)
