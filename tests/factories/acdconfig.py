from __future__ import annotations

import factory

from acdconfig.models import Heartbeat
from tests.factories.base import ModelFactory
from tests.factories.contacts import now


class HeartbeatFactory(ModelFactory[Heartbeat]):
    class Meta:
        model = Heartbeat

    name = factory.Sequence(lambda number: f"sweeper-{number}")
    doing = "leading"
    at = factory.LazyFunction(now)
