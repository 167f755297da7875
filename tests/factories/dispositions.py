from __future__ import annotations

import factory

from dispositions.models import Disposition, Tag
from tests.factories.base import ModelFactory
from tests.factories.organizations import BusinessUnitFactory


class DispositionFactory(ModelFactory[Disposition]):
    class Meta:
        model = Disposition

    name = factory.Sequence(lambda number: f"Disposition {number}")
    business_unit = factory.SubFactory(BusinessUnitFactory)


class TagFactory(ModelFactory[Tag]):
    class Meta:
        model = Tag

    name = factory.Sequence(lambda number: f"Tag {number}")
    business_unit = factory.SubFactory(BusinessUnitFactory)
