"""The web processes count together."""

from __future__ import annotations

import re

import httpx
import pytest

from tests.product.product import Product, children_of

pytestmark = pytest.mark.product

REQUESTS = 20


def counted(product: Product, method: str) -> float:
    """Requests of a method since the start, as any of the processes tells it."""
    page = httpx.get(f"{product.url}/metrics").text
    found = re.search(rf'^django_http_requests_total_by_method_total{{method="{method}"}} (\S+)$', page, re.M)
    return float(found[1]) if found else 0.0


def test_whichever_process_answers_knows_the_requests_of_all(product: Product):
    assert len(children_of(product.pids()["web"])) >= 2
    before = counted(product, "HEAD")
    # A connection each: the processes share them out.
    for _ in range(REQUESTS):
        httpx.head(f"{product.url}/health/live")
    assert {counted(product, "HEAD") for _ in range(REQUESTS)} == {before + REQUESTS}
