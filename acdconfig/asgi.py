"""The sockets of agents and supervisors. HTTP is served by `acdconfig.wsgi`."""

from __future__ import annotations

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "acdconfig.settings")
_http = get_asgi_application()

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402 - the apps must be loaded first
from channels.security.websocket import AllowedHostsOriginValidator  # noqa: E402
from django.urls import path  # noqa: E402

from acdconfig.memory import settle  # noqa: E402
from acdconfig.origins import allow_programs  # noqa: E402
from supervisor.consumers import BoardConsumer  # noqa: E402
from workspace.consumers import WorkspaceConsumer  # noqa: E402

_sockets = URLRouter(
    [
        path("ws/workspace", WorkspaceConsumer.as_asgi()),
        path("ws/supervisor", BoardConsumer.as_asgi()),
    ]
)
application = ProtocolTypeRouter(
    {"http": _http, "websocket": allow_programs(AllowedHostsOriginValidator(_sockets), _sockets)}
)
settle()
