"""What a test really committed is gone after it, and what always stands is as it was."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.core.management import call_command
from django.test import TransactionTestCase

from organizations.models import Role
from organizations.roles import ROLES
from tests.emptying import STANDING, Emptying
from tests.factories.contacts import MessageFactory
from tests.factories.routing import OfferFactory

CASE = TransactionTestCase("__init__")


@pytest.fixture
def flushed() -> list[TransactionTestCase]:
    return []


@pytest.fixture
def emptying(transactional_db: None, flushed: list[TransactionTestCase]) -> Emptying:
    def flush(case: TransactionTestCase) -> None:
        call_command("flush", verbosity=0, interactive=False, reset_sequences=False)
        flushed.append(case)

    made = Emptying(flush)
    made(CASE)
    assert len(flushed) == 1, "nobody knows yet what stands"
    return made


def rows_beside_what_stands() -> dict[str, int]:
    models = [model for model in apps.get_models(include_auto_created=True) if model._meta.managed]
    counted = {model._meta.db_table: model._default_manager.count() for model in models}
    return {table: count for table, count in counted.items() if count and table not in STANDING}


def test_every_table_is_emptied(emptying: Emptying, flushed: list[TransactionTestCase]):
    OfferFactory.create()
    MessageFactory.create()
    assert len(rows_beside_what_stands()) > 10
    emptying(CASE)
    assert rows_beside_what_stands() == {}
    assert len(flushed) == 1
    assert set(Role.objects.values_list("name", flat=True)) == set(ROLES)


def test_what_stands_is_made_anew_once_it_was_changed(emptying: Emptying, flushed: list[TransactionTestCase]):
    Role.objects.create(name="Another")
    first = Role.objects.get(name=next(iter(ROLES)))
    first.permissions.clear()
    emptying(CASE)
    assert len(flushed) == 2
    assert set(Role.objects.values_list("name", flat=True)) == set(ROLES)
    assert Role.objects.get(name=first.name).permissions.exists()
    emptying(CASE)
    assert len(flushed) == 2
