"""Which versions scripts have."""

from __future__ import annotations

from scripts.models import Script, ScriptVersion


def published_version(script: Script) -> ScriptVersion | None:
    """The version that new contacts run."""
    return script.versions.filter(status=ScriptVersion.Status.PUBLISHED).first()
