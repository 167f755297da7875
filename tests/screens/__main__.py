"""`make screens`: pictures of every screen into docs/screens, in both languages and both looks.

`make screens ARGS=skill` takes only those whose names contain the word.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from launcher.home import CHECKOUT
from tests.browser import launch_options
from tests.product.product import running
from tests.screens.stage import NARROW, WIDE, Stage, stage
from tests.screens.table import SCREENS, Screen

FOLDER = CHECKOUT / "docs" / "screens"
FLAT, SHADES = 10, 3
"""Colours of a picture: those of its largest areas as they are, and some that stand for the rest.

What is drawn in few colours is sharper and smaller than with losses.
"""
LOOKS = tuple((language, theme) for language in ("en", "fr") for theme in ("light", "dark"))
NARROW_LOOKS = (("en", "light"), ("fr", "dark"))


def looks_of(screen: Screen) -> Iterator[tuple[str, str, int]]:
    """Language, colours and width of each picture."""
    yield from ((language, theme, WIDE) for language, theme in LOOKS)
    if screen.is_narrow:
        yield from ((language, theme, NARROW) for language, theme in NARROW_LOOKS)


def name_of(screen: Screen, language: str, theme: str, width: int) -> str:
    narrow = "-narrow" if width == NARROW else ""
    return f"{screen.name}{narrow}.{language}.{theme}.webp"


def take(page: Page, file: Path) -> None:
    """What is seen without scrolling."""
    page.wait_for_timeout(300)  # Charts and pop-ups come to rest.
    shot = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    in_few_colours(shot).save(file, "WEBP", lossless=True, quality=100, method=4)


def in_few_colours(shot: Image.Image) -> Image.Image:
    colours = shot.getcolors(shot.width * shot.height) or ()
    # Of what is colourful a small area counts.
    areas = sorted(colours, key=lambda one: one[0] * (4 + max(one[1]) - min(one[1])), reverse=True)[:FLAT]  # type: ignore[arg-type,type-var]  # of an RGB picture
    shades = shot.quantize(SHADES, method=Image.Quantize.FASTOCTREE).getpalette() or []
    palette = Image.new("P", (1, 1))
    palette.putpalette([part for _count, colour in areas for part in colour] + shades[: SHADES * 3])  # type: ignore[union-attr]  # of an RGB picture
    return shot.quantize(palette=palette, dither=Image.Dither.NONE).convert("RGB")


def take_all(shown: Stage, screens: Sequence[Screen]) -> None:
    for screen in screens:
        print(screen.name, flush=True)  # noqa: T201 - speaks to the person at the terminal
        for language, theme, width in looks_of(screen):
            page = shown.show(screen, language=language, theme=theme, width=width)
            take(page, FOLDER / name_of(screen, language, theme, width))
            page.goto("about:blank")  # Nobody is at two desks at once.


def link(word: str, name: str) -> str:
    """The word alone while the picture has not been taken."""
    return f"[{word}]({name})" if (FOLDER / name).exists() else word


def write_index() -> None:
    """docs/screens/README.md: every picture of the table."""
    lines = [
        "# Screens",
        "",
        "Made by `make screens` from the table in `tests/screens/table.py`, with the demo organisation.",
        "",
        "| screen | English | French | narrow |",
        "|---|---|---|---|",
    ]
    for screen in SCREENS:
        wide = {
            language: " ".join(
                link(theme, name_of(screen, language, theme, WIDE)) for theme in ("light", "dark")
            )
            for language in ("en", "fr")
        }
        narrow = ""
        if screen.is_narrow:
            narrow = " ".join(
                link(language, name_of(screen, language, theme, NARROW)) for language, theme in NARROW_LOOKS
            )
        lines.append(f"| {screen.name} | {wide['en']} | {wide['fr']} | {narrow} |")
    (FOLDER / "README.md").write_text("\n".join(lines) + "\n")


def main(words: list[str]) -> int:
    chosen = [screen for screen in SCREENS if not words or any(word in screen.name for word in words)]
    FOLDER.mkdir(parents=True, exist_ok=True)
    with running() as product, sync_playwright() as playwright:
        browser = playwright.chromium.launch(**launch_options())
        with stage(product, browser) as shown:
            take_all(shown, chosen)
        browser.close()
    write_index()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
