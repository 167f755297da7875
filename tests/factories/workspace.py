from __future__ import annotations

import factory

from tests.factories.agents import AgentFactory
from tests.factories.base import ModelFactory
from workspace.models import Feed, Push


class FeedFactory(ModelFactory[Feed]):
    class Meta:
        model = Feed

    agent = factory.SubFactory(AgentFactory)


class PushFactory(ModelFactory[Push]):
    class Meta:
        model = Push

    agent = factory.SubFactory(AgentFactory)
    seq = factory.Sequence(lambda number: number + 1)
    type = "state.changed"
    data = factory.LazyFunction(dict)
