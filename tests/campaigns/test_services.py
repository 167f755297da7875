"""Campaigns: created, renamed, deactivated, deleted while nobody uses them."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from campaigns.models import Campaign
from campaigns.services import create_campaign, delete_campaign, update_campaign
from core.errors import InUse, RuleBroken
from tests.conftest import People
from tests.factories.campaigns import CampaignFactory
from tests.factories.skills import SkillFactory

pytestmark = pytest.mark.django_db


def test_the_life_of_a_campaign(people: People):
    campaign = create_campaign(by=people.admin, business_unit=people.unit, name="Spring", notes="n")
    update_campaign(by=people.admin, instance=campaign, name="Summer", is_active=False)
    stored = Campaign.objects.get(pk=campaign.pk)
    assert (stored.name, stored.notes, stored.is_active) == ("Summer", "n", False)
    delete_campaign(by=people.admin, instance=stored)
    assert not Campaign.objects.exists()


@pytest.mark.parametrize(("field", "value"), [("name", ""), ("name", "x" * 101), ("description", "x" * 501)])
def test_what_cannot_be(people: People, field: str, value: str):
    with pytest.raises(RuleBroken) as caught:
        create_campaign(by=people.admin, business_unit=people.unit, **{"name": "Spring", field: value})
    assert caught.value.fields.keys() == {field}


def test_the_database_itself_keeps_names_apart(people: People):
    CampaignFactory.create(business_unit=people.unit, name="Spring")
    with pytest.raises(IntegrityError), transaction.atomic():
        CampaignFactory.create(business_unit=people.unit, name="SPRING")
    assert CampaignFactory.create(name="Spring").pk


def test_in_use_it_stays_but_can_be_deactivated(people: People):
    campaign = SkillFactory.create(business_unit=people.unit, name="Support").campaign
    with pytest.raises(InUse, match="Support"):
        delete_campaign(by=people.admin, instance=campaign)
    update_campaign(by=people.admin, instance=campaign, is_active=False)
    assert not Campaign.objects.get(pk=campaign.pk).is_active
