"""Pages that belong to the whole product: the app selector and its health."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth.decorators import login_required
from django.db import Error as DatabaseError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from acdconfig.models import Heartbeat
from core.clock import database_now

STALE_AFTER = timedelta(seconds=15)


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """The app selector."""
    return render(request, "home.html")


@require_GET
def live(_request: HttpRequest) -> HttpResponse:
    """This process answers; nothing else is asked."""
    return JsonResponse({"status": "live"})


@require_GET
def ready(_request: HttpRequest) -> HttpResponse:
    """Whether texts can be taken and routed: the database, its migrations, a sweeper that leads."""
    problems: list[str] = []
    try:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            problems.append("migrations are not applied: run manage.py migrate")
        elif not Heartbeat.objects.filter(doing="leading", at__gte=database_now() - STALE_AFTER).exists():
            problems.append("no sweeper leads: start manage.py sweep")
    except DatabaseError:
        problems.append("the database does not answer")
    status = 503 if problems else 200
    return JsonResponse({"status": "unready" if problems else "ready", "problems": problems}, status=status)
