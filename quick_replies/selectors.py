"""Which quick replies an agent is offered in a contact."""

from __future__ import annotations

from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce

from quick_replies.models import QuickReply
from skills.models import Skill


def offered_in(*, business_unit_id: int, skill: Skill, language: str) -> QuerySet[QuickReply]:
    """The active ones for the skill: those of the language first, then those of any, then the others.

    Among equals those used most come first.
    """
    rank = Case(
        When(language=language, then=Value(0)),
        When(language="", then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    found = QuickReply.objects.filter(business_unit_id=business_unit_id, is_active=True)
    return (
        found.annotate(of_skills=Count("quick_reply_skills"))
        .filter(Q(of_skills=0) | Q(pk__in=QuickReply.objects.filter(skills=skill)))
        .annotate(rank=rank, times=Coalesce("use__times_used", Value(0)))
        .order_by("rank", "-times", "name", "id")
    )
