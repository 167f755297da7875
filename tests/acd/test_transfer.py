"""Several objects from a file, and lists as files, by the pages."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dispositions.models import Tag
from provisioning.models import Upload
from tests.factories.campaigns import CampaignFactory
from tests.factories.dispositions import TagFactory
from tests.factories.organizations import UserFactory
from tests.factories.points_of_contact import PointOfContactFactory
from tests.factories.provisioning import UploadFactory
from tests.factories.skills import SkillFactory

pytestmark = pytest.mark.django_db

SKILLS, TAGS = "/acd/contact-settings/skills/", "/acd/contact-settings/tags/"
POINTS = "/acd/contact-settings/points-of-contact/"


@pytest.fixture
def admin(people):
    client = Client()
    client.force_login(people.admin)
    return client


def page(model, name, *arguments):
    return reverse(f"admin:{model}_{name}", args=arguments)


def upload(client, content, *, model="dispositions_tag", **more):
    body = {"file": SimpleUploadedFile("rows.csv", content.encode()), **more}
    return client.post(page(model, "several"), body)


def test_create_new_offers_one_or_several(admin, people):
    for address, single in (
        (SKILLS, "Single skill"),
        ("/acd/contact-settings/points-of-contact/", "Single point"),
    ):
        text = admin.get(address).content.decode()
        assert single in text
        assert "Several from a file" in text
    # Other objects are not chosen among, but come from files all the same.
    text = admin.get(TAGS).content.decode()
    assert "Several from a file" in text
    assert "Single" not in text
    assert admin.get(page("skills_skill", "several")).status_code == 200


def test_from_a_file_to_objects(admin, people):
    TagFactory.create(business_unit=people.unit, name="Old", notes="x")
    answer = upload(admin, "name,notes\nVIP,new\nOld,y\n")
    assert answer.status_code == 302
    shown = admin.get(answer["Location"]).content.decode()
    assert "To create" in shown
    assert "<del>x</del>" in shown
    assert Tag.objects.count() == 1
    applied = admin.post(answer["Location"], {"_apply": ""}, follow=True)
    assert "1 was created, 1 was changed." in applied.content.decode()
    assert set(Tag.objects.values_list("name", "notes")) == {("VIP", "new"), ("Old", "y")}
    assert not Upload.objects.exists()


def test_errors_are_shown_by_row_and_column_and_nothing_can_be_applied(admin, people):
    CampaignFactory.create(business_unit=people.unit, name="Service")
    answer = upload(admin, "name,campaign\nGood,Service\nno spaces,Lost\n", model="skills_skill")
    shown = admin.get(answer["Location"]).content.decode()
    assert "<strong>Campaign:</strong>" in shown
    assert "Good" in shown
    assert "_apply" not in shown
    assert "Good" not in admin.get(f"{answer['Location']}?errors=1").content.decode()
    forged = admin.post(answer["Location"], {"_apply": ""}, follow=True)
    assert "rows[3].campaign" in forged.content.decode()
    assert Upload.objects.count() == 1


def test_a_file_that_is_none_is_said_beside_the_field(admin, people):
    answer = upload(admin, "colour\nred\n")
    assert answer.status_code == 200
    assert "There is no column “colour”" in answer.content.decode()
    assert "Choose a file." in admin.post(page("dispositions_tag", "several")).content.decode()


def test_changed_rows_only(admin, people):
    answer = upload(admin, "row_changed,name\nY,VIP\n,Other\n", changed_rows_only="on")
    assert "Not marked as changed" in admin.get(answer["Location"]).content.decode()
    admin.post(answer["Location"], {})
    assert Upload.objects.get().preview["summary"]["create"] == 2
    admin.post(answer["Location"], {"changed_rows_only": "on"})
    admin.post(answer["Location"], {"_apply": ""})
    assert [one.name for one in Tag.objects.all()] == ["VIP"]


def test_what_changed_since_the_preview_is_shown_again(admin, people):
    tag = TagFactory.create(business_unit=people.unit, name="VIP", notes="old")
    answer = upload(admin, "name,notes\nVIP,new\n")
    Tag.objects.filter(pk=tag.pk).update(notes="older")
    shown = admin.post(answer["Location"], {"_apply": ""}, follow=True).content.decode()
    assert "Something was changed since the preview" in shown
    assert "<del>older</del>" in shown
    tag.refresh_from_db()
    assert tag.notes == "older"


def test_an_upload_is_its_owners_and_is_over_after_an_hour(admin, people):
    colleague = UserFactory.create(business_unit=people.unit, administrator=True)
    foreign = UploadFactory.create(user=colleague)
    old = UploadFactory.create(user=people.admin, created_at=timezone.now() - timedelta(minutes=61))
    for one in (foreign, old):
        answer = admin.get(page("dispositions_tag", "preview", one.pk), follow=True)
        assert "no longer here" in answer.content.decode()
    upload(admin, "name\nVIP\n")
    assert not Upload.objects.filter(pk=old.pk).exists()


def test_another_file_can_be_chosen(admin, people):
    answer = upload(admin, "name\nVIP\n")
    assert admin.post(answer["Location"], {"_forget": ""})["Location"] == page("dispositions_tag", "several")
    assert not Upload.objects.exists()


def test_lists_are_exported_as_they_are_filtered(admin, people):
    SkillFactory.create(business_unit=people.unit, name="Support")
    SkillFactory.create(business_unit=people.unit, name="Sales")
    SkillFactory.create(business_unit=people.stranger.business_unit, name="Foreign")
    answer = admin.get(page("skills_skill", "export", "csv") + "?q=sal")
    assert 'filename="skills-' in answer["Content-Disposition"]
    text = answer.content.decode("utf-8-sig")
    assert text.startswith("Row changed,ID,Skill name")
    assert "Sales" in text
    assert "Support" not in text
    assert "Foreign" not in admin.get(page("skills_skill", "export", "csv")).content.decode()
    assert admin.get(page("skills_skill", "export", "xlsx")).content.startswith(b"PK")
    assert admin.get(page("skills_skill", "export", "pdf")).status_code == 404
    assert admin.get(page("skills_skill", "export", "csv") + "?colour=red").status_code == 302
    assert admin.get(page("skills_skill", "template", "xlsx")).content.startswith(b"PK")


def test_an_export_takes_a_fixed_number_of_queries(admin, people, django_assert_max_num_queries):
    for _number in range(12):
        PointOfContactFactory.create(business_unit=people.unit)
    address = page("points_of_contact_pointofcontact", "export", "csv")
    with django_assert_max_num_queries(12):
        admin.get(address)


def test_without_permission_buttons_are_hidden_and_requests_refused(people):
    user = UserFactory.create(business_unit=people.unit)
    user.user_permissions.add(Permission.objects.get(codename="view_tag"))
    client = Client()
    client.force_login(user)
    text = client.get(TAGS).content.decode()
    assert "Several from a file" not in text
    assert "Export" in text
    assert upload(client, "name\nVIP\n").status_code == 403
    assert client.get(page("dispositions_tag", "template", "csv")).status_code == 403
    assert client.get(page("skills_skill", "export", "csv")).status_code == 403
