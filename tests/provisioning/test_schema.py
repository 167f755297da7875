"""The OpenAPI document and its page."""

from __future__ import annotations

import io
import json

import pytest
from django.core.management import call_command
from drf_spectacular.validation import validate_schema

from provisioning.resources import IN_ORDER

pytestmark = pytest.mark.django_db


@pytest.fixture
def document(client):
    answer = client.get("/api/schema/", {"format": "json"})
    assert answer.status_code == 200
    return json.loads(answer.content)


def test_it_is_generated_without_warnings():
    out = io.StringIO()
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=out)
    assert out.getvalue().startswith("openapi: 3.")


def test_it_is_openapi_3_and_has_every_address(document):
    validate_schema(document)
    assert document["openapi"].startswith("3.")
    paths = document["paths"]
    for resource in IN_ORDER:
        slug = resource.section.replace("_", "-")
        assert set(paths[f"/api/v1/{slug}"]) == {"get", "post"}
        assert set(paths[f"/api/v1/{slug}/{{id}}"]) == {"get", "put", "patch", "delete"}
    for address in (
        "/api/v1/customers",
        "/api/v1/messages/{id}",
        "/api/v1/offers",
        "/api/v1/contacts/{id}/trace",
        "/api/v1/contacts/{id}/decisions",
        "/api/v1/skills/compare-priorities",
        "/api/v1/skills/import",
        "/api/v1/skills/import-template",
        "/api/v1/skills/export",
        "/api/v1/apply",
        "/api/v1/export",
        "/api/v1/reports/{report}",
        "/api/v1/plans",
        "/api/v1/plans/{id}",
        "/api/v1/plans/{id}/run",
        "/api/v1/me/workspace",
    ):
        assert address in paths
    assert set(paths["/api/v1/contacts"]) == {"get", "post"}
    assert not [address for address in paths if address.endswith("/")]


def test_operations_say_their_headers_errors_and_bodies(document):
    post = document["paths"]["/api/v1/skills"]["post"]
    assert "Idempotency-Key" in [parameter["name"] for parameter in post["parameters"]]
    assert {"201", "400", "401", "403", "409"} <= post["responses"].keys()
    assert post["requestBody"]["content"]["application/json"]["schema"]["$ref"].endswith("/SkillInput")
    upload = document["paths"]["/api/v1/skills/import"]["post"]
    assert list(upload["requestBody"]["content"]) == ["multipart/form-data"]
    assert {"dry_run", "changed_rows_only", "digest"} == {one["name"] for one in upload["parameters"]}
    export = document["paths"]["/api/v1/skills/export"]["get"]
    assert {"format", "headings", "search", "direction"} <= {one["name"] for one in export["parameters"]}
    comparison = document["paths"]["/api/v1/skills/compare-priorities"]["post"]
    assert "parameters" not in comparison
    patch = document["paths"]["/api/v1/skills/{id}"]["patch"]
    assert "If-Match" in [parameter["name"] for parameter in patch["parameters"]]
    assert "412" in patch["responses"]
    listed = document["paths"]["/api/v1/contacts"]["get"]["parameters"]
    assert {"limit", "offset", "search", "ordering", "state", "skill"} <= {one["name"] for one in listed}
    secrets = document["components"]["schemas"]["SmsRegistrationInput"]["properties"]
    assert secrets["api_secret"]["writeOnly"] is True
    assert "api_secret" not in document["components"]["schemas"]["SmsRegistrationOutput"]["properties"]


def test_the_page_has_no_inline_script_or_style(client):
    page = client.get("/api/docs/")
    assert page.status_code == 200
    text = page.content.decode()
    assert "<style" not in text
    assert "<script>" not in text
    assert "'unsafe-inline'" not in page["Content-Security-Policy"]
    script = client.get("/api/docs/", {"script": ""})
    assert script["Content-Type"].startswith("application/javascript")
    assert "/api/schema/" in script.content.decode()
