"""The product's own admin site: its navigation, its addresses, and who may enter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.admin import AdminSite, ModelAdmin
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import include, path, reverse
from django.utils.translation import gettext_lazy as _

from acd import navigation, overview
from acd.choices import SearchView


class AcdSite(AdminSite):
    """ACD > Contact settings, Users and teams, Records.

    Each list has two addresses: the product's (`/acd/contact-settings/skills/`), which every link leads to,
    and the framework's (`/admin/skills/skill/`), which people who know Django's admin type.
    """

    site_header = site_title = _("ACD")
    index_title = _("ACD")
    enable_nav_sidebar = False
    # It would answer before the product's addresses are asked.
    final_catch_all_view = False

    def get_urls(self) -> list[Any]:
        """The framework's addresses, then ours: of two with one name, links lead to the last."""
        ours = [
            path(address, include(page.urls))
            for model, address in navigation.addresses()
            if (page := self.page_of(model)) is not None
        ]
        return [*super().get_urls(), *ours]

    def page_of(self, model: type[Model]) -> ModelAdmin[Any] | None:
        """The pages of a model, if it has any."""
        return self._registry.get(model)

    def has_permission(self, request: HttpRequest) -> bool:
        """Whoever may see one of the lists; roles say that, not the framework's "staff" mark."""
        if not request.user.is_authenticated or not request.user.is_active:
            return False
        return any(
            page.has_view_permission(request)
            for model, _address in navigation.addresses()
            if (page := self.page_of(model)) is not None
        )

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Any:  # noqa: FBT001, FBT002 - the framework's signature
        """A signed-in person without the permission is told so; asking him to sign in would not help."""
        guarded = super().admin_view(view, cacheable)

        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if request.user.is_authenticated and not self.has_permission(request):
                raise PermissionDenied
            return guarded(request, *args, **kwargs)

        return inner

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """What is set up, what is missing, what needs a hand."""
        steps = overview.steps(self, request)
        context = {
            "title": _("Overview"),
            "steps": steps,
            "missing": list(overview.missing(steps)),
            "problems": overview.problems(self, request),
        }
        return super().index(request, {**context, **(extra_context or {})})

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        """What the search fields of forms and filters ask."""
        answer: HttpResponse = SearchView.as_view(admin_site=self)(request)  # type: ignore[assignment]  # no stream
        return answer

    def login(self, request: HttpRequest, _extra_context: Any = None) -> HttpResponse:
        """One page to sign in, for the whole product."""
        return redirect(f"{reverse('login')}?next={request.GET.get('next', reverse('admin:index'))}")

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        sections = navigation.shown(self, request)
        current = next((one for one in sections if one["current"]), None)
        return {**super().each_context(request), "sections": sections, "current_section": current}
