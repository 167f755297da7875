"""The reports that are tables of figures: each a line here. How figures come about: docs/reports.md."""

from __future__ import annotations

from reporting.kinds import agents, outcomes, paths, service_level, volumes
from reporting.kinds.base import Kind

KINDS: dict[str, Kind] = {
    kind.slug: kind for kind in (service_level.KIND, volumes.KIND, agents.KIND, outcomes.KIND, paths.KIND)
}
