"""Calls of scripts: made once, outside of transactions, with secrets that are never shown."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from contacts import api_calls
from contacts.models import ApiCall, Contact, ScriptRun
from contacts.script_runs import resume_due
from core.clock import database_now
from routing.services import offers
from tests.factories.scripts import ScriptSecretFactory
from tests.routing.floor import Floor, pending
from tests.routing.test_script_events import begin, kinds, pass_time, texts

SEEN: list[dict[str, Any]] = []
TOGETHER = threading.Barrier(3)


class Erp(http.server.BaseHTTPRequestHandler):
    """Answers with the order that is asked for."""

    def do_GET(self) -> None:
        if self.path.endswith("/together"):
            # Nobody is answered before three ask at once.
            TOGETHER.wait(10)
        SEEN.append({"path": self.path, "secret": self.headers.get("Authorization")})
        body = json.dumps({"order": {"status": "sent"}}).encode()
        self.send_response(404 if self.path.endswith("/9") else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: Any) -> None:
        """Keep the output of the tests clean."""


@pytest.fixture
def erp(settings: Any) -> Iterator[str]:
    """The address of a system beside ours."""
    SEEN.clear()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Erp)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.OUTGOING_PRIVATE_HOSTS = [f"127.0.0.1:{server.server_port}"]
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def asking(floor: Floor, url: str, *, text: str = "7", **properties: Any) -> Contact:
    """A contact whose script asks another system."""
    call = {"url": url + "/orders/{{ text }}", "results": "order: order.status", **properties}
    actions = {
        "c": ("CALLAPI", call),
        "y": ("ENDTEXT", {"message": "{{ order }}"}),
        "n": ("ENDTEXT", {"message": "failed {{ api_status }}"}),
        "t": ("ENDTEXT", {"message": "timeout"}),
    }
    return begin(floor, actions, ["b>c", "c>y", "c.failed>n", "c.timeout>t"], text=text)


def test_the_answer_leads_on(floor: Floor, erp: str):
    contact = asking(floor, erp)
    assert SEEN == [], "nothing is called in the transaction of the script"
    assert floor.do(api_calls.make_calls) == 1
    assert texts(contact) == ["sent"]
    assert SEEN == [{"path": "/orders/7", "secret": None}]
    made = ApiCall.objects.get()
    assert (made.status, made.url, made.body) == (200, "", None)
    assert floor.do(api_calls.make_calls) == 0


def test_another_status_has_its_branch(floor: Floor, erp: str):
    contact = asking(floor, erp, text="9")
    floor.do(api_calls.make_calls)
    assert texts(contact) == ["failed 404"]


def test_what_customers_write_stays_in_its_place(floor: Floor, erp: str):
    asking(floor, erp, text="../../admin?x=1#y")
    floor.do(api_calls.make_calls)
    assert SEEN[0]["path"] == "/orders/..%2F..%2Fadmin%3Fx%3D1%23y"


def test_a_secret_goes_to_its_hosts_only_and_is_kept_nowhere_else(floor: Floor, erp: str):
    secret = ScriptSecretFactory.create(
        business_unit=floor.unit, name="ERP", secret_value="made-up-value", hosts=erp
    )
    contact = asking(floor, erp, secret="erp")
    floor.do(api_calls.make_calls)
    assert SEEN[0]["secret"] == "Bearer made-up-value"
    kept = str([*ApiCall.objects.values(), *ScriptRun.objects.values(), *contact.trace_steps.values()])
    assert "made-up-value" not in kept
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret_value FROM scripts_scriptsecret WHERE id = %s", [secret.pk])
        assert "made-up-value" not in cursor.fetchone()[0]
    secret.hosts = "erp.example.com"
    secret.save()
    other = asking(floor, erp, secret="erp")
    floor.do(api_calls.make_calls)
    assert len(SEEN) == 1
    assert ApiCall.objects.get(contact=other).failure == "secret_not_for_host"
    assert "script_failed" in kinds(other)


def test_a_secret_whose_key_is_gone_fails_its_own_call_and_no_other(floor: Floor, erp: str):
    secret = ScriptSecretFactory.create(business_unit=floor.unit, name="ERP", hosts=erp)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE scripts_scriptsecret SET secret_value = 'made-up' WHERE id = %s", [secret.pk])
    broken, sound = asking(floor, erp, secret="erp"), asking(floor, erp)
    floor.do(api_calls.make_calls)
    assert ApiCall.objects.get(contact=broken).failure == "secret_unreadable"
    assert ApiCall.objects.get(contact=sound).failure == ""
    assert len(SEEN) == 1


def test_a_system_that_takes_its_time_holds_up_no_other_call(floor: Floor, erp: str):
    contacts = [asking(floor, erp, text="together") for _number in range(3)]
    assert floor.do(api_calls.make_calls) == 3
    assert [texts(contact) for contact in contacts] == [["sent"]] * 3


def test_our_own_network_is_not_reached(floor: Floor, erp: str, settings: Any):
    settings.OUTGOING_PRIVATE_HOSTS = []
    contact = asking(floor, "https://169.254.169.254")
    floor.do(api_calls.make_calls)
    contact.refresh_from_db()
    assert ApiCall.objects.get().failure == "private_address"
    assert contact.state == Contact.State.QUEUED, "a fault in a script loses no customer"


def test_without_an_answer_the_script_goes_on_at_its_timeout(floor: Floor, erp: str):
    contact = asking(floor, erp)
    ApiCall.objects.update(started_at=database_now())
    pass_time(60)
    assert floor.do(resume_due) == 1
    assert texts(contact) == ["timeout"]
    assert floor.do(api_calls.make_calls) == 0, "a call whose process died is not made again"


def test_an_answer_that_comes_too_late_changes_nothing(floor: Floor, erp: str):
    contact = asking(floor, erp)
    pass_time(60)
    floor.do(resume_due)
    floor.do(api_calls.make_calls)
    assert texts(contact) == ["timeout"]


def test_calls_whose_deadline_is_over_are_not_made(floor: Floor, erp: str):
    asking(floor, erp)
    assert not api_calls.has_overdue_calls(age_seconds=1.5)
    ApiCall.objects.update(deadline=database_now() + timedelta(seconds=30))
    assert api_calls.has_overdue_calls(age_seconds=1.5)
    ApiCall.objects.update(deadline=database_now())
    assert not api_calls.has_overdue_calls(age_seconds=1.5)
    assert floor.do(api_calls.make_calls) == 0
    assert SEEN == []


def test_one_process_makes_calls_and_another_does_not_stay_for_it(floor: Floor, erp: str):
    asking(floor, erp)
    with closing(connection.copy()) as other, other.cursor() as busy:
        busy.execute("SELECT pg_advisory_lock(%s)", [api_calls.CALLS_LOCK])
        assert floor.do(api_calls.make_calls) == 0
        assert SEEN == []
        busy.execute("SELECT pg_advisory_unlock(%s)", [api_calls.CALLS_LOCK])
        assert floor.do(api_calls.make_calls) == 1
        busy.execute("SELECT pg_try_advisory_lock(%s)", [api_calls.CALLS_LOCK])
        assert busy.fetchone() == (True,), "given back"


def test_a_turn_is_one_call_at_least(floor: Floor, erp: str):
    asking(floor, erp)
    asking(floor, erp)
    assert floor.do(api_calls.make_calls, seconds=0) == 1
    assert floor.do(api_calls.make_calls) == 1


def test_an_answer_during_an_offer_is_kept_until_it_is_settled(floor: Floor, erp: str):
    agent = floor.agent()
    actions = {
        "q": "REQAGENT",
        "c": ("CALLAPI", {"url": erp + "/orders/7", "results": "order: order.status"}),
        "y": ("ENDTEXT", {"message": "{{ order }}"}),
    }
    contact = begin(floor, actions, ["b>q", "q>c", "c>y"])
    offer = pending(contact)
    assert floor.do(api_calls.make_calls) == 1
    assert texts(contact) == []
    floor.do(offers.refuse_offer, offer_id=offer.pk, by=agent)
    assert texts(contact) == ["sent"]
    assert ScriptRun.objects.get(contact=contact).kept is None
