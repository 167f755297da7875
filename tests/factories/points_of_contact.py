from __future__ import annotations

import factory

from points_of_contact.models import PointOfContact
from tests.factories.base import ModelFactory
from tests.factories.organizations import BusinessUnitFactory
from tests.factories.scripts import ScriptFactory
from tests.factories.skills import SkillFactory
from tests.factories.sms_registrations import SmsRegistrationFactory

_UNIT = factory.SelfAttribute("..business_unit")


class PointOfContactFactory(ModelFactory[PointOfContact]):
    class Meta:
        model = PointOfContact

    name = factory.Sequence(lambda number: f"Point of contact {number}")
    business_unit = factory.SubFactory(BusinessUnitFactory)
    transport_code = factory.SubFactory(SmsRegistrationFactory, business_unit=_UNIT)
    skill = factory.SubFactory(SkillFactory, business_unit=_UNIT)
    script = factory.SubFactory(ScriptFactory, business_unit=_UNIT)
