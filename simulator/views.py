"""The phone in the browser."""

from __future__ import annotations

import json
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_http_methods

from core.errors import DomainError
from simulator import services
from simulator.strings import simulator_strings


@login_required
def phone(request: HttpRequest) -> HttpResponse:
    """One or more phones side by side."""
    numbers = [
        {"transport_code": one.transport_code, "label": one.name}
        for one in services.numbers_to_text(request.user)  # type: ignore[arg-type]  # signed in
    ]
    config = {"numbers": numbers, "texts_url": "/simulator/texts", "csrf_cookie": "csrftoken"}
    context = {"simulator_config": config, "js_strings": simulator_strings()}
    return render(request, "simulator/phone.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def texts(request: HttpRequest) -> HttpResponse:
    """Send a text from a phone, or read what it shows."""
    try:
        return _send(request) if request.method == "POST" else _read(request)
    except DomainError as error:
        body = {"code": error.code, "message": str(error.message), "fields": error.fields}
        return JsonResponse(body, status=error.status)


def _send(request: HttpRequest) -> HttpResponse:
    data = _body(request)
    reference = services.send_text(
        user=request.user,  # type: ignore[arg-type]  # signed in
        sender=str(data.get("from", "")),
        recipient=str(data.get("to", "")),
        text=str(data.get("text", "")),
    )
    return JsonResponse({"id": reference}, status=201)


def _body(request: HttpRequest) -> dict[str, Any]:
    try:
        data = json.loads(request.body)
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def _read(request: HttpRequest) -> HttpResponse:
    after = request.GET.get("after", "0")
    found = services.texts_of(
        user=request.user,  # type: ignore[arg-type]  # signed in
        sender=request.GET.get("from", ""),
        recipient=request.GET.get("to", ""),
        after=int(after) if after.isdecimal() else 0,
    )
    return JsonResponse({"texts": found})


urlpatterns = [
    path("simulator/", phone, name="simulator"),
    path("simulator/texts", texts, name="simulator-texts"),
]
