"""The script interpreter: pure Python; of Django it uses nothing but lazy translation.

`reading.parse` makes a `graph.Graph` of a definition, `inspection.examine` says whether it may be published,
and `engine.advance` runs it. README.md tells how to add an action.
"""

from __future__ import annotations

from scripts.interpreter import actions as actions
