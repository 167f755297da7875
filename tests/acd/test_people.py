"""Roles, accounts and limits on the pages."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from agents.models import Agent, AgentState, Team
from organizations.models import BusinessUnit, Role, User
from organizations.roles import ADMINISTRATOR, AGENT, MANAGER, SUPERVISOR, role
from organizations.selectors import granted_by
from tests.acd.pages import address, errors_of, fill
from tests.conftest import People
from tests.factories.agents import AgentFactory, TeamFactory
from tests.factories.campaigns import CampaignFactory
from tests.factories.organizations import RoleFactory, UserFactory

pytestmark = pytest.mark.django_db


def signed_in(client: Client, user: User) -> Client:
    client.force_login(user)
    return client


def holding(unit: BusinessUnit, *codes: str) -> User:
    """A user with these permissions alone."""
    user = UserFactory.create(business_unit=unit)
    for code in codes:
        app, _dot, codename = code.partition(".")
        user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
    return User.objects.get(pk=user.pk)


class TestRoles:
    def test_a_role_is_made_of_ticked_boxes_and_seeing_comes_with_anything(self, client: Client):
        root = signed_in(client, UserFactory.create(superuser=True))
        answer = root.post(address(Role, "add"), {"name": "Planner", "grants": ["campaigns.add_campaign"]})
        assert answer.status_code == 302
        made = Role.objects.get(name="Planner")
        assert granted_by(made) == {"campaigns.add_campaign", "campaigns.view_campaign"}

    def test_the_history_names_permissions(self, client: Client):
        root = signed_in(client, UserFactory.create(superuser=True))
        planner = RoleFactory.create(name="Planner")
        root.post(address(Role, "change", planner.pk), {"name": "Planner", "grants": ["skills.view_skill"]})
        root.post(address(Role, "change", planner.pk), {"name": "Planner"})
        page = root.get(address(Role, "history", planner.pk)).content.decode()
        assert "<ins>Skills: view</ins>" in page
        assert "<del>Skills: view</del>" in page

    def test_locked_boxes_stay_as_they_are(self, client: Client, people: People):
        editor = holding(people.unit, "organizations.change_role", "campaigns.view_campaign")
        planner = RoleFactory.create(name="Planner")
        planner.permissions.add(Permission.objects.get(codename="add_skill"))
        url = address(Role, "change", planner.pk)
        page = signed_in(client, editor).get(url)
        assert b'value="skills.add_skill" aria-label="Skills: create" checked disabled' in page.content
        answer = client.post(url, {"name": "Planner", "grants": ["campaigns.view_campaign"]})
        assert answer.status_code == 302
        assert granted_by(Role.objects.get(pk=planner.pk)) >= {"skills.add_skill", "campaigns.view_campaign"}

    def test_nobody_gives_what_he_does_not_have(self, client: Client, people: People):
        editor = holding(people.unit, "organizations.change_role")
        planner = RoleFactory.create(name="Planner")
        forged = {"name": "Planner", "grants": ["skills.delete_skill"]}
        answer = signed_in(client, editor).post(address(Role, "change", planner.pk), forged)
        assert answer.status_code == 403
        assert "Skills: delete" in answer.content.decode()
        assert granted_by(Role.objects.get(pk=planner.pk)) == set()

    def test_who_may_look_sees_the_matrix_without_boxes(self, client: Client, people: People):
        page = signed_in(client, people.admin).get(address(Role, "change", role(MANAGER).pk))
        assert b'aria-label="Skills: create"' in page.content
        assert b'type="checkbox"' not in page.content

    def test_what_comes_with_the_product_keeps_its_name_and_stays(self, client: Client):
        root = signed_in(client, UserFactory.create(superuser=True))
        assert root.post(address(Role, "delete", role(AGENT).pk), {"post": "yes"}).status_code == 403
        assert role(AGENT)

    def test_two_roles_do_not_have_one_name(self, client: Client):
        root = signed_in(client, UserFactory.create(superuser=True))
        answer = root.post(address(Role, "add"), {"name": "manager"})
        assert errors_of(answer) == {"name": ["A role with this name exists."]}


class TestAccounts:
    def test_roles_are_boxes_with_what_they_may(self, client: Client, people: People):
        page = signed_in(client, people.admin).get(address(User, "add")).content.decode()
        assert "Skills: view, create, edit, deactivate" in page
        assert "at least 12 characters" in page

    def test_the_page_shows_what_holds(self, client: Client, people: People):
        other = UserFactory.create(business_unit=people.unit, supervisor=True)
        page = signed_in(client, people.admin).get(address(User, "change", other.pk)).content.decode()
        assert 'aria-label="Agents: edit"' in page
        assert 'aria-label="Skills: create"' not in page

    def test_nobody_deactivates_himself(self, client: Client, people: People):
        url = address(User, "change", people.admin.pk)
        page = signed_in(client, people.admin).get(url)
        answer = client.post(url, fill(page, is_active=None))
        assert list(errors_of(answer)) == ["is_active"]
        client.post(url, {"_switch": "1"})
        assert User.objects.get(pk=people.admin.pk).is_active

    def test_nobody_takes_his_last_role(self, client: Client, people: People):
        url = address(User, "change", people.admin.pk)
        answer = client.post(url, fill(signed_in(client, people.admin).get(url), groups=[]))
        assert list(errors_of(answer)) == ["groups"]
        assert list(User.objects.get(pk=people.admin.pk).groups.all()) == [role(ADMINISTRATOR)]

    def test_one_superuser_stays(self, client: Client):
        root, second = UserFactory.create_batch(2, superuser=True)
        signed_in(client, root).post(address(User, "change", second.pk), {"_switch": "1"})
        assert not User.objects.get(pk=second.pk).is_active
        client.post(address(User, "changelist"), {"action": "deactivate", "_selected_action": [root.pk]})
        assert User.objects.get(pk=root.pk).is_active

    def test_an_administrator_who_was_deactivated_is_still_above_others(self, client: Client, people: People):
        people.admin.is_active = False
        people.admin.save()
        helper = holding(people.unit, "organizations.change_user", "organizations.deactivate_user")
        url = address(User, "change", people.admin.pk)
        assert signed_in(client, helper).post(url, {"_switch": "1"}).status_code == 403
        assert client.post(url, {"username": people.admin.username}).status_code == 403

    def test_the_history_names_roles(self, client: Client, people: People):
        other = UserFactory.create(business_unit=people.unit)
        url = address(User, "change", other.pk)
        page = signed_in(client, people.admin).get(url)
        client.post(url, fill(page, groups=[role(SUPERVISOR).pk]))
        assert b"<ins>Supervisor</ins>" in client.get(address(User, "history", other.pk)).content

    def test_the_way_to_the_configuration_is_shown_to_whoever_may_see_a_list(
        self, client: Client, people: People
    ):
        assert b'href="/acd/"' in signed_in(client, holding(people.unit, "skills.add_skill")).get("/").content
        assert b'href="/acd/"' not in signed_in(client, people.agent.user).get("/").content


class TestDeactivating:
    def test_who_may_edit_alone_finds_no_switch_and_cannot_forge_it(self, client: Client, people: People):
        campaign = CampaignFactory.create(business_unit=people.unit, name="Spring")
        editor = holding(people.unit, "campaigns.change_campaign")
        url = address(type(campaign), "change", campaign.pk)
        page = signed_in(client, editor).get(url)
        assert b'data-testid="switch"' not in page.content
        assert "is_active" not in page.context["adminform"].form.fields
        client.post(url, {"name": "Summer"})
        campaign.refresh_from_db()
        assert (campaign.name, campaign.is_active) == ("Summer", True)

    def test_who_may_deactivate_alone_has_the_switch(self, client: Client, people: People):
        campaign = CampaignFactory.create(business_unit=people.unit)
        url = address(type(campaign), "change", campaign.pk)
        page = signed_in(client, holding(people.unit, "campaigns.deactivate_campaign")).get(url)
        assert b'data-testid="switch"' in page.content
        assert b'data-testid="save"' not in page.content
        client.post(url, {"_switch": "1"})
        campaign.refresh_from_db()
        assert not campaign.is_active

    def test_by_the_api_both_at_once_need_both(self, people: People, api: Any):
        campaign = CampaignFactory.create(business_unit=people.unit)
        url = f"/api/v1/campaigns/{campaign.pk}"
        editor, switcher = (
            api(holding(people.unit, f"campaigns.{verb}_campaign")) for verb in ("change", "deactivate")
        )
        both = {"notes": "x", "is_active": False}
        assert "Campaigns: deactivate" in editor.patch(url, both).json()["message"]
        assert "Campaigns: edit" in switcher.patch(url, both).json()["message"]
        unchanged = {"name": campaign.name, "description": "x", "is_active": True}
        assert editor.put(url, unchanged).status_code == 200
        assert editor.put(url, {**unchanged, "is_active": False}).status_code == 403
        assert switcher.patch(url, {"is_active": False}).status_code == 200

    def test_a_document_needs_what_it_would_change(self, people: People, api: Any):
        campaign = CampaignFactory.create(business_unit=people.unit, name="Spring")
        viewer = api(holding(people.unit, "campaigns.view_campaign"))
        same = {"campaigns": [{"name": "Spring", "is_active": True}]}
        assert viewer.post("/api/v1/apply", same).status_code == 200
        off = {"campaigns": [{"name": "Spring", "is_active": False}]}
        answer = viewer.post("/api/v1/apply", off)
        assert answer.status_code == 403
        assert answer.json()["fields"] == {
            "campaigns[0]": ["You need the permission “Campaigns: deactivate”."]
        }
        campaign.refresh_from_db()
        assert campaign.is_active


class TestLimits:
    def test_the_agents_page_says_where_each_limit_comes_from(self, client: Client, people: People):
        team = TeamFactory.create(business_unit=people.unit, name="Front desk", max_concurrent_sms=4)
        agent = AgentFactory.create(business_unit=people.unit, team=team, sms_refusal_timeout_seconds=20)
        page = signed_in(client, people.admin).get(address(Agent, "change", agent.pk)).content.decode()
        assert "4, from the team Front desk" in page
        assert f"3, from the business unit {people.unit.name}" in page
        assert "20, the agent&#x27;s own" in page
        assert 'placeholder="4"' in page
        assert 'data-max_concurrent_sms="4"' in page

    def test_the_users_page_sets_an_agents_limits(self, client: Client, people: People):
        url = address(User, "change", people.agent.user_id)
        page = signed_in(client, people.admin).get(url)
        answer = client.post(url, fill(page, max_concurrent_sms="6", sms_refusal_timeout_seconds="20"))
        assert answer.status_code == 302
        people.agent.refresh_from_db()
        assert (people.agent.max_concurrent_sms, people.agent.sms_refusal_timeout_seconds) == (6, 20)
        assert "6, the agent&#x27;s own" in client.get(url).content.decode()
        refused = client.post(url, fill(page, sms_refusal_timeout_seconds="14", first_name="Unsaved"))
        [sentence] = errors_of(refused)["sms_refusal_timeout_seconds"]
        assert "15" in sentence
        assert not User.objects.filter(first_name="Unsaved").exists()

    def test_on_the_users_page_limits_need_the_permission_for_agents(self, client: Client, people: People):
        editor = holding(
            people.unit, "organizations.change_user", "organizations.view_user", "agents.view_agent"
        )
        plain = UserFactory.create(business_unit=people.unit)
        agent = AgentFactory.create(business_unit=people.unit, user=plain, max_concurrent_sms=4)
        url = address(User, "change", plain.pk)
        page = signed_in(client, editor).get(url)
        assert "4, the agent&#x27;s own" in page.content.decode()
        assert client.post(url, {**fill(page), "max_concurrent_sms": "9"}).status_code == 302
        agent.refresh_from_db()
        assert agent.max_concurrent_sms == 4

    def test_who_is_no_agent_has_no_limits(self, client: Client, people: People):
        url = address(User, "change", UserFactory.create(business_unit=people.unit).pk)
        page = signed_in(client, people.admin).get(url)
        assert "max_concurrent_sms" not in page.context["adminform"].form.fields
        assert "This person is no agent." in page.content.decode()

    def test_lists_show_what_holds(self, client: Client, people: People):
        team = TeamFactory.create(business_unit=people.unit, max_concurrent_sms=4)
        AgentFactory.create(business_unit=people.unit, team=team, max_concurrent_chats=1)
        page = signed_in(client, people.admin).get(address(Agent, "changelist")).content.decode()
        assert "0 / 4" in page
        assert "45\u00a0s (business unit)" in page
        teams = client.get(address(Team, "changelist")).content.decode()
        assert ">4<" in teams

    def test_for_several_at_once(self, client: Client, people: People):
        agents = AgentFactory.create_batch(
            2, business_unit=people.unit, max_concurrent_chats=7, sms_refusal_timeout_seconds=30
        )
        desk = signed_in(client, people.admin)
        chosen = {"action": "set_limits", "_selected_action": [one.pk for one in agents]}
        url = address(Agent, "changelist")
        assert b"For 2 agents" in desk.post(url, chosen).content
        both = desk.post(
            url, {**chosen, "_apply": "1", "max_concurrent_sms": "2", "max_concurrent_sms_inherit": "on"}
        )
        assert "max_concurrent_sms" in both.context["form"].errors
        assert desk.post(url, {**chosen, "_apply": "1"}).context["form"].errors
        new = {"max_concurrent_sms": "2", "max_concurrent_chats_inherit": "on"}
        assert desk.post(url, {**chosen, "_apply": "1", **new}).status_code == 302
        for agent in Agent.objects.filter(pk__in=[one.pk for one in agents]):
            assert (agent.max_concurrent_sms, agent.max_concurrent_chats) == (2, None)
            assert agent.sms_refusal_timeout_seconds == 30

    def test_a_limit_below_the_load_takes_nothing_away_and_says_so(self, client: Client, people: People):
        AgentState.objects.filter(agent=people.agent).update(load=3)
        url = address(Agent, "change", people.agent.pk)
        page = signed_in(client, people.admin).get(url)
        answer = client.post(url, fill(page, max_concurrent_sms=1), follow=True)
        assert any("They go on" in str(message) for message in answer.context["messages"])
        state = AgentState.objects.get(agent=people.agent)
        assert (state.limit, state.load, state.slots) == (1, 3, 3)

    def test_accounts_of_who_may_more_are_not_changed_by_way_of_the_agent(
        self, client: Client, people: People
    ):
        boss = AgentFactory.create(business_unit=people.unit, user=people.admin)
        supervisor = UserFactory.create(business_unit=people.unit, supervisor=True)
        url = address(Agent, "change", boss.pk)
        page = signed_in(client, supervisor).get(url)
        assert "password" not in page.context["adminform"].form.fields
        client.post(url, fill(page, password="a new long password", max_concurrent_sms=5))
        boss.refresh_from_db()
        assert boss.max_concurrent_sms == 5
        assert not User.objects.get(pk=boss.user_id).check_password("a new long password")
