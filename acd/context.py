"""What every page of the product knows about the configuration."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject


def configuration(request: HttpRequest) -> dict[str, Any]:
    """Whether to show the way to it: found out only by pages that ask."""
    return {"may_configure": SimpleLazyObject(lambda: admin.site.has_permission(request))}
