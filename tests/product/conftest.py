"""One running product for all tests of this folder; each test opens business units of its own in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.product.nexmo import FakeNexmo
from tests.product.product import Product


@pytest.fixture(scope="session")
def nexmo() -> Iterator[FakeNexmo]:
    """The provider that the product sends to."""
    with FakeNexmo() as server:
        yield server


@pytest.fixture(scope="session")
def product(nexmo: FakeNexmo) -> Iterator[Product]:
    """Started as `make run` starts it; afterwards nothing of it may be left."""
    running = Product(VONAGE_REST_URL=nexmo.url)
    try:
        running.wait_ready()
        yield running
    finally:
        left = running.stop()
    assert (left, running.process.returncode) == ([], 0)
