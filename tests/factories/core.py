from __future__ import annotations

import factory

from core.models import IdempotentRequest
from tests.factories.base import ModelFactory
from tests.factories.organizations import UserFactory


class IdempotentRequestFactory(ModelFactory[IdempotentRequest]):
    class Meta:
        model = IdempotentRequest

    user = factory.SubFactory(UserFactory)
    key = factory.Sequence(lambda number: f"key-{number}")
    path = "/api/v1/skills/"
    body_digest = "0" * 64
