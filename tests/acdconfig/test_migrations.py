"""What the migrations of data do to installations that are older than they."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission

from organizations.models import User
from tests.factories.organizations import UserFactory

pytestmark = pytest.mark.django_db


def permission(codename: str) -> Permission:
    return Permission.objects.get(codename=codename)


def deactivating_is_a_permission() -> None:
    import_module("acdconfig.migrations.0002_deactivating_is_a_permission").give(apps, None)


class TestDeactivating:
    def test_whoever_edits_may_go_on_deactivating(self):
        Permission.objects.filter(codename__startswith="deactivate_").delete()
        editors, readers = Group.objects.create(name="Editors"), Group.objects.create(name="Readers")
        editors.permissions.add(permission("change_skill"))
        readers.permissions.add(permission("view_skill"))
        user = UserFactory.create()
        user.user_permissions.add(permission("change_team"))

        deactivating_is_a_permission()

        assert editors.permissions.filter(codename="deactivate_skill").exists()
        assert not editors.permissions.filter(codename="deactivate_campaign").exists()
        assert not readers.permissions.filter(codename__startswith="deactivate_").exists()
        assert User.objects.get(pk=user.pk).has_perm("agents.deactivate_team")

    def test_the_supervisor_edits_agents_and_deactivates_none(self):
        supervisor, _is_new = Group.objects.get_or_create(name="Supervisor")
        supervisor.permissions.set([permission("change_agent")])

        deactivating_is_a_permission()

        assert list(supervisor.permissions.values_list("codename", flat=True)) == ["change_agent"]

    def test_a_new_installation_has_nothing_to_give_yet(self):
        Permission.objects.filter(codename__startswith="change_").delete()
        Permission.objects.filter(codename__startswith="deactivate_").delete()

        deactivating_is_a_permission()

        assert not Permission.objects.filter(codename__startswith="deactivate_").exists()


def reports_and_secrets_have_permissions() -> None:
    import_module("acdconfig.migrations.0004_reports_and_secrets_have_permissions").give(apps, None)


class TestReportsAndSecrets:
    def test_who_sees_contacts_sees_reports_and_secrets_go_with_scripts(self):
        Permission.objects.filter(content_type__app_label="reporting").delete()
        Permission.objects.filter(content_type__model="scriptsecret").delete()
        readers, writers = Group.objects.create(name="Readers"), Group.objects.create(name="Writers")
        readers.permissions.add(permission("view_contact"))
        writers.permissions.add(permission("change_script"))

        reports_and_secrets_have_permissions()

        codes = set(readers.permissions.values_list("codename", flat=True))
        assert codes == {"view_contact", "view_report", "export_report"}
        codes = set(writers.permissions.values_list("codename", flat=True))
        assert codes == {"change_script", "change_scriptsecret"}


def plans_have_a_permission() -> None:
    import_module("acdconfig.migrations.0006_plans_have_a_permission").give(apps, None)


class TestPlans:
    def test_who_exports_reports_plans(self):
        Permission.objects.filter(codename="plan_report").delete()
        exporters, readers = Group.objects.create(name="Exporters"), Group.objects.create(name="Readers")
        exporters.permissions.add(permission("export_report"))
        readers.permissions.add(permission("view_report"))

        plans_have_a_permission()

        assert set(exporters.permissions.values_list("codename", flat=True)) == {
            "export_report",
            "plan_report",
        }
        assert set(readers.permissions.values_list("codename", flat=True)) == {"view_report"}
