"""`reports`: the figures of the pages for programs, by the same choices."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django.urls import path, re_path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api import ApiSchema
from core.clock import database_now
from core.errors import NotFound
from reporting import access, asking
from reporting.choices import FILTERS, By, Period
from reporting.kinds import KINDS
from reporting.kinds.agents import ratios
from reporting.models import AGENT_MEASURES, AgentDay, RollUp
from reporting.tables import Table, plain
from workspace.inputs import agent_of

OWN_DAY = (
    "handled",
    "mean_handle_seconds",
    "offered",
    "refused",
    "missed",
    "occupancy_percent",
    "staffed_seconds",
)
"""Of the columns of the report, what an agent sees of his own day."""

_PARAMETERS = [
    OpenApiParameter("period", str, enum=[period.value for period in Period]),
    OpenApiParameter("from", str, description="With `period=chosen`: the first day, as 2026-03-31."),
    OpenApiParameter("to", str, description="With `period=chosen`: the last day, included."),
    OpenApiParameter("by", str, enum=[by.value for by in By], description="What each row is about."),
    OpenApiParameter("business_unit", str, description="Name or id; the user's own unless given."),
    *(OpenApiParameter(name, str, description="Names, with commas between them.") for name in FILTERS),
]


class ReportView(APIView):
    """The tables of a report. Durations are in seconds; null where there is nothing to say."""

    permission_classes = [IsAuthenticated]
    schema = ApiSchema()

    @extend_schema(
        parameters=[
            OpenApiParameter("report", str, OpenApiParameter.PATH, enum=list(KINDS)),
            *_PARAMETERS,
        ],
        responses=OpenApiTypes.OBJECT,
    )
    def get(self, request: Request, report: str) -> Response:
        user = access.reader(request)
        if report not in KINDS:
            raise NotFound(asking.NO_REPORT)
        chosen, tables = asking.tables(report, request.query_params, user)
        state = RollUp.objects.filter(name="contacts").first()
        return Response(
            {
                "report": report,
                "business_unit": chosen.unit.name,
                "time_zone": chosen.unit.time_zone,
                "from": chosen.first,
                "to": chosen.last,
                "by": chosen.by.value,
                "complete_until": state.complete_until if state else None,
                "tables": [_json(table) for table in tables],
            }
        )


def _json(table: Table) -> dict[str, Any]:
    def row(values: Any) -> dict[str, Any]:
        return {column.name: plain(column, values.get(column.name)) for column in table.columns}

    return {
        "name": table.name,
        "columns": [
            {"name": column.name, "title": str(column.title), "unit": column.unit.value}
            for column in table.columns
        ],
        "rows": [row(values) for values in table.rows],
        "total": row({**table.total, table.label: None}) if table.total else None,
    }


class OwnDayView(APIView):
    """What the agent who asks did today, as the report of agents says it; some seconds behind."""

    permission_classes = [IsAuthenticated]
    schema = ApiSchema()

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        agent = agent_of(request.user)  # type: ignore[arg-type]  # signed in
        day = database_now().astimezone(ZoneInfo(agent.business_unit.time_zone)).date()
        sums = ("staffed_ms", "occupied_ms", *AGENT_MEASURES)
        found = AgentDay.objects.filter(day=day, agent=agent).values(*sums).first()
        row = ratios(dict(found) if found else dict.fromkeys(sums, 0))
        state = RollUp.objects.filter(name="contacts").first()
        shown = {name: row[name] for name in OWN_DAY}
        until = state.complete_until if state else None
        return Response({"day": day, "complete_until": until, **shown})


urlpatterns = [
    path("me/today", OwnDayView.as_view(), name="me-today"),
    re_path(r"^reports/(?P<report>[a-z-]+)/?$", ReportView.as_view(), name="api-report"),
]
