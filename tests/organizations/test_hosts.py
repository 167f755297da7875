"""The hosts that screen pops may open."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from organizations.hosts import is_allowed, validate_hosts

HOSTS = "crm.example.com, *.example.org http://old.example.net portal.example.com:8443"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://crm.example.com/x", True),
        ("https://CRM.example.com/x", True),
        ("http://crm.example.com/x", False),
        ("https://a.example.org", True),
        ("https://a.b.example.org", True),
        ("https://example.org", False),
        ("https://evilexample.org", False),
        ("https://crm.example.com.evil.example", False),
        ("https://crm.example.com@evil.example", False),
        ("https://crm.example.com:444/", False),
        ("http://old.example.net/", True),
        ("https://old.example.net/", False),
        ("https://portal.example.com:8443/", True),
        ("https://portal.example.com/", False),
        ("https://crm.example.com:port/", False),
        ("javascript:alert(1)", False),
        ("", False),
    ],
)
def test_only_what_is_in_the_list(address: str, expected: bool):
    assert is_allowed(address, HOSTS) is expected


def test_an_empty_list_allows_nothing():
    assert not is_allowed("https://crm.example.com/", "")


def refusal(text: str) -> str:
    """What is said against a list of hosts; blank if nothing."""
    try:
        validate_hosts(text)
    except ValidationError as error:
        return str(error.messages[0])
    return ""


@pytest.mark.parametrize("text", ["", HOSTS, "localhost"])
def test_lists_of_hosts(text: str):
    assert refusal(text) == ""


@pytest.mark.parametrize("text", ["https://crm.example.com", "crm.example.com/path", "*", "a..b", "crm_x"])
def test_what_is_no_list_of_hosts(text: str):
    assert "is no host" in refusal(text)
