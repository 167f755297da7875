"""What the form of a skill hands to its scripts."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from organizations.models import User
from skills.models import Skill
from tests.conftest import People
from tests.factories.dispositions import DispositionFactory
from tests.factories.organizations import BusinessUnitFactory, UserFactory
from tests.factories.skills import SkillDispositionFactory, SkillFactory

pytestmark = pytest.mark.django_db


def form_of(user: User, skill: Skill | None = None) -> str:
    browser = Client()
    browser.force_login(user)
    page, arguments = ("change", [skill.pk]) if skill else ("add", [])
    return browser.get(reverse(f"admin:skills_skill_{page}", args=arguments)).content.decode()


def data_of(page: str, name: str) -> dict[str, Any]:
    found = re.search(rf'<script id="{name}" type="application/json">(.*?)</script>', page, re.S)
    assert found, name
    data: dict[str, Any] = json.loads(unescape(found[1]))
    return data


def test_a_new_skill_is_compared_with_those_of_the_users_unit(people: People):
    config = data_of(form_of(people.admin), "comparison-config")
    assert (config["skill"], config["business_unit"]) == (None, people.unit.pk)


def test_a_saved_skill_gives_its_numbers_as_programs_read_them(people: People):
    people.admin.language = "fr"
    people.admin.save()
    skill = SkillFactory.create(business_unit=people.unit, name="Support", acceleration="2.5")
    config = data_of(form_of(people.admin, skill), "comparison-config")
    assert (config["skill"]["name"], config["skill"]["acceleration"]) == ("Support", "2.500")


def test_an_administrator_of_all_units_gets_the_pattern_of_each(people: People):
    other = BusinessUnitFactory.create(skill_name_pattern="[A-Z]+")
    superuser = UserFactory.create(superuser=True, business_unit=None)
    assert data_of(form_of(superuser), "skill-name-config")["advice"] == {str(other.pk): "[A-Z]+"}
    assert data_of(form_of(people.admin), "skill-name-config")["advice"] == {}


def test_the_words_are_in_the_language_of_the_reader(people: People):
    people.admin.language = "fr"
    people.admin.save()
    page = form_of(people.admin)
    words = data_of(page, "comparison-words")
    shown = [words[f"comparison.{key}"] for key in ("skills", "elapsed", "interval", "compare", "done")]
    assert shown == ["Compétences à comparer", "Temps écoulé", "Intervalle de temps", "Comparer", "Terminé"]
    assert words["dual.selected"] == "Sélectionnées"
    assert "Comparaison des priorités" in page


def test_the_selects_behind_the_dual_lists_keep_their_order(people: People):
    skill = SkillFactory.create(business_unit=people.unit)
    last, first = (DispositionFactory.create(business_unit=people.unit, name=name) for name in ("Z", "A"))
    SkillDispositionFactory.create(skill=skill, disposition=last, position=0)
    SkillDispositionFactory.create(skill=skill, disposition=first, position=1)
    select = re.search(r'<select name="dispositions".*?</select>', form_of(people.admin, skill), re.S)
    assert select
    assert 'data-dual-list="ordered"' in select[0]
    assert re.findall(r'value="(\d+)" selected', select[0]) == [str(last.pk), str(first.pk)]
