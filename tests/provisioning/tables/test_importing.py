"""Files in and out: round trips, errors by row and column, hostile files, permissions."""

from __future__ import annotations

import io
import json
import random
import zipfile
from datetime import date

import pytest
from auditlog.models import LogEntry
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override
from openpyxl import Workbook, load_workbook

from agents.models import AgentSkill
from core.api import Changed
from core.errors import NotAllowed, RuleBroken
from points_of_contact.models import PointOfContact
from provisioning.planner import CREATE, UNCHANGED, UPDATE
from provisioning.resources import IN_ORDER, POINTS_OF_CONTACT, SCRIPTS, SKILLS, SMS_REGISTRATIONS, TAGS
from provisioning.tables.columns import TABULAR, table_of
from provisioning.tables.importing import apply_import, preview_import
from provisioning.tables.reading import MAX_BYTES, FileRefused
from provisioning.tables.writing import Format, export_table, import_template
from skills.models import Skill
from tests.factories.agents import AgentFactory
from tests.factories.campaigns import CampaignFactory
from tests.factories.dispositions import DispositionFactory, TagFactory
from tests.factories.organizations import UserFactory
from tests.factories.skills import SkillFactory
from tests.provisioning.cases import CASES

pytestmark = pytest.mark.django_db


@pytest.fixture
def unit(people):
    """A business unit with all that skills refer to."""
    CampaignFactory.create(name="Service", business_unit=people.unit)
    for name in ("Resolved", "Spam"):
        DispositionFactory.create(name=name, business_unit=people.unit)
    TagFactory.create(name="VIP; really", business_unit=people.unit)
    AgentFactory.create(business_unit=people.unit, user__username="olivia")
    return people.unit


def xlsx(*rows):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def csv_of(*lines):
    return "\n".join(lines).encode()


def only(preview):
    (row,) = preview.rows
    return row


# -- Round trips ---------------


@pytest.mark.parametrize("file_format", list(Format))
@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("labels", [True, False])
@pytest.mark.parametrize(
    "case",
    [one for one in CASES if one.slug not in ("scripts", "hours-of-operation", "script-secrets")],
    ids=lambda one: one.slug,
)
def test_what_is_exported_and_imported_changes_nothing(case, labels, language, file_format, admin, people):
    assert admin.post(case.url, case.body(people.unit)).status_code == 201
    resource = next(one for one in IN_ORDER if one.section.replace("_", "-") == case.slug)
    with override(language):
        content = export_table(resource, resource.queryset(), file_format, labels=labels)
    # Whatever the language of the reader.
    preview = preview_import(resource, content, by=people.admin)
    assert preview.errors() == {}
    assert {row.action for row in preview.rows} == {UNCHANGED}


HOSTILE_NOTES = [
    "=HYPERLINK(1)",
    "'=1",
    "+1",
    "-1",
    "@x",
    "\t=1",
    "a\r\nb",
    "_x000D_",
    "a\x0bb",
    "«é», ; \"'",
]


@pytest.mark.parametrize("file_format", list(Format))
@pytest.mark.parametrize("notes", HOSTILE_NOTES)
def test_any_text_comes_back_and_is_never_a_formula(notes, file_format, people):
    TagFactory.create(business_unit=people.unit, name="VIP", notes=notes)
    content = export_table(TAGS, TAGS.queryset(), file_format, labels=True)
    assert only(preview_import(TAGS, content, by=people.admin)).action == UNCHANGED
    if file_format is Format.XLSX:
        sheet = load_workbook(io.BytesIO(content)).active
        assert not [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]


@pytest.mark.parametrize("resource", TABULAR, ids=lambda one: one.section)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_template_is_read_and_says_nothing(resource, language, people):
    with override(language):
        for file_format in Format:
            content = import_template(resource, file_format, by=people.admin, labels=True)
            with pytest.raises(FileRefused, match="heading"), override("en"):
                preview_import(resource, content, by=people.admin)


def test_the_template_offers_the_allowed_values(unit, people):
    book = load_workbook(io.BytesIO(import_template(SKILLS, Format.XLSX, by=people.admin, labels=True)))
    values = {
        column[0].value: [cell.value for cell in column[1:] if cell.value]
        for column in book["Values"].columns
    }
    assert values["Campaign"] == ["Service"]
    assert values["Direction"] == ["Inbound", "Outbound"]
    assert sorted(values["Agents"]) == sorted(["olivia", people.agent.user.username])
    sheet = book.worksheets[0]
    assert sheet["A1"].comment is not None
    assert "Values" in " ".join(rule.formula1 for rule in sheet.data_validations.dataValidation)


@pytest.mark.parametrize("resource", TABULAR, ids=lambda one: one.section)
def test_headings_mean_one_column_each(resource):
    seen = {}
    for column in table_of(resource).columns:
        for name in column.names():
            assert seen.setdefault(name, column.name) == column.name
    assert SCRIPTS not in TABULAR
    assert "api secret" not in seen


# -- Reading ---------------


def test_a_french_file_makes_a_skill(unit, people):
    content = csv_of(
        "Nom de la compétence;Campagne;direction;Accélération;Dispositions;agents",
        'Réclamations;service;Entrant;0,125;"Spam; Resolved";olivia:3',
    )
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"):
        row = only(preview_import(SKILLS, content.decode().encode(encoding), by=people.admin))
        assert (row.number, row.key, row.action, row.errors) == (2, "Réclamations", CREATE, {})
    apply_import(SKILLS, content, by=people.admin)
    skill = Skill.objects.get(name="Réclamations")
    assert float(skill.acceleration) == 0.125
    assert [one.disposition.name for one in skill.skill_dispositions.order_by("position")] == [
        "Spam",
        "Resolved",
    ]
    assert AgentSkill.objects.get(skill=skill).proficiency == 3


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters(delimiter, people):
    content = csv_of(delimiter.join(["name", "notes"]), delimiter.join(["VIP", "x"]), "", delimiter)
    assert only(preview_import(TAGS, content, by=people.admin)).action == CREATE
    hinted = csv_of(f"sep={delimiter}", content.decode())
    assert only(preview_import(TAGS, hinted, by=people.admin)).number == 3


def test_numbers_of_a_spreadsheet_become_transport_codes_again(people):
    content = xlsx(["Provider", "Transport code"], ["simulator", 4.47700900001e11])
    assert only(preview_import(SMS_REGISTRATIONS, content, by=people.admin)).key == "447700900001"
    dated = xlsx(["provider", "transport_code"], ["simulator", date(2026, 1, 2)])
    assert (
        "date" in only(preview_import(SMS_REGISTRATIONS, dated, by=people.admin)).errors["transport_code"][0]
    )


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (["name,campain", "A,B"], "Did you mean “Campaign”"),
        (["name,campaign,Campaign", "A,B,C"], "twice"),
        (["campaign", "A"], "“Skill name” is missing"),
        (["name,campaign"], "no rows"),
        ([""], "empty"),
        (['name,campaign\n"A,B'], "Row 2"),
    ],
)
def test_headings_that_make_no_sense_are_refused(lines, sentence, people):
    with pytest.raises(FileRefused, match=sentence):
        preview_import(SKILLS, csv_of(*lines), by=people.admin)


def test_errors_are_said_by_row_and_column_with_the_sentences_of_the_api(unit, people, admin):
    content = csv_of(
        "name,campaign,acceleration,dispositions,max_priority",
        "Good,Service,1,,",
        'no spaces,Nowhere,fast,"Resolved; Lost",2000',
        "Twice,Service,1,,",
        "TWICE,Service,1,,",
        ",Service,1,,",
    )
    preview = preview_import(SKILLS, content, by=people.admin)
    rows = {row.number: row for row in preview.rows}
    assert rows[2].action == CREATE
    assert set(rows[3].errors) == {"campaign", "acceleration", "dispositions", "max_priority"}
    assert rows[4].errors == rows[5].errors
    assert "4, 5" in rows[4].errors["name"][0]
    assert set(rows[6].errors) == {"name"}
    assert not preview.is_valid
    body = {"name": "no spaces", "campaign": "Nowhere", "acceleration": "fast", "max_priority": 2000}
    asked = admin.post("/api/v1/skills", body).json()["fields"]
    assert all(rows[3].errors[name] == asked[name] for name in ("campaign", "acceleration", "max_priority"))
    with pytest.raises(RuleBroken) as refused:
        apply_import(SKILLS, content, by=people.admin)
    assert "rows[3].campaign" in refused.value.fields
    assert not Skill.objects.exists()


def test_empty_cells_empty_what_may_be_empty(people):
    skill = SkillFactory.create(business_unit=people.unit, name="Support", notes="x", acceleration=3)
    DispositionFactory.create(business_unit=people.unit)
    content = csv_of("name,notes,acceleration,dispositions", "Support,,,")
    row = only(apply_import(SKILLS, content, by=people.admin))
    assert row.changes == {"notes": {"from": "x", "to": ""}}
    skill.refresh_from_db()
    assert (skill.notes, skill.acceleration) == ("", 3)


def test_an_id_says_which_object_is_meant(people):
    skill = SkillFactory.create(business_unit=people.unit, name="Support")
    foreign = SkillFactory.create(business_unit=people.stranger.business_unit, name="Foreign")
    row = only(apply_import(SKILLS, csv_of("Skill ID,name", f"{skill.pk},Help"), by=people.admin))
    assert row.changes == {"name": {"from": "Support", "to": "Help"}}
    for wrong in (foreign.pk, "x", -1, 2**80):
        row = only(preview_import(SKILLS, csv_of("id,name", f"{wrong},Help"), by=people.admin))
        assert set(row.errors) == {"id"}


def test_only_the_rows_that_are_marked_as_changed(people):
    content = csv_of("Row Changed,name,notes", "Y,VIP,", ",Other,", "n,More,", "perhaps,Unclear,")
    preview = preview_import(TAGS, content, by=people.admin, changed_rows_only=True)
    assert [(row.key, row.action) for row in preview.rows] == [("VIP", CREATE), ("Unclear", "error")]
    assert preview.skipped == 2
    assert len(preview_import(TAGS, content, by=people.admin).rows) == 4
    with pytest.raises(FileRefused, match="Row changed"):
        preview_import(TAGS, csv_of("name", "VIP"), by=people.admin, changed_rows_only=True)


def test_what_changed_since_the_preview_is_not_applied(people):
    tag = TagFactory.create(business_unit=people.unit, name="VIP", notes="old")
    content = csv_of("name,notes", "VIP,new")
    digest = preview_import(TAGS, content, by=people.admin).digest
    assert preview_import(TAGS, content, by=people.admin).digest == digest
    tag.notes = "older"
    tag.save()
    with pytest.raises(Changed):
        apply_import(TAGS, content, by=people.admin, digest=digest)
    tag.refresh_from_db()
    assert tag.notes == "older"


def test_points_of_contact(people, admin):
    case = next(one for one in CASES if one.slug == "points-of-contact")
    case.body(people.unit)
    content = xlsx(
        ["Name", "Transport code", "ACD skill", "Script", "IVR reporting enabled"],
        ["Front door", 33612345678, "support", "Plain queue", "Yes"],
    )
    apply_import(POINTS_OF_CONTACT, content, by=people.admin)
    assert PointOfContact.objects.get().ivr_reporting_enabled is True


# -- Hostile files ---------------


def zipped(**parts):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


HOSTILE = {
    "nothing": b"",
    "binary": bytes(range(256)) * 40,
    "image": b"\x89PNG\r\n\x1a\n" + bytes(100),
    "old Excel": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000),
    "too large": b"name\n" + b"x" * MAX_BYTES,
    "too many rows": b"name\n" + b"x\n" * 10_001,
    "too many columns": b"name" + b"," * 100 + b"x\n",
    "endless quote": b'name\n"' + b"x" * 1_000_000,
    "zip bomb": zipped(**{"xl/worksheets/sheet1.xml": b"0" * 70_000_000}),
    "many parts": zipped(**{f"part{number}": "" for number in range(300)}),
    "other zip": zipped(readme="hello"),
    "cut short": xlsx(["name"], ["VIP"])[:2000],
    "half UTF-16": b"\xff\xfen\x00a",
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_files_are_refused_with_a_sentence(content, people):
    with pytest.raises(FileRefused) as refused:
        preview_import(TAGS, content, by=people.admin)
    assert refused.value.fields["file"]


def _with_part(content, name, text):
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            new.writestr(part.filename, text if part.filename == name else old.read(part))
    return out.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
NAMESPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
LAUGHS = '<!DOCTYPE l [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {chr(98 + place)} "{f"&{chr(97 + place)};" * 10}">' for place in range(9)
)


def sheet_of(rows):
    return f"<worksheet {NAMESPACE}><sheetData>{rows}</sheetData></worksheet>"


@pytest.mark.parametrize(
    "sheet",
    [
        LAUGHS + "]>" + sheet_of("<row r='1'><c r='A1' t='inlineStr'><is><t>&j;</t></is></c></row>"),
        sheet_of("<row r='1048576'><c r='XFD1048576'><v>1</v></c></row>"),
        sheet_of("<row r='1'><c r='A1'><v>1</v></c><c r='CW1'><v>1</v></c></row>"),
    ],
    ids=["billion laughs", "last row of all", "column 101"],
)
def test_hostile_sheets_are_refused(sheet, people):
    with pytest.raises(FileRefused):
        preview_import(TAGS, _with_part(xlsx(["name"], ["VIP"]), SHEET, sheet), by=people.admin)


def test_damaged_files_never_break_the_reader(people):
    whole, dice = xlsx(["name", "notes"], ["VIP", "x"]), random.Random(7)
    refused = 0
    for _turn in range(60):
        damaged = bytearray(whole)
        for _byte in range(dice.randrange(1, 12)):
            damaged[dice.randrange(len(damaged))] = dice.randrange(256)
        try:
            preview = preview_import(TAGS, bytes(damaged), by=people.admin)
        except FileRefused:
            refused += 1
        else:
            assert [row.key for row in preview.rows] == ["VIP"]
    assert refused


def test_what_breaks_a_rule_of_the_database_is_named_among_many_that_do_not(unit, people):
    """The quick way stops at the first; then all of them are found."""
    rows = [f"S-{place},Service,{900 if place in (3, 70) else 1},800" for place in range(100)]
    content = csv_of("name,campaign,initial_priority,max_priority", *rows)
    sentence = "The initial priority must not exceed the maximum priority."
    assert preview_import(SKILLS, content, by=people.admin).errors() == {
        "rows[5].initial_priority": [sentence],
        "rows[72].initial_priority": [sentence],
    }
    with pytest.raises(RuleBroken):
        apply_import(SKILLS, content, by=people.admin)
    assert not Skill.objects.filter(business_unit=unit).exists()


def test_a_preview_logs_nothing_and_applying_does(unit, people):
    content = csv_of("name,campaign,dispositions", "Support,Service,Resolved")
    LogEntry.objects.all().delete()
    preview_import(SKILLS, content, by=people.admin)
    assert not LogEntry.objects.exists()
    apply_import(SKILLS, content, by=people.admin)
    assert {entry.actor for entry in LogEntry.objects.all()} == {people.admin}
    assert LogEntry.objects.get_for_model(Skill).count() == 1


# -- Queries ---------------


def _skills(number, acceleration=1):
    lines = [f"S-{place},Service,Resolved,{acceleration}" for place in range(number)]
    return csv_of("name,campaign,dispositions,acceleration", *lines)


def _queries(content, by):
    with CaptureQueriesContext(connection) as queries:
        preview = preview_import(SKILLS, content, by=by)
    assert preview.is_valid
    return len(queries)


def test_queries_do_not_grow_with_what_stays_and_little_with_what_is_new(unit, people):
    few, many = _skills(2), _skills(22)
    # For each new skill with a disposition: its row, its link, and what links it had.
    assert (_queries(many, people.admin) - _queries(few, people.admin)) / 20 <= 3.5
    apply_import(SKILLS, many, by=people.admin)
    assert _queries(few, people.admin) == _queries(many, people.admin) <= 14
    changed = _skills(22, acceleration=2), _skills(2, acceleration=2)
    assert (_queries(changed[0], people.admin) - _queries(changed[1], people.admin)) / 20 <= 24


# -- Permissions and the API ---------------


def upload(content, name="skills.csv"):
    return {"file": SimpleUploadedFile(name, content)}


def allowed(user, *codenames):
    user.user_permissions.add(*Permission.objects.filter(codename__in=codenames))
    return type(user).objects.get(pk=user.pk)


def test_each_row_needs_the_permission_for_what_it_does(people):
    TagFactory.create(business_unit=people.unit, name="VIP")
    user = allowed(UserFactory.create(business_unit=people.unit), "add_tag")
    assert only(preview_import(TAGS, csv_of("name", "New"), by=user)).action == CREATE
    with pytest.raises(NotAllowed) as refused:
        preview_import(TAGS, csv_of("name,notes", "New,", "VIP,x"), by=user)
    assert list(refused.value.fields) == ["rows[3]"]


@pytest.mark.parametrize("resource", TABULAR, ids=lambda one: one.section)
def test_without_permission_no_file_goes_in_or_out(resource, colleague, client):
    url = f"/api/v1/{resource.section.replace('_', '-')}"
    assert colleague.post(f"{url}/import", upload(b"name\nx"), format="multipart").status_code == 403
    assert colleague.get(f"{url}/import-template").status_code == 403
    assert colleague.get(f"{url}/export").status_code == 403
    assert client.get(f"{url}/export").status_code == 401


def test_a_file_by_the_api(unit, admin):
    url, content = "/api/v1/skills/import", csv_of("name,campaign", "Support,Service")
    dry = admin.post(f"{url}?dry_run=true", upload(content), format="multipart")
    assert dry.status_code == 200, dry.content
    assert dry.json()["summary"] == {"create": 1, "update": 0, "unchanged": 0, "error": 0}
    assert not Skill.objects.exists()
    done = admin.post(f"{url}?digest={dry.json()['digest']}", upload(content), format="multipart")
    assert done.json()["rows"][0]["row"] == 2
    assert Skill.objects.exists()
    stale = admin.post(f"{url}?digest={dry.json()['digest']}", upload(content), format="multipart")
    assert stale.status_code == 412
    wrong = csv_of("name,campaign", "Sales,Nowhere")
    assert admin.post(url, upload(wrong), format="multipart").json()["fields"].keys() == {"rows[2].campaign"}
    assert (
        admin.post(f"{url}?dry_run=true", upload(wrong), format="multipart").json()["summary"]["error"] == 1
    )
    assert admin.post(url, {}, format="multipart").json()["fields"].keys() == {"file"}
    assert admin.post(f"{url}?dry_run=maybe", upload(content), format="multipart").status_code == 400


def test_an_export_honours_filters_search_and_reach(admin, people):
    for name in ("Support", "Sales"):
        SkillFactory.create(business_unit=people.unit, name=name)
    SkillFactory.create(name="Foreign", business_unit=people.stranger.business_unit)
    answer = admin.get("/api/v1/skills/export?search=sal")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    lines = answer.content.decode().splitlines()
    assert lines[0].startswith("row_changed,id,name,campaign")
    assert [line.split(",")[2] for line in lines[1:]] == ["Sales"]
    assert b"Foreign" not in admin.get("/api/v1/skills/export?ordering=-name").content
    book = load_workbook(io.BytesIO(admin.get("/api/v1/skills/export?format=xlsx&headings=labels").content))
    assert book.active["C1"].value == "Skill name"
    assert admin.get("/api/v1/skills/export?format=pdf").json()["fields"].keys() == {"format"}
    assert admin.get("/api/v1/skills/export?colour=red").status_code == 400
    assert admin.get("/api/v1/skills?headings=labels").status_code == 400


def test_secrets_are_in_no_file(admin, people):
    case = next(one for one in CASES if one.slug == "sms-registrations")
    admin.post(case.url, case.body(people.unit))
    content = admin.get("/api/v1/sms-registrations/export").content.decode()
    assert "made-up" not in content
    assert "secret" not in content.splitlines()[0]
    assert UPDATE not in json.dumps(content)
