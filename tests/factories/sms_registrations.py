from __future__ import annotations

import factory

from sms_registrations.models import SmsRegistration
from tests.factories.base import ModelFactory
from tests.factories.organizations import BusinessUnitFactory


class SmsRegistrationFactory(ModelFactory[SmsRegistration]):
    """A number of the simulator. Traits: `nexmo` (with made-up credentials), `signed`."""

    class Meta:
        model = SmsRegistration

    class Params:
        nexmo = factory.Trait(
            provider=SmsRegistration.Provider.NEXMO, api_key="abcd1234", api_secret="made-up-secret"
        )
        signed = factory.Trait(
            nexmo=True,
            signature_method=SmsRegistration.SignatureMethod.SHA256,
            signature_secret="made-up-signature-secret",
        )

    business_unit = factory.SubFactory(BusinessUnitFactory)
    provider = SmsRegistration.Provider.SIMULATOR
    transport_code = factory.Sequence(lambda number: f"1555{number:07}")
    name = factory.LazyAttribute(lambda made: f"Line {made.transport_code}")
