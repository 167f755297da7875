from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.db.models import F, Prefetch, Q, QuerySet
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.functional import lazy
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from acd import cells
from acd.base import ConfiguredAdmin, ConfiguredForm, limit_to_reach
from acd.choices import SearchedFilter
from acd.fields import OrderedChoiceField
from quick_replies.models import QuickReply, QuickReplySkill
from quick_replies.services import create_quick_reply, delete_quick_reply, update_quick_reply
from quick_replies.variables import VARIABLES
from skills.models import Skill

SHOWN_SKILLS = 3


class QuickReplyForm(ConfiguredForm):
    # One longer than the column: the service takes the slash away that people write before it.
    shortcut = forms.CharField(label=_("Shortcut"), max_length=31)
    skills = OrderedChoiceField(Skill.objects.filter(is_active=True), label=_("Skills"))

    class Meta:
        model = QuickReply
        fields = ("name",)  # the field sets of the admin add the others

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance.pk or "skills" not in self.fields:
            return
        field = cast("OrderedChoiceField", self.fields["skills"])
        rows = self.instance.quick_reply_skills.order_by("skill__name", "pk")
        field.initial = self.initial["skills"] = list(rows.values_list("skill_id", flat=True))
        # What it has stays to be seen, also when it was deactivated since.
        field.queryset = Skill.objects.filter(Q(is_active=True) | Q(pk__in=field.initial))
        limit_to_reach(field, self.request)


def _about_variables() -> Any:
    names = ((name,) for name in VARIABLES)
    known = format_html_join(", ", '<code class="text-nowrap">{{{{ {} }}}}</code>', names)
    about = gettext("Agents can still change the text before they send it. Variables:")
    return format_html("{} {}", about, known)


@admin.register(QuickReply)
class QuickReplyAdmin(ConfiguredAdmin):
    form = QuickReplyForm
    create_service = staticmethod(create_quick_reply)
    update_service = staticmethod(update_quick_reply)
    delete_service = staticmethod(delete_quick_reply)
    list_display = (
        "name", "typed", "language_name", "for_skills", "times_used", "last_used", "business_unit", "status",
    )  # fmt: skip
    list_select_related = ("business_unit",)
    list_filter = ("is_active", "language", ("skills", SearchedFilter), "business_unit")
    search_fields = ("name", "shortcut", "text", "notes")
    readonly_fields = ("created_at", "updated_at")
    fieldsets = (
        (None, {"fields": ("business_unit", "name", "shortcut", "is_active", "language")}),
        (_("Text"), {"description": lazy(_about_variables, str)(), "fields": ("text",)}),
        (_("Skills"), {"fields": ("skills",)}),
        (_("Notes"), {"fields": ("notes",)}),
        (_("History"), {"fields": ("created_at", "updated_at")}),
    )

    def with_figures(self, rows: QuerySet[Any], _request: HttpRequest) -> QuerySet[Any]:
        named = QuickReplySkill.objects.select_related("skill").order_by("skill__name", "pk")
        return rows.annotate(
            times=Coalesce("use__times_used", 0), last_use=F("use__last_used_at")
        ).prefetch_related(Prefetch("quick_reply_skills", named))

    @admin.display(description=_("shortcut"), ordering="shortcut")
    def typed(self, reply: QuickReply) -> str:
        return f"/{reply.shortcut}"

    @admin.display(description=_("language"), ordering="language")
    def language_name(self, reply: QuickReply) -> Any:
        return reply.get_language_display() if reply.language else _("Any")

    @admin.display(description=_("ACD skills"))
    def for_skills(self, reply: QuickReply) -> Any:
        names = [row.skill.name for row in reply.quick_reply_skills.all()]
        if not names:
            return _("All")
        more = len(names) - SHOWN_SKILLS
        return ", ".join(names[:SHOWN_SKILLS]) + (f" + {more}" if more > 0 else "")

    @admin.display(description=_("times used"), ordering="times")
    def times_used(self, reply: Any) -> str:
        return cells.number(reply.times)

    @admin.display(description=_("last used"), ordering="last_use")
    def last_used(self, reply: Any) -> str:
        return cells.ago(reply.last_use)
