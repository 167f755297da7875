"""The tables: what they say of a period, and to whom."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from agents.models import Agent
from core.clock import database_now
from core.errors import NotAllowed
from organizations.models import User
from organizations.roles import permissions_of
from reporting.kinds import KINDS
from reporting.models import Report
from reporting.services import sending
from reporting.services.saved import next_sending, save_report
from reporting.tables import DASH, duration
from skills.models import Skill
from tests.conftest import People
from tests.factories.agents import AgentFactory
from tests.factories.contacts import TraceStepFactory
from tests.factories.organizations import UserFactory
from tests.factories.reporting import ReportFactory
from tests.factories.skills import SkillFactory
from tests.reporting.past import at, contact_with, rebuild

MARCH = {"period": "chosen", "from": "2026-03-02", "to": "2026-03-02"}
SEEN = ("reporting.view_report", "contacts.view_contact", "contacts.view_message", "reporting.export_report")


@pytest.fixture
def skill(people: People) -> Skill:
    return SkillFactory.create(
        business_unit=people.unit, service_level_threshold_seconds=30, short_abandon_threshold_seconds=10
    )


def reader_of(people: People, *codes: str) -> User:
    user = UserFactory.create(business_unit=people.unit)
    user.user_permissions.set(permissions_of(codes or SEEN))
    return User.objects.get(pk=user.pk)


@pytest.fixture
def pages(people: People, client: Client) -> Client:
    client.force_login(reader_of(people))
    return client


def answered(skill: Skill, agent: Agent, wait: float, *, began: float = 0, **values: Any) -> Any:
    end = began + wait + 60
    return contact_with(
        skill,
        (began, "opened"),
        (began, "message_received"),
        (began, "queued"),
        (began + wait, "accepted", agent),
        (end, "ended", agent),
        (end + 10, "closed", agent),
        **values,
    )


def table(client: Client, slug: str, place: int = 0, **query: str) -> dict[str, dict[str, Any]]:
    """The rows of a table by their labels."""
    answer = client.get(f"/reports/{slug}/", {**MARCH, **query})
    assert answer.status_code == 200
    found = answer.context["tables"][place]["table"]
    return {str(row[found.label]): dict(row) for row in found.rows}


# -- Service level ---------------


def test_service_level_is_of_the_answered_and_the_abandoned(pages: Client, people: People, skill: Skill):
    for wait in (10, 30, 31):
        answered(skill, people.agent, wait)
    for wait in (5, 20):
        contact_with(skill, (0, "queued"), (wait, "closed"))
    contact_with(skill, (0, "queued"))
    rebuild()
    row = table(pages, "service-level")[skill.name]
    assert (row["queued"], row["answered"], row["in_time"], row["abandoned"]) == (6, 3, 2, 2)
    assert row["service_level_percent"] == 40.0
    Skill.objects.filter(pk=skill.pk).update(short_abandon_enabled=True)
    # What held when they were queued counts, so the past stays as it is.
    rebuild()
    assert table(pages, "service-level")[skill.name]["service_level_percent"] == 40.0


def test_without_contacts_there_is_no_service_level(pages: Client, skill: Skill):
    contact_with(skill, (0, "queued"))
    rebuild()
    row = table(pages, "service-level")[skill.name]
    assert row["service_level_percent"] is None
    assert DASH in pages.get("/reports/service-level/", MARCH).content.decode()


def test_by_campaign_and_by_time(pages: Client, people: People, skill: Skill):
    other = SkillFactory.create(business_unit=people.unit, campaign=skill.campaign)
    answered(skill, people.agent, 10)
    answered(other, people.agent, 10, began=3600)
    rebuild()
    assert table(pages, "service-level", by="campaign")[skill.campaign.name]["queued"] == 2
    # The factory's business unit counts in UTC; every hour of the day is there.
    hours = table(pages, "service-level", by="hour")
    assert len(hours) == 24
    assert [hours[f"2026-03-02 {hour:02}:00:00"]["queued"] for hour in (8, 9, 10)] == [0, 1, 1]


def test_days_are_those_of_the_business_unit(pages: Client, people: People, skill: Skill):
    people.unit.time_zone = "Asia/Kathmandu"
    people.unit.save()
    # 2026-03-02 18:20 in UTC is already the next day in Kathmandu, whose clocks are 5:45 ahead.
    answered(skill, people.agent, 10, began=9 * 3600 + 1200)
    rebuild()
    assert table(pages, "service-level") == {}
    assert (
        table(pages, "service-level", **{"from": "2026-03-03", "to": "2026-03-03"})[skill.name]["queued"] == 1
    )
    quarters = table(pages, "volumes", by="quarter", **{"from": "2026-03-03", "to": "2026-03-03"})
    assert quarters["2026-03-03 00:00:00"]["texts_in"] == 1


# -- The others ---------------


def test_volumes(pages: Client, people: People, skill: Skill):
    answered(skill, people.agent, 10)
    rebuild()
    row = table(pages, "volumes")["2026-03-02"]
    assert (row["texts_in"], row["handled"], row["mean_handle_seconds"], row["mean_acw_seconds"]) == (
        1,
        1,
        70.0,
        10.0,
    )


def test_agents(pages: Client, people: People, skill: Skill):
    answered(skill, people.agent, 10)
    contact_with(skill, (0, "queued"), (1, "offered", people.agent), (9, "offer_refused", people.agent))
    rebuild()
    name = people.agent.user.username
    row = table(pages, "agents")[name]
    assert (row["handled"], row["offered"], row["refused_percent"]) == (1, 1, 100.0)
    assert (row["occupied_seconds"], row["occupancy_percent"]) == (70.0, 100.0)


def test_states_are_cut_at_the_ends_of_the_period(pages: Client, people: People):
    zone = ZoneInfo(people.unit.time_zone)
    day = datetime(2026, 3, 2, tzinfo=zone)
    changes = people.agent.state_changes
    changes.all().delete()
    changes.create(status="available", since=day - timedelta(hours=1), until=day + timedelta(hours=2))
    changes.create(
        status="unavailable", reason="Lunch", since=day + timedelta(hours=2), until=day + timedelta(days=2)
    )
    answer = pages.get("/reports/agents/", MARCH)
    rows = answer.context["tables"][1]["table"].rows
    assert [(row["status"], row["reason"], row["seconds"]) for row in rows] == [
        ("available", "", 7200.0),
        ("unavailable", "Lunch", 22 * 3600.0),
    ]


def test_filters_leave_out(pages: Client, people: People, skill: Skill):
    other = SkillFactory.create(business_unit=people.unit)
    answered(skill, people.agent, 10)
    answered(other, people.agent, 10)
    rebuild()
    assert set(table(pages, "service-level", skill=other.name)) == {other.name}
    assert set(table(pages, "service-level", skill=f"{other.name}, {skill.name}")) == {other.name, skill.name}
    assert set(table(pages, "service-level", campaign=other.campaign.name)) == {other.name}


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"skill": "No-such"}, "There is no “No-such” in this business unit."),
        ({"period": "ever"}, "Choose one of: today"),
        ({"period": "chosen", "from": "2026-03-02", "to": "2026-03-01"}, "must not be before the first"),
        ({"period": "chosen", "from": "x", "to": "2026-03-01"}, "Write the day as 2026-03-31."),
        ({"period": "chosen", "from": "2026-01-01", "to": "2026-03-01", "by": "quarter"}, "at most 8 days"),
        ({"by": "moon"}, "Choose one of: skill"),
        ({"by": "agent"}, "Choose one of: skill"),
    ],
)
def test_what_cannot_be_understood_is_said_at_its_field(pages: Client, query: dict[str, str], sentence: str):
    answer = pages.get("/reports/service-level/", query)
    assert answer.status_code == 400
    assert sentence in answer.content.decode()


# -- Whose ---------------


@pytest.mark.parametrize("slug", [*KINDS, "contacts"])
def test_nobody_sees_another_business_unit(client: Client, people: People, skill: Skill, slug: str):
    contact = answered(skill, people.agent, 10)
    rebuild()
    client.force_login(people.stranger)
    page = client.get(f"/reports/{slug}/", MARCH).content.decode()
    assert skill.name not in page
    assert contact.customer.address not in page
    assert client.get(f"/reports/contacts/{contact.pk}/").status_code == 404
    assert client.get(f"/reports/{slug}/", {**MARCH, "business_unit": people.unit.name}).status_code == 400
    named = client.get(f"/reports/{slug}/", {**MARCH, "skill": skill.name})
    has_skills = slug == "contacts" or "skill" in KINDS[slug].filters
    assert named.status_code == (400 if has_skills else 200)


PLACES = ["/reports/", "/reports/service-level/", "/reports/contacts/", "/reports/saved/new/?kind=volumes"]


@pytest.mark.parametrize("place", PLACES)
def test_pages_need_the_permission(client: Client, people: People, place: str):
    client.force_login(reader_of(people, "contacts.view_contact"))
    answer = client.get(place)
    assert answer.status_code == 403
    assert "“Reports: view”" in answer.content.decode()


def test_the_history_needs_the_permission_on_contacts_too(client: Client, people: People):
    client.force_login(reader_of(people, "reporting.view_report"))
    assert "“Contacts: view”" in client.get("/reports/contacts/").content.decode()
    answer = client.get("/reports/contacts/export/", {"format": "csv"})
    assert answer.status_code == 403
    assert "“Reports: export and send”" in answer.content.decode()


# -- The history ---------------


def listed(client: Client, **query: str) -> list[int]:
    answer = client.get("/reports/contacts/", {**MARCH, **query})
    assert answer.status_code == 200, answer.context["problems"]
    return [row["contact"] for row in answer.context["rows"]]


def test_contacts_are_found_by_what_is_known_of_them(pages: Client, people: People, skill: Skill):
    other = AgentFactory.create(business_unit=people.unit)
    first = answered(skill, people.agent, 10)
    first.messages.update(text="Mon colis n’est pas arrivé")
    second = answered(skill, other, 10, began=60)
    rebuild()
    number = first.customer.address
    assert listed(pages) == [second.pk, first.pk]
    for query in (
        {"number": number},
        {"number": f"+{number[-6:-3]} {number[-3:]}"},
        {"text": "colis arrive"},
        {"text": "COLIS -facture"},
        {"agent": people.agent.user.username},
        {"number": number, "text": "colis", "skill": skill.name, "outcome": "answered"},
    ):
        assert listed(pages, **query) == [first.pk], query
    assert listed(pages, text="colis -arrive") == []
    assert listed(pages, outcome="abandoned") == []
    assert listed(pages, **{"from": "2026-03-03", "to": "2026-03-04"}) == []


def test_words_are_found_however_far_back(pages: Client, people: People, skill: Skill, monkeypatch):
    monkeypatch.setattr("reporting.history.LOOKED_THROUGH", 2)
    monkeypatch.setattr("reporting.history.PER_PAGE", 1)
    made = [answered(skill, people.agent, 10, began=place) for place in range(5)]
    for contact in (made[0], made[1]):
        contact.messages.update(text="rarity")
    rebuild()
    assert listed(pages, text="rarity") == [made[1].pk]
    older = pages.get("/reports/contacts/", {**MARCH, "text": "rarity"}).context["older"]
    assert [row["contact"] for row in pages.get(f"/reports/contacts/?{older}").context["rows"]] == [
        made[0].pk
    ]
    assert listed(pages, text="hello") == [made[4].pk]


def test_who_may_not_read_texts_finds_nothing_by_them(client: Client, people: People, skill: Skill):
    contact = answered(skill, people.agent, 10)
    contact.messages.update(text="secret")
    rebuild()
    client.force_login(reader_of(people, "reporting.view_report", "contacts.view_contact"))
    assert listed(client, text="nothing-like-it") == [contact.pk]
    assert "secret" not in client.get(f"/reports/contacts/{contact.pk}/").content.decode()


def test_pages_of_the_history_meet_and_do_not_overlap(
    pages: Client, people: People, skill: Skill, monkeypatch
):
    monkeypatch.setattr("reporting.history.PER_PAGE", 3)
    # Some at the same moment: the key decides.
    made = [answered(skill, people.agent, 10, began=0) for _place in range(8)]
    rebuild()
    newest_first = [contact.pk for contact in reversed(made)]
    seen, answer = [], pages.get("/reports/contacts/", MARCH)
    addresses = []
    while True:
        seen.append([row["contact"] for row in answer.context["rows"]])
        addresses.append(answer)
        if not answer.context["older"]:
            break
        answer = pages.get(f"/reports/contacts/?{answer.context['older']}")
    assert [pk for page in seen for pk in page] == newest_first
    back = pages.get(f"/reports/contacts/?{answer.context['newer']}")
    assert [row["contact"] for row in back.context["rows"]] == seen[-2]


@pytest.mark.parametrize(
    "place",
    [
        "x",
        "2026-03-02_1",
        "2026-03-02T00:00:00+00:00_",
        "_1",
        "2026-03-02T00:00:00+00:00_99999999999999999999",
    ],
)
def test_a_place_that_is_none_is_left_out(pages: Client, place: str):
    assert pages.get("/reports/contacts/", {**MARCH, "older": place}).status_code == 200


def test_the_history_costs_the_same_for_any_number(
    pages: Client, people: People, skill: Skill, django_assert_num_queries
):
    for _place in range(3):
        answered(skill, people.agent, 10)
    rebuild()
    listed(pages)
    with django_assert_num_queries(16):
        assert len(listed(pages)) == 3


def test_a_whole_life(pages: Client, people: People, skill: Skill):
    other = SkillFactory.create(business_unit=people.unit)
    agent = people.agent
    contact = contact_with(
        skill,
        (0, "opened"),
        (0, "message_received"),
        (1, "queued"),
        (2, "offered", agent),
        (20, "offer_expired", agent),
        (21, "offered", agent),
        (25, "accepted", agent),
        (30, "message_written", agent),
        (40, "transferred", other),
        (40, "queued", other),
        (100, "something_new", agent),
        (200, "closed"),
    )
    contact.messages.update(text="<script>alert(1)</script>")
    # The clock of a script is that of its beginning, before anything is written down.
    TraceStepFactory.create(contact=contact, action_type="BEGIN", label="Here", at=at(-1))
    answer = pages.get(f"/reports/contacts/{contact.pk}/")
    titles = [entry.title for entry in answer.context["entries"]]
    assert titles[:5] == [
        "The contact began",
        "The customer wrote",
        "BEGIN Here",
        f"Entered the queue of {skill.name}",
        f"Offered to {agent}",
    ]
    assert f"{agent} let the offer expire" in titles
    assert f"Entered the queue of {other.name}" in titles
    assert titles[-2:] == ["Something new", "The contact was closed"]
    assert "&lt;script&gt;alert(1)" in answer.content.decode()


# -- Files ---------------


def test_files_are_safe_from_formulas(pages: Client, people: People, skill: Skill):
    contact = answered(skill, people.agent, 10)
    contact.customer.address = "=HYPERLINK(1)"
    contact.customer.save()
    rebuild()
    text = pages.get("/reports/contacts/export/", {**MARCH, "format": "csv"}).content.decode("utf-8-sig")
    (heading, row) = csv.reader(io.StringIO(text))
    assert row[heading.index("Customer")] == "'=HYPERLINK(1)"
    assert row[heading.index("Waiting time (s)")] == "10.0"
    answer = pages.get("/reports/contacts/export/", {**MARCH, "format": "xlsx"})
    sheet = load_workbook(io.BytesIO(answer.content)).active
    cell = next(one for one in sheet[2] if "HYPERLINK" in str(one.value))
    assert (cell.value, cell.data_type) == ("'=HYPERLINK(1)", "s")


@pytest.mark.parametrize("slug", KINDS)
def test_every_report_is_a_file_in_both_languages(pages: Client, people: People, skill: Skill, slug: str):
    answered(skill, people.agent, 10)
    rebuild()
    for language in ("en", "fr"):
        User.objects.update(language=language)
        answer = pages.get(f"/reports/{slug}/export/", {**MARCH, "format": "xlsx"})
        book = load_workbook(io.BytesIO(answer.content))
        assert len(book.sheetnames) == len(pages.get(f"/reports/{slug}/", MARCH).context["tables"])
        assert pages.get(f"/reports/{slug}/export/", {**MARCH, "format": "csv"}).status_code == 200
    assert pages.get(f"/reports/{slug}/export/", {**MARCH, "format": "exe"}).status_code == 404


# -- Saved and sent ---------------


def save(client: Client, **values: str) -> Any:
    query = {"kind": "service-level", "choices": "period=last_7_days&by=campaign&business_unit=1"}
    return client.post(
        f"{reverse('report-save')}?kind={query['kind']}&choices=period%3Dlast_7_days%26by%3Dcampaign", values
    )


def test_a_report_is_kept_with_its_choices(pages: Client):
    values = {"name": "Weekly", "frequency": "", "file_format": "xlsx", "recipients": ""}
    answer = save(pages, **values)
    report = Report.objects.get()
    assert answer.url == reverse("report-saved", args=[report.pk])
    opened = pages.get(answer.url)
    assert opened.url == "/reports/service-level/?period=last_7_days&by=campaign"
    again = save(pages, **values)
    assert again.status_code == 400
    assert "You have a saved report with this name." in again.content.decode()


@pytest.mark.parametrize(
    ("recipients", "sentence"),
    [("", "Name at least one recipient."), ("a@example.org b", "“b” is not an e-mail address")],
)
def test_a_report_is_sent_to_somebody(pages: Client, recipients: str, sentence: str):
    answer = save(pages, name="Daily", frequency="daily", file_format="csv", recipients=recipients)
    assert answer.status_code == 400
    assert sentence in answer.content.decode()


def test_shared_reports_are_seen_and_not_changed(client: Client, people: People):
    mine = ReportFactory.create(business_unit=people.unit)
    shared = ReportFactory.create(business_unit=people.unit, is_shared=True)
    ReportFactory.create(is_shared=True)
    client.force_login(reader_of(people))
    assert list(client.get("/reports/").context["saved"]) == [shared]
    assert client.get(reverse("report-saved", args=[mine.pk])).status_code == 404
    assert client.post(reverse("report-delete", args=[shared.pk])).status_code == 403
    with pytest.raises(NotAllowed):
        save_report(by=reader_of(people), instance=shared, name="Mine now")


def test_sending_needs_the_permission(people: People):
    reader = reader_of(people, "reporting.view_report")
    values = {"kind": "volumes", "business_unit": people.unit, "name": "x", "recipients": "a@example.org"}
    with pytest.raises(NotAllowed):
        save_report(by=reader, frequency="daily", **values)


@pytest.mark.parametrize(
    ("frequency", "expected"),
    [
        ("daily", "2026-03-29T06:00+02:00"),
        ("weekly", "2026-03-30T06:00+02:00"),
        ("monthly", "2026-04-01T06:00+02:00"),
    ],
)
def test_reports_are_due_at_six_by_the_clocks_of_the_business_unit(frequency: str, expected: str):
    # The clocks go forward in the night.
    after = datetime.fromisoformat("2026-03-28T06:00+01:00")
    assert next_sending(frequency, "Europe/Paris", after=after) == datetime.fromisoformat(expected)


@pytest.fixture
def due(people: People, skill: Skill) -> Report:
    answered(skill, people.agent, 10)
    rebuild()
    report = save_report(
        by=reader_of(people),
        kind="service-level",
        business_unit=people.unit,
        name="Every day",
        choices="period=chosen&from=2026-03-02&to=2026-03-02",
        frequency="daily",
        file_format="csv",
        recipients="a@example.org\nb@example.org",
    )
    Report.objects.update(next_at=database_now() - timedelta(minutes=1))
    return report


def test_a_due_report_is_sent_once(due: Report, skill: Skill):
    assert (sending.send_due(), sending.send_due()) == (1, 0)
    (sent,) = mail.outbox
    assert sent.to == ["a@example.org", "b@example.org"]
    name, content, media_type = sent.attachments[0]
    assert (name, media_type) == ("service-level-2026-03-02-2026-03-02.csv", "text/csv")
    assert skill.name in str(content)
    due.refresh_from_db()
    assert due.sent_at is not None
    assert due.next_at is not None
    assert due.next_at > database_now()


def test_who_lost_the_permission_sends_nothing(due: Report):
    due.owner.user_permissions.clear()
    assert sending.send_due() == 0
    assert mail.outbox == []
    due.refresh_from_db()
    assert due.failure == "The owner of the report may not have it sent any more."


def test_a_mail_server_that_is_away_is_asked_again(due: Report, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    assert sending.send_due() == 0
    due.refresh_from_db()
    assert due.failure
    assert due.next_at is not None
    assert due.next_at < database_now() + timedelta(hours=2)


def test_what_nobody_foresaw_is_told_and_tried_again(due: Report):
    Report.objects.update(file_format="odt")
    assert sending.send_due() == 0
    due.refresh_from_db()
    assert due.failure.startswith("ValueError at ")
    assert due.next_at is not None
    assert due.next_at < database_now() + timedelta(hours=2)


def test_choices_of_a_saved_report_must_be_understood(pages: Client):
    address = f"{reverse('report-save')}?kind=volumes&choices=period%3Dnever"
    answer = pages.post(address, {"name": "x", "frequency": "", "file_format": "xlsx", "recipients": ""})
    assert answer.status_code == 400


@pytest.mark.parametrize(("value", "text"), [(0, "0 s"), (45.26, "45.3 s"), (185, "3:05"), (3765, "1:02:45")])
def test_durations(value: float, text: str):
    assert duration(value) == text
