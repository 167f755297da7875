"""Dispositions and tags."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from core.errors import InUse, RuleBroken
from dispositions import services
from dispositions.models import Disposition
from tests.conftest import People
from tests.factories.contacts import ContactFactory
from tests.factories.dispositions import DispositionFactory, TagFactory

pytestmark = pytest.mark.django_db
KINDS = [
    SimpleNamespace(
        create=services.create_disposition,
        update=services.update_disposition,
        delete=services.delete_disposition,
        factory=DispositionFactory,
    ),
    SimpleNamespace(
        create=services.create_tag,
        update=services.update_tag,
        delete=services.delete_tag,
        factory=TagFactory,
    ),
]


@pytest.mark.parametrize("kind", KINDS, ids=["disposition", "tag"])
def test_the_life_of_it(people: People, kind: SimpleNamespace):
    made = kind.create(by=people.admin, business_unit=people.unit, name="Done")
    kind.update(by=people.admin, instance=made, name="Finished", is_active=False)
    stored = type(made).objects.get(pk=made.pk)
    assert (stored.name, stored.is_active) == ("Finished", False)
    with pytest.raises(RuleBroken, match="exists"):
        kind.create(by=people.admin, business_unit=people.unit, name="FINISHED")
    assert kind.create(by=people.stranger, business_unit=people.stranger.business_unit, name="Finished").pk
    kind.delete(by=people.admin, instance=stored)
    assert not type(made).objects.filter(pk=made.pk).exists()


def test_an_outcome_of_a_contact_stays(people: People):
    disposition = DispositionFactory.create(business_unit=people.unit)
    ContactFactory.create(business_unit=people.unit, closed=True, disposition=disposition)
    with pytest.raises(InUse, match="1 contact"):
        services.delete_disposition(by=people.admin, instance=disposition)


def test_classifications(people: People):
    made = services.create_disposition(
        by=people.admin, business_unit=people.unit, name="Sold", classification="positive"
    )
    assert made.classification == Disposition.Classification.POSITIVE
    with pytest.raises(RuleBroken) as caught:
        services.update_disposition(by=people.admin, instance=made, classification="splendid")
    assert caught.value.fields.keys() == {"classification"}
