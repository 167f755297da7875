"""SCREENPOP: addresses lead where the script says, whatever the customer writes."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.interpreter.addresses import filled_address, is_written_out

SOURCE = "https://crm.example.com/c/{{ text }}?number={{ customer }}#{{ text | upcase }}"


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_value_changes_where_an_address_leads(text: str, customer: str):
    address = filled_address(SOURCE, {"text": text.encode("utf-8", "ignore").decode(), "customer": "1"})
    parts = urlsplit(address)
    assert (parts.scheme, parts.netloc) == ("https", "crm.example.com")
    assert parts.path.count("/") == 2
    assert not set(" \n\"'<>\\") & set(address)


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "//crm.example.com/",
        "https://",
        "https://{{ text }}/",
        "https://{{ text }}.example.com/",
        "https://user@crm.example.com/",
        "https://crm.example.com\\@evil.example/",
        "https://[::1",
        "crm.example.com",
    ],
)
def test_what_is_no_address(address: str):
    assert not is_written_out(address)
    assert filled_address(address, {"text": "evil.example"}) == ""
