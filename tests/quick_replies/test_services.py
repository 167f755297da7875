"""Quick replies: what may be written, for whom they are, and what fills them."""

from __future__ import annotations

import pytest

from core.errors import NotAllowed, RuleBroken
from quick_replies.models import QuickReply
from quick_replies.selectors import offered_in
from quick_replies.services import create_quick_reply, update_quick_reply
from quick_replies.variables import VARIABLES, filled
from tests.factories.organizations import UserFactory
from tests.factories.quick_replies import QuickReplyFactory
from tests.factories.skills import SkillFactory

pytestmark = pytest.mark.django_db

VALUES = dict.fromkeys(VARIABLES, "x")


def made(unit, **values) -> QuickReply:
    return create_quick_reply(
        by=None, business_unit=unit, **{"name": "Greeting", "shortcut": "hello", "text": "Hello"} | values
    )


def test_the_slash_that_people_write_before_the_shortcut_is_taken_away(business_unit):
    assert made(business_unit, shortcut=" /hello ").shortcut == "hello"


@pytest.mark.parametrize("shortcut", ["", "/", "two words", "a/b", "héllo!"])
def test_a_shortcut_is_one_word(business_unit, shortcut):
    with pytest.raises(RuleBroken) as refusal:
        made(business_unit, shortcut=shortcut)
    assert list(refusal.value.fields) == ["shortcut"]


def test_a_shortcut_is_there_once_per_language(business_unit):
    made(business_unit, language="en")
    made(business_unit, language="fr", name="Salutation")
    with pytest.raises(RuleBroken) as refusal:
        made(business_unit, language="fr", name="Another", shortcut="HELLO")
    assert list(refusal.value.fields) == ["shortcut"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{{ customer.name", "cannot be read"),
        ("{{ customer.name | shout }}", "there is no filter “shout”"),
        ("{% for x in customer %}{% endfor %}", "there is no tag “for”"),
        ("{{ customer.password }}", "no variable “customer.password”"),
        ("{{ customer }}", "no variable “customer”"),
        ("{% if agent.secret %}x{% endif %}", "no variable “agent.secret”"),
        ("", ""),
        ("x" * 1531, ""),
    ],
)
def test_a_text_that_nothing_could_fill_is_refused(business_unit, text, says):
    with pytest.raises(RuleBroken) as refusal:
        made(business_unit, text=text)
    assert list(refusal.value.fields) == ["text"]
    assert says in str(refusal.value.message)


def test_every_variable_is_filled():
    text = " ".join(f"{{{{ {name} }}}}" for name in VARIABLES)
    assert filled(text, {name: name.upper() for name in VARIABLES}) == " ".join(VARIABLES).upper()


def test_what_the_values_hold_is_not_looked_into():
    hostile = "{{ agent.name }}{% if true %}x{% endif %}"
    assert filled("Hello {{ customer.name }}", VALUES | {"customer.name": hostile}) == f"Hello {hostile}"


def test_a_customer_without_a_name():
    text = "Hello{% if customer.name != '' %} {{ customer.name }}{% endif %},"
    assert filled(text, VALUES | {"customer.name": ""}) == "Hello,"


def test_without_skills_it_is_for_all_of_them(business_unit):
    skill, other = SkillFactory.create_batch(2, business_unit=business_unit)
    reply = made(business_unit, skills=[skill])

    def names(one) -> list[str]:
        found = offered_in(business_unit_id=business_unit.pk, skill=one, language="en")
        return [quick_reply.name for quick_reply in found]

    assert (names(skill), names(other)) == (["Greeting"], [])
    update_quick_reply(by=None, instance=reply, skills=[])
    assert (names(skill), names(other)) == (["Greeting"], ["Greeting"])


def test_skills_are_those_of_the_business_unit(business_unit):
    with pytest.raises(RuleBroken):
        made(business_unit, skills=[SkillFactory.create()])


def test_changing_the_skills_needs_the_permission_to_edit(business_unit):
    reply = QuickReplyFactory.create(business_unit=business_unit)
    supervisor = UserFactory.create(business_unit=business_unit, supervisor=True)
    skill = SkillFactory.create(business_unit=business_unit)
    with pytest.raises(NotAllowed):
        update_quick_reply(by=supervisor, instance=reply, skills=[skill])
    assert not reply.skills.exists()
