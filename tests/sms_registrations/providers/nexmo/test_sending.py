"""Sending against a real HTTP server, on good days and bad ones."""

from __future__ import annotations

import json
import os
import socket
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from sms_registrations.providers.base import Credentials, OutgoingText, SendKind
from sms_registrations.providers.http import TimeLimits
from sms_registrations.providers.nexmo.sending import MessagesApiGateway, SmsApiGateway
from sms_registrations.providers.nexmo.signing import sign
from sms_registrations.providers.registry import get_provider
from tests.sms_registrations.providers.fake_server import (
    Behaviour,
    FakeProvider,
    answer,
    drip,
    hang,
    hang_up,
    reset,
)

KEYS = Credentials("abcd1234", "the secret")
TEXT = OutgoingText(
    sender="+447700900000",
    to="+447700900001",
    text="Hello & goodbye + 1 = é",
    client_ref="ref-1",
    receipt_url="https://desk.example/hooks/token/status",
)
OK = {
    "message-count": "1",
    "messages": [{"to": "447700900001", "message-id": "0A01", "status": "0", "message-price": "0.0333"}],
}
SHORT = TimeLimits(connect=0.5, read=0.3, total=1.0)


def _send(behaviour: Behaviour, *, text: OutgoingText = TEXT, keys: Credentials = KEYS):
    with FakeProvider(behaviour) as server:
        outcome = SmsApiGateway(keys, server.url, SHORT).send(text)
    return outcome, server.received


def test_accepted_text_and_what_was_asked_for():
    outcome, (received,) = _send(answer(OK))

    assert outcome.kind is SendKind.ACCEPTED
    assert outcome.provider_ids == ("0A01",)
    assert (outcome.segments, outcome.price, outcome.http_status) == (1, Decimal("0.0333"), 200)
    assert received.path == "/sms/json"
    assert received.headers["content-type"] == "application/x-www-form-urlencoded"
    assert received.form == {
        "api_key": "abcd1234",
        "api_secret": "the secret",
        "from": "447700900000",
        "to": "447700900001",
        "text": "Hello & goodbye + 1 = é",
        "client-ref": "ref-1",
        "status-report-req": "1",
        "callback": "https://desk.example/hooks/token/status",
    }


def test_base_url_may_end_with_a_slash():
    with FakeProvider(answer(OK)) as server:
        SmsApiGateway(KEYS, server.url + "/", SHORT).send(TEXT)

    assert server.received[0].path == "/sms/json"


@pytest.mark.parametrize(
    ("text", "type_"), [("plain €", None), ("ça", "unicode"), ("😀", "unicode"), ("a\ud800", "unicode")]
)
def test_unicode_is_asked_for_where_needed(text, type_):
    outcome, (received,) = _send(answer(OK), text=OutgoingText("AcmeInc", "36180", text))

    assert outcome.kind is SendKind.ACCEPTED
    assert received.form.get("type") == type_
    assert received.form["text"] == text.replace("\ud800", "?")
    assert received.form["from"] == "AcmeInc"
    assert "client-ref" not in received.form
    assert "callback" not in received.form


def test_signature_replaces_the_secret_when_only_it_is_known():
    keys = Credentials("abcd1234", "", "sha256", "signature secret")

    _outcome, (received,) = _send(answer(OK), keys=keys)

    form = received.form
    assert "api_secret" not in form
    assert form["timestamp"].isdigit()
    assert form["sig"] == sign(form, "sha256", "signature secret")


@pytest.mark.parametrize(
    "keys",
    [
        Credentials(),
        Credentials("key", ""),
        Credentials("", "secret"),
        Credentials("key", "", "none", "signature secret"),
        Credentials("key", "", "sha256", ""),
    ],
)
def test_without_credentials_nothing_is_sent(keys):
    outcome, received = _send(answer(OK), keys=keys)

    assert (outcome.kind, outcome.reason_code) == (SendKind.ACCOUNT_BROKEN, "no_credentials")
    assert received == []


def _part(status: str, **more: str) -> dict[str, str]:
    return {"status": status, **more}


def _parts(*parts: object, count: object = None) -> dict[str, object]:
    return {"message-count": len(parts) if count is None else count, "messages": list(parts)}


TAKEN = _part("0", **{"message-id": "A"})


@pytest.mark.parametrize(
    ("status", "body", "kind", "reason_code"),
    [
        (200, _parts(_part("1", **{"error-text": "please wait [ 702 ] and retry"})), "throttled", "send.1"),
        (200, _parts(_part("2")), "refused", "send.2"),
        (200, _parts(_part("3")), "refused", "send.3"),
        (200, _parts(_part("4")), "account_broken", "send.4"),
        (200, _parts(_part("5")), "ambiguous", "send.5"),
        (200, _parts(_part("6")), "refused", "send.6"),
        (200, _parts(_part("7")), "refused", "send.7"),
        (200, _parts(_part("8")), "account_broken", "send.8"),
        (200, _parts(_part("9")), "account_broken", "send.9"),
        (200, _parts(_part("12")), "refused", "send.12"),
        (200, _parts(_part("13")), "ambiguous", "send.13"),
        (200, _parts(_part("15")), "refused", "send.15"),
        (200, _parts(_part("99")), "refused", "send.99"),
        (200, _parts(TAKEN, _part("6")), "partial", "partial"),
        (200, _parts(_part("5"), TAKEN), "partial", "partial"),
        (200, _parts(_part("1"), _part("1")), "throttled", "send.1"),
        (200, _parts(_part("1"), _part("6")), "refused", "send.6"),
        (200, _parts(_part("6"), _part("9")), "account_broken", "send.9"),
        (200, _parts(_part("9"), _part("5")), "ambiguous", "send.5"),
        (200, _parts(TAKEN, count="2"), "partial", "part_count"),
        (200, _parts(_part("6"), count="2"), "ambiguous", "part_count"),
        (200, _parts("nonsense"), "ambiguous", "strange_answer"),
        (200, _parts(_part("ok")), "ambiguous", "strange_answer"),
        (200, {"messages": {"status": "0"}}, "ambiguous", "strange_answer"),
        (200, [], "ambiguous", "strange_answer"),
        (200, b"", "ambiguous", "strange_answer"),
        (200, b"<html>OK</html>", "ambiguous", "strange_answer"),
        (200, b"\xff\xfe\x00", "ambiguous", "strange_answer"),
        (200, b"[" * 30_000, "ambiguous", "strange_answer"),
        (200, {"error-code": "420", "error-code-label": "x"}, "refused", "http.420"),
        (200, {"error-code": "429"}, "throttled", "http.429"),
        (200, {"type": "https://x", "title": "Bad request"}, "refused", "http.200"),
        (400, b"bad", "refused", "http.400"),
        (400, _parts(_part("1")), "throttled", "send.1"),
        (404, b"not found", "refused", "http.404"),
        (401, b"", "account_broken", "http.401"),
        (402, {"title": "Low balance"}, "account_broken", "http.402"),
        (403, b"", "account_broken", "http.403"),
        (408, b"", "ambiguous", "strange_answer"),
        (302, b"", "ambiguous", "strange_answer"),
        (500, OK, "ambiguous", "http.5xx"),
        (502, b"<html>Bad gateway</html>", "ambiguous", "http.5xx"),
        (503, b"", "ambiguous", "http.5xx"),
    ],
)
def test_the_outcome_table(status, body, kind, reason_code):
    outcome, received = _send(answer(body, status=status))

    assert (outcome.kind, outcome.reason_code) == (SendKind(kind), reason_code)
    assert str(outcome.reason)
    assert outcome.kind.may_retry == (kind in {"throttled", "account_broken"})
    assert len(received) == 1, "nothing is sent again inside"


@pytest.mark.parametrize(
    ("body", "status", "headers", "wait"),
    [
        (_parts(_part("1", **{"error-text": "please wait [ 702 ] and retry"})), 200, {}, 0.702),
        (_parts(_part("1", **{"error-text": "Throttled"})), 200, {}, 1.0),
        (_parts(_part("1", **{"error-text": "please wait [ 999999 ] and retry"})), 200, {}, 60.0),
        (b"Error", 429, {}, 1.0),
        (b"Error", 429, {"retry-after": "7"}, 7.0),
        (b"Error", 429, {"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, 1.0),
    ],
)
def test_the_wait_that_throttling_asks_for(body, status, headers, wait):
    outcome, _received = _send(answer(body, status=status, headers=headers))

    assert outcome.kind is SendKind.THROTTLED
    assert outcome.retry_after_seconds == pytest.approx(wait)


def test_taken_parts_of_a_partly_refused_text_are_kept():
    body = _parts(
        _part("0", **{"message-id": "A", "message-price": "0.03"}),
        _part("0", **{"message-id": "B", "message-price": "0.04"}),
        _part("1", **{"error-text": "Throttled"}),
    )

    outcome, _received = _send(answer(body))

    assert outcome.kind is SendKind.PARTIAL
    assert outcome.provider_ids == ("A", "B")
    assert (outcome.segments, outcome.price) == (2, Decimal("0.07"))
    assert outcome.status_codes == ("0", "0", "1")


@pytest.mark.parametrize("price", ["NaN", "-1", "1e999999", "Infinity", "free", None, {}, "9" * 40])
def test_a_strange_price_is_no_price(price):
    body = _parts({"status": "0", "message-id": "A", "message-price": price})

    outcome, _received = _send(answer(body))

    assert outcome.kind is SendKind.ACCEPTED
    assert outcome.price is None


@pytest.mark.parametrize("behaviour", [reset, hang_up], ids=["reset", "closed"])
def test_connection_lost_after_the_request_is_ambiguous(behaviour):
    outcome, received = _send(behaviour)

    assert (outcome.kind, outcome.reason_code) == (SendKind.AMBIGUOUS, "no_answer")
    assert len(received) == 1, "a second POST could send the text twice"


def test_connection_kept_open_and_then_lost_is_ambiguous_and_not_repeated():
    """The second text uses the connection of the first; its loss must not repeat the POST."""
    turns = [answer(OK), hang_up]

    outcomes = []
    with FakeProvider(lambda handler: turns.pop(0)(handler)) as server:
        gateway = SmsApiGateway(KEYS, server.url, SHORT)
        outcomes = [gateway.send(TEXT).kind, gateway.send(TEXT).kind]

    assert outcomes == [SendKind.ACCEPTED, SendKind.AMBIGUOUS]
    assert len(server.received) == 2
    assert len(server.connections) == 1


def test_no_answer_in_time_is_ambiguous():
    with FakeProvider(hang(lambda: server)) as server:
        outcome = SmsApiGateway(KEYS, server.url, SHORT).send(TEXT)

    assert (outcome.kind, outcome.reason_code) == (SendKind.AMBIGUOUS, "no_answer")
    assert len(server.received) == 1


@pytest.mark.parametrize("place", ["headers", "body"])
def test_an_answer_that_drips_for_ever_is_given_up(place):
    """Each byte comes in time, the whole does not. Were only bytes timed, this would end as accepted."""
    body = json.dumps(OK).encode() + b" " * 300
    head = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n" % len(body)
    filler = b"x-filler: " + b"y" * 300 + b"\r\n" if place == "headers" else b""
    whole = head + filler + b"\r\n" + body

    with FakeProvider(drip(lambda: server, whole)) as server:
        outcome = SmsApiGateway(KEYS, server.url, SHORT).send(TEXT)

    assert outcome.kind is SendKind.AMBIGUOUS


def test_an_endless_answer_is_not_read_to_its_end():
    outcome, _received = _send(answer(b" " * 300_000 + json.dumps(OK).encode()))

    assert (outcome.kind, outcome.reason_code) == (SendKind.AMBIGUOUS, "no_answer")


def test_refused_connection_is_not_reached():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]

    outcome = SmsApiGateway(KEYS, f"http://127.0.0.1:{port}", SHORT).send(TEXT)

    assert (outcome.kind, outcome.reason_code) == (SendKind.NOT_REACHED, "not_reached")
    assert outcome.kind.may_retry


def test_failed_tls_is_not_reached():
    with FakeProvider(answer(OK)) as server:
        outcome = SmsApiGateway(KEYS, server.url.replace("http:", "https:"), SHORT).send(TEXT)

    assert outcome.kind is SendKind.NOT_REACHED
    assert server.received == []


@pytest.mark.parametrize(
    "url", ["ftp://127.0.0.1", "no url", "http://", "http://[::1", "http://name.invalid"]
)
def test_a_wrong_address_is_not_reached(url):
    assert SmsApiGateway(KEYS, url, SHORT).send(TEXT).kind is SendKind.NOT_REACHED


def test_redirects_are_not_followed():
    with FakeProvider(answer(OK)) as elsewhere:
        outcome, _received = _send(answer(b"", status=307, headers={"location": elsewhere.url}))

    assert outcome.kind is SendKind.AMBIGUOUS
    assert elsewhere.received == []


def test_proxies_of_the_environment_are_ignored(monkeypatch):
    with FakeProvider(answer(OK)) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("ALL_PROXY", proxy.url)
        outcome, received = _send(answer(OK))

    assert outcome.kind is SendKind.ACCEPTED
    assert len(received) == 1
    assert proxy.received == []


def test_cookies_of_one_account_do_not_reach_another():
    with FakeProvider(answer(OK, headers={"set-cookie": "session=first; Path=/"})) as server:
        SmsApiGateway(KEYS, server.url, SHORT).send(TEXT)
        SmsApiGateway(Credentials("other", "secret"), server.url, SHORT).send(TEXT)

    assert [request.form["api_key"] for request in server.received] == ["abcd1234", "other"]
    assert all("cookie" not in request.headers for request in server.received)


def test_threads_share_the_client():
    def echo(handler):
        ref = json.dumps(_parts(_part("0", **{"message-id": server.received[-1].form["client-ref"]})))
        answer(ref.encode())(handler)

    with FakeProvider(echo) as server, ThreadPoolExecutor(8) as pool:
        gateway = SmsApiGateway(KEYS, server.url)
        texts = [OutgoingText("1", "447700900001", "x", client_ref=f"r{number}") for number in range(40)]
        outcomes = list(pool.map(gateway.send, texts))

    assert {outcome.kind for outcome in outcomes} == {SendKind.ACCEPTED}
    assert sorted(request.form["client-ref"] for request in server.received) == sorted(
        text.client_ref for text in texts
    )


@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_a_forked_process_opens_its_own_connection():
    """Celery forks its workers after import; a shared connection would mix up their answers."""
    with FakeProvider(answer(OK)) as server:
        gateway = SmsApiGateway(KEYS, server.url, SHORT)
        gateway.send(TEXT)
        child = os.fork()
        if child == 0:
            os._exit(0 if gateway.send(TEXT).kind is SendKind.ACCEPTED else 1)
        _pid, status = os.waitpid(child, 0)
        gateway.send(TEXT)

    assert os.waitstatus_to_exitcode(status) == 0
    assert len(server.received) == 3
    assert len(server.connections) == 2


def test_provider_gives_gateways_for_both_apis():
    nexmo = get_provider("nexmo")

    with FakeProvider(answer(OK)) as server:
        assert nexmo.gateway(KEYS, server.url).send(TEXT).kind is SendKind.ACCEPTED
    assert nexmo.gateway(KEYS, "") == SmsApiGateway(KEYS, "https://rest.nexmo.com")


def test_messages_api_takes_a_text():
    with FakeProvider(answer({"message_uuid": "aaaa-bbbb"}, status=202)) as server:
        outcome = MessagesApiGateway(KEYS, server.url, SHORT).send(TEXT)

    (received,) = server.received
    assert outcome.kind is SendKind.ACCEPTED
    assert outcome.provider_ids == ("aaaa-bbbb",)
    assert received.path == "/v1/messages"
    assert received.headers["authorization"] == "Basic " + b64encode(b"abcd1234:the secret").decode()
    assert json.loads(received.body) == {
        "channel": "sms",
        "message_type": "text",
        "from": "447700900000",
        "to": "447700900001",
        "text": "Hello & goodbye + 1 = é",
        "sms": {"encoding_type": "text"},
        "client_ref": "ref-1",
        "webhook_url": "https://desk.example/hooks/token/status",
    }


@pytest.mark.parametrize(
    ("status", "body", "kind", "reason_code"),
    [
        (200, {}, "ambiguous", "strange_answer"),
        (202, b"", "ambiguous", "strange_answer"),
        (
            422,
            {"type": "https://x/api-errors/messages-olympus#1120", "title": "y"},
            "refused",
            "messages.1120",
        ),
        (422, {"type": "https://x/api-errors#1000"}, "throttled", "messages.1000"),
        (422, {"type": "https://x/api-errors#1070"}, "account_broken", "messages.1070"),
        (422, {"type": "https://x/api-errors#1030"}, "ambiguous", "messages.1030"),
        (422, {"title": "Invalid params"}, "refused", "http.422"),
        (404, b"", "refused", "http.404"),
        (401, b"", "account_broken", "http.401"),
        (500, {"message_uuid": "x"}, "ambiguous", "http.5xx"),
    ],
)
def test_the_outcome_table_of_the_messages_api(status, body, kind, reason_code):
    with FakeProvider(answer(body, status=status)) as server:
        outcome = MessagesApiGateway(KEYS, server.url, SHORT).send(TEXT)

    assert (outcome.kind, outcome.reason_code) == (SendKind(kind), reason_code)


@pytest.mark.parametrize("behaviour", [reset, hang_up], ids=["reset", "closed"])
def test_messages_api_connection_lost(behaviour):
    with FakeProvider(behaviour) as server:
        assert MessagesApiGateway(KEYS, server.url, SHORT).send(TEXT).kind is SendKind.AMBIGUOUS
    assert MessagesApiGateway(KEYS, server.url, SHORT).send(TEXT).kind is SendKind.NOT_REACHED
    assert MessagesApiGateway(Credentials(), server.url).send(TEXT).kind is SendKind.ACCOUNT_BROKEN
