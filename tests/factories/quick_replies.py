from __future__ import annotations

from typing import Any

import factory
from django.db.models.functions import Now

from quick_replies.models import QuickReply, QuickReplySkill, QuickReplyUse
from skills.models import Skill
from tests.factories.base import ModelFactory
from tests.factories.organizations import BusinessUnitFactory
from tests.factories.skills import SkillFactory


class QuickReplyFactory(ModelFactory[QuickReply]):
    """`skills=[…]` makes it one of these skills only."""

    class Meta:
        model = QuickReply
        skip_postgeneration_save = True

    name = factory.Sequence(lambda number: f"Quick reply {number}")
    shortcut = factory.Sequence(lambda number: f"reply-{number}")
    business_unit = factory.SubFactory(BusinessUnitFactory)
    text = "Hello {{ customer.name }}"

    @factory.post_generation
    def skills(self: QuickReply, create: bool, extracted: list[Skill] | None, **_: Any) -> None:
        if create and extracted:
            self.skills.set(extracted)


class QuickReplySkillFactory(ModelFactory[QuickReplySkill]):
    class Meta:
        model = QuickReplySkill

    quick_reply = factory.SubFactory(QuickReplyFactory)
    skill = factory.SubFactory(
        SkillFactory, business_unit=factory.SelfAttribute("..quick_reply.business_unit")
    )


class QuickReplyUseFactory(ModelFactory[QuickReplyUse]):
    class Meta:
        model = QuickReplyUse

    quick_reply = factory.SubFactory(QuickReplyFactory)
    times_used = 1
    last_used_at = factory.LazyFunction(Now)
