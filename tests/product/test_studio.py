"""Studio in a real browser: a script built by mouse in French, another by keyboard alone."""

from __future__ import annotations

import itertools
import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.product.canvas import card, connect, drop
from tests.product.pages import grave_findings, people
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


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until the focus is there, as somebody without a mouse does."""
    for _press in range(90):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError("the focus never came there")


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


def test_built_by_keyboard_alone(product: Product, chromium: Browser):
    name = f"By keyboard {next(NUMBERS)}"
    with people(product, chromium, 1) as (person,):
        page = open_studio(product, person)
        tab_to(page, page.get_by_test_id("create-new"))
        page.keyboard.press("Enter")
        tab_to(page, page.get_by_test_id("new-ok"))
        page.keyboard.press("Enter")

        search = page.get_by_test_id("palette-search")
        for word in ("begin", "reqagent"):
            tab_to(page, search)
            page.keyboard.press("Control+A")
            page.keyboard.type(word)
            page.keyboard.press("Enter")
            expect(card(page, word.upper())).to_have_count(1)
        tab_to(page, page.locator('.react-flow__node[data-id="begin"]'))
        page.keyboard.press("Enter")
        branch = page.locator('[data-testid="branch"][data-branch="default"]')
        tab_to(page, branch)
        page.keyboard.type("REQ")
        expect(branch).to_have_value("reqagent")
        expect(page.get_by_test_id("problems")).to_contain_text("Nothing wrong")

        page.keyboard.press("Control+s")
        expect(page.get_by_test_id("save-as-name")).to_be_focused()
        page.keyboard.type(name)
        page.keyboard.press("Enter")
        expect(page.get_by_test_id("script-name")).to_have_text(name)
        tab_to(page, page.get_by_test_id("publish"))
        page.keyboard.press("Enter")
        tab_to(page, page.get_by_test_id("publish-note"))
        page.keyboard.press("Enter")
        expect(page.get_by_text("Published: version 1")).to_be_visible()
        assert script_named(page, name)["status"] == "published"


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
