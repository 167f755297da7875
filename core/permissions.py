"""Named permissions, as "Skills: create": what may be done to each kind of object, and who may.

A permission is a row of Django's; its code is Django's too ("skills.add_skill"). Services ask here, and so do
pages and the API, so that what a page hides is what a request is refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from django.apps import apps
from django.db.models import Model
from django.utils.functional import Promise
from django.utils.text import capfirst, get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.errors import NotAllowed


class Verb(StrEnum):
    """What may be done to an object; the value begins the code of the permission."""

    VIEW = "view"
    CREATE = "add"
    EDIT = "change"
    DEACTIVATE = "deactivate"
    """Switching `is_active`, off and on."""
    DELETE = "delete"


WORDS = {
    Verb.VIEW: gettext_lazy("view"),
    Verb.CREATE: gettext_lazy("create"),
    Verb.EDIT: gettext_lazy("edit"),
    Verb.DEACTIVATE: gettext_lazy("deactivate"),
    Verb.DELETE: gettext_lazy("delete"),
}

CONFIGURED = tuple(verb.value for verb in Verb)
"""`Meta.default_permissions` of an object that people configure."""


def code_of(model: type[Model], verb: Verb) -> str:
    """The code of a permission, such as "skills.add_skill"."""
    return f"{model._meta.app_label}.{verb}_{model._meta.model_name}"


def objects_name(model: type[Model]) -> str:
    """How the permissions call the objects of a model, such as "Skills"."""
    return str(capfirst(getattr(model, "permission_name", model._meta.verbose_name_plural)))


def name_of(code: str) -> str:
    """The name of a permission in the current language, such as "Skills: create".

    A code that means nothing (of an app that was taken out) stays as it is.
    """
    model, word = _meaning(code)
    if model is None:
        return code
    return _("%(objects)s: %(verb)s") % {"objects": objects_name(model), "verb": word}


def _meaning(code: str) -> tuple[type[Model] | None, str | Promise]:
    app, _dot, codename = code.partition(".")
    verb, _line, model_name = codename.partition("_")
    for model in apps.get_models():
        if model._meta.app_label != app:
            continue
        extra: Mapping[str, Promise] = getattr(model, "extra_verbs", {})
        if codename in extra:
            return model, extra[codename]
        if model._meta.model_name == model_name and verb in tuple(Verb):
            return model, WORDS[Verb(verb)]
    return None, ""


def verbs_needed(model: type[Model], verb: Verb) -> Sequence[Verb]:
    """Some need more than one: a skill is created by who may create and edit skills."""
    if verb is Verb.CREATE:
        return tuple(Verb(one) for one in getattr(model, "verbs_to_create", (Verb.CREATE,)))
    return (verb,)


def allows(user: Any, model: type[Model], verb: Verb) -> bool:
    """Whether the user may do this to objects of the model. None is the system, which may."""
    return not missing(user, model, verb)


def missing(user: Any, model: type[Model], *verbs: Verb) -> list[str]:
    """The codes of the permissions that the user lacks.

    Who may do anything to objects may see them. What a model has no permission for (the links between
    objects have none of their own) is decided where the object itself is changed.
    """
    if user is None or not model._meta.default_permissions:
        return []
    needed = dict.fromkeys(one for verb in verbs for one in verbs_needed(model, verb))
    return [code_of(model, verb) for verb in needed if not _has(user, model, verb)]


def _has(user: Any, model: type[Model], verb: Verb) -> bool:
    enough = Verb if verb is Verb.VIEW else (verb,)
    return any(user.has_perm(code_of(model, one)) for one in enough)


def require(user: Any, model: type[Model], *verbs: Verb) -> None:
    """Raises NotAllowed, naming the permissions that the user lacks."""
    codes = missing(user, model, *verbs)
    if codes:
        raise NotAllowed(sentence_about(codes))


def require_code(user: Any, code: str) -> None:
    """Raises NotAllowed when the user lacks a permission of its own, as "agents.supervise_agent".

    None is the system, which may.
    """
    if user is not None and not user.has_perm(code):
        raise NotAllowed(sentence_about([code]))


def sentence_about(codes: Sequence[str]) -> str:
    """You need the permission “Skills: create”."""
    names = get_text_list([_("“%(name)s”") % {"name": name_of(code)} for code in codes], _("and"))
    return ngettext(
        "You need the permission %(names)s.", "You need the permissions %(names)s.", len(codes)
    ) % {"names": names}
