"""Signatures of both APIs, and everything that must not pass for one."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms_registrations.providers.base import Credentials, UnreadablePayload, Verdict, WebhookRequest
from sms_registrations.providers.nexmo.signing import SIGNATURE_METHODS, sign
from sms_registrations.providers.registry import get_provider

NEXMO = get_provider("nexmo")
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SECRET = "a signature secret of more than 32 characters"
METHODS = [method for method in SIGNATURE_METHODS if method != "none"]
FIELDS = {
    "msisdn": "447700900001",
    "to": "447700900000",
    "messageId": "0A0000000123ABCD1",
    "text": "Ça va? 1 = 1 & 2 ≠ 3 😀 ",
    "type": "unicode",
    "message-timestamp": "2026-11-23 12:00:00",
    "timestamp": str(int(NOW.timestamp())),
    "nonce": "aaaaaaaa-bbbb",
}


def _request(fields: dict, form: str = "query") -> WebhookRequest:
    if form == "query":
        return WebhookRequest("GET", query_string=urlencode(fields))
    if form == "form":
        return WebhookRequest("POST", "application/x-www-form-urlencoded", body=urlencode(fields).encode())
    return WebhookRequest("POST", "application/json", body=json.dumps(fields).encode())


def _verify(
    request: WebhookRequest, method: str = "sha256", max_age: int | None = None, secret: str = SECRET
):
    payload = NEXMO.read(request)
    assert payload is not None
    return NEXMO.verify(request, payload, Credentials("key", "", method, secret), NOW, max_age)


def _signed(method: str, fields: dict | None = None) -> dict:
    fields = FIELDS if fields is None else fields
    return {**fields, "sig": sign(fields, method, SECRET)}


@pytest.mark.parametrize("form", ["query", "form", "json"])
@pytest.mark.parametrize("method", METHODS)
def test_signed_webhook_is_accepted_in_every_form(method, form):
    assert _verify(_request(_signed(method), form), method) is Verdict.OK


@pytest.mark.parametrize("method", METHODS)
def test_upper_case_signature_is_the_same(method):
    fields = _signed(method)

    assert _verify(_request({**fields, "sig": fields["sig"].upper()}), method) is Verdict.OK


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("other", METHODS)
def test_a_signature_of_another_method_is_wrong(method, other):
    expected = Verdict.OK if method == other else Verdict.WRONG

    assert _verify(_request(_signed(other)), method) is expected


@pytest.mark.parametrize("name", [*FIELDS, "sig"])
def test_any_changed_field_is_noticed(name):
    fields = _signed("sha256")
    fields[name] = fields[name][:-1] + ("0" if fields[name][-1] != "0" else "1")

    assert _verify(_request(fields)) is Verdict.WRONG


@pytest.mark.parametrize("name", list(FIELDS))
def test_any_missing_field_is_noticed(name):
    fields = _signed("sha256")
    del fields[name]

    assert _verify(_request(fields)) is Verdict.WRONG


@pytest.mark.parametrize("value", ["x", ["x"], {"a": "b"}, [], {}, 1, True])
def test_any_added_field_is_noticed(value):
    fields = {**_signed("sha256"), "status": value}

    assert _verify(_request(fields, "json")) is Verdict.WRONG


def test_a_second_value_of_a_name_changes_nothing():
    """Who appends a parameter to a signed address must neither be heard nor break it."""
    request = _request(_signed("sha256"))
    doubled = WebhookRequest("GET", query_string=request.query_string + "&text=evil")

    payload = NEXMO.read(doubled)

    assert _verify(doubled) is Verdict.OK
    assert payload is not None
    assert payload.fields["text"] == FIELDS["text"]


@pytest.mark.parametrize("blank", ["", "  "])
def test_blank_values_may_or_may_not_be_signed(blank):
    """Sources disagree, so both are accepted."""
    with_blank = {**FIELDS, "keyword": blank}

    assert _verify(_request(_signed("sha256", with_blank))) is Verdict.OK
    assert _verify(_request({**with_blank, "sig": sign(FIELDS, "sha256", SECRET)})) is Verdict.OK


def test_json_numbers_are_signed_as_their_text():
    fields = {**FIELDS, "timestamp": int(NOW.timestamp()), "price": 0.0333, "n": 10**30}
    signed = {**fields, "timestamp": str(fields["timestamp"]), "price": "0.0333", "n": "1" + "0" * 30}
    fields["sig"] = sign(signed, "sha256", SECRET)

    assert _verify(_request(fields, "json")) is Verdict.OK


def test_nul_is_signed_as_it_came():
    fields = {**FIELDS, "text": "a\0b"}

    request = _request(_signed("sha256", fields))
    payload = NEXMO.read(request)

    assert _verify(request) is Verdict.OK
    assert payload is not None
    assert payload.fields["text"] == "a\ufffdb"


@pytest.mark.parametrize("sig", ["", "  ", None])
def test_missing_signature(sig):
    fields = dict(FIELDS) if sig is None else {**FIELDS, "sig": sig}

    assert _verify(_request(fields)) is Verdict.MISSING


@pytest.mark.parametrize("sig", ["é", "\ud800", "0" * 64, "x" * 10_000, {"a": 1}, ["a"], True, 12])
def test_any_nonsense_for_a_signature_is_refused(sig):
    request = _request({**FIELDS, "sig": sig}, "json")

    assert _verify(request) in {Verdict.WRONG, Verdict.MISSING}


def test_no_secret_accepts_nothing():
    fields = {**FIELDS, "sig": sign(FIELDS, "sha256", "")}

    assert _verify(_request(fields), secret="") is Verdict.WRONG


def test_unknown_method_accepts_nothing():
    assert _verify(_request(_signed("sha256")), method="sha3") is Verdict.WRONG
    with pytest.raises(ValueError, match="unknown signature method"):
        sign(FIELDS, "none", SECRET)


def test_signature_is_not_required_where_the_account_has_none():
    assert _verify(_request(FIELDS), method="none") is Verdict.NOT_REQUIRED
    assert Verdict.NOT_REQUIRED.is_accepted
    assert not Verdict.STALE.is_accepted


@pytest.mark.parametrize(
    ("age", "verdict"),
    [(0, Verdict.OK), (300, Verdict.OK), (301, Verdict.STALE), (-300, Verdict.OK), (-301, Verdict.STALE)],
)
def test_age_of_the_signed_timestamp(age, verdict):
    fields = {**FIELDS, "timestamp": str(int(NOW.timestamp()) - age)}

    assert _verify(_request(_signed("sha256", fields)), max_age=300) is verdict
    assert _verify(_request(_signed("sha256", fields))) is Verdict.OK


@pytest.mark.parametrize("timestamp", [None, "soon", "-1", "9" * 400, "\uff11\uff12\uff13", ""])
def test_unreadable_timestamp_is_stale_when_age_matters(timestamp):
    fields = {key: value for key, value in FIELDS.items() if key != "timestamp"}
    if timestamp is not None:
        fields["timestamp"] = timestamp

    assert _verify(_request(_signed("sha256", fields)), max_age=300) is Verdict.STALE


@given(st.dictionaries(st.text(min_size=1), st.text(), min_size=1), st.sampled_from(METHODS))
def test_whatever_is_signed_verifies(fields, method):
    fields = {**fields, "msisdn": "1", "messageId": "2"}
    fields.pop("sig", None)
    for messages_name in ("message_uuid", "channel", "message_type", "webhook_version"):
        fields.pop(messages_name, None)

    assert _verify(_request(_signed(method, fields), "json"), method) is Verdict.OK


MESSAGE = {
    "to": "447700900000",
    "from": "447700900001",
    "channel": "sms",
    "message_uuid": "aaaaaaaa-bbbb-cccc-dddd-0123456789ab",
    "timestamp": "2026-11-23T12:00:00Z",
    "message_type": "text",
    "text": "Hello",
}
BODY = json.dumps(MESSAGE, indent=1).encode()


def _claims(**changes) -> dict:
    claims = {
        "iat": int(NOW.timestamp()),
        "jti": "c5ba8f24",
        "iss": "Vonage",
        "payload_hash": hashlib.sha256(BODY).hexdigest(),
        "api_key": "a1b2c3d",
        **changes,
    }
    return {name: value for name, value in claims.items() if value is not None}


def _token_verdict(
    token: str,
    *,
    body: bytes = BODY,
    scheme: str = "Bearer",
    api_key: str = "a1b2c3d",
    secret: str = SECRET,
    max_age: int | None = None,
) -> Verdict:
    headers = {"authorization": f"{scheme} {token}"} if token else {}
    request = WebhookRequest("POST", "application/json", "", headers, body)
    payload = NEXMO.read(request)
    assert payload is not None
    assert payload.family == "messages"
    # The dashboard's method does not matter to the Messages API: its tokens are always HS256.
    credentials = Credentials(api_key, "", "md5hash", secret)
    return NEXMO.verify(request, payload, credentials, NOW, max_age)


def _token(algorithm: str = "HS256", secret: str = SECRET, **changes) -> str:
    return jwt.encode(_claims(**changes), secret, algorithm=algorithm)


def test_token_with_the_hash_of_the_body_is_accepted():
    assert _token_verdict(_token()) is Verdict.OK
    assert _token_verdict(_token(), scheme="bearer") is Verdict.OK
    assert _token_verdict(_token(payload_hash=_claims()["payload_hash"].upper())) is Verdict.OK


def test_a_changed_body_is_noticed():
    assert _token_verdict(_token(), body=BODY.replace(b"Hello", b"Hallo")) is Verdict.WRONG
    assert _token_verdict(_token(), body=json.dumps(MESSAGE).encode()) is Verdict.WRONG, "the raw bytes count"


@pytest.mark.parametrize(
    "changes",
    [
        {"payload_hash": None},
        {"payload_hash": ""},
        {"payload_hash": 1},
        {"payload_hash": "é" * 64},
        {"api_key": "other"},
        {"api_key": None},
        {"api_key": ["a1b2c3d"]},
    ],
)
def test_token_that_does_not_bind_body_and_account_is_wrong(changes):
    assert _token_verdict(_token(**changes)) is Verdict.WRONG


def test_account_is_not_compared_where_it_is_not_known():
    assert _token_verdict(_token(api_key=None), api_key="") is Verdict.OK


def test_token_of_another_secret_or_algorithm_is_wrong():
    header, claims, signature = _token().split(".")
    unsigned = jwt.encode(_claims(), "", algorithm="none")

    assert _token_verdict(_token(secret=SECRET + "x")) is Verdict.WRONG
    assert _token_verdict(_token(algorithm="HS512", secret=SECRET * 2), secret=SECRET * 2) is Verdict.WRONG
    assert _token_verdict(unsigned) is Verdict.WRONG
    assert _token_verdict(f"{unsigned}{signature}") is Verdict.WRONG
    assert _token_verdict(f"{header}.{claims}.") is Verdict.WRONG
    assert _token_verdict(_token(), secret="") is Verdict.WRONG


def test_missing_token():
    assert _token_verdict("") is Verdict.MISSING
    assert _token_verdict(_token(), scheme="Basic") is Verdict.MISSING


@pytest.mark.parametrize("token", ["x", "a.b.c", "é.é.é", "..", "a" * 20_000, "e30.e30.e30", "\ud800"])
def test_nonsense_for_a_token_is_wrong(token):
    assert _token_verdict(token) is Verdict.WRONG


@pytest.mark.parametrize("claims", [b"[]", b"not json", b"[" * 5000, b'"text"'])
def test_signed_nonsense_is_wrong(claims):
    assert _token_verdict(jwt.PyJWS().encode(claims, SECRET, algorithm="HS256")) is Verdict.WRONG


@pytest.mark.parametrize(
    ("claims", "verdict"),
    [
        ({"iat": int(NOW.timestamp()) - 300}, Verdict.OK),
        ({"iat": int(NOW.timestamp()) - 301}, Verdict.STALE),
        ({"iat": int((NOW + timedelta(seconds=301)).timestamp())}, Verdict.STALE),
        ({"iat": None}, Verdict.STALE),
        ({"iat": "now"}, Verdict.STALE),
        ({"iat": True}, Verdict.STALE),
        ({"iat": 10**400}, Verdict.STALE),
        ({"exp": int(NOW.timestamp()) - 1}, Verdict.STALE),
        ({"exp": int(NOW.timestamp()) + 60, "aud": "anyone", "nbf": 99999999999}, Verdict.OK),
    ],
)
def test_age_of_the_token(claims, verdict):
    assert _token_verdict(_token(**claims), max_age=300) is verdict


def test_short_secret_is_the_accounts_own_choice():
    token = jwt.PyJWS().encode(json.dumps(_claims()).encode(), SECRET, algorithm="HS256")
    assert _token_verdict(token) is Verdict.OK
    with pytest.warns(jwt.InsecureKeyLengthWarning):
        short = jwt.encode(_claims(), "short", algorithm="HS256")
    assert _token_verdict(short, secret="short") is Verdict.OK


def test_reading_the_request_again_cannot_surprise_the_check():
    """A payload that could not be read never comes to the check."""
    with pytest.raises(UnreadablePayload):
        NEXMO.read(WebhookRequest("POST", "application/json", body=b"{"))
