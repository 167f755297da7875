from __future__ import annotations

import factory

from supervisor.models import Alert, AlertDelivery, AlertWebhook, SkillThresholds, UnitThresholds
from tests.factories.base import ModelFactory
from tests.factories.organizations import BusinessUnitFactory
from tests.factories.skills import SkillFactory


class UnitThresholdsFactory(ModelFactory[UnitThresholds]):
    class Meta:
        model = UnitThresholds

    business_unit = factory.SubFactory(BusinessUnitFactory)


class SkillThresholdsFactory(ModelFactory[SkillThresholds]):
    class Meta:
        model = SkillThresholds

    skill = factory.SubFactory(SkillFactory)


class AlertFactory(ModelFactory[Alert]):
    """An alert that is on, about the wait of a skill."""

    class Meta:
        model = Alert

    business_unit = factory.SubFactory(BusinessUnitFactory)
    kind = Alert.Kind.OLDEST_WAIT
    subject_id = factory.Sequence(lambda number: number)
    subject = "Support"
    value = 90
    threshold = 60


class AlertWebhookFactory(ModelFactory[AlertWebhook]):
    """Told of every alert."""

    class Meta:
        model = AlertWebhook

    name = factory.Sequence(lambda number: f"Webhook {number}")
    business_unit = factory.SubFactory(BusinessUnitFactory)
    url = "https://chat.example.com/hooks/1"
    signing_secret = "made-up-signing-secret"


class AlertDeliveryFactory(ModelFactory[AlertDelivery]):
    """A test that waits."""

    class Meta:
        model = AlertDelivery

    webhook = factory.SubFactory(AlertWebhookFactory)
    event = AlertDelivery.Event.TEST
    payload = factory.LazyFunction(lambda: {"event": "test", "alert": None})
