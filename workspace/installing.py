"""What makes the desk an app of its own: manifest, service worker, and the page for when the server is away.

They are the same for everybody and hold nothing of anybody, so they need no signing in.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import path, reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET

THEME: Final = "#12343a"
GROUND: Final = "#eef1f3"
FILES: Final = (
    "site.css",
    "theme.js",
    "site.js",
    "desk.js",
    "offline.js",
    "favicon.svg",
    "favicon-alert.svg",
)


def _language(request: HttpRequest) -> str:
    """The one that is asked for: browsers fetch these without saying who is signed in."""
    wanted = request.GET.get("lang", "")
    return wanted if wanted in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def _address(name: str, language: str) -> str:
    return f"{reverse(name)}?lang={language}"


def _files() -> list[str]:
    """What is kept. Nothing while developing: there the names do not change with the contents."""
    if settings.DEBUG:
        return []
    return [static(f"acd/{name}") for name in FILES]


def version() -> str:
    """Of the files that the desk is made of: another one after each deployment that changes one of them."""
    named = "\n".join([*_files(), static("acd/worker.js")])
    return hashlib.sha256(named.encode()).hexdigest()[:16]


def installed_config(language: str) -> dict[str, str]:
    """For the page: where its service worker is, and which version it is itself."""
    return {"worker": _address("desk-worker", language), "page": reverse("desk"), "version": version()}


@require_GET
@cache_control(max_age=3600)
def manifest(request: HttpRequest) -> HttpResponse:
    """Name, icons and colours of the installed desk."""
    language = _language(request)
    with translation.override(language):
        data = {
            "id": reverse("desk"),
            "name": _("acdconfig: conversations"),
            "short_name": "acdconfig",
            "description": _("Answer customers who write by SMS."),
            "lang": language,
            "start_url": reverse("desk"),
            # Links to the other pages stay in the window.
            "scope": "/",
            "display": "standalone",
            "theme_color": THEME,
            "background_color": GROUND,
            "icons": _icons(),
            "shortcuts": [
                {"name": _("Agent"), "url": reverse("desk")},
                {"name": _("Supervisor"), "url": reverse("supervisor")},
            ],
        }
    return HttpResponse(json.dumps(data), content_type="application/manifest+json")


def _icons() -> list[dict[str, Any]]:
    found = [{"src": static("acd/favicon.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any"}]
    for purpose, stem in (("any", "icon"), ("maskable", "maskable")):
        found += [
            {
                "src": static(f"acd/{stem}-{size}.png"),
                "sizes": f"{size}x{size}",
                "type": "image/png",
                "purpose": purpose,
            }
            for size in (192, 512)
        ]
    return found


@require_GET
@cache_control(no_cache=True)
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker. It stands below the address of the desk, which is all that it may serve."""
    shell = {
        "version": version(),
        "files": _files(),
        "offline": _address("desk-offline", _language(request)),
        "page": reverse("desk"),
    }
    script = f"self.SHELL = {json.dumps(shell)};\nimportScripts({json.dumps(static('acd/worker.js'))});\n"
    return HttpResponse(script, content_type="text/javascript; charset=utf-8")


@require_GET
@cache_control(no_cache=True)
def offline(request: HttpRequest) -> HttpResponse:
    """What is shown while the server cannot be reached; kept by the service worker."""
    with translation.override(_language(request)):
        return render(request, "agent/offline.html")


urlpatterns = [
    path("manifest.webmanifest", manifest, name="manifest"),
    path("agent/worker.js", worker, name="desk-worker"),
    path("agent/offline/", offline, name="desk-offline"),
]
