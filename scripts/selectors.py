"""Which versions scripts have."""

from __future__ import annotations

from django.db.models import Prefetch, QuerySet

from scripts.models import Script, ScriptVersion


def published_version(script: Script) -> ScriptVersion | None:
    """The version that new contacts run."""
    return script.versions.filter(status=ScriptVersion.Status.PUBLISHED).first()


def scripts_with_published_version(scripts: QuerySet[Script]) -> QuerySet[Script]:
    """The scripts, each with its published version in the list `published` (empty if there is none)."""
    published = ScriptVersion.objects.filter(status=ScriptVersion.Status.PUBLISHED)
    return scripts.prefetch_related(Prefetch("versions", queryset=published, to_attr="published"))
