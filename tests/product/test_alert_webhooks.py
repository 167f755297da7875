"""An alert webhook of the running product, whose worker dies in the middle of the call."""

from __future__ import annotations

import json

import pytest

from supervisor.services.webhooks import PAUSES, signature
from tests.product.product import Product, until
from tests.product.receiver import Receiver

pytestmark = [pytest.mark.product]

SECRET = "made-up-signing-secret"


def test_kill_of_the_worker_delays_an_alert_and_loses_none(product: Product, receiver: Receiver):
    # Of a unit without any traffic: it has no alerts of its own.
    product.run_python(
        "from organizations.services import create_business_unit; "
        "from supervisor.services.webhooks import create_webhook, send_test; "
        "unit = create_business_unit(by=None, name='Alerts'); "
        "webhook = create_webhook(by=None, business_unit=unit, "
        f"name='Chat', url='http://{receiver.host}/hook', signing_secret={SECRET!r}); "
        "send_test(by=None, webhook=webhook)"
    )
    until(lambda: receiver.seen, 20, "the call has begun")
    product.kill("worker-bulk")
    until(lambda: len(receiver.seen) > 1, PAUSES[0] + 45, "the call is made again")
    delivered = "SELECT 1 FROM supervisor_alertdelivery WHERE state = 'delivered' AND attempts = 2"
    until(lambda: product.rows(delivered), 20, "it is delivered")
    (first, _body), (second, body) = receiver.seen[:2]
    assert first["Acd-Delivery"] == second["Acd-Delivery"] == json.loads(body)["id"]
    at, mine = (part.partition("=")[2] for part in second["Acd-Signature"].split(","))
    assert mine == signature(SECRET, int(at), body)
