from __future__ import annotations

from django.contrib import admin

from acd.base import ViewOnlyAdmin
from acd.choices import SearchedFilter
from routing.models import Offer


@admin.register(Offer)
class OfferAdmin(ViewOnlyAdmin):
    unit_path = "contact__business_unit"
    list_display = (
        "id",
        "contact",
        "agent",
        "skill",
        "state",
        "reason",
        "offered_at",
        "expires_at",
        "settled_at",
    )
    list_select_related = ("contact", "agent__user", "skill")
    list_filter = ("state", ("skill", SearchedFilter), ("agent", SearchedFilter))
    search_fields = ("=id", "=contact__id", "agent__user__username")
