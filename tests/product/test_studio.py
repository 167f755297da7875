"""Studio in a real browser: a script built in French, kept, tried, texted and traced."""

from __future__ import annotations

import itertools
import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.product.canvas import card, connect, drop
from tests.product.pages import Phone, grave_findings, people
from tests.product.product import Product

pytestmark = [pytest.mark.product, pytest.mark.browser]

NUMBERS = itertools.count(1)


def open_studio(product: Product, person: Any) -> Page:
    page: Page = person.sign_in("admin", product.passwords["admin"], then="/studio/")
    return page


def script_named(page: Page, name: str) -> dict[str, Any]:
    found = page.request.get("/api/v1/scripts", params={"search": name}).json()["results"]
    assert len(found) == 1, found
    return dict(found[0])


def test_built_by_mouse_in_french(product: Product, chromium: Browser):
    name = f"Accueil {next(NUMBERS)}"
    with people(product, chromium, 1) as (person,):
        page = open_studio(product, person)
        page.locator("[name=language][value=fr]").click()
        try:
            page.get_by_role("button", name="Fichier").click()
            page.get_by_role("button", name="Nouveau", exact=True).click()
            window = page.get_by_role("dialog", name="Créer un nouveau script")
            expect(window.get_by_label("SMS")).to_be_checked()
            expect(window.get_by_label("Unité commerciale")).to_have_value(re.compile("."))
            assert grave_findings(page) == []
            window.get_by_role("button", name="OK").click()

            expect(page.get_by_text("Que se passe-t-il quand un client écrit")).to_be_visible()
            drop(page, "BEGIN", x=160, y=140)
            drop(page, "REQAGENT", x=460, y=140)
            expect(page.get_by_test_id("problems")).to_contain_text("1 erreur")
            connect(page, "BEGIN", "default", "REQAGENT")
            expect(page.get_by_text("Aucun problème")).to_be_visible()
            card(page, "REQAGENT").click()
            expect(page.get_by_label("Compétence")).to_be_visible()
            assert grave_findings(page) == []

            page.get_by_role("button", name="Fichier").click()
            page.get_by_role("button", name="Enregistrer", exact=False).first.click()
            window = page.get_by_role("dialog", name="Enregistrer le script sous …")
            window.get_by_label("Nom").fill(name)
            window.get_by_role("button", name="Sauvegarder").click()
            expect(page.get_by_test_id("script-name")).to_have_text(name)
            expect(page).to_have_url(re.compile(r"/studio/scripts/\d+/$"))
            assert script_named(page, name)["status"] == "draft"

            page.get_by_role("button", name="Publier").click()
            window = page.get_by_role("dialog", name="Publier le script")
            window.get_by_label("Note pour l’historique").fill("Première version")
            assert grave_findings(page) == []
            window.get_by_role("button", name="Publier").click()
            expect(page.get_by_text("Publié : version 1")).to_be_visible()
        finally:
            page.locator("[name=language][value=en]").click()
        made = script_named(page, name)
        assert (made["status"], made["version"]) == ("published", 1)
        assert [action["type"] for action in made["definition"]["actions"]] == ["BEGIN", "REQAGENT"]
        assert made["definition"]["branches"] == [{"from": "begin", "branch": "default", "to": "reqagent"}]
        assert person.complaints == []


def test_work_is_kept_and_another_person_waits(product: Product, chromium: Browser):
    """Undo, the list view, autosave, the lock, and versions."""
    name = f"Kept {next(NUMBERS)}"
    with people(product, chromium, 2) as (first, second):
        page = open_studio(product, first)
        page.goto("/studio/new/")
        page.get_by_test_id("start-plain").click()
        expect(card(page, "REQAGENT")).to_have_count(1)
        page.get_by_test_id("undo").click()
        expect(card(page, "REQAGENT")).to_have_count(0)
        page.get_by_test_id("redo").click()
        page.keyboard.press("Control+s")
        page.get_by_test_id("save-as-name").fill(name)
        page.get_by_test_id("save-as-save").click()
        expect(page.get_by_test_id("standing")).to_have_attribute("data-status", "saved")

        page.get_by_test_id("toggle-view").click()
        page.locator('[data-testid="outline-action"][data-type="REQAGENT"]').click()
        page.locator('[data-name="low_proficiency"]').fill("99")
        expect(page.get_by_test_id("properties")).to_contain_text("from 1 to 20")
        assert grave_findings(page) == []
        page.locator('[data-name="low_proficiency"]').fill("9")
        expect(page.get_by_test_id("properties")).not_to_contain_text("from 1 to 20")
        expect(page.get_by_test_id("standing")).to_have_attribute("data-status", "saved")
        address = page.url

        other = open_studio(product, second)
        other.goto(address)
        expect(other.get_by_test_id("edited-by")).to_contain_text("Alex Admin")
        expect(other.get_by_test_id("palette")).to_have_count(0)
        page.goto("/studio/")
        other.reload()
        expect(other.get_by_test_id("palette")).to_be_visible()
        assert script_named(other, name)["definition"]["actions"][1]["properties"] == {"low_proficiency": 9}


def test_variables_are_completed_and_versions_compared(product: Product, chromium: Browser):
    """By keyboard; the difference is seen on the canvas and told beside it."""
    name = f"Compared {next(NUMBERS)}"
    with people(product, chromium, 1) as (person,):
        page = open_studio(product, person)
        page.goto("/studio/new/?starter=plain")
        expect(card(page, "REQAGENT")).to_be_visible()
        page.keyboard.press("Control+s")
        page.get_by_test_id("save-as-name").fill(name)
        page.keyboard.press("Enter")
        expect(page.get_by_test_id("script-name")).to_have_text(name)
        page.get_by_test_id("publish").click()
        page.get_by_test_id("publish-confirm").click()
        expect(page.get_by_text("Published: version 1")).to_be_visible()

        page.get_by_test_id("palette-search").fill("sendtext")
        page.keyboard.press("Enter")
        expect(card(page, "SENDTEXT")).to_be_visible()
        message = page.locator('[data-testid="property"][data-name="message"]')
        message.focus()
        page.keyboard.type("Hello {{ cu")
        offered = page.get_by_test_id("variables").get_by_role("option")
        expect(offered).to_have_text(["customer"])
        assert grave_findings(page) == []
        page.keyboard.press("Enter")
        expect(message).to_have_value("Hello {{ customer }}")
        page.get_by_test_id("insert-variable").click()
        expect(offered.first).to_be_visible()
        page.keyboard.press("Escape")
        expect(offered).to_have_count(0)
        expect(message).to_be_focused()
        page.keyboard.press("Backspace")
        page.keyboard.press("Backspace")
        page.keyboard.press("Backspace")
        expect(message).to_have_value("Hello {{ customer }}")

        branch = page.locator('[data-testid="branch"][data-branch="default"]')
        branch.select_option("agent")
        page.locator('.react-flow__node[data-id="begin"]').click()
        branch.select_option("sendtext")
        expect(page.get_by_test_id("standing")).to_have_attribute("data-status", "saved")
        page.get_by_test_id("menu-view").click()
        page.get_by_test_id("view-versions").click()
        page.get_by_test_id("version-difference").first.click()
        page.get_by_test_id("version-drawn").click()
        expect(page.get_by_test_id("difference")).to_contain_text("version 2 from version 1")
        expect(page.locator(".action--added")).to_contain_text("SENDTEXT")
        expect(page.locator(".action--changed")).to_contain_text("BEGIN")
        expect(page.locator(".branch--added")).to_have_count(2)
        expect(page.locator(".branch--removed")).to_have_count(1)
        page.get_by_test_id("change").filter(has_text="added").click()
        expect(page.locator(".action--selected")).to_contain_text("SENDTEXT")
        assert grave_findings(page) == []


def test_tried_kept_as_a_test_texted_and_traced(product: Product, chromium: Browser):
    """The menu: on the phone beside the canvas, then by a customer; its trace, and who took the branch."""
    name, number = f"Menu {next(NUMBERS)}", f"1555010{4000 + next(NUMBERS)}"
    with people(product, chromium, 1) as (person,):
        page = open_studio(product, person)
        page.goto("/studio/new/?starter=menu")
        page.get_by_test_id("try").click()
        text = page.get_by_test_id("trial-text")
        text.fill("Hello")
        page.keyboard.press("Enter")
        received = page.locator('[data-testid="trial-message"][data-direction="received"]')
        expect(received).to_contain_text("1 for sales")
        page.get_by_test_id("trial-jump-due").click()
        expect(page.locator('[data-kind="queued"]')).to_be_visible()
        page.get_by_test_id("trial-back").click()
        expect(page.locator('[data-kind="queued"]')).to_have_count(0)
        text.fill("2")
        page.keyboard.press("Enter")
        expect(page.locator('[data-kind="queued"]')).to_be_visible()
        page.get_by_test_id("trial-agents").select_option("accept")
        expect(page.locator('[data-kind="accepted"]')).to_be_visible()
        expect(page.locator(".action--current")).to_contain_text("Support")
        expect(page.locator(".action--taken")).to_have_count(5)
        assert grave_findings(page) == []
        page.get_by_test_id("trial-tab-steps").click()
        responded = page.locator('[data-testid="step"][data-branch="responded"]')
        expect(responded).to_contain_text("answer")
        assert grave_findings(page) == []

        page.keyboard.press("Control+s")
        page.get_by_test_id("save-as-name").fill(name)
        page.get_by_test_id("save-as-save").click()
        expect(page.get_by_test_id("script-name")).to_have_text(name)
        page.get_by_test_id("trial-save").click()
        page.get_by_test_id("save-test-name").fill("Support by 2")
        page.get_by_test_id("save-test-save").click()
        page.get_by_test_id("tests-run").click()
        expect(page.get_by_test_id("test")).to_have_attribute("data-passed", "true")
        page.get_by_test_id("publish").click()
        page.get_by_test_id("publish-confirm").click()
        expect(page.get_by_text("Published: version 1")).to_be_visible()

        page.locator('.react-flow__node[data-id="support"]').click()
        page.get_by_test_id("trial-close").click()
        page.get_by_test_id("delete-action").click()
        page.get_by_test_id("try").click()
        page.get_by_test_id("trial-tab-tests").click()
        page.get_by_test_id("tests-run").click()
        failing = page.get_by_test_id("test")
        expect(failing).to_have_attribute("data-passed", "false")
        expect(failing).to_contain_text("Step")
        page.get_by_test_id("undo").click()

        contact = texted(page, name, number)
        page.goto(f"/studio/contacts/{contact}/")
        expect(page.locator('[data-testid="step"][data-branch="responded"]')).to_be_visible()
        expect(page.locator(".action--current")).to_contain_text("Sales")
        expect(page.get_by_test_id("trace")).to_contain_text("Hello from outside")
        assert grave_findings(page) == []
        script = script_named(page, name)["id"]
        page.goto(f"/studio/scripts/{script}/")
        page.locator('.react-flow__node[data-id="ask"]').click()
        page.locator('[data-testid="taken"][data-branch="responded"]').click()
        expect(page.get_by_test_id("branch-contacts")).to_contain_text(str(contact))
        # The demo's agents are not to meet it in another test.
        posted(page, f"supervisor/contacts/{contact}/close", status=200)


def posted(page: Page, path: str, *, status: int = 201, **body: Any) -> None:
    headers = {"X-CSRFToken": page.evaluate("document.cookie.match(/csrftoken=([^;]+)/)[1]")}
    answer = page.request.post(f"/api/v1/{path}", data=body, headers=headers)
    assert answer.status == status, answer.text()


def texted(page: Page, script: str, number: str) -> int:
    """A number of its own for the script, and a customer who writes to it: the contact."""
    posted(page, "sms-registrations", provider="simulator", transport_code=number)
    posted(
        page,
        "points-of-contact",
        name=script,
        transport_code=number,
        skill="Support",
        script=script,
        ivr_reporting_enabled=True,
    )
    page.goto("/simulator/")
    phone = Phone(page, mine="+447700900777", to=number)
    phone.text("Hello from outside")
    expect(phone.shown("1 for sales")).to_be_visible()
    phone.phone.get_by_test_id("phone-text").fill("1")
    phone.phone.get_by_test_id("phone-send").click()
    for _attempt in range(100):
        found = page.request.get("/api/v1/contacts", params={"transport_code": number}).json()["results"]
        if found and found[0]["state"] != "pre_queue":
            return int(found[0]["id"])
        page.wait_for_timeout(100)
    raise AssertionError("the contact never came to its queue")
