"""What an agent sees of himself: after-contact work, his day, what he hears."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.product.floor import Floor, open_floors
from tests.product.pages import Desk, Phone, grave_findings, people
from tests.product.product import Product

pytestmark = [pytest.mark.product, pytest.mark.browser]

PASSWORD = "correct horse battery staple"
ROLLED_UP_MS = 60_000


@pytest.fixture
def floor(product: Product) -> Floor:
    [one] = open_floors(
        product, agents=1, provider="simulator", password=PASSWORD, disposition=True, timeout=120
    )
    return one


def test_after_contact_work_is_extended_and_ends_with_the_default(
    product: Product, chromium: Browser, floor: Floor
):
    product.run_python(
        "from skills.models import Skill; from skills.services import update_skill; "
        f"skill = Skill.objects.get(pk={floor.skill}); "
        "update_skill(by=None, instance=skill, after_contact_work_seconds=50, "
        "after_contact_work_extension_seconds=60, default_disposition=skill.dispositions.get())"
    )
    with people(product, chromium, 2) as (person, customer):
        desk = Desk(person.sign_in(floor.agents[0]["username"], PASSWORD, then="/agent/"))
        desk.become_available()
        phones = customer.sign_in("admin", product.passwords["admin"], then="/simulator/")
        Phone(phones, mine="+33612346001", to=floor.number).text("Hello")
        desk.accept()
        page = desk.page
        page.get_by_test_id("end").click()
        end = page.get_by_test_id("end-confirm")
        expect(end.or_(page.get_by_test_id("disposition-form"))).to_be_visible()
        if end.is_visible():
            end.click()
        left = page.get_by_test_id("acw-countdown")
        expect(left).to_have_text(re.compile(r"0:\d\d"))
        expect(page.get_by_test_id("default-disposition")).to_contain_text("Resolved")
        assert grave_findings(page) == []
        page.get_by_test_id("acw-extend").click()
        expect(left).to_have_text(re.compile(r"1:\d\d"))
        # As far as the skill allows.
        expect(page.get_by_test_id("acw-extend")).to_have_count(0)
        contact = desk.contacts.first.get_attribute("data-contact")
        product.database.execute(
            "UPDATE contacts_contact SET acw_until = clock_timestamp() WHERE id = %s", [contact]
        )
        expect(desk.contacts).to_have_count(0)
        assert product.rows(
            "SELECT c.state, d.name FROM contacts_contact c "
            "JOIN dispositions_disposition d ON d.id = c.disposition_id WHERE c.id = %s",
            [contact],
        ) == [("closed", "Resolved")]
        # His day follows, once the figures are rolled up.
        handled = page.get_by_test_id("today").locator("[data-figure=handled]")
        expect(handled).to_have_text("1", timeout=ROLLED_UP_MS)


def test_what_he_hears_is_his_choice_and_is_kept(product: Product, chromium: Browser, floor: Floor):
    with people(product, chromium, 1) as (person,):
        page = person.sign_in(floor.agents[0]["username"], PASSWORD, then="/agent/")
        bell = page.get_by_test_id("alerts")
        bell.click()
        dialog = page.get_by_test_id("dialog-alerts")
        for kind in ("sound-test", "sound-test-reply", "sound-test-alert"):
            dialog.get_by_test_id(kind).click()
        volume = dialog.get_by_test_id("sound-volume")
        volume.fill("35")
        assert grave_findings(page) == []
        page.keyboard.press("Escape")
        expect(bell).to_have_accessible_name("Sound and notifications")
        bell.click()
        dialog.get_by_label("Mute everything").check()
        expect(volume).to_be_disabled()
        page.keyboard.press("Escape")
        expect(bell).to_have_accessible_name("Sound is off: open sound and notifications")
        page.reload()
        bell.click()
        expect(volume).to_have_value("35")
        expect(dialog.get_by_label("Mute everything")).to_be_checked()
