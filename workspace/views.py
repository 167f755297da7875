"""The agent's page."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import get_language

from core.errors import NotAllowed
from workspace import inputs, installing
from workspace.services import web_push
from workspace.strings import desk_strings


@login_required
def desk(request: HttpRequest) -> HttpResponse:
    """The shell of the desk: everything in it comes from the snapshot and the socket."""
    try:
        inputs.agent_of(request.user)  # type: ignore[arg-type]  # signed in
    except NotAllowed as error:
        raise PermissionDenied(str(error.message)) from error
    config = {
        "workspace_url": "/api/v1/me/workspace",
        "api": "/api/v1/",
        "csrf_cookie": "csrftoken",
        "push_key": web_push.public_key(),
        "installed": installing.installed_config(get_language() or settings.LANGUAGE_CODE),
    }
    return render(request, "agent/desk.html", {"desk_config": config, "js_strings": desk_strings()})


urlpatterns = [path("agent/", desk, name="desk"), *installing.urlpatterns]
