"""An alert webhook of the running product, whose worker dies in the middle of the call."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from supervisor.services.webhooks import PAUSES, signature
from tests.product.product import running, until

pytestmark = [pytest.mark.product]

SECRET = "made-up-signing-secret"


class Receiver(http.server.BaseHTTPRequestHandler):
    """Keeps the first caller waiting until the test says so."""

    seen: list[tuple[dict[str, str], str]]
    is_over: threading.Event

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.seen.append((dict(self.headers), body))
        if len(self.seen) == 1:
            self.is_over.wait(60)
            return
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_args: Any) -> None:
        """Keep the output of the tests clean."""


@pytest.fixture
def receiver() -> Iterator[tuple[type[Receiver], int]]:
    class Own(Receiver):
        seen, is_over = [], threading.Event()

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Own)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Own, server.server_port
    Own.is_over.set()
    server.shutdown()
    server.server_close()


def test_kill_of_the_worker_delays_an_alert_and_loses_none(receiver: tuple[type[Receiver], int]):
    own, port = receiver
    with running(OUTGOING_PRIVATE_HOSTS=f"127.0.0.1:{port}") as product:
        product.run_python(
            "from organizations.models import BusinessUnit, User; "
            "from supervisor.services.webhooks import create_webhook, send_test; "
            "by = User.objects.get(username='admin'); "
            "webhook = create_webhook(by=by, business_unit=BusinessUnit.objects.get(name='Demo'), "
            f"name='Chat', url='http://127.0.0.1:{port}/hook', signing_secret={SECRET!r}); "
            "send_test(by=by, webhook=webhook)"
        )
        until(lambda: own.seen, 20, "the call has begun")
        product.kill("worker-bulk")
        until(lambda: len(own.seen) > 1, PAUSES[0] + 45, "the call is made again")
        delivered = "SELECT 1 FROM supervisor_alertdelivery WHERE state = 'delivered' AND attempts = 2"
        until(lambda: product.rows(delivered), 20, "it is delivered")
    (first, _body), (second, body) = own.seen[:2]
    assert first["Acd-Delivery"] == second["Acd-Delivery"] == json.loads(body)["id"]
    at, mine = (part.partition("=")[2] for part in second["Acd-Signature"].split(","))
    assert mine == signature(SECRET, int(at), body)
