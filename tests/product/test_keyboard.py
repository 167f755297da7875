"""A whole shift without a mouse, and the console's queue by keyboard and by drag."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.product.floor import Floor, open_floors
from tests.product.hands import Keys
from tests.product.pages import Desk, Phone, grave_findings, people
from tests.product.product import Product

pytestmark = [pytest.mark.product, pytest.mark.browser]

PASSWORD = "correct horse battery staple"


@pytest.fixture
def floor(product: Product) -> Floor:
    [one] = open_floors(
        product, agents=1, provider="simulator", password=PASSWORD, disposition=True, timeout=120
    )
    return one


def sign_in(keys: Keys, username: str) -> None:
    keys.page.goto("/accounts/login/?next=/agent/")
    keys.reach(keys.page.locator("#id_username"))
    keys.write(username)
    keys.press("Tab")
    keys.write(PASSWORD)
    keys.press("Enter")
    keys.page.wait_for_url("**/agent/")


def phone_of(customer, product: Product, floor: Floor) -> Phone:
    page = customer.sign_in("admin", product.passwords["admin"], then="/simulator/")
    return Phone(page, mine="+33612345901", to=floor.number)


def test_a_shift_without_a_mouse(product: Product, chromium: Browser, floor: Floor):
    """Sign in, two conversations, answers, notes and dispositions, a break after the last one, sign out."""
    with people(product, chromium, 2) as (person, customer):
        keys = Keys(person.page)
        phone = phone_of(customer, product, floor)
        sign_in(keys, floor.agents[0]["username"])
        desk, page = Desk(person.page), person.page
        state = page.get_by_test_id("state-select")
        keys.choose(state, "available", opens=True)
        expect(state).to_have_value("available")

        # The first contact: the offer takes the keyboard, A accepts it, Enter goes to the composer.
        keys.press("Escape")
        phone.text("Hello, my parcel is lost")
        expect(desk.offers).to_have_count(1)
        keys.press("a")
        expect(desk.composer).to_be_visible()
        keys.press("Enter")
        expect(desk.composer).to_be_focused()
        keys.write("Which number has it?")
        keys.press("Enter")
        expect(phone.shown("Which number has it?")).to_be_visible()

        # A second one comes while he writes: what he types stays in the field.
        keys.write("Wait a mo")
        phone.phone.get_by_test_id("phone-mine").fill("+33612345902")
        phone.phone.get_by_test_id("phone-mine").blur()
        phone.text("Are you open?")
        expect(desk.offers).to_have_count(1)
        expect(desk.composer).to_be_focused()
        keys.write("ment")
        expect(desk.composer).to_have_value("Wait a moment")
        keys.press("Enter", "Escape", "a")
        expect(desk.contacts).to_have_count(2)

        # A break after these two, chosen while they are open.
        keys.choose(state, "later:Break", opens=True)
        expect(page.get_by_test_id("leaving")).to_contain_text("2")
        keys.press("Escape")

        # Between the two by J and K; each is ended with its disposition.
        for left in (1, 0):
            keys.press("j")
            keys.press("e")
            end = page.get_by_test_id("end-confirm")
            disposition = page.get_by_test_id("disposition-form").get_by_test_id("disposition")
            expect(end.or_(disposition)).to_be_visible()
            if end.is_visible():
                expect(end).to_be_focused()
                keys.press("Enter")
            expect(disposition).to_be_focused()
            keys.choose(disposition, "Resolved")
            keys.press("Tab")
            keys.reach(page.get_by_test_id("disposition-form").get_by_test_id("notes"))
            keys.write("All well")
            keys.reach(page.get_by_test_id("disposition-save"))
            keys.press("Enter")
            expect(desk.contacts).to_have_count(left)
        expect(state).to_have_value("unavailable:Break")
        assert product.rows(
            "SELECT count(*) FROM contacts_contact c "
            "JOIN dispositions_disposition d ON d.id = c.disposition_id "
            "WHERE c.agent_id = %s AND c.state = 'closed' AND c.notes = 'All well'",
            [floor.agents[0]["id"]],
        ) == [(2,)]

        # The sheet of keys, and the way out.
        keys.press("Escape", "?")
        expect(page.get_by_test_id("dialog-keys")).to_be_visible()
        keys.press("Escape")
        keys.reach(page.get_by_test_id("user-menu"))
        keys.press("Enter", "ArrowDown")
        keys.reach(page.get_by_test_id("sign-out"))
        keys.press("Enter")
        expect(page.locator("#id_username")).to_be_visible()


def test_the_queue_is_ordered_by_keyboard_and_by_drag(product: Product, chromium: Browser):
    [floor] = open_floors(product, agents=1, password=PASSWORD)
    unit = floor.agents[0]["username"].split(".")[0]
    boss = f"{unit}.supervisor"
    product.run_python(
        "from tests.product import building; "
        f"building.add_supervisor(unit={unit!r}, username={boss!r}, password={PASSWORD!r})"
    )
    for number in range(3):
        floor.text(f"3361234591{number}", f"text {number}")
    with people(product, chromium, 1) as (supervisor,):
        page = supervisor.sign_in(boss, PASSWORD, then="/supervisor/")
        rows = page.locator("[data-testid=open-contact][data-state=queued]")
        expect(rows).to_have_count(3)
        first, second, third = (rows.nth(place).get_attribute("data-contact") for place in range(3))

        def expect_order(*wanted: str | None) -> None:
            for place, contact in enumerate(wanted):
                expect(rows.nth(place)).to_have_attribute("data-contact", str(contact))

        handle = page.locator(f"[data-contact='{third}']").get_by_test_id("drag")
        handle.focus()
        page.keyboard.press("ArrowUp")
        expect_order(first, third, second)
        expect(handle).to_be_focused()
        page.keyboard.press("ArrowUp")
        expect_order(third, first, second)
        page.keyboard.press("ArrowDown")
        expect_order(first, third, second)
        page.locator(f"[data-contact='{second}']").get_by_test_id("drag").drag_to(rows.nth(0))
        expect_order(second, first, third)
        drag_by_finger(page, page.locator(f"[data-contact='{third}']").get_by_test_id("drag"), rows.nth(0))
        expect_order(third, second, first)


def drag_by_finger(page: Page, handle: Locator, target: Locator) -> None:
    """As a telephone or a tablet does: touches, no mouse."""
    begin, end = handle.bounding_box(), target.bounding_box()
    assert begin is not None
    assert end is not None
    x, y, to = begin["x"] + begin["width"] / 2, begin["y"] + begin["height"] / 2, end["y"] + end["height"] / 2
    finger = page.context.new_cdp_session(page)
    finger.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
    for kind, height in [
        ("touchStart", y),
        *(("touchMove", y + (to - y) * step / 5) for step in range(1, 6)),
    ]:
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": height}]})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_reports_without_a_mouse_and_on_a_wide_screen(product: Product, chromium: Browser):
    """Choose a period, export, keep the report and find it again."""
    with people(product, chromium, 1) as (person,):
        keys, page = Keys(person.page), person.page
        page.set_viewport_size({"width": 1920, "height": 1080})
        keys.page.goto("/accounts/login/?next=/reports/")
        keys.reach(page.locator("#id_username"))
        keys.write("supervisor")
        keys.press("Tab")
        keys.write(product.passwords["supervisor"])
        keys.press("Enter")
        page.wait_for_url("**/reports/")
        keys.reach(page.locator("main a[href='/reports/agents/']").first)
        keys.press("Enter")
        page.wait_for_url("**/reports/agents/**")
        keys.choose(page.get_by_test_id("choices").locator("select[name=period]"), "today")
        keys.reach(page.get_by_test_id("choices").locator("button:not([type=button])").first)
        keys.press("Enter")
        page.wait_for_url("**period=today**")
        expect(page.get_by_test_id("table-states")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 1920
        assert grave_findings(page) == []
        keys.reach(page.get_by_test_id("export"))
        keys.press("Enter", "ArrowDown")
        keys.reach(page.get_by_test_id("export-csv"))
        with page.expect_download() as download:
            keys.press("Enter")
        assert download.value.suggested_filename.endswith(".csv")
        keys.press("Escape")
        keys.reach(page.get_by_test_id("save-report"))
        keys.press("Enter")
        keys.reach(page.get_by_test_id("save-form").locator("input[name=name]"))
        keys.write("My shift")
        keys.reach(page.get_by_test_id("keep"))
        keys.press("Enter")
        expect(page.get_by_test_id("saved").or_(page.get_by_test_id("table-states"))).to_be_visible()
        assert product.rows("SELECT count(*) FROM reporting_report WHERE name = 'My shift'") == [(1,)]
