from __future__ import annotations

import factory

from tests.factories.agents import AgentFactory
from tests.factories.base import ModelFactory
from workspace.models import Feed, Push, PushSubscription


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


class PushSubscriptionFactory(ModelFactory[PushSubscription]):
    """A browser whose keys nobody has."""

    class Meta:
        model = PushSubscription

    agent = factory.SubFactory(AgentFactory)
    endpoint = factory.Sequence(lambda number: f"https://push.example.com/{number}")
    p256dh = "made-up"
    auth = "made-up"
    seq = 0
