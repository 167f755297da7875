from __future__ import annotations

import factory

from skills.models import Skill, SkillDisposition, SkillTag
from tests.factories.base import ModelFactory
from tests.factories.campaigns import CampaignFactory
from tests.factories.dispositions import DispositionFactory, TagFactory
from tests.factories.organizations import BusinessUnitFactory
from tests.factories.sms_registrations import SmsRegistrationFactory


class SkillFactory(ModelFactory[Skill]):
    """An inbound skill. Trait: `outbound`."""

    class Meta:
        model = Skill

    class Params:
        outbound = factory.Trait(
            direction=Skill.Direction.OUTBOUND,
            outbound_strategy=Skill.OutboundStrategy.MANUAL,
            transport_code=factory.SubFactory(
                SmsRegistrationFactory, business_unit=factory.SelfAttribute("..business_unit")
            ),
        )

    name = factory.Sequence(lambda number: f"Skill-{number}")
    business_unit = factory.SubFactory(BusinessUnitFactory)
    campaign = factory.SubFactory(CampaignFactory, business_unit=factory.SelfAttribute("..business_unit"))


class SkillDispositionFactory(ModelFactory[SkillDisposition]):
    class Meta:
        model = SkillDisposition

    skill = factory.SubFactory(SkillFactory)
    disposition = factory.SubFactory(
        DispositionFactory, business_unit=factory.SelfAttribute("..skill.business_unit")
    )


class SkillTagFactory(ModelFactory[SkillTag]):
    class Meta:
        model = SkillTag

    skill = factory.SubFactory(SkillFactory)
    tag = factory.SubFactory(TagFactory, business_unit=factory.SelfAttribute("..skill.business_unit"))
