from __future__ import annotations

import factory

from hours.models import HoursOfOperation
from tests.factories.base import ModelFactory
from tests.factories.organizations import BusinessUnitFactory


class HoursOfOperationFactory(ModelFactory[HoursOfOperation]):
    """Open on Mondays from 9 to 17 o'clock."""

    class Meta:
        model = HoursOfOperation

    name = factory.Sequence(lambda number: f"Hours {number}")
    business_unit = factory.SubFactory(BusinessUnitFactory)
    monday = "09:00-17:00"
