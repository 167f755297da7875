"""The hosts that screen pops may open: the allow-list of a business unit. Pure."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"(?:http://)?(?:\*\.)?{_LABEL}(?:\.{_LABEL})*(?::\d{{1,5}})?")


def hosts_in(text: str) -> list[str]:
    """“crm.example.com, *.example.org” as a list, in lower case."""
    return [host.lower() for host in re.split(r"[\s,;]+", text) if host]


def validate_hosts(text: str) -> None:
    """Raises ValidationError for what is no list of hosts."""
    wrong = [host for host in hosts_in(text) if not _HOST.fullmatch(host)]
    if wrong:
        raise ValidationError(
            _("“%(host)s” is no host. Write them as crm.example.com, *.example.org."),
            params={"host": wrong[0][:60]},
        )


def is_allowed(address: str, hosts: str) -> bool:
    """Whether the list has the host of an address. https only, unless the host stands with http:// before it.

    “*.example.org” allows what is below example.org, at any depth. A port must be in the list too.
    """
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return False
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        return False
    name = parts.hostname if port is None else f"{parts.hostname}:{port}"
    for host in hosts_in(hosts):
        scheme, bare = ("http", host[7:]) if host.startswith("http://") else ("https", host)
        is_host = name.endswith(bare[1:]) if bare.startswith("*.") else name == bare
        if is_host and parts.scheme == scheme:
            return True
    return False
