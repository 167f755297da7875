"""Files between their preview and their application.

They are kept in the database: ten megabytes fit no hidden field, and what was looked at is what is applied,
whatever the browser sends. Only who uploaded a file finds it again.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models.functions import Now
from django.utils.translation import gettext as _

from core.errors import NotFound
from organizations.models import User
from provisioning.models import Upload
from provisioning.resources import Resource
from provisioning.tables.importing import Preview, apply_import, preview_import

KEPT = timedelta(hours=1)


def keep_upload(
    resource: Resource, content: bytes, *, by: User, name: str, changed_rows_only: bool
) -> Upload:
    """Preview the file and keep both. Raises FileRefused, NotAllowed."""
    preview = preview_import(resource, content, by=by, changed_rows_only=changed_rows_only)
    Upload.objects.filter(created_at__lt=Now() - KEPT).delete()
    return Upload.objects.create(
        user=by,
        section=resource.section,
        name=name[:200],
        content=content,
        changed_rows_only=changed_rows_only,
        preview=preview.as_json(),
    )


def find_upload(resource: Resource, upload_id: UUID, *, by: User) -> Upload:
    """The file that this user uploaded for this resource. Raises NotFound, also when it is over."""
    rows = Upload.objects.defer("content").filter(created_at__gte=Now() - KEPT)
    found = rows.filter(pk=upload_id, user=by, section=resource.section).first()
    if found is None:
        raise NotFound(_("This file is no longer here: it is kept for an hour. Choose it again."))
    return found


def preview_again(resource: Resource, upload: Upload, *, by: User, changed_rows_only: bool) -> None:
    """Renew the preview. Raises FileRefused, NotAllowed."""
    preview = preview_import(resource, bytes(upload.content), by=by, changed_rows_only=changed_rows_only)
    upload.changed_rows_only, upload.preview = changed_rows_only, preview.as_json()
    upload.save(update_fields=["changed_rows_only", "preview"])


def apply_upload(resource: Resource, upload: Upload, *, by: User) -> Preview:
    """Do what was previewed, and forget the file. Raises RuleBroken, NotAllowed, Changed."""
    digest: Any = upload.preview["digest"]
    done = apply_import(
        resource,
        bytes(upload.content),
        by=by,
        changed_rows_only=upload.changed_rows_only,
        digest=digest,
    )
    upload.delete()
    return done
