"""The actions there are, by type."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, TypeVar

from scripts.interpreter.action import Action

ActionClass = TypeVar("ActionClass", bound=type[Action])

_TYPE = re.compile(r"[A-Z][A-Z0-9]{1,39}")


class Registry:
    """Actions by type. Reading, running and inspecting take one, so that tests can bring their own."""

    def __init__(self) -> None:
        self._actions: dict[str, Action] = {}

    def register(self, action_class: ActionClass) -> ActionClass:
        """Class decorator: make the action known. Raises ValueError if the declaration contradicts itself."""
        action = action_class()
        if not _TYPE.fullmatch(action.type):
            raise ValueError(f"{action.type!r} is not 2 to 40 capital letters and digits")
        if action.type in self._actions:
            raise ValueError(f"{action.type} is registered already")
        for names in ([spec.name for spec in action.properties], [spec.name for spec in action.branches]):
            if len(names) != len(set(names)):
                raise ValueError(f"{action.type} declares a name twice: {names}")
        self._actions[action.type] = action
        return action_class

    def get(self, type_: str) -> Action | None:
        return self._actions.get(type_)

    def __iter__(self) -> Iterator[Action]:
        """By type, in alphabetical order."""
        return iter(sorted(self._actions.values(), key=lambda action: action.type))

    def types(self) -> tuple[str, ...]:
        return tuple(sorted(self._actions))


REGISTRY: Final = Registry()
register = REGISTRY.register
