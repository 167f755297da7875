"""Whatever arrives at a webhook is read, or called unreadable; nothing else happens."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import DomainError
from sms_registrations.providers.base import UnreadablePayload, WebhookRequest
from sms_registrations.providers.reading import MAX_BYTES, read_exact, read_fields

FORM = "application/x-www-form-urlencoded"


def _post(body: bytes, content_type: str = "", query: str = "") -> WebhookRequest:
    return WebhookRequest("POST", content_type, query, {}, body)


@pytest.mark.parametrize(
    ("request_", "fields"),
    [
        (WebhookRequest("GET", query_string="a=1&b=%C3%A9+%2B&c="), {"a": "1", "b": "é +", "c": ""}),
        (WebhookRequest("GET", query_string="a=1", body=b'{"a": "2"}'), {"a": "1"}),
        (WebhookRequest("GET", body=b"a=2"), {"a": "2"}),
        (_post(b"a=1&b=2", FORM), {"a": "1", "b": "2"}),
        (_post(b"a=1\r\n", FORM), {"a": "1"}),
        (_post(b"a=1", FORM, "token=x"), {"a": "1"}),
        (_post(b"", FORM, "a=1"), {"a": "1"}),
        (_post(b"a=1&a=2", FORM), {"a": "1"}),
        (_post(b'{"a": "1"}', "application/json"), {"a": "1"}),
        (_post(b'{"a": "1"}'), {"a": "1"}),
        (_post(b'{"a": "1"}', FORM), {"a": "1"}),
        (_post(b'\xef\xbb\xbf {"a": "1"}\n'), {"a": "1"}),
        (
            _post(b'{"a": 12, "b": 0.0333, "c": null, "d": true}'),
            {"a": 12, "b": "0.0333", "c": None, "d": True},
        ),
        (_post(b'{"a": NaN, "b": -Infinity, "c": 1e999}'), {"a": "NaN", "b": "-Infinity", "c": "1e999"}),
        (_post(b'{"a": ' + b"9" * 5000 + b"}"), {"a": "9" * 5000}),
        (_post(b'{"a": "x\\u0000y\\ud800z"}'), {"a": "x\ufffdy\ufffdz"}),
        (_post(b"a=x%00y", FORM), {"a": "x\ufffdy"}),
        (_post(b"a=%ff", FORM), {"a": "\ufffd"}),
        (_post(b"a=\xff", FORM), {"a": "\ufffd"}),
        (WebhookRequest("GET", query_string="a=Ã©"), {"a": "é"}),
        (WebhookRequest("GET", query_string="a=\u20ac"), {"a": "\u20ac"}),
        (_post(b"", FORM), {}),
        (_post(b" \n", "application/json"), {}),
        (_post(b"{}", "application/json"), {}),
        (WebhookRequest("GET"), {}),
        (WebhookRequest("HEAD"), {}),
    ],
)
def test_every_shape_is_read(request_, fields):
    assert read_fields(request_) == fields


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b'{"a": 1',
        b"[1, 2]",
        b"<xml/>",
        b"[" * 100_000,
        b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
        b'{"a":' * 20 + b"1" + b"}" * 20,
        b"a=" + b"x" * MAX_BYTES,
        b"&".join(b"f%d=1" % number for number in range(501)),
    ],
    ids=["brace", "cut", "list", "xml", "brackets", "nested", "depth", "size", "fields"],
)
def test_unreadable(body):
    with pytest.raises(UnreadablePayload) as caught:
        read_fields(_post(body))

    assert isinstance(caught.value, DomainError)
    assert isinstance(caught.value, ValueError)
    assert str(caught.value.message)


@pytest.mark.parametrize(
    "request_",
    [
        _post(b"not json", "application/json"),
        _post(b"--x\r\n", "multipart/form-data; boundary=x"),
        WebhookRequest("GET", query_string="a=" + "x" * MAX_BYTES),
    ],
)
def test_unreadable_by_its_kind(request_):
    with pytest.raises(UnreadablePayload):
        read_fields(request_)


def test_a_signature_sees_what_was_sent():
    request = _post(b'{"a": 1.50, "b": 7, "c": "x\\u0000"}')

    assert read_exact(request) == {"a": "1.50", "b": "7", "c": "x\0"}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), json_values))
def test_what_is_read_can_be_stored(fields):
    body = json.dumps(fields).encode()

    stored = json.dumps(read_fields(_post(body)), allow_nan=False, ensure_ascii=False)

    stored.encode()
    assert "\\u0000" not in stored


@given(
    method=st.sampled_from(["GET", "POST", "PUT", "HEAD", "", "get"]),
    content_type=st.sampled_from(["", FORM, "application/json", "text/xml", "multipart/form-data"])
    | st.text(),
    query=st.text(),
    body=st.binary() | st.text().map(lambda text: text.encode("utf-8", "surrogatepass")),
)
def test_any_bytes_are_read_or_unreadable(method, content_type, query, body):
    request = WebhookRequest(method, content_type, query, {}, body)
    try:
        fields = read_fields(request)
    except UnreadablePayload:
        return
    stored = json.dumps(fields, allow_nan=False, ensure_ascii=False).encode()
    assert json.loads(stored) == fields
