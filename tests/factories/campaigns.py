from __future__ import annotations

import factory

from campaigns.models import Campaign
from tests.factories.base import ModelFactory
from tests.factories.organizations import BusinessUnitFactory


class CampaignFactory(ModelFactory[Campaign]):
    class Meta:
        model = Campaign

    name = factory.Sequence(lambda number: f"Campaign {number}")
    business_unit = factory.SubFactory(BusinessUnitFactory)
