"""Which tests go to one process when several run beside each other: those that share what is dear to start.

pytest-xdist has the mark `xdist_group` for it. It hands the group on in the ids of the tests, in a field that
pytest 9.2 no longer reads: with both in their present versions the mark does nothing.
"""

from __future__ import annotations

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

FOLDER = "tests/product/"
BY_THEMSELVES = ("test_screens.py", "test_event_log.py")
"""Modules of the folder that start a product of their own, or none."""


def group_of(nodeid: str) -> str:
    """The tests of a group run in one process: a whole module, the running product's, or one test alone."""
    module = nodeid.partition("::")[0]
    name = module.removeprefix(FOLDER)
    if name == module:
        return nodeid
    return module if name in BY_THEMSELVES else FOLDER


class InGroups(LoadScopeScheduling):
    """The largest groups first, so that none begins when the rest is done."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> InGroups:
    return InGroups(config, log)
