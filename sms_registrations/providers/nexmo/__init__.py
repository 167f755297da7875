"""Provider Nexmo (Vonage)."""

from __future__ import annotations

from sms_registrations.providers.nexmo.provider import NexmoProvider
from sms_registrations.providers.registry import register

register(NexmoProvider())
