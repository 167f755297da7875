"""What makes the desk installable: the same for everybody, with nothing of anybody in it."""

from __future__ import annotations

import json
import re

import pytest
from django.contrib.staticfiles.storage import staticfiles_storage
from django.test import Client

from workspace import installing


@pytest.mark.parametrize(
    ("language", "name"), [("en", "acdconfig: conversations"), ("fr", "acdconfig\u00a0: conversations")]
)
def test_manifest(client: Client, language: str, name: str):
    answer = client.get("/manifest.webmanifest", {"lang": language})
    assert answer["Content-Type"] == "application/manifest+json"
    manifest = json.loads(answer.content)
    assert (manifest["name"], manifest["lang"], manifest["display"]) == (name, language, "standalone")
    assert manifest["start_url"].startswith(manifest["scope"])
    sizes = {(icon["purpose"], icon["sizes"]) for icon in manifest["icons"]}
    assert {("any", "192x192"), ("any", "512x512"), ("maskable", "192x192"), ("maskable", "512x512")} <= sizes


def test_unknown_language_is_english(client: Client):
    assert json.loads(client.get("/manifest.webmanifest", {"lang": "../x"}).content)["lang"] == "en"


def test_icons_are_what_the_manifest_says():
    for name, size in (("icon-192.png", 192), ("maskable-512.png", 512), ("touch-180.png", 180)):
        with staticfiles_storage.open(f"acd/{name}") as picture:
            head = picture.read(24)
        assert head[:8] == b"\x89PNG\r\n\x1a\n"
        assert (int.from_bytes(head[16:20]), int.from_bytes(head[20:24])) == (size, size)


def test_worker_keeps_only_files_and_the_page_for_when_the_server_is_away(client: Client):
    answer = client.get("/agent/worker.js", {"lang": "fr"})
    assert answer["Content-Type"].startswith("text/javascript")
    # A browser that kept it would never see the next version.
    assert answer["Cache-Control"] == "no-cache"
    assert "default-src 'self'" in answer["Content-Security-Policy"]
    shell = json.loads(re.search(r"self\.SHELL = (\{.*\});", answer.content.decode())[1])
    assert all(name.startswith("/static/") for name in shell["files"])
    assert shell["offline"] == "/agent/offline/?lang=fr"
    assert shell["version"] == installing.installed_config("en")["version"]


def test_version_follows_the_files(monkeypatch: pytest.MonkeyPatch):
    before = installing.version()
    assert before == installing.version()
    monkeypatch.setattr(installing, "static", lambda name: f"/static/{name}?changed")
    assert installing.version() != before


def test_nothing_is_kept_while_developing(client: Client, settings):
    settings.DEBUG = True
    assert '"files": []' in client.get("/agent/worker.js").content.decode()


@pytest.mark.parametrize(("language", "words"), [("en", "cannot be reached"), ("fr", "injoignable")])
def test_offline_page_speaks_and_names_nobody(client: Client, language: str, words: str):
    page = client.get("/agent/offline/", {"lang": language}).content.decode()
    assert words in page
    assert "csrf" not in page


@pytest.mark.parametrize("address", ["/manifest.webmanifest", "/agent/worker.js", "/agent/offline/"])
def test_they_need_nobody_signed_in_and_are_only_read(client: Client, address: str):
    assert client.get(address).status_code == 200
    assert client.post(address).status_code == 405
