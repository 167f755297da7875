"""What all factories share."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import factory

T = TypeVar("T")


class ModelFactory(factory.django.DjangoModelFactory, Generic[T]):
    """A factory whose `create` is typed."""

    class Meta:
        abstract = True
        skip_postgeneration_save = True

    @classmethod
    def create(cls, **values: Any) -> T:
        result: T = super().create(**values)
        return result

    @classmethod
    def build(cls, **values: Any) -> T:
        result: T = super().build(**values)
        return result
