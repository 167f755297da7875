"""An SMS channel from nothing, in French, by the labels of the procedure and with the keyboard alone.

Then a text arrives and its way is followed to the agent's answer.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.product.pages import Desk, grave_findings, people
from tests.product.product import Product

pytestmark = [pytest.mark.product, pytest.mark.browser]

PASSWORD = "correct horse battery staple"
NUMBER = "15550100377"


def open_place(product: Product, *, unit: str, username: str) -> None:
    """A business unit with nothing in it but its administrator, who reads French."""
    product.run_python(f"""
from organizations.roles import ADMINISTRATOR, role
from organizations.services import create_business_unit, create_user
unit = create_business_unit(by=None, name="{unit}", time_zone="Europe/Paris")
create_user(by=None, business_unit=unit, username="{username}", password="{PASSWORD}", language="fr",
            groups=[role(ADMINISTRATOR)])
""")


class Keyboard:
    """Somebody without a mouse: he reaches everything by Tab."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def reach(self, target: Locator) -> None:
        expect(target).to_be_visible()
        for _step in range(150):
            if target.evaluate("one => one === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        pytest.fail(f"Tab does not lead to {target}")

    def write(self, label: str, text: str, *, within: Locator | None = None) -> None:
        field = (within or self.page).get_by_label(label, exact=False).first
        self.reach(field)
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.type(text)

    def choose(self, label: str, option: str) -> None:
        """By its first letters."""
        field = self.page.get_by_label(label).first
        self.reach(field)
        self.page.keyboard.type(option[:3])
        assert field.evaluate("one => one.selectedOptions[0].text") == option

    def press(self, target: Locator) -> None:
        self.reach(target)
        self.page.keyboard.press("Enter")

    def press_button(self, name: str) -> None:
        self.press(self.page.get_by_role("button", name=name, exact=True))


def check_accessible(page: Page) -> None:
    assert grave_findings(page) == []


def at(page: Page, title: str) -> None:
    """On the page of the task, which reads well for everybody."""
    expect(page.get_by_role("heading", level=1)).to_contain_text(title)
    check_accessible(page)


def test_a_channel_from_nothing_and_its_first_text(product: Product, chromium: Browser):
    open_place(product, unit="Atelier", username="claire")
    with people(product, chromium, 2, locale="fr-FR") as (claire, nina):
        page = claire.sign_in("claire", PASSWORD, then="/setup/")
        keys = Keyboard(page)
        check_accessible(page)
        keys.press(page.get_by_role("link", name="Configurer un canal"))
        register_number(page, keys)
        make_skills(page, keys)
        make_script_and_point_of_contact(page, keys)
        staff(page, keys)
        try_it(page, keys, Desk(nina.sign_in("nina", PASSWORD, then="/agent/")))
        keys.press(page.get_by_test_id("finish"))
        expect(page.locator("[data-state=to_do]")).to_have_count(0)
        check_accessible(page)


def register_number(page: Page, keys: Keyboard) -> None:
    """With a test that fails and one that works."""
    at(page, "Enregistrement SMS")
    keys.choose("Fournisseur", "Simulateur")
    expect(page.get_by_label("Clé d’API")).to_be_hidden()
    keys.write("Code de transport", NUMBER)
    keys.write("Nom", "Atelier")
    keys.press_button("Créer")

    expect(page.get_by_role("status").first).to_contain_text(NUMBER)
    keys.write("Numéro de téléphone qui reçoit le test", "+33 6 39 98 01 93")
    keys.press_button("Tester la connexion")
    result = page.get_by_test_id("connection-result")
    expect(result).to_contain_text("n’accepte pas ce numéro")
    keys.write("Numéro de téléphone qui reçoit le test", "+33 6 39 98 00 01")
    keys.press_button("Tester la connexion")
    expect(result).to_contain_text("La connexion fonctionne")
    at(page, "Enregistrement SMS")
    keys.press(page.get_by_test_id("continue"))


def make_skills(page: Page, keys: Keyboard) -> None:
    """A campaign, and a skill for each direction; a wrong name is not lost."""
    at(page, "Campagne")
    keys.write("Nom de la campagne", "Service clients")
    keys.press_button("Créer la campagne")

    at(page, "Compétence entrante")
    expect(page.get_by_text("Type de support média")).to_be_visible()
    keys.write("Nom de la compétence", "Aide pour tous")
    keys.press_button("Créer")
    expect(page.get_by_label("Nom de la compétence")).to_have_value("Aide pour tous")
    at(page, "Compétence entrante")
    keys.write("Nom de la compétence", "Aide")
    keys.press_button("Créer")

    at(page, "Compétence sortante")
    expect(page.get_by_text("Stratégie sortante")).to_be_visible()
    expect(page.get_by_text("Code de transport SMS")).to_be_visible()
    keys.write("Nom de la compétence", "Rappels")
    keys.press_button("Créer")


def make_script_and_point_of_contact(page: Page, keys: Keyboard) -> None:
    at(page, "Script")
    keys.press_button("Créer le script")
    at(page, "Point d’accès")
    keys.reach(page.get_by_label("Rapports IVR activés"))
    page.keyboard.press("Space")
    keys.press_button("Créer point d’accès")


def staff(page: Page, keys: Keyboard) -> None:
    """What the agent chooses at the end of a contact, and the agent."""
    at(page, "Dispositions et balises")
    keys.write("Nouvelles dispositions", "Résolu")
    keys.write("Nouvelles balises", "Urgent")
    keys.press_button("Enregistrer")

    at(page, "Agents et limites")
    form = page.get_by_test_id("new-agent")
    keys.write("Nom d’utilisateur", "nina", within=form)
    keys.write("Mot de passe", PASSWORD, within=form)
    keys.write("Maîtrise", "1", within=form)
    keys.press_button("Créer l’agent")
    expect(page.get_by_role("cell", name="nina").first).to_be_visible()
    keys.press(page.get_by_test_id("next"))


def try_it(page: Page, keys: Keyboard, desk: Desk) -> None:
    """The text is followed to the agent's answer."""
    at(page, "Essayer")
    trail = page.get_by_test_id("trail")
    keys.write("Écrire un SMS", "Bonjour, ma lampe est arrivée cassée")
    keys.press_button("Envoyer")
    expect(trail).to_contain_text("Personne n’est disponible")
    check_accessible(page)

    desk.become_available()
    expect(desk.offers).to_contain_text("ma lampe est arrivée cassée")
    expect(trail).to_contain_text("Proposé à nina")
    desk.accept()
    expect(trail).to_contain_text("Accepté par nina")
    desk.reply("Bonjour, nous la remplaçons")
    expect(trail).to_contain_text("le canal fonctionne")
    expect(page.get_by_test_id("phone-message").last).to_contain_text("nous la remplaçons")


class Hand:
    """Counts what somebody with a mouse does."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.fields = self.clicks = 0

    def fill(self, label: str, text: str) -> None:
        self.page.get_by_label(label).and_(self.page.locator("input:visible, textarea:visible")).first.fill(
            text
        )
        self.fields += 1

    def click(self, target: Locator) -> None:
        target.click()
        self.clicks += 1

    def press(self, name: str) -> None:
        self.click(self.page.get_by_role("button", name=name, exact=True))


def test_the_shortest_way_to_a_channel_is_seven_fields_and_twelve_clicks(product: Product, chromium: Browser):
    """From nothing to a text that waits for an agent. What may be left for later is."""
    open_place(product, unit="Kiosque", username="lucie")
    with people(product, chromium, 1, locale="fr-FR") as (lucie,):
        page = lucie.sign_in("lucie", PASSWORD, then="/setup/")
        hand = Hand(page)
        hand.click(page.get_by_role("link", name="Configurer un canal"))
        page.get_by_label("Fournisseur").select_option(label="Simulateur")
        hand.fields += 1
        hand.fill("Code de transport", "15550100388")
        hand.press("Créer")
        hand.click(page.get_by_test_id("continue"))
        hand.fill("Nom de la campagne", "Clients")
        hand.press("Créer la campagne")
        hand.fill("Nom de la compétence", "Aide")
        hand.press("Créer")
        hand.click(page.get_by_role("link", name="Plus tard"))
        hand.press("Créer le script")
        hand.press("Créer point d’accès")
        hand.click(page.get_by_role("link", name="Plus tard"))
        hand.fill("Nom d’utilisateur", "leo")
        hand.fill("Mot de passe", PASSWORD)
        hand.press("Créer l’agent")
        hand.click(page.get_by_test_id("next"))
        hand.fill("Écrire un SMS", "Bonjour")
        hand.press("Envoyer")
        expect(page.get_by_test_id("trail")).to_contain_text("Personne n’est disponible")
        assert (hand.fields, hand.clicks) == (7, 12)


def test_what_is_typed_survives_the_end_of_the_session(product: Product, chromium: Browser):
    """The session ends while a form is open; after signing in again everything but the secret is there."""
    with people(product, chromium, 1) as (admin,):
        page = admin.sign_in("admin", product.passwords["admin"], then="/setup/new/")
        page.get_by_label("Provider").select_option("nexmo")
        page.get_by_label("Transport code").fill("447700900888")
        page.get_by_label("API key").fill("abcd1234")
        page.get_by_label("API secret").fill("never-stored")
        assert "never-stored" not in page.evaluate("JSON.stringify(localStorage)")
        admin.context.clear_cookies(name="sessionid")
        page.get_by_test_id("create").click()
        page.wait_for_url("**/accounts/login/**")
        admin.sign_in("admin", product.passwords["admin"], then="/setup/new/")
        expect(page.get_by_label("Transport code")).to_have_value("447700900888")
        expect(page.get_by_label("Provider")).to_have_value("nexmo")
        expect(page.get_by_label("API key")).to_have_value("abcd1234")
        expect(page.get_by_label("API secret")).to_have_value("")
        expect(page.locator(".is-invalid")).to_have_count(0)
        page.locator("[data-draft-forget]").click()
        expect(page.get_by_label("Transport code")).to_have_value("")
