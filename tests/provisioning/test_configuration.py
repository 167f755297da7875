"""`apply` and `export`: over HTTP and as commands."""

from __future__ import annotations

import io
import json
from copy import deepcopy
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.contrib.auth.models import Permission
from django.core.management import CommandError, call_command

from agents.models import Agent
from campaigns.models import Campaign
from organizations.models import BusinessUnit
from scripts.models import ScriptVersion
from skills.models import Skill
from sms_registrations.models import SmsRegistration
from tests.factories.campaigns import CampaignFactory
from tests.factories.organizations import BusinessUnitFactory, UserFactory
from tests.factories.scripts import plain_queue
from tests.factories.skills import SkillFactory

URL = "/api/v1/apply"

DOCUMENT: dict[str, list[Any]] = {
    "business_units": [{"name": "Acme", "time_zone": "Europe/Paris"}],
    "sms_registrations": [
        {
            "provider": "nexmo",
            "transport_code": "06 12 34 56 78",
            "country": "FR",
            "api_key": "abcd1234",
            "api_secret": "made-up-secret",
            "messages_per_second": 2.5,
            "price_per_segment": 0.0333,
            "price_currency": "EUR",
        },
        {"provider": "simulator", "transport_code": "+1 555 010 0100", "name": "Phone"},
    ],
    "campaigns": [{"name": "Service", "description": "All that helps"}],
    "dispositions": [{"name": "Resolved"}, {"name": "Spam", "classification": "negative"}],
    "tags": [{"name": "VIP"}],
    "teams": [{"name": "Front desk", "max_concurrent_sms": 4}],
    "skills": [
        {
            "name": "Support",
            "campaign": "service",
            "dispositions": ["Spam", "Resolved"],
            "tags": ["VIP"],
            "acceleration": 0.125,
        },
        {
            "name": "Callbacks",
            "campaign": "Service",
            "direction": "outbound",
            "transport_code": "+15550100100",
        },
    ],
    "agents": [
        {
            "username": "olivia",
            "team": "Front desk",
            "skills": [{"skill": "Support", "proficiency": 1}, "Callbacks"],
        }
    ],
    "scripts": [{"name": "Plain queue", "definition": plain_queue()}],
    "points_of_contact": [
        {
            "name": "Front door",
            "transport_code": "33612345678",
            "skill": "Support",
            "script": "Plain queue",
        }
    ],
}
OBJECTS = sum(len(items) for items in DOCUMENT.values())


def changed(document, **sections):
    return {**deepcopy(document), **sections}


def test_apply_makes_everything_and_the_second_time_nothing(superuser):
    first = superuser.post(URL, DOCUMENT)
    assert first.status_code == 200, first.content
    assert first.json()["summary"] == {"create": OBJECTS, "update": 0, "unchanged": 0}
    log = LogEntry.objects.count()
    stamps = list(Skill.objects.order_by("pk").values_list("updated_at", flat=True))
    second = superuser.post(URL, DOCUMENT).json()
    assert second["summary"] == {"create": 0, "update": 0, "unchanged": OBJECTS}
    assert all(step["changes"] == {} for step in second["plan"])
    assert LogEntry.objects.count() == log
    assert list(Skill.objects.order_by("pk").values_list("updated_at", flat=True)) == stamps
    assert ScriptVersion.objects.count() == 1
    assert SmsRegistration.objects.get(name="33612345678").api_secret == "made-up-secret"


def test_what_is_exported_can_be_applied_and_changes_nothing(superuser, django_user_model):
    superuser.post(URL, DOCUMENT)
    exported = superuser.get("/api/v1/export")
    document = exported.json()
    assert "made-up-secret" not in exported.content.decode()
    assert all("api_secret" not in registration for registration in document["sms_registrations"])
    assert [item["name"] for item in document["skills"]] == ["Callbacks", "Support"]
    assert "agents" not in document["skills"][0]
    assert document["agents"][0]["skills"] == [
        {"skill": "Callbacks", "proficiency": 10},
        {"skill": "Support", "proficiency": 1},
    ]
    assert not {"id", "created_at", "updated_at", "version"} & document["scripts"][0].keys()
    applied = superuser.post(URL, document).json()
    assert applied["summary"]["unchanged"] == len(applied["plan"])
    assert superuser.get("/api/v1/export").json() == document


def test_an_export_builds_the_same_elsewhere(superuser):
    superuser.post(URL, DOCUMENT)
    document = superuser.get("/api/v1/export").json()
    copy = json.loads(json.dumps(document).replace('"Acme"', '"Copy"').replace("olivia", "theo"))
    for registration in copy["sms_registrations"]:
        if registration["provider"] == "nexmo":
            registration["api_secret"] = "other-secret"
    assert superuser.post(URL, copy).status_code == 200
    again = superuser.get("/api/v1/export").json()
    mine = {
        section: [item for item in items if item.get("business_unit", item.get("name")) == "Copy"]
        for section, items in again.items()
    }
    for registration in copy["sms_registrations"]:
        registration.pop("api_secret", None)
    assert mine == copy


def test_a_dry_run_says_all_and_changes_nothing(superuser):
    log = LogEntry.objects.count()
    plan = superuser.post(f"{URL}?dry_run=true", DOCUMENT).json()
    assert plan["dry_run"] is True
    assert plan["summary"]["create"] == OBJECTS
    assert not BusinessUnit.objects.filter(name="Acme").exists()
    assert LogEntry.objects.count() == log
    assert [step["resource"] for step in plan["plan"]] == [
        section for section, items in DOCUMENT.items() for _item in items
    ]
    assert superuser.post(f"{URL}?dry_run=perhaps", DOCUMENT).status_code == 400


def test_differences_by_field(superuser):
    superuser.post(URL, DOCUMENT)
    document = changed(
        DOCUMENT,
        skills=[{"name": "SUPPORT", "acceleration": 2, "tags": []}],
        sms_registrations=[{"transport_code": "33612345678", "api_secret": "new"}],
        agents=[{"username": "olivia", "skills": {"no": "list"}}],
    )
    document["agents"] = [{"username": "olivia", "skills": ["Support"]}]
    steps = {step["key"]: step for step in superuser.post(URL, document).json()["plan"]}
    assert steps["SUPPORT"]["action"] == "update"
    assert steps["SUPPORT"]["changes"] == {
        "name": {"from": "Support", "to": "SUPPORT"},
        "acceleration": {"from": 0.125, "to": 2},
        "tags": {"from": ["VIP"], "to": []},
    }
    assert steps["33612345678"]["changes"] == {"api_secret": {"from": "***", "to": "***"}}
    assert steps["olivia"]["changes"]["skills"]["to"] == [{"skill": "SUPPORT", "proficiency": 10}]
    assert steps["Front door"]["action"] == "unchanged"
    skill = Skill.objects.get(name="SUPPORT")
    assert list(
        skill.dispositions.order_by("skill_dispositions__position").values_list("name", flat=True)
    ) == [
        "Spam",
        "Resolved",
    ]


def test_errors_name_the_path_and_nothing_is_kept(superuser):
    document = changed(DOCUMENT)
    document["skills"] += [
        {"name": "no spaces", "campaign": "Service"},
        {"name": "Sales", "campaign": "Nowhere", "dispositions": ["Resolved", "Lost"], "colour": 1},
        {"campaign": "Service"},
        "Sales",
        {"name": "More", "campaign": "Service", "agents": ["olivia"]},
    ]
    document["points_of_contact"][0]["business_unit"] = "Elsewhere"
    answer = superuser.post(URL, document)
    assert answer.status_code == 400
    assert set(answer.json()["fields"]) == {
        "skills[2].name",
        "skills[3].campaign",
        "skills[3].dispositions[1]",
        "skills[3].colour",
        "skills[4].name",
        "skills[5]",
        "skills[6].agents",
        "points_of_contact[0].business_unit",
    }
    assert answer.json()["message"].endswith("And 3 more.")
    assert not Campaign.objects.exists()
    assert not BusinessUnit.objects.filter(name="Acme").exists()


@pytest.mark.parametrize(
    ("document", "path"),
    [([], "document"), ({"colours": []}, "colours"), ({"skills": {}}, "skills"), ("text", "document")],
)
def test_what_is_no_document_is_refused(document, path, superuser):
    answer = superuser.post(URL, document)
    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == [path]


def test_an_administrator_applies_to_his_own_business_unit(admin, stranger, people):
    SkillFactory.create(name="Foreign", business_unit=people.stranger.business_unit)
    made = admin.post(URL, {"campaigns": [{"name": "Service"}], "tags": [{"name": "VIP"}]})
    assert made.status_code == 200, made.content
    assert Campaign.objects.get(name="Service").business_unit == people.unit
    foreign = {"name": "New", "business_unit": people.stranger.business_unit.name}
    refused = admin.post(URL, {"tags": [foreign]})
    assert list(refused.json()["fields"]) == ["tags[0].business_unit"]
    exported = admin.get("/api/v1/export").json()
    assert [unit["name"] for unit in exported["business_units"]] == [people.unit.name]
    assert "Foreign" not in json.dumps(exported)
    assert [item["name"] for item in stranger.get("/api/v1/export").json()["skills"]] == ["Foreign"]


def test_permissions_are_those_of_each_kind_of_object(api, colleague, people):
    user = UserFactory.create(business_unit=people.unit)
    user.user_permissions.add(Permission.objects.get(codename="add_tag"))
    client = api(user)
    assert client.post(URL, {"tags": [{"name": "VIP"}]}).status_code == 200
    # To find nothing to do needs no permission to change.
    assert client.post(URL, {"tags": [{"name": "VIP"}]}).status_code == 200
    for document, path in (
        ({"tags": [{"name": "New"}, {"name": "VIP", "notes": "x"}]}, "tags[1]"),
        ({"tags": [{"name": "New"}], "campaigns": [{"name": "Service"}]}, "campaigns[0]"),
    ):
        answer = client.post(URL, document)
        assert answer.status_code == 403
        assert answer.json()["code"] == "permission_denied"
        assert list(answer.json()["fields"]) == [path]
    assert not people.unit.tags.filter(name="New").exists()
    assert colleague.post(URL, {"tags": [{"name": "Other"}]}).status_code == 403
    assert client.get("/api/v1/export").status_code == 403


def test_the_one_business_unit_of_a_document_is_where_its_objects_go(superuser, people):
    """Others exist, so without it the objects would have to say where they belong."""
    assert superuser.post(URL, {"tags": [{"name": "VIP"}]}).status_code == 400
    made = superuser.post(URL, {"business_units": [{"name": "Acme"}], "tags": [{"name": "VIP"}]})
    assert made.json()["plan"][1]["business_unit"] == "Acme"


def test_several_business_units_in_one_document(superuser):
    document = {
        "business_units": [{"name": "North"}, {"name": "South"}],
        "campaigns": [{"name": "Service", "business_unit": unit} for unit in ("North", "South")],
        "skills": [
            {"name": "Support", "campaign": "Service", "business_unit": unit} for unit in ("North", "South")
        ],
    }
    assert superuser.post(URL, document).json()["summary"]["create"] == 6
    assert superuser.post(URL, document).json()["summary"]["unchanged"] == 6
    south = Skill.objects.get(business_unit__name="South")
    assert south.campaign.business_unit.name == "South"


def test_who_applied_is_in_the_audit(admin, people):
    admin.post(URL, {"campaigns": [{"name": "Service"}]})
    campaign = Campaign.objects.get(name="Service")
    assert LogEntry.objects.get_for_object(campaign).get().actor == people.admin


# -- Commands ---------------


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_commands(tmp_path):
    file = tmp_path / "acme.json"
    file.write_text(json.dumps(DOCUMENT))
    plan = run("apply", str(file), "--dry-run")
    assert "create skills Support (Acme)" in plan
    assert f"Dry run, nothing was changed: {OBJECTS} to create, 0 to update, 0 unchanged." in plan
    assert not Agent.objects.exists()
    assert f"Applied: {OBJECTS} to create" in run("apply", str(file))
    exported = tmp_path / "exported.json"
    exported.write_text(run("export"))
    assert run("apply", str(exported)) == f"Applied: 0 to create, 0 to update, {OBJECTS} unchanged.\n"


@pytest.mark.django_db
def test_commands_say_what_is_wrong(tmp_path):
    file = tmp_path / "bad.json"
    with pytest.raises(CommandError, match="cannot be read"):
        run("apply", str(file))
    file.write_text("{")
    with pytest.raises(CommandError, match="is not a JSON document"):
        run("apply", str(file))
    BusinessUnitFactory.create()
    file.write_text(json.dumps({"skills": [{"name": "x y", "campaign": "None"}]}))
    with pytest.raises(CommandError, match=r"(?s)Nothing was changed.*skills\[0\].campaign: There is no"):
        run("apply", str(file))


@pytest.mark.django_db
def test_the_demo_can_be_exported_and_applied(tmp_path):
    CampaignFactory.create(name="Service", notes="Ünïcode “quotes”")
    file = tmp_path / "all.json"
    file.write_text(run("export"), encoding="utf-8")
    assert "0 to create, 0 to update" in run("apply", str(file))
