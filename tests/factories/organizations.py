from __future__ import annotations

from typing import Any

import factory

from organizations.models import ApiToken, BusinessUnit, Role, User
from organizations.roles import ADMINISTRATOR, MANAGER, SUPERVISOR, role
from organizations.tokens import new_token, token_digest
from tests.factories.base import ModelFactory

PASSWORD = "correct horse battery staple"


class BusinessUnitFactory(ModelFactory[BusinessUnit]):
    class Meta:
        model = BusinessUnit

    name = factory.Sequence(lambda number: f"Unit {number}")


class UserFactory(ModelFactory[User]):
    """Traits: `administrator`, `manager`, `supervisor` (roles with the configuration), `superuser`."""

    class Meta:
        model = User

    class Params:
        superuser = factory.Trait(is_superuser=True)

    username = factory.Sequence(lambda number: f"user.{number}")
    business_unit = factory.SubFactory(BusinessUnitFactory)
    password = factory.django.Password(PASSWORD)

    @factory.post_generation
    def administrator(self, create, extracted, **_values):
        _give_role(self, ADMINISTRATOR, extracted)

    @factory.post_generation
    def manager(self, create, extracted, **_values):
        _give_role(self, MANAGER, extracted)

    @factory.post_generation
    def supervisor(self, create, extracted, **_values):
        _give_role(self, SUPERVISOR, extracted)


def _give_role(user: Any, name: str, wanted: object) -> None:
    if wanted:
        user.groups.add(role(name))


class RoleFactory(ModelFactory[Role]):
    class Meta:
        model = Role

    name = factory.Sequence(lambda number: f"Role {number}")


class ApiTokenFactory(ModelFactory[ApiToken]):
    class Meta:
        model = ApiToken

    user = factory.SubFactory(UserFactory)
    digest = factory.LazyFunction(lambda: token_digest(new_token()))
