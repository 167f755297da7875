"""The canvas of Studio, drawn on by mouse."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect


def card(page: Page, type_: str) -> Locator:
    return page.locator(f'[data-testid="action"][data-type="{type_}"]')


def drop(page: Page, type_: str, *, x: int, y: int) -> None:
    """Drag an action from the palette to this place of the canvas."""
    source = page.locator(f'[data-testid="palette-action"][data-type="{type_}"]')
    source.drag_to(page.get_by_test_id("canvas"), target_position={"x": x, "y": y})
    expect(card(page, type_)).to_have_count(1)


def connect(page: Page, source: str, branch: str, target: str) -> None:
    """Drag from the handle of a branch to an action."""
    handle = card(page, source).locator(f'[data-testid="handle"][data-branch="{branch}"]')
    handle.hover()
    page.mouse.down()
    end = card(page, target).locator(".action__in").bounding_box()
    assert end is not None
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + end["height"] / 2, steps=10)
    page.mouse.up()
