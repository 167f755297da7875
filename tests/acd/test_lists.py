"""What lists say at a glance, at a fixed number of queries; choosing among many; where objects are used."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets
from django.db import connection, models
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation
from django.utils.functional import Promise
from django.utils.html import strip_tags

from acd.cells import plain_number
from acd.choices import SHOWN
from acd.figures import start_of_day
from acd.phrases import PHRASES
from agents.models import Agent, AgentState, Team
from agents.services import update_staffed_skill
from campaigns.models import Campaign
from contacts.models import Customer, Message
from core.audit import log_change
from core.clock import database_now
from dispositions.models import Disposition
from organizations.models import User
from points_of_contact.models import PointOfContact
from reporting.models import SkillInterval
from scripts.models import Script
from skills.models import Skill
from sms_registrations.models import SmsRegistration
from sms_registrations.services import update_sms_registration
from tests.conftest import People
from tests.factories.agents import AgentFactory, AgentSkillFactory, TeamFactory
from tests.factories.campaigns import CampaignFactory
from tests.factories.contacts import ContactFactory, MessageFactory
from tests.factories.dispositions import DispositionFactory
from tests.factories.messaging import DeliveryFactory, OptOutFactory, SendWindowFactory
from tests.factories.organizations import UserFactory
from tests.factories.points_of_contact import PointOfContactFactory
from tests.factories.scripts import ScriptFactory
from tests.factories.skills import SkillDispositionFactory, SkillFactory
from tests.factories.sms_registrations import SmsRegistrationFactory

pytestmark = pytest.mark.django_db


def shown_fields(page: Any) -> Iterator[models.Field]:
    """The columns that a list, its filters or its form show under the name that the model gives them."""
    filters = [
        one if isinstance(one, str) else one[0] for one in page.list_filter if not isinstance(one, type)
    ]
    names = [*page.list_display, *filters]
    names += flatten_fieldsets(page.fieldsets) if page.fieldsets else list(page.fields or ())
    names += page.readonly_fields
    for inline in page.inlines:
        yield from (inline.model._meta.get_field(name) for name in inline.fields)
    columns = {field.name: field for field in (*page.opts.fields, *page.opts.many_to_many)}
    yield from (columns[name] for name in names if name in columns and name != "id")


def test_every_column_has_a_name_in_the_readers_language():
    english = [
        str(field)
        for page in admin.site._registry.values()
        for field in shown_fields(page)
        if not isinstance(field.verbose_name, Promise)
    ]
    assert english == []


@pytest.fixture
def desk(client: Client, people: People) -> Client:
    """The administrator of one business unit."""
    client.force_login(people.admin)
    return client


def address(model: type[models.Model], page: str, *arguments: object) -> str:
    meta = model._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_{page}", args=arguments)


def cells(client: Client, model: type[models.Model], **filters: object) -> list[dict[str, str]]:
    """The rows of a list: by the heading of the column, the words in the cell."""
    page = client.get(address(model, "changelist"), filters).content.decode()
    table = page[page.index('id="result_list"') :]
    body = table[table.index("<tbody") : table.index("</tbody>")]
    found = []
    for row in body.split("<tr")[1:]:
        pairs = re.findall(r'data-label="([^"]*)"[^>]*>(.*?)</t[dh]>', row, re.DOTALL)
        found.append({label: " ".join(strip_tags(cell).split()) for label, cell in pairs})
    return found


class TestFigures:
    def test_of_a_skill(self, desk: Client, people: People):
        skill = SkillFactory.create(business_unit=people.unit, name="Support")
        AgentSkillFactory.create(skill=skill, agent=people.agent)
        ContactFactory.create_batch(2, business_unit=people.unit, skill=skill, queued=True)
        midnight = start_of_day(people.admin)
        SkillInterval.objects.create(skill=skill, slot=midnight, answered=2, in_time=2)
        SkillInterval.objects.create(skill=skill, slot=midnight - timedelta(minutes=15), answered=3)
        [row] = [one for one in cells(desk, Skill) if one["Skill name"] == "Support"]
        shown = (row["Agents"], row["Waiting now"], row["Service level today"], row["Status"])
        assert shown == ("1", "2", "100% goal 80%", "Active")

    def test_nobody_serves_a_skill(self, desk: Client, people: People):
        inactive = AgentFactory.create(business_unit=people.unit, is_active=False)
        AgentSkillFactory.create(agent=inactive, skill__business_unit=people.unit, skill__name="Lost")
        [row] = cells(desk, Skill, q="Lost")
        assert (row["Agents"], row["Service level today"]) == ("none", "\u2013")

    def test_of_a_registration(self, desk: Client, people: People):
        line = SmsRegistrationFactory.create(business_unit=people.unit, transport_code="33612345678")
        [row] = cells(desk, SmsRegistration)
        assert (row["Transport code"], row["Works"]) == ("+33 6 12 34 56 78", "Not used yet")
        point = PointOfContactFactory.create(business_unit=people.unit, transport_code=line)
        contact = ContactFactory.create(business_unit=people.unit, point_of_contact=point)
        MessageFactory.create(contact=contact, transport_code=line)
        text = MessageFactory.create(contact=contact, transport_code=line, outbound=True)
        OptOutFactory.create(registration=line, customer=contact.customer)
        [row] = cells(desk, SmsRegistration)
        assert (row["Works"], row["Last text in"], row["Opted out"]) == ("Works", "just now", "1")
        Message.objects.filter(pk=text.pk).update(status="failed", status_reason="No such number")
        assert cells(desk, SmsRegistration)[0]["Works"] == "Last text failedNo such number"
        paused = database_now() + timedelta(minutes=1)
        SendWindowFactory.create(registration=line, paused_until=paused, pause_reason="Wrong secret")
        assert cells(desk, SmsRegistration)[0]["Works"] == "Sending pausesWrong secret"

    def test_of_a_point_of_contact(self, desk: Client, people: People):
        point = PointOfContactFactory.create(business_unit=people.unit, ivr_reporting_enabled=True)
        [row] = cells(desk, PointOfContact)
        assert (row["Script"], row["IVR reporting"]) == (f"{point.script.name} v1", "On")
        assert row["ACD skill"] == point.skill.name
        point.script.versions.update(status="superseded")
        assert cells(desk, PointOfContact)[0]["Script"] == f"{point.script.name} not published"

    def test_of_an_agent(self, desk: Client, people: People):
        AgentSkillFactory.create(agent=people.agent, skill__business_unit=people.unit)
        state = AgentState.objects.filter(agent=people.agent)
        state.update(status="available", limit=3, slots=3, load=1)
        row = cells(desk, Agent)[0]
        assert (row["Now"], row["Skills"]) == ("Available", "1")
        assert row["SMS sessions"].startswith("1 / ")
        state.update(load=3)
        assert cells(desk, Agent)[0]["Now"] == "Available, full"
        state.update(vanished_at=database_now())
        assert cells(desk, Agent)[0]["Now"] == "Connection lost"
        state.update(status="unavailable", reason="Lunch")
        assert cells(desk, Agent)[0]["Now"] == "UnavailableLunch"

    def test_counts_of_the_others(self, desk: Client, people: People):
        skill = SkillFactory.create(business_unit=people.unit)
        SkillDispositionFactory.create(skill=skill, disposition__business_unit=people.unit)
        team = TeamFactory.create(business_unit=people.unit)
        AgentFactory.create(business_unit=people.unit, team=team)
        PointOfContactFactory.create(business_unit=people.unit)
        assert cells(desk, Campaign, q=skill.campaign.name)[0]["Skills"] == "1"
        assert cells(desk, Disposition)[0]["Skills"] == "1"
        assert cells(desk, Team, q=team.name)[0]["Agents"] == "1"
        assert cells(desk, Script)[0]["Points of contact"] == "1"

    def test_headers_sort_by_what_they_count(self, desk: Client, people: People):
        first, second = SkillFactory.create_batch(2, business_unit=people.unit)
        AgentSkillFactory.create(agent=people.agent, skill=second)
        names = [row["Skill name"] for row in cells(desk, Skill, o="-4")]
        assert names.index(second.name) < names.index(first.name)

    def test_a_count_leads_to_what_it_counts(self, desk: Client, people: People):
        skill = SkillFactory.create(business_unit=people.unit)
        AgentSkillFactory.create(agent=people.agent, skill=skill)
        AgentFactory.create(business_unit=people.unit)
        link = f"{address(Agent, 'changelist')}?skills__id__exact={skill.pk}"
        assert link in desk.get(address(Skill, "changelist")).content.decode()
        assert [row["User name"] for row in cells(desk, Agent, skills__id__exact=skill.pk)] == [
            people.agent.user.username
        ]

    def test_numbers_as_people_write_them(self):
        with translation.override("fr"):
            assert plain_number(12345) == "12\xa0345"
        with translation.override("en"):
            assert plain_number(12345) == "12,345"

    @pytest.mark.parametrize("model", [Skill, SmsRegistration, Campaign, PointOfContact, Script, Agent, Team])
    def test_more_rows_cost_no_more_queries(self, desk: Client, people: People, model: Any):
        def queries() -> int:
            with CaptureQueriesContext(
                connection,
            ) as captured:
                desk.get(address(model, "changelist"))
            return len(captured)

        def more(count: int) -> None:
            for _number in range(count):
                point = PointOfContactFactory.create(business_unit=people.unit)
                team = TeamFactory.create(business_unit=people.unit)
                agent = AgentFactory.create(business_unit=people.unit, team=team)
                AgentSkillFactory.create(agent=agent, skill=point.skill)

        more(1)
        queries()
        few = queries()
        more(4)
        assert queries() == few <= 8


class TestChoosing:
    def test_few_options_stay_a_plain_select(self, desk: Client, people: People):
        CampaignFactory.create_batch(3, business_unit=people.unit)
        page = desk.get(address(Skill, "add")).content.decode()
        assert 'data-search="/acd/autocomplete' not in page

    def test_many_are_searched_for(self, desk: Client, people: People):
        CampaignFactory.create_batch(SHOWN + 5, business_unit=people.unit)
        last = CampaignFactory.create(business_unit=people.unit, name="zz last")
        skill = SkillFactory.create(business_unit=people.unit, campaign=last)
        page = desk.get(address(Skill, "change", skill.pk)).content.decode()
        select = page[page.index('<select name="campaign"') :]
        select = select[: select.index("</select>")]
        assert select.count("<option") == 1 + SHOWN + 1
        assert f'<option value="{last.pk}" selected>zz last</option>' in select
        [search] = re.findall(r'data-search="([^"]*)"', select)
        found = desk.get(f"{search.replace('&amp;', '&')}&term=zz").json()["results"]
        assert found == [{"id": str(last.pk), "text": "zz last"}]

    def test_what_is_not_in_the_page_may_be_sent(self, desk: Client, people: People):
        rows = CampaignFactory.create_batch(SHOWN + 5, business_unit=people.unit)
        campaign = max(rows, key=lambda one: one.name)
        sent = {
            "name": "Support",
            "campaign": campaign.pk,
            "direction": "inbound",
            "media_type": "sms",
            "is_active": "on",
            "initial_priority": 0,
            "acceleration": 1,
            "max_priority": 1000,
            "service_level_threshold_seconds": 30,
            "service_level_goal_percent": 80,
            "short_abandon_threshold_seconds": 15,
            "after_contact_work_seconds": 0,
            "after_contact_work_extension_seconds": 0,
            "screen_pop_trigger": "answer",
            "returning_agent_seconds": 0,
            "overflow_after_seconds": 60,
            "queue_order": "priority",
        }
        assert desk.post(address(Skill, "add"), sent).status_code == 302
        assert Skill.objects.get(name="Support").campaign == campaign

    def test_others_are_not_found(self, desk: Client):
        CampaignFactory.create(name="theirs")
        named = {"app_label": "skills", "model_name": "skill", "field_name": "campaign", "term": "theirs"}
        assert desk.get(reverse("admin:autocomplete"), named).json()["results"] == []

    def test_filters_hold_no_choices_but_the_chosen(self, desk: Client, people: People):
        rows = SkillFactory.create_batch(3, business_unit=people.unit)
        AgentSkillFactory.create(agent=people.agent, skill=rows[0])
        page = desk.get(address(Agent, "changelist"), {"skills__id__exact": rows[0].pk}).content.decode()
        assert rows[0].name in page
        assert rows[1].name not in page

    def test_a_nonsense_filter_is_refused(self, desk: Client):
        answer = desk.get(address(Agent, "changelist"), {"skills__id__exact": "x"})
        assert answer.status_code == 302


class TestUses:
    def test_users_are_named_with_their_addresses(self, desk: Client, people: People):
        campaign = CampaignFactory.create(business_unit=people.unit)
        skills = SkillFactory.create_batch(4, business_unit=people.unit, campaign=campaign)
        page = desk.get(address(Campaign, "change", campaign.pk))
        [use] = page.context["uses"]
        assert (use.label, use.number, use.left_out) == ("ACD skills", 4, 2)
        assert use.named[0].address == address(Skill, "change", skills[0].pk)
        assert use.address == f"{address(Skill, 'changelist')}?campaign__id__exact={campaign.pk}"
        assert use.named[0].address.encode() in page.content

    def test_nothing_uses_it(self, desk: Client, people: People):
        campaign = CampaignFactory.create(business_unit=people.unit)
        page = desk.get(address(Campaign, "change", campaign.pk))
        assert page.context["uses"] == []
        assert b"Nothing uses it yet." in page.content

    def test_deactivating_says_what_it_means(self, desk: Client, people: People):
        skill = SkillFactory.create(business_unit=people.unit)
        url = address(Skill, "change", skill.pk)
        assert b"Nobody can transfer a contact to it" in desk.get(url).content
        desk.post(url, {"_switch": "1"})
        assert not Skill.objects.get(pk=skill.pk).is_active
        assert b"Nobody can transfer a contact to it" not in desk.get(url).content


class TestHistory:
    def test_references_are_names(self, desk: Client, people: People):
        skill = SkillFactory.create(business_unit=people.unit)
        disposition = DispositionFactory.create(business_unit=people.unit, name="Resolved")
        new = CampaignFactory.create(business_unit=people.unit, name="Spring")
        old = skill.campaign.name
        update_staffed_skill(
            by=people.admin,
            instance=skill,
            campaign=new,
            acceleration=2,
            agents=[(people.agent, 3)],
            dispositions=[disposition],
        )
        text = " ".join(strip_tags(desk.get(address(Skill, "history", skill.pk)).content.decode()).split())
        assert f"{old} → Spring" in text
        assert "Acceleration: 1 → 2" in text
        assert f"Agent: {people.agent}" in text
        assert "Disposition: Resolved" in text

    def test_what_has_no_name_is_called_in_the_language_of_the_reader(self, desk: Client, people: People):
        contact = ContactFactory.create(business_unit=people.unit)
        with translation.override("fr"):
            log_change(contact.customer, by=people.admin, notes=("", "VIP"))
        page = desk.get(address(Customer, "history", contact.customer.pk)).content.decode()
        assert f"Customer {contact.customer.pk}" in page
        assert "Client" not in page

    def test_secrets_are_hidden(self, desk: Client, people: People):
        line = SmsRegistrationFactory.create(business_unit=people.unit, nexmo=True)
        update_sms_registration(by=people.admin, instance=line, api_secret="brand-new-secret")
        page = desk.get(address(SmsRegistration, "history", line.pk)).content.decode()
        assert "set anew (hidden)" in page
        assert "secret-" not in page
        assert "***" not in page

    def test_filtered_by_person_and_kind(self, desk: Client, people: People):
        campaign = CampaignFactory.create(business_unit=people.unit)
        desk.post(address(Campaign, "change", campaign.pk), {"name": "Renamed", "is_active": "on"})
        url = address(Campaign, "history", campaign.pk)
        assert len(desk.get(url, {"who": people.admin.pk}).context["entries"]) == 1
        assert len(desk.get(url, {"what": LogEntry.Action.UPDATE}).context["entries"]) == 1
        assert desk.get(url, {"who": "nonsense"}).status_code == 200
        other = UserFactory.create()
        assert desk.get(url, {"who": other.pk}).context["entries"] == []

    def test_more_entries_cost_no_more_queries(self, desk: Client, people: People):
        skill = SkillFactory.create(business_unit=people.unit)

        def change(count: int) -> None:
            for _number in range(count):
                new = CampaignFactory.create(business_unit=people.unit)
                update_staffed_skill(by=people.admin, instance=skill, campaign=new)

        def queries() -> int:
            with CaptureQueriesContext(connection) as captured:
                desk.get(address(Skill, "history", skill.pk))
            return len(captured)

        change(1)
        queries()
        few = queries()
        change(5)
        assert queries() == few


class TestWords:
    @pytest.mark.parametrize("model", PHRASES, ids=lambda model: model.__name__)
    def test_titles_and_buttons_are_whole_phrases(self, client: Client, model: Any):
        client.force_login(UserFactory.create(superuser=True))
        page = client.get(address(model, "add"))
        assert page.context["title"] == PHRASES[model].title
        assert f">{PHRASES[model].button}</button>".encode() in page.content

    def test_the_button_of_the_procedure(self, desk: Client, people: People):
        User.objects.filter(pk=people.admin.pk).update(language="fr")
        page = desk.get(address(PointOfContact, "add")).content.decode()
        assert ">Créer point d\u2019accès</button>" in page
        assert "Rapports IVR activés" in page

    def test_words_are_explained(self, desk: Client):
        page = desk.get(address(Skill, "add")).content.decode()
        assert "A grouping of skills used to run reports." in page
        assert "What does “Screen pop” mean?" in page

    def test_saving_is_said_without_a_gender(self, desk: Client, people: People):
        User.objects.filter(pk=people.admin.pk).update(language="fr")
        campaign = CampaignFactory.create(business_unit=people.unit, name="Été")
        answer = desk.post(
            address(Campaign, "change", campaign.pk),
            {"name": "Printemps", "is_active": "on"},
            follow=True,
        )
        [message] = [str(one) for one in answer.context["messages"]]
        assert "modification réussie" in strip_tags(message)


class TestOverview:
    def test_says_what_is_missing(self, desk: Client):
        page = desk.get(reverse("admin:index"))
        missing = [str(step.title) for step in page.context["missing"]]
        assert "SMS registrations" in missing
        assert "dispositions" not in missing

    def test_says_what_fails(self, desk: Client, people: People):
        skill = SkillFactory.create(business_unit=people.unit)
        line = SmsRegistrationFactory.create(business_unit=people.unit)
        point = PointOfContactFactory.create(business_unit=people.unit)
        point.script.versions.update(status="superseded")
        SkillFactory.create()
        page = desk.get(reverse("admin:index"))
        problems = page.context["problems"]
        found = {str(one.sentence): [title for title, _address in one.named] for one in problems}
        assert skill.name in found["Skills without agents"]
        assert len(found["Skills without agents"]) == 2
        assert found["Points of contact without a script that runs"] == [point.name]
        assert len(found["SMS registrations that nothing uses"]) == 1
        assert line.name in found["SMS registrations that nothing uses"][0]
        assert found["Agents without skills"] == [str(people.agent)]
        assert address(PointOfContact, "change", point.pk).encode() in page.content

    def test_parked_deliveries(self, client: Client):
        client.force_login(UserFactory.create(superuser=True))
        DeliveryFactory.create(parked_at=database_now())
        page = client.get(reverse("admin:index"))
        sentences = [str(one.sentence) for one in page.context["problems"]]
        assert "Deliveries that could not be processed" in sentences

    def test_nothing_of_others(self, desk: Client):
        SkillFactory.create(name="theirs")
        assert b"theirs" not in desk.get(reverse("admin:index")).content

    def test_published_script_is_no_problem(self, desk: Client, people: People):
        ScriptFactory.create(business_unit=people.unit)
        PointOfContactFactory.create(business_unit=people.unit)
        page = desk.get(reverse("admin:index"))
        assert "Points of contact without a script that runs" not in [
            str(one.sentence) for one in page.context["problems"]
        ]
