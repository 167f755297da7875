"""Which objects a user reaches, and how objects are named: by natural key within a business unit."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from django.contrib.auth.models import AnonymousUser
from django.db.models import Model, QuerySet
from django.db.models.functions import Lower

from agents.models import Agent, Team
from campaigns.models import Campaign
from contacts.models import Customer
from core.phone import normalise_address
from dispositions.models import Disposition, Tag
from hours.models import HoursOfOperation
from organizations.models import BusinessUnit, User
from points_of_contact.models import PointOfContact
from quick_replies.models import QuickReply
from scripts.models import Script, ScriptSecret
from skills.models import Skill
from sms_registrations.models import SmsRegistration

MAX_ID = 2**63 - 1

AnyModel = TypeVar("AnyModel", bound=Model)
Token = str | int
"""How a request names an object: the natural key as text, the id as a whole number."""


@dataclass(frozen=True, slots=True)
class NaturalKey:
    """Where the natural key of a model is: the look-up, and its name in the API."""

    lookup: str
    api_name: str = "name"
    ignores_case: bool = True
    is_address: bool = False


NATURAL_KEYS: Mapping[type[Model], NaturalKey] = {
    BusinessUnit: NaturalKey("name"),
    Campaign: NaturalKey("name"),
    Disposition: NaturalKey("name"),
    Tag: NaturalKey("name"),
    QuickReply: NaturalKey("name"),
    HoursOfOperation: NaturalKey("name"),
    ScriptSecret: NaturalKey("name"),
    Team: NaturalKey("name"),
    Skill: NaturalKey("name"),
    Script: NaturalKey("name"),
    PointOfContact: NaturalKey("name"),
    SmsRegistration: NaturalKey("transport_code", "transport_code", ignores_case=False, is_address=True),
    Agent: NaturalKey("user__username", "username", ignores_case=False),
    Customer: NaturalKey("address", "address", ignores_case=False, is_address=True),
}


Actor = User | AnonymousUser | None
"""Who asks. None is the operator at the command line, who reaches everything."""


def _reaches_all(user: Actor) -> bool:
    return user is None or user.is_superuser


def units_in_reach(user: Actor) -> QuerySet[BusinessUnit]:
    """His own business unit; a superuser reaches all."""
    return within_reach(BusinessUnit.objects.all(), user, "pk")


def within_reach(
    queryset: QuerySet[AnyModel], user: Actor, path: str = "business_unit"
) -> QuerySet[AnyModel]:
    """Only the objects of business units that the user reaches; `path` leads to the business unit."""
    if _reaches_all(user):
        return queryset
    return queryset.filter(**{path: getattr(user, "business_unit_id", None)})


def natural_key_of(instance: Model) -> str:
    """What the API calls the object."""
    value: Any = instance
    for part in NATURAL_KEYS[type(instance)].lookup.split("__"):
        value = getattr(value, part)
    return str(value)


def is_storable(text: str) -> bool:
    """Whether the database can hold the text: no NUL, no half of a surrogate pair."""
    return "\x00" not in text and not any("\ud800" <= char <= "\udfff" for char in text)


def _spellings(key: NaturalKey, text: str) -> set[str]:
    """The forms under which the object may be stored."""
    text = unicodedata.normalize("NFC", text).strip()
    if key.is_address:
        raw = normalise_address(text).raw
        return {text, raw, f"+{raw}"}
    return {text.lower()} if key.ignores_case else {text}


def _spelt(queryset: QuerySet[AnyModel], spellings: Iterable[str]) -> QuerySet[AnyModel]:
    key = NATURAL_KEYS[queryset.model]
    if key.ignores_case:
        folded = cast("QuerySet[AnyModel]", queryset.alias(folded=Lower(key.lookup)))
        return folded.filter(folded__in=list(spellings))
    return queryset.filter(**{f"{key.lookup}__in": list(spellings)})


def named(queryset: QuerySet[AnyModel], text: str) -> QuerySet[AnyModel]:
    """All objects with this natural key: several, if the query spans business units."""
    if not is_storable(text):
        return queryset.none()
    return _spelt(queryset, _spellings(NATURAL_KEYS[queryset.model], text))


def spellings_of(model: type[Model], text: str) -> set[str]:
    """The forms under which the object with this natural key may be stored; none if nothing can be."""
    return _spellings(NATURAL_KEYS[model], text) if is_storable(text) else set()


def rows_by_spelling(queryset: QuerySet[AnyModel], spellings: Iterable[str]) -> dict[str, AnyModel]:
    """The objects with one of these spellings, by each of theirs, in one query."""
    spellings = set(spellings)
    if not spellings:
        return {}
    key = NATURAL_KEYS[queryset.model]
    rows = _spelt(queryset, spellings)
    return {spelling: row for row in rows for spelling in _spellings(key, natural_key_of(row))}


def find_by_tokens(queryset: QuerySet[AnyModel], tokens: Iterable[Token]) -> dict[Token, AnyModel]:
    """The objects by the token that names them, in at most two queries; what does not exist is left out.

    A whole number that is no id may still be a transport code.
    """
    tokens = list(tokens)
    key = NATURAL_KEYS[queryset.model]
    ids = {token for token in tokens if isinstance(token, int) and 0 < token <= MAX_ID}
    found: dict[Token, AnyModel] = dict(queryset.in_bulk(ids).items()) if ids else {}
    texts = {
        token: spellings_of(queryset.model, str(token))
        for token in tokens
        if token not in found and (isinstance(token, str) or key.is_address)
    }
    by_spelling = rows_by_spelling(queryset, {text for spellings in texts.values() for text in spellings})
    for token, spellings in texts.items():
        match = next((by_spelling[text] for text in spellings if text in by_spelling), None)
        if match is not None:
            found[token] = match
    return found
