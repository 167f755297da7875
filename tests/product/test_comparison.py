"""The priority comparison of the skill form, in a real browser against the running product."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.product.pages import grave_findings, people
from tests.product.product import Product

pytestmark = [pytest.mark.product, pytest.mark.browser]

SKILLS = "/acd/contact-settings/skills/"
SAVED = """
from decimal import Decimal
from campaigns.models import Campaign
from skills.models import Skill
campaign = Campaign.objects.order_by("pk").first()
for name, initial, acceleration in (("Published.B", 3, 1), ("Bennet.static", 110, 0)):
    Skill.objects.get_or_create(
        business_unit=campaign.business_unit,
        name=name,
        defaults={
            "campaign": campaign,
            "initial_priority": Decimal(initial),
            "acceleration": Decimal(acceleration),
        },
    )
"""


@pytest.fixture
def page(product: Product, chromium: Browser) -> Iterator[Page]:
    """The form of a new skill, before an administrator. The page must break no rule of its own."""
    product.run_python(SAVED)
    with people(product, chromium, 1) as [admin]:
        admin.page.on(
            "console",
            lambda line: "Security Policy" in line.text and admin.complaints.append(line.text),
        )
        admin.sign_in("admin", product.passwords["admin"], then=SKILLS)
        admin.page.goto(f"{SKILLS}add/")
        yield admin.page


def type_profile(page: Page, *, name: str, initial: str, acceleration: str, maximum: str = "1000") -> None:
    page.fill("#id_name", name)
    page.fill("#id_initial_priority", initial)
    page.fill("#id_acceleration", acceleration)
    page.fill("#id_max_priority", maximum)


def pick(page: Page, name: str) -> None:
    """By the keyboard alone: +, a search, down to what was found, over to Selected, Done."""
    page.get_by_test_id("comparison-add").focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_test_id("comparison-picker")
    page.keyboard.type(name)
    expect(dialog.get_by_test_id("dual-available").get_by_role("option")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(dialog.get_by_test_id("dual-selected").get_by_role("option").filter(has_text=name)).to_be_visible()
    dialog.get_by_test_id("comparison-done").press("Enter")
    expect(dialog).to_be_hidden()
    expect(page.get_by_test_id("comparison-skill").filter(has_text=name)).to_be_visible()


def compare(page: Page, *, elapsed: str, interval: str) -> None:
    page.get_by_label("Elapsed time", exact=True).fill(elapsed)
    page.get_by_label("Time interval", exact=True).fill(interval)
    page.get_by_role("button", name="Compare", exact=True).click()
    expect(page.get_by_test_id("comparison-chart").locator("svg")).to_be_visible()


def events_of(page: Page) -> Locator:
    return page.get_by_test_id("comparison-events").locator("li > span:last-child")


def table_of(page: Page) -> list[list[str]]:
    rows = page.get_by_test_id("comparison-table").locator("tbody tr").all()
    return [row.locator("th, td").all_inner_texts() for row in rows]


def test_the_published_example_with_a_skill_that_is_not_saved(page: Page):
    type_profile(page, name="Published.A", initial="1", acceleration="5")
    pick(page, "Published.B")
    compare(page, elapsed="1", interval="0,5")
    expect(events_of(page)).to_have_text(["Published.A overtakes Published.B after 30 s, at priority 3.5."])
    expect(page.get_by_test_id("comparison-own")).to_have_text("Published.A (this skill, not saved yet)")
    assert table_of(page) == [["0", "1", "3"], ["0.5", "3.5", "3.5"], ["1", "6", "4"]]

    chart = page.get_by_test_id("comparison-chart")
    chart.focus()
    for _ in range(3):
        chart.press("ArrowRight")
    own, other = "Published.A (this skill, not saved yet) 6", "Published.B 4"
    expect(chart).to_have_attribute("aria-valuetext", f"After 1 min: {own}. {other}")

    page.fill("#id_acceleration", "1")
    expect(page.get_by_test_id("comparison-none")).to_have_text("No skill overtakes another within 1 min.")
    assert table_of(page)[-1] == ["1", "2", "4"]


def test_the_published_example_of_a_static_and_a_growing_priority(page: Page):
    type_profile(page, name="Bennet.growing", initial="110", acceleration="10")
    pick(page, "Bennet.static")
    compare(page, elapsed="4", interval="4")
    assert table_of(page) == [["0", "110", "110"], ["4", "150", "110"]]


def test_wrong_values_are_said_beside_their_fields_and_nothing_is_lost(page: Page):
    type_profile(page, name="Wrong", initial="20", acceleration="1")
    compare(page, elapsed="10", interval="1")
    page.get_by_label("Time interval", exact=True).fill("0")
    expect(page.locator("#comparison-interval-error")).to_have_text(
        "Give a number of minutes from 0.001 to 100,000."
    )
    page.get_by_label("Time interval", exact=True).fill("1")
    expect(page.locator("#comparison-interval-error")).to_have_text("")
    page.fill("#id_max_priority", "10")
    expect(page.locator("#id_initial_priority-live-error")).to_have_text(
        "The initial priority must not exceed the maximum priority."
    )
    page.fill("#id_max_priority", "30")
    expect(page.locator("#id_initial_priority-live-error")).to_be_hidden()
    expect(page.locator("#id_initial_priority")).to_have_value("20")


def test_the_name_is_judged_while_it_is_typed(page: Page):
    rule = page.get_by_test_id("name-rule").first
    expect(rule).to_have_attribute("data-state", "neutral")
    page.locator("#id_name").press_sequentially("SMS")
    expect(rule).to_have_attribute("data-state", "ok")
    page.locator("#id_name").press_sequentially(" fr/")
    expect(rule).to_have_attribute("data-state", "wrong")
    expect(page.get_by_test_id("name-rule").nth(1)).to_contain_text("Not possible: space /")


def test_dispositions_are_chosen_and_put_in_order_by_the_keyboard(page: Page):
    lists = page.get_by_role("group", name="Dispositions", exact=True)
    available, selected = lists.get_by_test_id("dual-available"), lists.get_by_test_id("dual-selected")
    available.focus()
    page.keyboard.press("Control+a")
    page.keyboard.press("Enter")
    expect(available.get_by_role("option")).to_have_count(0)
    before = selected.get_by_role("option").all_inner_texts()
    selected.focus()
    page.keyboard.press("Alt+ArrowDown")
    after = [before[1], before[0], *before[2:]]
    expect(selected.get_by_role("option")).to_have_text(after)
    assert page.eval_on_selector(
        "#id_dispositions", "select => [...select.selectedOptions].map(option => option.text)"
    ) == [text.strip() for text in after]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_grave_accessibility_findings(page: Page, scheme: str):
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of the two it knows
    type_profile(page, name="Published.A", initial="1", acceleration="5")
    page.get_by_test_id("comparison-add").click()
    expect(page.get_by_test_id("comparison-picker").get_by_role("option").first).to_be_visible()
    assert grave_findings(page, "dialog[open]") == []
    page.keyboard.press("Escape")
    pick(page, "Published.B")
    compare(page, elapsed="1", interval="0.5")
    assert grave_findings(page, "[data-testid=comparison]") == []
    page.get_by_test_id("comparison-toggle").click()
    assert grave_findings(page, "[data-testid=comparison]") == []
    assert grave_findings(page, "#id_name_helptext") == []
