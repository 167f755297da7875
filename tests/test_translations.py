"""The catalogues: in step with the code, whole, and true to the form of each sentence."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import translation

from acdconfig.translations import catalogues, refreshed, strings_of
from launcher.translations import unfinished

ROOT: Path = settings.BASE_DIR
FRENCH = ROOT / "locale" / "fr" / "LC_MESSAGES" / "django.po"
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}|%%")

# What the vendor's French pages call these things.
VENDOR_TERMS = {
    "ACD skills": "compétences ACD",
    "Points of contact": "Points d\u2019accès",
    "SMS registrations": "Enregistrements SMS",
    "Campaigns": "Campagnes",
    "SMS transport code": "Code de transport SMS",
    "IVR reporting enabled": "Rapports IVR activés",
    "media type": "type de support média",
    "outbound strategy": "stratégie sortante",
    "Manual": "Manuelle",
    "Skill information": "Informations sur les compétences",
    "Queue priority management": "Gestion des priorités en file d\u2019attente",
    "Screen pops": "Fenêtres contextuelles",
    "Service level": "Niveau de service",
    "Contact settings": "Paramètres de contact",
    "Inbound": "Entrant",
    "Outbound": "Sortant",
    "provider": "fournisseur",
    "business unit": "unité commerciale",
    "refusal timeout for SMS (seconds)": "délai de refus pour SMS (secondes)",
    "use screen pops": "utiliser les fenêtres contextuelles",
}


def read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=path.parent.parent.name)


def messages(path: Path) -> Iterator[Message]:
    return (message for message in read(path) if message.id)


def texts(value: str | tuple[str, ...] | list[str] | None) -> list[str]:
    """One sentence, or the plural forms of one."""
    return [value] if isinstance(value, str) else list(value or [])


def test_every_language_of_the_settings_has_a_catalogue():
    languages = {code for code, _name in settings.LANGUAGES} - {settings.LANGUAGE_CODE}
    assert {path.parent.parent.name for path in catalogues(ROOT)} == languages


@pytest.mark.parametrize("path", catalogues(ROOT), ids=lambda path: path.parent.parent.name)
def test_the_catalogue_is_in_step_with_the_code(path):
    assert path.read_text(encoding="utf-8") == refreshed(path, ROOT), "run `python manage.py makemessages`"


@pytest.mark.parametrize("path", catalogues(ROOT), ids=lambda path: path.parent.parent.name)
def test_nothing_is_untranslated_or_unconfirmed(path):
    assert unfinished(path.read_text(encoding="utf-8")) == []
    assert [message.id for message in messages(path) if message.fuzzy or not all(texts(message.string))] == []


@pytest.mark.parametrize("path", catalogues(ROOT), ids=lambda path: path.parent.parent.name)
def test_translations_keep_the_placeholders(path):
    for message in messages(path):
        wanted = set(PLACEHOLDER.findall(texts(message.id)[-1]))
        for text in texts(message.string):
            assert set(PLACEHOLDER.findall(text)) == wanted, message.id


@pytest.mark.parametrize("path", catalogues(ROOT), ids=lambda path: path.parent.parent.name)
def test_translations_have_no_white_space_at_their_ends(path):
    for message in messages(path):
        for text in texts(message.string):
            assert text == text.strip(), message.id


@pytest.mark.parametrize(("english", "french"), VENDOR_TERMS.items(), ids=VENDOR_TERMS)
def test_french_uses_the_terms_of_the_vendor(english, french):
    message = read(FRENCH).get(english)
    assert message is not None
    assert message.string == french


def test_french_punctuation_is_bound_to_its_word():
    """A line must not break before a colon, a question mark or a closing quotation mark."""
    for message in messages(FRENCH):
        for text in texts(message.string):
            assert not re.search(r" [:;?!»]|« |'", text), text


def test_pages_are_french_for_whoever_reads_french():
    with translation.override("fr"):
        assert translation.gettext("Points of contact") == "Points d\u2019accès"
        assert translation.pgettext("end the conversation", "End") == "Terminer"


@pytest.fixture
def small_project(tmp_path: Path) -> Path:
    """One package, one template, one catalogue."""
    shutil.copytree(ROOT / "locale", tmp_path / "locale", ignore=shutil.ignore_patterns("*.mo"))
    package = tmp_path / "shop"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "words.py").write_text(
        "from django.utils.translation import gettext_lazy as _, ngettext, pgettext\n"
        '# Translators: on a door\nCLOSE = _("Close")\n'
        'LONG = _("one " "two")\n'
        'COUNT = ngettext("%(n)d text", "%(n)d texts", 2)\n'
        'END = pgettext("of a day", "End")\n',
        encoding="utf-8",
    )
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "page.html").write_text(
        '{% load i18n %}{% translate "Page" %}{% translate "End" context "of a page" %}'
        "{% blocktranslate count n=n trimmed %}\n One page\n{% plural %}\n {{ n }} pages\n"
        "{% endblocktranslate %}"
        "{{ _('It\\'s') }}",
        encoding="utf-8",
    )
    return tmp_path


def test_strings_are_found_in_code_and_templates(small_project):
    found = {(where, message, context) for where, message, context, _comments in strings_of(small_project)}
    assert found == {
        ("shop/words.py", "Close", None),
        ("shop/words.py", "one two", None),
        ("shop/words.py", ("%(n)d text", "%(n)d texts"), None),
        ("shop/words.py", "End", "of a day"),
        ("templates/page.html", "Page", None),
        ("templates/page.html", "End", "of a page"),
        ("templates/page.html", ("One page", "%(n)s pages"), None),
        ("templates/page.html", "It's", None),
    }


def test_a_refresh_keeps_translations_adds_the_new_and_forgets_the_old(small_project):
    (path,) = catalogues(small_project)
    path.write_text(refreshed(path, small_project), encoding="utf-8")
    after = read(path)
    translations = {message.id: message.string for message in after if message.id}
    assert translations["Close"] == "Fermer"
    assert translations["Page"] == ""
    assert translations["%(n)d text", "%(n)d texts"] == ("", "")
    assert "Points of contact" not in translations
    assert "#. Translators: on a door" in path.read_text(encoding="utf-8")
    assert path.read_text(encoding="utf-8") == refreshed(path, small_project)


def test_the_command_tells_a_catalogue_that_is_out_of_date(small_project, settings, capsys):
    settings.BASE_DIR = small_project
    with pytest.raises(CommandError, match="out of date"):
        call_command("makemessages", check=True)
    call_command("makemessages")
    call_command("makemessages", check=True)
    assert "is up to date" in capsys.readouterr().out
