"""Clients that speak for an administrator, for a colleague without permissions, and for a stranger."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from organizations.models import User
from tests.conftest import People
from tests.factories.organizations import UserFactory

ApiOf = Callable[[User], APIClient]


@pytest.fixture
def admin(people: People, api: ApiOf) -> APIClient:
    return api(people.admin)


@pytest.fixture
def colleague(people: People, api: ApiOf) -> APIClient:
    """An agent of the same business unit, without permissions."""
    return api(people.agent.user)


@pytest.fixture
def stranger(people: People, api: ApiOf) -> APIClient:
    """An administrator of another business unit."""
    return api(people.stranger)


@pytest.fixture
def superuser(db: None, api: ApiOf) -> APIClient:
    return api(UserFactory.create(superuser=True, business_unit=None))
