"""Definitions to begin with."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _


def plain_queue() -> dict[str, Any]:
    """BEGIN, then REQAGENT: texts wait in the queue of the point of contact's skill.

    The labels are in the current language.
    """
    return {
        "actions": [
            {
                "id": "begin",
                "type": "BEGIN",
                "label": _("A text arrives"),
                "properties": {},
                "x": 80,
                "y": 120,
            },
            {
                "id": "agent",
                "type": "REQAGENT",
                "label": _("Wait for an agent"),
                "properties": {},
                "x": 320,
                "y": 120,
            },
        ],
        "branches": [{"from": "begin", "branch": "default", "to": "agent"}],
    }
