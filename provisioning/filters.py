"""Filters, search and order of lists. What is not known is refused, never silently without effect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import django_filters
from django import forms
from django.conf import settings
from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _
from django_filters.rest_framework import DjangoFilterBackend, FilterSet
from rest_framework.exceptions import ValidationError
from rest_framework.filters import OrderingFilter, SearchFilter
from rest_framework.request import Request
from rest_framework.views import APIView

from agents.models import Agent, Team
from campaigns.models import Campaign
from contacts.models import Contact, Customer, Message
from dispositions.models import Disposition, Tag
from hours.models import HoursOfOperation
from organizations.models import BusinessUnit
from points_of_contact.models import PointOfContact
from provisioning.reach import MAX_ID, is_storable, named, within_reach
from routing.models import Offer
from scripts.models import Script
from skills.models import Skill
from sms_registrations.models import SmsRegistration

NULL = "null"
PAGE_PARAMETERS = ("limit", "offset", "search", "ordering", "format", "fields")


# -- Kinds of filters ---------------


class NaturalKeyFilter(django_filters.CharFilter):  # type: ignore[misc]  # untyped library
    """`?skill=Support`, `?skill=7`, `?agent=null`. A natural key wins over an id of the same look.

    An object that does not exist (yet) has no contacts (yet): the list is empty.
    """

    def __init__(self, model: type[Model], **kwargs: Any) -> None:
        # `model` is the library's own attribute: the model that is listed.
        self.target = model
        super().__init__(**kwargs)

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        if not value:
            return qs
        if value == NULL:
            return qs.filter(**{f"{self.field_name}__isnull": True})
        matches = self._matches(value)
        found = qs.filter(**{f"{self.field_name}__in": matches})
        return found.distinct() if self.distinct else found

    def _matches(self, value: str) -> list[int]:
        path = "pk" if self.target is BusinessUnit else "business_unit"
        reached = within_reach(self.target._default_manager.all(), self.parent.request.user, path)
        matches = list(named(reached, value).values_list("pk", flat=True))
        if not matches and value.isascii() and value.isdigit() and int(value) <= MAX_ID:
            matches = [int(value)]
        return matches


class NameFilter(django_filters.CharFilter):  # type: ignore[misc]  # untyped library
    """The whole name, without regard to case."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(lookup_expr="iexact", **kwargs)


class IdFilter(django_filters.NumberFilter):  # type: ignore[misc]  # untyped library
    """An id; what cannot be one is refused."""

    field_class = forms.IntegerField

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=0, max_value=MAX_ID, **kwargs)


class FlagFilter(django_filters.TypedChoiceFilter):  # type: ignore[misc]  # untyped library
    """`true` or `false`; anything else is refused rather than ignored."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            choices=[("true", "true"), ("false", "false")],
            coerce=lambda value: {"true": True, "false": False}.get(value, value),
            **kwargs,
        )


class ChoicesFilter(django_filters.BaseInFilter, django_filters.ChoiceFilter):  # type: ignore[misc]  # untyped library
    """One choice, or several with commas between them: `?state=queued,offered`."""


def _choices(enumeration: Any, **kwargs: Any) -> ChoicesFilter:
    return ChoicesFilter(choices=enumeration.choices, **kwargs)


def _after(field: str) -> django_filters.IsoDateTimeFilter:
    return django_filters.IsoDateTimeFilter(field_name=field, lookup_expr="gte")


def _before(field: str) -> django_filters.IsoDateTimeFilter:
    return django_filters.IsoDateTimeFilter(field_name=field, lookup_expr="lt")


# -- Backends ---------------


class StrictFilterBackend(DjangoFilterBackend):  # type: ignore[misc]  # untyped library
    """Refuses parameters that no filter takes."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: APIView) -> QuerySet[Any]:
        known = [*getattr(view, "filterset_class").base_filters, *PAGE_PARAMETERS]  # noqa: B009 - not on APIView
        known += getattr(view, "extra_parameters", ())
        unknown = [name for name in request.query_params if name not in known]
        if unknown:
            sentence = _("There is no such filter. There are: %(known)s.") % {"known": ", ".join(known)}
            raise ValidationError({name: [sentence] for name in unknown})
        return super().filter_queryset(request, queryset, view)


class StrictSearch(SearchFilter):
    """`search`: every word must occur in one of the view's `search_fields`."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: APIView) -> QuerySet[Any]:
        if not is_storable(request.query_params.get(self.search_param, "")):
            raise ValidationError({self.search_param: [_("The text holds characters that are not text.")]})
        return super().filter_queryset(request, queryset, view)


class StrictOrdering(OrderingFilter):
    """`ordering`: names of the view's `orderings`, a minus sign for descending; the id breaks ties."""

    def get_ordering(self, request: Request, queryset: QuerySet[Any], view: APIView) -> Sequence[str]:
        allowed: Mapping[str, str] = getattr(view, "orderings")  # noqa: B009 - not on APIView
        asked = request.query_params.get(self.ordering_param, "")
        terms = [term.strip() for term in asked.split(",") if term.strip()]
        unknown = [term for term in terms if term.lstrip("-") not in allowed or term.startswith("--")]
        if unknown:
            sentence = _("Cannot order by %(unknown)s. There are: %(known)s.")
            texts = {"unknown": ", ".join(unknown), "known": ", ".join(allowed)}
            raise ValidationError({self.ordering_param: [sentence % texts]})
        columns = [("-" if term.startswith("-") else "") + allowed[term.lstrip("-")] for term in terms]
        if not columns:
            columns = list(getattr(view, "default_ordering", ["id"]))
        return columns if {"id", "-id"} & set(columns) else [*columns, "id"]

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        (parameter,) = super().get_schema_operation_parameters(view)
        names = ", ".join(getattr(view, "orderings", {}))
        return [{**parameter, "description": f"One or more of: {names}; with - descending."}]


FILTER_BACKENDS = [StrictFilterBackend, StrictSearch, StrictOrdering]


# -- Filters by resource ---------------


class ConfigurableFilters(FilterSet):  # type: ignore[misc]  # untyped library
    """Of every configured object."""

    business_unit = NaturalKeyFilter(BusinessUnit)
    id = IdFilter()
    name = NameFilter()
    is_active = FlagFilter()
    created_after = _after("created_at")
    created_before = _before("created_at")
    updated_after = _after("updated_at")
    updated_before = _before("updated_at")


class BusinessUnitFilters(ConfigurableFilters):
    business_unit = None  # type: ignore[assignment]  # takes the inherited filter away
    time_zone = django_filters.CharFilter()
    default_sms_refusal_timeout_seconds = django_filters.NumberFilter()


class SmsRegistrationFilters(ConfigurableFilters):
    provider = _choices(SmsRegistration.Provider)
    transport_code = NaturalKeyFilter(SmsRegistration, field_name="pk")
    number_type = _choices(SmsRegistration.NumberType)
    country = NameFilter()
    api_key = django_filters.CharFilter()
    signature_method = _choices(SmsRegistration.SignatureMethod)


class CampaignFilters(ConfigurableFilters):
    description = NameFilter()


class DispositionFilters(ConfigurableFilters):
    classification = _choices(Disposition.Classification)
    skill = NaturalKeyFilter(Skill, field_name="skills", distinct=True)


class TagFilters(ConfigurableFilters):
    skill = NaturalKeyFilter(Skill, field_name="skills", distinct=True)


class QuickReplyFilters(ConfigurableFilters):
    shortcut = NameFilter()
    language = ChoicesFilter(choices=settings.LANGUAGES)
    skill = NaturalKeyFilter(Skill, field_name="skills", distinct=True)


class HoursOfOperationFilters(ConfigurableFilters):
    time_zone = django_filters.CharFilter()
    override = _choices(HoursOfOperation.Override)


class ScriptSecretFilters(ConfigurableFilters):
    hosts = NameFilter()


class SkillFilters(ConfigurableFilters):
    media_type = _choices(Skill.MediaType)
    direction = _choices(Skill.Direction)
    outbound_strategy = _choices(Skill.OutboundStrategy)
    campaign = NaturalKeyFilter(Campaign)
    transport_code = NaturalKeyFilter(SmsRegistration)
    agent = NaturalKeyFilter(Agent, field_name="agents", distinct=True)
    disposition = NaturalKeyFilter(Disposition, field_name="dispositions", distinct=True)
    tag = NaturalKeyFilter(Tag, field_name="tags", distinct=True)
    use_screen_pops = FlagFilter()
    require_disposition = FlagFilter()
    short_abandon_enabled = FlagFilter()
    initial_priority = django_filters.NumberFilter()
    acceleration = django_filters.NumberFilter()
    max_priority = django_filters.NumberFilter()


class TeamFilters(ConfigurableFilters):
    max_concurrent_sms = django_filters.NumberFilter()
    max_concurrent_chats = django_filters.NumberFilter()


class AgentFilters(ConfigurableFilters):
    name = None  # type: ignore[assignment]  # takes the inherited filter away
    username = NaturalKeyFilter(Agent, field_name="pk")
    team = NaturalKeyFilter(Team)
    skill = NaturalKeyFilter(Skill, field_name="skills", distinct=True)
    max_concurrent_sms = django_filters.NumberFilter()
    max_concurrent_chats = django_filters.NumberFilter()
    sms_refusal_timeout_seconds = django_filters.NumberFilter()


class ScriptFilters(ConfigurableFilters):
    media_type = _choices(Script.MediaType)


class PointOfContactFilters(ConfigurableFilters):
    media_type = _choices(PointOfContact.MediaType)
    transport_code = NaturalKeyFilter(SmsRegistration)
    skill = NaturalKeyFilter(Skill)
    script = NaturalKeyFilter(Script)
    ivr_reporting_enabled = FlagFilter()


class CustomerFilters(FilterSet):  # type: ignore[misc]  # untyped library
    business_unit = NaturalKeyFilter(BusinessUnit)
    id = IdFilter()
    address = NaturalKeyFilter(Customer, field_name="pk")
    name = NameFilter()
    created_after = _after("created_at")
    created_before = _before("created_at")


class ContactFilters(FilterSet):  # type: ignore[misc]  # untyped library
    business_unit = NaturalKeyFilter(BusinessUnit)
    id = IdFilter()
    state = _choices(Contact.State)
    direction = _choices(Contact.Direction)
    customer = NaturalKeyFilter(Customer)
    transport_code = NaturalKeyFilter(SmsRegistration)
    point_of_contact = NaturalKeyFilter(PointOfContact)
    skill = NaturalKeyFilter(Skill)
    agent = NaturalKeyFilter(Agent)
    disposition = NaturalKeyFilter(Disposition)
    tag = NaturalKeyFilter(Tag, field_name="tags", distinct=True)
    created_after = _after("created_at")
    created_before = _before("created_at")
    queued_after = _after("queued_at")
    queued_before = _before("queued_at")
    closed_after = _after("closed_at")
    closed_before = _before("closed_at")


class MessageFilters(FilterSet):  # type: ignore[misc]  # untyped library
    id = IdFilter()
    contact = IdFilter()
    direction = _choices(Message.Direction)
    status = _choices(Message.Status)
    customer = NaturalKeyFilter(Customer, field_name="contact__customer")
    transport_code = NaturalKeyFilter(SmsRegistration)
    provider_message_id = django_filters.CharFilter(field_name="parts__provider_message_id", distinct=True)
    created_after = _after("created_at")
    created_before = _before("created_at")


class OfferFilters(FilterSet):  # type: ignore[misc]  # untyped library
    id = IdFilter()
    contact = IdFilter()
    agent = NaturalKeyFilter(Agent)
    skill = NaturalKeyFilter(Skill)
    state = _choices(Offer.State)
    reason = NameFilter()
    offered_after = _after("offered_at")
    offered_before = _before("offered_at")


class NoFilters(FilterSet):  # type: ignore[misc]  # untyped library
    """Of lists below one object."""
