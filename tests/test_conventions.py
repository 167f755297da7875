"""What holds for every model and every task, of whichever room."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from pathlib import Path
from typing import Any

import pytest
from celery import Task
from django.apps import apps
from django.conf import settings
from django.db.models import BaseConstraint, CheckConstraint, Model, UniqueConstraint

import tests.factories
from acdconfig.celery import app
from core import sql
from tests.factories.base import ModelFactory

OURS = [name for name in settings.INSTALLED_APPS if (settings.BASE_DIR / name).is_dir()]
MODELS = [model for app in OURS for model in apps.get_app_config(app).get_models()]
CONFIGURED = [model for model in MODELS if hasattr(model, "constraint_fields")]


def _factories() -> dict[type[Model], type[ModelFactory[Any]]]:
    found: dict[type[Model], type[ModelFactory[Any]]] = {}
    for module in pkgutil.iter_modules(tests.factories.__path__):
        members = vars(importlib.import_module(f"tests.factories.{module.name}")).values()
        for member in members:
            if isinstance(member, type) and issubclass(member, ModelFactory) and member is not ModelFactory:
                found[member._meta.model] = member
    return found


FACTORIES = _factories()
names = [model.__name__ for model in MODELS]


def test_there_are_models():
    assert len(MODELS) > 30


@pytest.mark.django_db
@pytest.mark.parametrize("model", MODELS, ids=names)
def test_model_has_a_factory_whose_objects_are_valid(model: type[Model]):
    made = FACTORIES[model].create()
    stored = model._default_manager.get(pk=made.pk)
    stored.validate_constraints()
    if model in CONFIGURED:
        stored.full_clean()
    FACTORIES[model].create()
    assert model._default_manager.count() >= 2


@pytest.mark.parametrize("model", MODELS, ids=names)
def test_model_sorts_nothing_by_itself(model: type[Model]):
    # A hidden ORDER BY costs in every look-up; who shows a list says its order.
    assert not model._meta.ordering


@pytest.mark.parametrize("model", MODELS, ids=names)
def test_model_says_what_it_is(model: type[Model]):
    assert model.__doc__
    assert not model.__doc__.startswith(f"{model.__name__}("), "the docstring is the framework's"


def _constraints(model: type[Model]) -> list[BaseConstraint]:
    return list(model._meta.constraints)


@pytest.mark.parametrize("model", MODELS, ids=names)
def test_constraint_names_are_unique_to_the_model(model: type[Model]):
    for constraint in _constraints(model):
        assert len(constraint.name) <= 63
        assert isinstance(constraint, CheckConstraint | UniqueConstraint)


@pytest.mark.parametrize("model", CONFIGURED, ids=[model.__name__ for model in CONFIGURED])
def test_constraints_of_configured_objects_speak_to_people(model: type[Model]):
    for constraint in _constraints(model):
        default = BaseConstraint.default_violation_error_message
        if isinstance(constraint, UniqueConstraint):
            assert constraint.violation_error_message != default, constraint.name
    columns = {field.name for field in model._meta.fields}
    for name, fields in getattr(model, "constraint_fields", {}).items():
        assert name in {constraint.name for constraint in _constraints(model)}
        assert set(fields) <= columns


def test_constraint_names_are_unique():
    every = [constraint.name for model in MODELS for constraint in _constraints(model)]
    assert len(every) == len(set(every))


# Both whole, of columns alone: what an index of (a) finds, one of (a, b) finds too.
_COVERED = """
SELECT one.indrelid::regclass::text, one.indexrelid::regclass::text, other.indexrelid::regclass::text
  FROM pg_index one
  JOIN pg_index other ON other.indrelid = one.indrelid AND other.indexrelid <> one.indexrelid
  JOIN pg_class by_one ON by_one.oid = one.indexrelid
  JOIN pg_class by_other ON by_other.oid = other.indexrelid AND by_other.relam = by_one.relam
 WHERE by_one.relnamespace = 'public'::regnamespace
   AND one.indpred IS NULL AND other.indpred IS NULL AND one.indexprs IS NULL AND other.indexprs IS NULL
   AND NOT one.indisunique
   AND other.indkey::text || ' ' LIKE one.indkey::text || ' %%'
   AND other.indclass::text || ' ' LIKE one.indclass::text || ' %%'
 ORDER BY 2
"""


@pytest.mark.django_db
def test_no_index_begins_another():
    """Each costs every write of its table."""
    ours = {model._meta.db_table for model in MODELS}
    assert [found for found in sql.rows(_COVERED) if found[0] in ours] == []


QUEUES = {"inbound", "routing", "outbound", "bulk"}


def _tasks() -> dict[str, Task]:
    app.loader.import_default_modules()
    return {name: task for name, task in app.tasks.items() if not name.startswith("celery.")}


def test_every_task_has_a_queue_that_a_worker_serves():
    tasks = _tasks()
    assert tasks
    for name, task in tasks.items():
        assert task.queue in QUEUES, name


def _sources() -> list[Path]:
    return [path for app_name in OURS for path in (settings.BASE_DIR / app_name).rglob("*.py")]


def test_no_task_is_a_timer():
    # A deadline is a column: what waits in a broker is lost with the broker.
    assert len(_sources()) > 100
    for path in _sources():
        calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
        timers = [word.arg for call in calls for word in call.keywords if word.arg in ("eta", "countdown")]
        assert not timers, path


LOCKS = re.compile(r"\bFOR UPDATE\b|select_for_update\((?![^)]*no_key=True)")


def test_rows_are_locked_without_their_keys():
    """Else whoever tells something of a row waits at his commit for who has locked it, in a circle maybe."""
    found = [
        f"{path.relative_to(settings.BASE_DIR)}: {match[0]}"
        for room in OURS
        for path in (settings.BASE_DIR / room).rglob("*.py")
        for match in LOCKS.finditer(path.read_text(encoding="utf-8").replace('of=("self",)', ""))
    ]
    # Rows that are deleted.
    assert found == ["core/idempotency.py: FOR UPDATE"]
