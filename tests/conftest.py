"""What tests of all rooms share: no network, three standing people, and clients that speak for them."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

import hypothesis
import pytest
import pytest_django
from django.test import TransactionTestCase, override_settings
from rest_framework.test import APIClient

from agents.models import Agent
from organizations.models import BusinessUnit, User
from organizations.services import create_api_token
from tests import prepared
from tests.emptying import Emptying
from tests.factories.agents import AgentFactory
from tests.factories.organizations import BusinessUnitFactory, UserFactory

# Helpers of tests with assertions of their own, before anybody imports them.
pytest.register_assert_rewrite("tests.workspace.page")

# How long an example takes depends on who else uses the machine.
hypothesis.settings.register_profile("of the product", deadline=None)
hypothesis.settings.load_profile("of the product")


class NetworkBlocked(RuntimeError):
    """A test wanted to talk to another machine."""


def _is_local(host: object) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    # RFC 6761: names below .invalid exist nowhere, so looking one up reaches nobody.
    if name in (None, "", "localhost") or str(name).endswith(".invalid"):
        return True
    try:
        return ip_address(str(name).split("%")[0]).is_loopback
    except ValueError:
        return False


def _check(address: object) -> None:
    # A text or bytes is the path of a Unix socket.
    if isinstance(address, tuple) and not _is_local(address[0]):
        raise NetworkBlocked(f"tests must not reach {address[0]}")


@pytest.fixture(autouse=True, scope="session")
def _no_network() -> Iterator[None]:
    """Only loopback and Unix sockets; name look-ups of other machines fail too."""
    connect, connect_ex, lookup = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def checked_connect(self: socket.socket, address: Any) -> None:
        _check(address)
        connect(self, address)

    def checked_connect_ex(self: socket.socket, address: Any) -> int:
        _check(address)
        return connect_ex(self, address)

    def checked_lookup(host: Any, *arguments: Any, **options: Any) -> Any:
        _check((host,))
        return lookup(host, *arguments, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", checked_connect)
        patch.setattr(socket.socket, "connect_ex", checked_connect_ex)
        patch.setattr(socket, "getaddrinfo", checked_lookup)
        yield


@pytest.fixture(autouse=True, scope="session")
def _quick_passwords() -> Iterator[None]:
    """The product's hash takes most of a second on purpose; every test makes accounts."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture(scope="session")
def django_db_keepdb(
    request: pytest.FixtureRequest,
    django_db_modify_db_settings: None,
    django_db_blocker: pytest_django.DjangoDbBlocker,
) -> bool:
    """In each of several processes a copy of one database: to migrate each takes longer."""
    if prepared.FOLDER not in os.environ or not hasattr(request.config, "workerinput"):
        return bool(request.config.getvalue("reuse_db"))
    with django_db_blocker.unblock():
        prepared.copy_database()
    return True


@pytest.fixture(autouse=True, scope="session")
def _quick_emptying() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        emptying = Emptying(TransactionTestCase._fixture_teardown)
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda case: emptying(case))
        yield


@dataclass(frozen=True)
class People:
    """Three who stand for all: an administrator, an agent of his, and somebody of another business unit."""

    admin: User
    agent: Agent
    stranger: User

    @property
    def unit(self) -> BusinessUnit:
        unit = self.admin.business_unit
        assert unit is not None
        return unit


@pytest.fixture
def business_unit(db: None) -> BusinessUnit:
    return BusinessUnitFactory.create()


@pytest.fixture
def people(business_unit: BusinessUnit) -> People:
    return People(
        admin=UserFactory.create(business_unit=business_unit, administrator=True),
        agent=AgentFactory.create(business_unit=business_unit),
        stranger=UserFactory.create(administrator=True),
    )


@pytest.fixture
def api() -> Callable[[User], APIClient]:
    """A client of the REST API that carries a token of the user."""

    def client_of(user: User) -> APIClient:
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {create_api_token(user=user)}")
        return client

    return client_of
