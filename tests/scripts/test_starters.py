"""The scripts to begin with can be published as they are, once they name what is the user's own."""

from __future__ import annotations

import pytest
from django.utils import translation

from scripts.interpreter.inspection import examine
from scripts.starters import STARTERS
from tests.scripts.interpreter.helpers import CATALOGUE

NAMES_OF_THE_USER = {"hours": {("property_required", "hours", "profile")}}


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("name", STARTERS)
def test_nothing_is_wrong_with_it_but_what_the_user_must_choose(name: str, language: str):
    with translation.override(language):
        report = examine(STARTERS[name].make(), CATALOGUE)
    assert report.graph is not None
    findings = {(one.code, one.action_id, one.property_name) for one in report.findings}
    assert findings == NAMES_OF_THE_USER.get(name, set())


@pytest.mark.parametrize("name", STARTERS)
def test_no_two_actions_lie_on_each_other(name: str):
    places = [(action["x"], action["y"]) for action in STARTERS[name].make()["actions"]]
    assert len(places) == len(set(places))
