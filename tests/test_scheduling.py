"""Tests that share a product are told from the others."""

from __future__ import annotations

import pytest

from tests.scheduling import BY_THEMSELVES, FOLDER, group_of


@pytest.mark.parametrize(
    ("nodeid", "group"),
    [
        ("tests/routing/test_picks.py::test_a", "tests/routing/test_picks.py::test_a"),
        ("tests/product/test_screens.py::test_nothing_serious[home]", "tests/product/test_screens.py"),
        ("tests/product/test_screens.py::test_nothing_serious[a/b::c]", "tests/product/test_screens.py"),
        ("tests/product/test_studio.py::test_a", "tests/product/"),
        ("tests/product/test_browser.py::test_b[x]", "tests/product/"),
    ],
)
def test_a_product_is_started_by_one_process(nodeid: str, group: str):
    assert group_of(nodeid) == group


@pytest.mark.parametrize("name", BY_THEMSELVES)
def test_a_module_by_itself_exists(pytestconfig: pytest.Config, name: str):
    assert (pytestconfig.rootpath / FOLDER / name).exists()
