"""What the scripts of the skill form are told: the comparison of priorities, and the rule for names."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from organizations.models import User
from organizations.selectors import business_units_within_reach
from skills.models import Skill
from skills.names import MAX_LENGTH, MIN_LENGTH, NAME_PATTERN, NAME_SENTENCE
from skills.priority import MAX_SKILLS

ELAPSED_MINUTES = "60"
INTERVAL_MINUTES = "5"
"""What the form suggests; the vendor documents no defaults."""


def comparison_config(skill: Skill | None, user: User) -> dict[str, Any]:
    """For the section of a saved skill, or of one that is being made."""
    return {
        "api": "/api/v1/",
        "csrf_cookie": "csrftoken",
        "business_unit": skill.business_unit_id if skill else user.business_unit_id,
        "max_skills": MAX_SKILLS,
        "elapsed": ELAPSED_MINUTES,
        "interval": INTERVAL_MINUTES,
        "skill": _saved(skill) if skill else None,
    }


def _saved(skill: Skill) -> dict[str, Any]:
    initial, acceleration, maximum = (f"{Decimal(value) / 1000:.3f}" for value in skill.priority_milli)
    return {
        "id": skill.pk,
        "name": skill.name,
        "initial_priority": initial,
        "acceleration": acceleration,
        "max_priority": maximum,
    }


def skill_name_config(skill: Skill | None, user: User) -> dict[str, Any]:
    """The rule, and the patterns of the organisation by business unit."""
    patterns = business_units_within_reach(user).exclude(skill_name_pattern="")
    return {
        "sentence": str(NAME_SENTENCE),
        "pattern": NAME_PATTERN,
        "min_length": MIN_LENGTH,
        "max_length": MAX_LENGTH,
        "business_unit": skill.business_unit_id if skill else user.business_unit_id,
        "advice": {str(pk): pattern for pk, pattern in patterns.values_list("pk", "skill_name_pattern")},
    }
