from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from acd import cells
from acd.base import ViewOnlyAdmin
from acd.choices import SearchedFilter
from reporting.life import REASONS
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
        "why",
        "offered_at",
        "expires_at",
        "settled_at",
    )
    list_select_related = ("contact", "agent__user", "skill")
    list_filter = ("state", ("skill", SearchedFilter), ("agent", SearchedFilter))
    search_fields = ("=id", "=contact__id", "agent__user__username")
    fields = ("contact", "agent", "skill", "state", "why", "offered_at", "expires_at", "settled_at")

    @admin.display(description=_("reason"), ordering="reason")
    def why(self, offer: Offer) -> Any:
        """In words; of an accepted offer the state says it."""
        if not offer.reason or offer.state == Offer.State.ACCEPTED:
            return cells.NOTHING
        return REASONS.get(offer.reason, offer.reason)
