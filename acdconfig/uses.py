"""What uses an object by its name: scripts name hours of operation and secrets."""

from __future__ import annotations

from core.uses import register_namer
from hours.models import HoursOfOperation
from scripts.interpreter.properties import Kind
from scripts.models import ScriptSecret
from scripts.selectors import scripts_naming


def install() -> None:
    register_namer(HoursOfOperation, lambda one: scripts_naming(one, Kind.HOURS))
    register_namer(ScriptSecret, lambda one: scripts_naming(one, Kind.SECRET))
