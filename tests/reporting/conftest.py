from __future__ import annotations

import pytest

from agents.models import Agent
from reporting.services import statements
from skills.models import Skill
from tests.factories.agents import AgentFactory
from tests.factories.skills import SkillFactory
from tests.reporting.past import OWN_SNAPSHOT, rebuild


@pytest.fixture
def floor_of_two(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> tuple[Skill, Agent]:
    """A skill and an agent whose figures are followed from here on; every commit is real."""
    monkeypatch.setattr(statements, "SNAPSHOT", OWN_SNAPSHOT)
    skill = SkillFactory.create(service_level_threshold_seconds=30)
    rebuild()
    return skill, AgentFactory.create(business_unit=skill.business_unit)
