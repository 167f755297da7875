"""Business units, accounts, roles, tokens."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from auditlog.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.core.management import CommandError, call_command

from core.errors import NotAllowed, RuleBroken
from organizations.authentication import user_of_token
from organizations.models import ApiToken, BusinessUnit, User
from organizations.roles import ADMINISTRATOR, AGENT, MANAGER, ROLES, SUPERVISOR, ensure_roles, role
from organizations.selectors import business_units_within_reach, may_grant, objects_within_reach, outranks
from organizations.services import (
    create_api_token,
    create_business_unit,
    create_user,
    delete_business_unit,
    delete_user,
    revoke_api_token,
    update_business_unit,
    update_user,
)
from tests.conftest import People
from tests.factories.organizations import PASSWORD, BusinessUnitFactory, UserFactory

pytestmark = pytest.mark.django_db


class TestBusinessUnits:
    def test_create_change_delete(self, people: People):
        root = UserFactory.create(superuser=True)
        unit = create_business_unit(by=root, name="North", time_zone="Europe/Paris")
        update_business_unit(by=root, instance=unit, skill_name_pattern=r"[A-Z]{3}_.*")
        assert BusinessUnit.objects.get(pk=unit.pk).skill_name_pattern == r"[A-Z]{3}_.*"
        delete_business_unit(by=root, instance=unit)
        assert not BusinessUnit.objects.filter(pk=unit.pk).exists()

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("time_zone", "Mars/Olympus"),
            ("skill_name_pattern", "("),
            ("default_sms_refusal_timeout_seconds", 14),
            ("default_sms_refusal_timeout_seconds", 301),
            ("default_max_concurrent_sms", 31),
            ("name", ""),
        ],
    )
    def test_what_cannot_be(self, people: People, field: str, value: object):
        with pytest.raises(RuleBroken) as caught:
            update_business_unit(by=people.admin, instance=people.unit, **{field: value})
        assert caught.value.fields.keys() == {field}

    def test_names_differ(self, people: People):
        with pytest.raises(RuleBroken, match="A business unit with this name exists"):
            create_business_unit(by=None, name=people.unit.name.upper())


class TestAccounts:
    def test_create_and_change(self, people: People):
        user = create_user(
            by=people.admin,
            business_unit=people.unit,
            username="ada",
            password=PASSWORD,
            groups=[role(SUPERVISOR)],
            language="fr",
        )
        assert user.check_password(PASSWORD)
        assert user.has_perm("contacts.view_contact")
        update_user(by=people.admin, instance=user, password="a different passphrase", email="a@example.org")
        stored = User.objects.get(pk=user.pk)
        assert stored.check_password("a different passphrase")
        assert stored.email == "a@example.org"
        update_user(by=people.admin, instance=stored, first_name="Ada")
        assert User.objects.get(pk=user.pk).check_password("a different passphrase")
        delete_user(by=people.admin, instance=stored)
        assert not User.objects.filter(username="ada").exists()

    def test_a_weak_password_changes_nothing(self, people: People):
        with pytest.raises(RuleBroken) as caught:
            update_user(by=people.admin, instance=people.agent.user, password="password")
        assert caught.value.fields.keys() == {"password"}
        assert User.objects.get(pk=people.agent.user_id).check_password(PASSWORD)

    def test_only_a_superuser_may_be_without_a_business_unit(self, people: People):
        with pytest.raises(RuleBroken) as caught:
            create_user(by=people.admin, business_unit=None, username="nobody")
        assert caught.value.fields.keys() == {"business_unit"}
        assert create_user(by=None, business_unit=None, username="root", is_superuser=True).pk


class TestReach:
    def test_each_sees_his_own(self, people: People):
        assert list(business_units_within_reach(people.admin)) == [people.unit]
        everyone = User.objects.all()
        assert people.stranger not in objects_within_reach(everyone, people.admin)
        root = UserFactory.create(superuser=True, business_unit=None)
        assert people.stranger in objects_within_reach(everyone, root)
        assert set(business_units_within_reach(root)) == set(BusinessUnit.objects.all())

    def test_without_a_business_unit_nothing_is_in_reach(self, people: People):
        lost = UserFactory.build(business_unit=None, is_superuser=False)
        UserFactory.create(superuser=True, business_unit=None)
        assert not objects_within_reach(User.objects.all(), lost).exists()
        assert not business_units_within_reach(lost).exists()

    def test_nobody_changes_the_account_of_who_may_more(self, people: People):
        manager = UserFactory.create(manager=True, business_unit=people.unit)
        root = UserFactory.create(superuser=True)
        assert outranks(people.admin, manager)
        assert not outranks(manager, people.admin)
        assert not outranks(people.admin, root)
        assert outranks(root, people.admin)
        assert may_grant(people.admin, role(MANAGER).permissions.all())
        assert not may_grant(manager, role(ADMINISTRATOR).permissions.all())
        assert may_grant(root, Permission.objects.all())


class TestRoles:
    def test_migrating_makes_them(self):
        assert set(Group.objects.values_list("name", flat=True)) >= set(ROLES)
        assert not role(AGENT).permissions.exists()

    @pytest.mark.parametrize(
        "task",
        [
            "sms_registrations.add_smsregistration",
            "campaigns.add_campaign",
            "skills.add_skill",
            "skills.change_skill",
            "scripts.add_script",
            "points_of_contact.add_pointofcontact",
        ],
    )
    def test_each_task_of_the_procedure_has_its_permission(self, people: People, task: str):
        assert UserFactory.create(manager=True).has_perm(task)
        assert people.admin.has_perm(task)
        assert not UserFactory.create(supervisor=True).has_perm(task)
        assert not people.agent.user.has_perm(task)

    def test_what_an_administrator_edits_stays(self):
        role(MANAGER).permissions.clear()
        role(SUPERVISOR).delete()
        assert ensure_roles() == [SUPERVISOR]
        assert not role(MANAGER).permissions.exists()
        assert role(SUPERVISOR).permissions.count() == len(ROLES[SUPERVISOR])

    def test_without_its_permissions_a_role_waits(self):
        role(SUPERVISOR).delete()
        Permission.objects.filter(codename="view_offer").delete()
        assert ensure_roles() == []


class TestTokens:
    def test_a_token_opens_until_it_is_revoked(self, people: People):
        token = create_api_token(user=people.admin)
        assert user_of_token(token) == people.admin
        row = ApiToken.objects.get(user=people.admin)
        assert token not in row.digest
        revoke_api_token(by=people.admin, token=row)
        assert user_of_token(token) is None
        revoked_at = ApiToken.objects.get(pk=row.pk).revoked_at
        revoke_api_token(by=people.admin, token=row)
        assert ApiToken.objects.get(pk=row.pk).revoked_at == revoked_at
        [entry] = LogEntry.objects.get_for_object(row).filter(action=LogEntry.Action.UPDATE)
        assert (entry.actor, list(entry.changes)) == (people.admin, ["revoked_at"])

    def test_only_who_may_deactivate_tokens_revokes_one_and_none_of_his_betters(self, people: People):
        root = UserFactory.create(superuser=True)
        for holder, by in ((people.admin, people.agent.user), (root, people.admin)):
            token = create_api_token(user=holder)
            row = ApiToken.objects.get(user=holder)
            with pytest.raises(NotAllowed):
                revoke_api_token(by=by, token=row)
            assert user_of_token(token) == holder

    def test_a_token_opens_for_its_lifetime(self, people: People):
        assert user_of_token(create_api_token(user=people.admin, lifetime=timedelta(hours=1)))
        assert user_of_token(create_api_token(user=people.admin, lifetime=timedelta(seconds=-1))) is None

    def test_the_command_prints_the_token_alone(self, people: People):
        out = StringIO()
        call_command("create_api_token", people.admin.username, stdout=out)
        assert user_of_token(out.getvalue().strip()) == people.admin
        assert len(out.getvalue().split()) == 1

    def test_the_command_helps_who_misspells(self, people: People):
        BusinessUnitFactory.create()
        with pytest.raises(CommandError, match=people.admin.username):
            call_command("create_api_token", "nobody")
        people.admin.is_active = False
        people.admin.save()
        with pytest.raises(CommandError, match="no active user"):
            call_command("create_api_token", people.admin.username)
