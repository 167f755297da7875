"""Creates, changes, deletes and counts quick replies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core import configuration, sql
from core.audit import acting
from core.configuration import rule_broken
from core.permissions import Verb, require
from core.text import nfc
from organizations.models import BusinessUnit, User
from organizations.rules import check_unit
from quick_replies.models import LONGEST_TEXT, QuickReply, QuickReplySkill
from quick_replies.variables import VARIABLES, unknown_variables
from scripts.interpreter.templates import TemplateError
from skills.models import Skill


def create_quick_reply(
    *, by: User | None, business_unit: BusinessUnit, skills: Sequence[Skill] = (), **values: Any
) -> QuickReply:
    """Create a quick reply; without skills it is for all of them. Raises RuleBroken."""
    check_unit(business_unit, {**values, "skills": list(skills)})
    values = _checked(values)

    def link(instance: QuickReply) -> None:
        _set_skills(instance, skills, by=by)

    return configuration.save(
        QuickReply(), by=by, values={"business_unit": business_unit, **values}, then=link
    )


@transaction.atomic
def update_quick_reply(
    *, by: User | None, instance: QuickReply, skills: Sequence[Skill] | None = None, **values: Any
) -> QuickReply:
    """Change a quick reply; skills, if given, replace the present ones. Raises RuleBroken."""
    check_unit(instance.business_unit, {**values, "skills": list(skills or ())})
    configuration.save(instance, by=by, values=_checked(values))
    if skills is not None and _set_skills(instance, skills, by=by):
        require(by, QuickReply, Verb.EDIT)
    return instance


def delete_quick_reply(*, by: User | None, instance: QuickReply) -> None:
    """Delete a quick reply. What was sent with it stays as it was sent."""
    configuration.delete(instance, by=by)


def _checked(values: dict[str, Any]) -> dict[str, Any]:
    """The values composed and without the slash before the shortcut. Raises RuleBroken for the text."""
    result = dict(values)
    if "shortcut" in values:
        result["shortcut"] = nfc(values["shortcut"].strip().removeprefix("/"))
    if "text" in values:
        result["text"] = nfc(values["text"].replace("\r\n", "\n").strip())
        sentence = _too_long(result["text"]) or _wrong_text(result["text"])
        if sentence:
            raise rule_broken({"text": [sentence]})
    return result


def _too_long(text: str) -> str:
    if len(text) <= LONGEST_TEXT:
        return ""
    return _("At most %(number)d characters fit here: shorten it.") % {"number": LONGEST_TEXT}


def _wrong_text(text: str) -> str:
    try:
        unknown = unknown_variables(text)
    except TemplateError as error:
        return _("This text cannot be read: %(reason)s.") % {"reason": error.message}
    if not unknown:
        return ""
    known = ", ".join(f"{{{{ {name} }}}}" for name in VARIABLES)
    return _("There is no variable “%(name)s”. There are %(known)s.") % {"name": unknown[0], "known": known}


def _set_skills(instance: QuickReply, skills: Sequence[Skill], *, by: User | None) -> bool:
    """Make the skills those given; say whether that changed anything. What stays is not touched."""
    wanted = {skill.pk: skill for skill in skills}
    present = {row.skill_id: row for row in QuickReplySkill.objects.filter(quick_reply=instance)}
    with acting(by):
        for skill_id in present.keys() - wanted.keys():
            present[skill_id].delete()
        for skill_id in wanted.keys() - present.keys():
            QuickReplySkill.objects.create(quick_reply=instance, skill=wanted[skill_id])
    return wanted.keys() != present.keys()


_COUNT = """
INSERT INTO quick_replies_quickreplyuse (quick_reply_id, times_used, last_used_at)
SELECT id, 1, clock_timestamp() FROM quick_replies_quickreply
 WHERE id = %(reply)s AND business_unit_id = %(unit)s
ON CONFLICT (quick_reply_id) DO UPDATE
   SET times_used = quick_replies_quickreplyuse.times_used + 1, last_used_at = EXCLUDED.last_used_at
"""


def count_use(*, quick_reply_id: int, business_unit_id: int) -> None:
    """A text made from it was sent. One that is gone, or another business unit's, is not counted."""
    sql.execute(_COUNT, {"reply": quick_reply_id, "unit": business_unit_id})
