"""The desk as an installed app: manifest, service worker, the page without a server, a new version."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.product.floor import Floor, open_floors
from tests.product.pages import Desk, Person, Phone, grave_findings, people
from tests.product.product import Product, until

pytestmark = [pytest.mark.product, pytest.mark.browser]

PASSWORD = "correct horse battery staple"
READY = "navigator.serviceWorker.ready.then((found) => found.active.scriptURL)"
CONTROLLER = "navigator.serviceWorker.controller?.scriptURL"
KEPT = """async () => {
  const names = await caches.keys();
  const lists = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
  return lists.flat().map((request) => new URL(request.url).pathname);
}"""


@pytest.fixture
def floor(product: Product) -> Floor:
    [one] = open_floors(product, agents=1, provider="simulator", password=PASSWORD, timeout=120)
    return one


def desk_of(person: Person, floor: Floor) -> Desk:
    desk = Desk(person.sign_in(floor.agents[0]["username"], PASSWORD, then="/agent/"))
    expect(desk.page.get_by_test_id("state-select")).to_be_visible()
    return desk


def phone_of(person: Person, product: Product, floor: Floor, mine: str) -> Phone:
    page = person.sign_in("admin", product.passwords["admin"], then="/simulator/")
    return Phone(page, mine=mine, to=floor.number)


def worker_is_ready(page: Page) -> str:
    found: str = page.evaluate(READY)
    return found


def test_it_can_be_installed_and_keeps_nothing_of_customers(
    product: Product, chromium: Browser, floor: Floor
):
    with people(product, chromium, 2) as (person, customer):
        desk = desk_of(person, floor)
        desk.become_available()
        phone_of(customer, product, floor, "+33612345801").text("Where is it?")
        desk.accept()
        assert "/agent/worker.js" in worker_is_ready(desk.page)
        browser = person.context.new_cdp_session(desk.page)
        assert browser.send("Page.getAppManifest")["errors"] == []
        # A context of a test counts as private browsing: nothing else may be wrong.
        wrong = browser.send("Page.getInstallabilityErrors")["installabilityErrors"]
        assert [one["errorId"] for one in wrong] in ([], ["in-incognito"])
        kept = desk.page.evaluate(KEPT)
        assert kept
        assert all(name.startswith("/static/") or name == "/agent/offline/" for name in kept)


def test_without_the_server_it_says_so_and_comes_back_by_itself(
    product: Product, chromium: Browser, floor: Floor
):
    with people(product, chromium, 1) as (person,):
        page = desk_of(person, floor).page
        worker_is_ready(page)
        for width, language, words in ((390, "fr", "injoignable"), (1440, "en", "cannot be reached")):
            page.locator(f"button[name=language][value={language}]").click()
            expect(page.locator("html")).to_have_attribute("lang", language)
            until(
                lambda wanted=language: str(page.evaluate(CONTROLLER)).endswith(f"lang={wanted}"),
                20,
                f"the service worker in {language}",
            )
            page.set_viewport_size({"width": width, "height": 844})
            person.context.set_offline(True)
            page.reload()
            expect(page.get_by_role("heading")).to_contain_text(words)
            assert grave_findings(page) == []
            person.context.set_offline(False)
            expect(page.get_by_test_id("state-select")).to_be_visible()


def test_a_new_version_is_offered_and_never_forced(product: Product, chromium: Browser, floor: Floor):
    with people(product, chromium, 1) as (person,):
        page = desk_of(person, floor).page
        worker_is_ready(page)
        until(lambda: page.evaluate(CONTROLLER), 20, "the service worker serves the page")
        # As after a deployment: the page is older than the service worker that serves now.
        page.evaluate(
            "navigator.serviceWorker.dispatchEvent(new MessageEvent('message', "
            "{data: {type: 'version', version: 'of-another-day'}}))"
        )
        expect(page.get_by_test_id("outdated")).to_be_visible()
        page.get_by_test_id("outdated").get_by_role("button").click()
        expect(page.get_by_test_id("state-select")).to_be_visible()
        expect(page.get_by_test_id("outdated")).to_have_count(0)


def test_a_notification_leads_to_its_contact(product: Product, chromium: Browser, floor: Floor):
    with people(product, chromium, 2) as (person, customer):
        desk = desk_of(person, floor)
        person.context.grant_permissions(["notifications"])
        desk.page.reload()
        worker_is_ready(desk.page)
        desk.become_available()
        phone = phone_of(customer, product, floor, "+33612345802")
        phone.text("First")
        desk.accept()
        phone.phone.get_by_test_id("phone-mine").fill("+33612345803")
        phone.phone.get_by_test_id("phone-mine").blur()
        phone.text("Second")
        desk.accept()
        first, second = (
            desk.contacts.filter(has_text=re.compile(number)).first for number in ("801|802", "803")
        )
        expect(second).to_have_attribute("aria-current", "true")
        # The worker is told of a click as the browser would tell it; nobody can press a notification here.
        [worker] = person.context.service_workers
        contact = int(first.get_attribute("data-contact") or 0)
        worker.evaluate(
            """async (contact) => {
              await self.registration.showNotification("Text", { data: { contact } });
              const [notification] = await self.registration.getNotifications();
              self.dispatchEvent(new NotificationEvent("notificationclick", { notification }));
            }""",
            contact,
        )
        expect(first).to_have_attribute("aria-current", "true")


def test_a_push_of_the_server_is_shown_where_no_desk_is_looked_at(
    product: Product, chromium: Browser, floor: Floor
):
    """Delivered by the browser as its push service would: none is within reach of a test."""
    with people(product, chromium, 1) as (person,):
        page = desk_of(person, floor).page
        person.context.grant_permissions(["notifications"])
        worker_is_ready(page)
        browser, known = person.context.new_cdp_session(page), []
        browser.on(
            "ServiceWorker.workerRegistrationUpdated", lambda told: known.extend(told["registrations"])
        )
        browser.send("ServiceWorker.enable")
        page.goto("/agent/offline/")
        until(lambda: page.evaluate("true") and known, 20, "the registration of the service worker")
        push = {"title": "Offer: Support", "body": "", "tag": "offer-7", "offer": 7, "stays": True}
        browser.send(
            "ServiceWorker.deliverPushMessage",
            {
                "origin": product.url,
                "registrationId": known[-1]["registrationId"],
                "data": json.dumps(push),
            },
        )
        [worker] = person.context.service_workers
        shown = (
            "self.registration.getNotifications()"
            ".then((all) => all.map(({ tag, data }) => [tag, data.offer]))"
        )
        until(lambda: worker.evaluate(shown) == [["offer-7", 7]], 20, "the notification")


def test_an_address_leads_to_a_contact_when_no_tab_was_open(
    product: Product, chromium: Browser, floor: Floor
):
    with people(product, chromium, 2) as (person, customer):
        desk = desk_of(person, floor)
        desk.become_available()
        phone_of(customer, product, floor, "+33612345804").text("Hello")
        desk.accept()
        contact = desk.contacts.first.get_attribute("data-contact")
        desk.page.goto(f"/agent/?contact={contact}")
        expect(desk.composer).to_be_visible()
        expect(desk.contacts.first).to_have_attribute("aria-current", "true")
        assert desk.page.url.endswith("/agent/")


def test_signing_out_closes_what_notifications_say(product: Product, chromium: Browser, floor: Floor):
    with people(product, chromium, 1) as (person,):
        page = desk_of(person, floor).page
        person.context.grant_permissions(["notifications"])
        page.reload()
        worker_is_ready(page)
        [worker] = person.context.service_workers
        count = "self.registration.getNotifications().then((shown) => shown.length)"
        worker.evaluate("self.registration.showNotification('A customer', { body: 'My words' })")
        assert worker.evaluate(count) == 1
        page.locator("form[data-sign-out]").first.evaluate("form => form.requestSubmit()")
        page.wait_for_url("**/accounts/login/**")
        assert worker.evaluate(count) == 0
