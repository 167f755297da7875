"""The product's settings with one bare view added: the yardstick runs on the same server."""

from __future__ import annotations

from acdconfig.settings import *  # noqa: F403 - the same settings are the point

INSTALLED_APPS = [*INSTALLED_APPS, "bench"]  # noqa: F405 - from the line above
ROOT_URLCONF = "bench.urls"
