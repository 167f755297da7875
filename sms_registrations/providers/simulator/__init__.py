"""Provider Simulator."""

from __future__ import annotations

from sms_registrations.providers.registry import register
from sms_registrations.providers.simulator.provider import SimulatorProvider

register(SimulatorProvider())
