"""The whole procedure in French, in the pages of ACD and Studio, by the labels of the help page.

Somebody has that page beside him and knows nothing else: where a screen is, what its fields and buttons are
called. Then a text arrives by the provider's webhook and is answered at the desk.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.product.canvas import card, connect, drop
from tests.product.nexmo import FakeNexmo, call, text_fields
from tests.product.pages import Desk, grave_findings, people
from tests.product.product import Product, until

pytestmark = [pytest.mark.product, pytest.mark.browser]

PASSWORD = "correct horse battery staple"
NUMBER = "447700900377"
CUSTOMER = "33639980042"
PLACE = f"""
from agents.services import create_agent, create_team
from campaigns.services import create_campaign
from organizations.roles import ADMINISTRATOR, AGENT, role
from organizations.services import create_business_unit, create_user
from skills.services import create_skill
unit = create_business_unit(by=None, name="Librairie", time_zone="Europe/Paris")
for username, first, last, which in (
    ("odile", "Odile", "Roy", ADMINISTRATOR),
    ("marc", "Marc", "Petit", AGENT),
    ("ines", "Inès", "Noir", AGENT),
):
    create_user(by=None, business_unit=unit, username=username, password="{PASSWORD}", language="fr",
                first_name=first, last_name=last, groups=[role(which)])
create_skill(by=None, business_unit=unit, name="Commandes", initial_priority=3, acceleration=1,
             campaign=create_campaign(by=None, business_unit=unit, name="Ventes"))
team = create_team(by=None, business_unit=unit, name="Comptoir")
for username in ("marc", "ines"):
    create_agent(by=None, business_unit=unit, username=username, team=team)
"""


class Reader:
    """Finds everything by the words of the help page."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def open_app(self, name: str) -> None:
        self.page.get_by_role("button", name="Sélecteur d’applications").click()
        apps = self.page.get_by_role("navigation", name="Applications")
        apps.get_by_role("link", name=name, exact=True).click()

    def go(self, section: str, title: str) -> None:
        """ACD > section > list."""
        self.open_app("ACD")
        navigation = self.page.get_by_role("navigation", name="ACD")
        below = navigation.locator("ul").filter(has=self.page.get_by_role("link", name=title, exact=True))
        expect(navigation.get_by_role("heading", name=section)).to_be_visible()
        below.get_by_role("link", name=title, exact=True).click()
        expect(self.page.get_by_role("heading", level=1, name=title, exact=True)).to_be_visible()

    def create_new(self, single: str | None = None) -> None:
        """Créer nouveau, and where several could be made at once the choice of one."""
        head = self.page.locator(".acd__tools")
        if single is None:
            head.get_by_role("link", name="Créer nouveau", exact=True).click()
            return
        head.get_by_role("button", name="Créer nouveau", exact=True).click()
        head.get_by_role("link", name=single, exact=True).click()

    def open(self, name: str, *, heading: str | None = None) -> None:
        """From a list to the object of this name."""
        self.page.get_by_role("table").get_by_role("link", name=name, exact=True).first.click()
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(heading or name)

    def section(self, title: str) -> Section:
        """A section of a form by its title."""
        return Section(self.page.get_by_role("group", name=title, exact=True))

    @property
    def general(self) -> Section:
        """The fields above the first title."""
        return Section(self.page.locator("fieldset.form__section").first)

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def is_saved(self, name: str) -> None:
        expect(self.page.get_by_role("status").first).to_contain_text(name)


class Section:
    """Fields by their labels."""

    def __init__(self, where: Locator) -> None:
        self.where = where

    def field(self, label: str) -> Locator:
        """With the mark of a required field or without."""
        return self.where.get_by_label(re.compile(rf"^\s*{re.escape(label)}\s*\*?\s*$"))

    def fill(self, label: str, value: str) -> None:
        self.field(label).fill(value)

    def choose(self, label: str, option: str) -> None:
        self.field(label).select_option(label=option)

    def tick(self, label: str) -> None:
        self.field(label).check()

    def has(self, label: str, value: str) -> None:
        expect(self.field(label)).to_have_value(value)

    def search(self, label: str, words: str) -> None:
        """Add to a list by searching."""
        self.field(label).fill(words)
        self.where.get_by_role("option", name=words).first.click()


@pytest.fixture
def reader(product: Product, chromium: Browser) -> Iterator[Reader]:
    """Odile, administrator of a book shop with two agents, before the first page."""
    product.run_python(PLACE)
    with people(product, chromium, 1, locale="fr-FR") as (odile,):
        yield Reader(odile.sign_in("odile", PASSWORD, then="/"))


def register_the_number(reader: Reader) -> str:
    """1; returns the webhook's address, as the page gives it to be entered at the provider."""
    reader.go("Paramètres de contact", "Enregistrements SMS")
    reader.create_new()
    general = reader.general
    general.choose("Fournisseur", "Nexmo")
    general.fill("Code de transport", "+44 7700 900377")
    general.fill("Nom", "Librairie")
    general.choose("Type de numéro", "Numéro long")
    general.fill("Messages par seconde", "30")
    account = reader.section("Compte chez le fournisseur")
    account.fill("Clé d’API", "abcd1234")
    account.fill("Secret d’API", "not-a-secret")
    reader.press("Créer")
    reader.is_saved(NUMBER)

    reader.open("+44 7700 900377", heading=NUMBER)
    addresses = reader.section("Adresses à saisir chez le fournisseur")
    webhook = addresses.where.get_by_text("/inbound").inner_text()
    reader.page.get_by_role("link", name="Tester la connexion").click()
    reader.page.get_by_label("Numéro de téléphone qui reçoit le test").fill("+33 6 39 98 00 01")
    reader.press("Tester la connexion")
    expect(reader.page.get_by_test_id("connection-result")).to_contain_text("La connexion fonctionne")
    return webhook


def create_campaign(reader: Reader) -> None:
    """2."""
    reader.go("Paramètres de contact", "Campagnes")
    reader.create_new()
    reader.general.fill("Nom de la campagne", "Clients")
    reader.press("Créer la campagne")
    reader.is_saved("Clients")


def create_inbound_skill(reader: Reader) -> None:
    """3, with the agents saved by the same button."""
    reader.go("Paramètres de contact", "Compétences ACD")
    reader.create_new("Compétence unique")
    general = reader.general
    general.choose("Type de support média", "SMS")
    general.tick("Entrant")
    general.fill("Nom de la compétence", "Aide")
    general.choose("Campagne", "Clients")
    information = reader.section("Informations sur les compétences")
    information.fill("Travail après contact (secondes)", "0")
    reader.section("Fenêtres contextuelles").tick("Utiliser les fenêtres contextuelles")
    priority = reader.section("Gestion des priorités en file d’attente")
    priority.fill("Priorité initiale", "1")
    priority.fill("Accélération", "5")
    priority.has("Priorité maximale", "1000")
    level = reader.section("Niveau de service")
    level.fill("Seuil de niveau de service (secondes)", "45")
    level.fill("Objectif de niveau de service (pour cent)", "90")
    level.tick("Abandons courts")
    compare_priorities(reader)
    agents = reader.section("Agents")
    agents.search("Agents", "Marc Petit")
    agents.fill("Maîtrise de Marc Petit", "1")
    agents.search("Agents", "Inès Noir")
    assert grave_findings(reader.page) == []
    reader.press("Créer")
    reader.is_saved("Aide")


def compare_priorities(reader: Reader) -> None:
    """3.9, for the skill that is not saved yet."""
    tool = reader.page.get_by_role("region", name="Comparaison des priorités")
    tool.get_by_role("button", name="Ajouter des compétences à comparer").click()
    window = reader.page.get_by_role("dialog", name="Compétences à comparer")
    available = window.get_by_role("listbox", name="Disponibles")
    available.get_by_role("option", name="Commandes").dblclick()
    selected = window.get_by_role("listbox", name="Sélectionnées")
    expect(selected.get_by_role("option", name="Commandes")).to_be_visible()
    window.get_by_role("button", name="Terminé").click()
    tool.get_by_label("Temps écoulé", exact=True).fill("1")
    tool.get_by_label("Intervalle de temps", exact=True).fill("0,5")
    tool.get_by_role("button", name="Comparer", exact=True).click()
    expect(tool.get_by_text("Aide dépasse Commandes après 30 s, à la priorité 3,5.")).to_be_visible()


def create_outbound_skill(reader: Reader) -> None:
    """4."""
    reader.go("Paramètres de contact", "Compétences ACD")
    reader.create_new("Compétence unique")
    general = reader.general
    general.choose("Type de support média", "SMS")
    general.tick("Sortant")
    general.fill("Nom de la compétence", "Rappels")
    general.choose("Campagne", "Clients")
    outbound = reader.section("Sortant")
    outbound.choose("Stratégie sortante", "Manuelle")
    outbound.choose("Code de transport SMS", "+44 7700 900377 · Librairie")
    reader.section("Agents").search("Agents", "Marc Petit")
    reader.press("Créer")
    reader.is_saved("Rappels")


def draw_script(reader: Reader) -> None:
    """5; and published, which this product asks for before a number may run it."""
    page = reader.page
    reader.open_app("Studio")
    page.get_by_role("button", name="Fichier").click()
    page.get_by_role("button", name="Nouveau", exact=True).click()
    window = page.get_by_role("dialog", name="Créer un nouveau script")
    window.get_by_label("SMS").check()
    expect(window.get_by_label("Unité commerciale")).to_have_value("Librairie")
    window.get_by_role("button", name="OK").click()
    drop(page, "BEGIN", x=160, y=140)
    drop(page, "REQAGENT", x=460, y=140)
    connect(page, "BEGIN", "default", "REQAGENT")
    card(page, "REQAGENT").click()
    page.get_by_label("Compétence", exact=True).select_option(label="Aide")
    page.get_by_role("button", name="Fichier").click()
    page.get_by_role("button", name="Enregistrer", exact=False).first.click()
    window = page.get_by_role("dialog", name="Enregistrer le script sous …")
    window.get_by_label("Nom").fill("Accueil")
    window.get_by_role("button", name="Sauvegarder").click()
    expect(page.get_by_test_id("script-name")).to_have_text("Accueil")
    page.get_by_role("button", name="Publier").click()
    page.get_by_role("dialog", name="Publier le script").get_by_role("button", name="Publier").click()
    expect(page.get_by_text("Publié : version 1")).to_be_visible()


def create_point_of_contact(reader: Reader) -> None:
    """6."""
    reader.go("Paramètres de contact", "Points d’accès")
    reader.create_new("Point d’accès unique")
    general = reader.general
    general.choose("Type de support média", "SMS")
    general.fill("Nom", "Librairie par SMS")
    general.choose("Code de transport", "+44 7700 900377 · Librairie")
    general.choose("Compétence ACD", "Aide")
    general.choose("Script", "Accueil")
    reader.section("Rapports").tick("Rapports IVR activés")
    reader.press("Créer point d’accès")
    reader.is_saved("Librairie par SMS")


def set_up_outcomes(reader: Reader) -> None:
    """7.1 and 7.2."""
    for title, name, button in (
        ("Dispositions", "Résolu", "Créer la disposition"),
        ("Balises", "Cadeau", "Créer la balise"),
    ):
        reader.go("Paramètres de contact", title)
        reader.create_new()
        reader.general.fill("Nom", name)
        reader.press(button)
        reader.is_saved(name)
    reader.go("Paramètres de contact", "Compétences ACD")
    reader.open("Aide")
    outcomes = reader.section("Dispositions et balises")
    for name in ("Résolu", "Cadeau"):
        outcomes.where.get_by_role("option", name=name).dblclick()
    reader.section("Informations sur les compétences").tick("Disposition obligatoire")
    reader.press("Enregistrer")
    reader.is_saved("Aide")


def set_limits(reader: Reader) -> None:
    """7.3 and 7.4: for the business unit, the team, and the user, whose own values win."""
    reader.go("Utilisateurs et équipes", "Unités commerciales")
    reader.open("Librairie")
    inherited = reader.section("Ce dont les équipes et les agents héritent")
    inherited.fill("Sessions SMS simultanées par agent", "2")
    inherited.fill("Sessions de chat simultanées par agent", "2")
    reader.press("Enregistrer")
    reader.go("Utilisateurs et équipes", "Équipes")
    reader.open("Comptoir")
    reader.section("Limites").fill("Sessions SMS simultanées", "4")
    reader.section("Limites").fill("Sessions de chat simultanées", "1")
    reader.press("Enregistrer")
    reader.go("Utilisateurs et équipes", "Utilisateurs")
    reader.open("marc")
    settings = reader.section("Paramètres de contact")
    settings.fill("Sessions SMS simultanées", "6")
    settings.fill("Délai de refus", "20")
    reader.press("Enregistrer")
    reader.is_saved("marc")
    reader.open("marc")
    holds = reader.section("Paramètres de contact").where
    expect(holds).to_contain_text("6, propre à l’agent")
    expect(holds).to_contain_text("1, de l’équipe Comptoir")
    expect(holds).to_contain_text("20, propre à l’agent")
    assert grave_findings(reader.page) == []


def test_the_whole_procedure(reader: Reader, nexmo: FakeNexmo, product: Product, chromium: Browser):
    webhook = register_the_number(reader)
    create_campaign(reader)
    create_inbound_skill(reader)
    create_outbound_skill(reader)
    draw_script(reader)
    create_point_of_contact(reader)
    set_up_outcomes(reader)
    set_limits(reader)
    text_is_answered(product, chromium, nexmo, webhook)


def text_is_answered(product: Product, chromium: Browser, nexmo: FakeNexmo, webhook: str) -> None:
    """What must then happen, live. Marc is the better of the two agents."""
    with people(product, chromium, 2, locale="fr-FR") as (marc, ines):
        desk, other = (
            Desk(who.sign_in(name, PASSWORD, then="/agent/"))
            for who, name in ((marc, "marc"), (ines, "ines"))
        )
        desk.become_available()
        other.become_available()
        text = "Bonjour, avez-vous le deuxième tome ?"
        assert call(webhook, text_fields(sender=CUSTOMER, to=NUMBER, text=text)).status_code == 200
        expect(desk.offers).to_contain_text("deuxième tome")
        expect(other.offers).to_have_count(0)
        desk.page.get_by_role("button", name="Accepter").click()
        desk.reply("Oui, il vous attend.")
        [submit] = until(lambda: nexmo.submits(to=CUSTOMER), 10, "the reply at the provider")
        assert (submit["from"], submit["text"]) == (NUMBER, "Oui, il vous attend.")
        desk.page.get_by_label("Cadeau").click()
        desk.end(disposition="Résolu")
