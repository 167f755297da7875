"""The last page: a text to the new number, followed live. And the first text of a registration."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from core.clock import database_now
from core.permissions import Verb, require
from setup_wizard.following import first_text_at, way_of_newest
from setup_wizard.selectors import Channel, registrations_for
from setup_wizard.trail import Mark, Stage, stages_of
from simulator.strings import simulator_strings
from sms_registrations.models import SmsRegistration

NOTHING_NEW = 204
STOP_ASKING = 286
"""To htmx: take this and poll no more."""


def try_page(request: HttpRequest, channel: Channel, frame: dict[str, Any]) -> HttpResponse:
    """A phone for a Simulator number; for others the number to text from a real one."""
    registration = channel.registration
    has_phone = registration.provider == SmsRegistration.Provider.SIMULATOR and registration.is_active
    opened_at = database_now()
    stages = stages_of(way_of_newest(registration, since=opened_at))
    context = {
        **frame,
        "has_phone": has_phone,
        "since": opened_at.timestamp(),
        "stages": stages,
        "version": _version(stages),
        "simulator_config": {
            "numbers": [{"transport_code": registration.transport_code, "label": registration.name}],
            "texts_url": "/simulator/texts",
            "csrf_cookie": "csrftoken",
            "is_single": True,
        },
        "js_strings": simulator_strings(),
    }
    return render(request, "setup/try.html", context)


@login_required
@require_safe
def trail(request: HttpRequest, registration: int) -> HttpResponse:
    """The trail of the newest text since the page was opened; nothing when it is the one shown already."""
    found = _registration(request, registration)
    stages = stages_of(way_of_newest(found, since=_moment(request.GET.get("since", ""))))
    version = _version(stages)
    if version == request.GET.get("seen"):
        return HttpResponse(status=NOTHING_NEW)
    context = {
        "stages": stages,
        "version": version,
        "registration": found,
        "since": request.GET.get("since", ""),
    }
    return render(request, "setup/_trail.html", context)


@login_required
@require_safe
def first_text(request: HttpRequest, registration: int) -> HttpResponse:
    """Whether the first text has come. Nothing while it has not."""
    found = _registration(request, registration)
    at = first_text_at(found)
    if at is None:
        return HttpResponse(status=NOTHING_NEW)
    return render(
        request, "setup/_first_text.html", {"registration": found, "first_text_at": at}, status=STOP_ASKING
    )


def _registration(request: HttpRequest, key: int) -> SmsRegistration:
    require(request.user, SmsRegistration, Verb.VIEW)
    return get_object_or_404(registrations_for(request.user), pk=key)  # type: ignore[arg-type]  # signed in


def _moment(text: str) -> datetime:
    """A time as seconds since 1970; the beginning of time if it is none."""
    try:
        return datetime.fromtimestamp(float(text), UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0, UTC)


def _version(stages: list[Stage]) -> str:
    passed = [stage for stage in stages if stage.mark is not Mark.AHEAD]
    shown = "|".join(f"{stage.mark}{stage.text}{stage.at}" for stage in passed)
    return hashlib.blake2b(shown.encode(), digest_size=8).hexdigest()
