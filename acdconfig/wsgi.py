"""HTTP: pages, REST API, webhooks."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from acdconfig.memory import settle

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "acdconfig.settings")
application = get_wsgi_application()
# The first request finds every address loaded.
get_resolver().url_patterns  # noqa: B018 - read for what reading it loads
settle()
