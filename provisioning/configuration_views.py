"""`apply` and `export`: the configuration as one document."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api import ApiSchema
from core.errors import RuleBroken
from core.idempotency import idempotent
from provisioning.configuration import apply_document, export_document
from provisioning.planner import CREATE, UNCHANGED, UPDATE
from provisioning.resources import IN_ORDER
from provisioning.viewsets import acting_user

DRY_RUN = OpenApiParameter("dry_run", bool, description="Answer the plan and change nothing.")


class StepOutput(serializers.Serializer[Any]):
    """What is done to one object."""

    resource = serializers.ChoiceField(choices=[resource.section for resource in IN_ORDER])
    key = serializers.CharField()
    business_unit = serializers.CharField()
    action = serializers.ChoiceField(choices=[CREATE, UPDATE, UNCHANGED])
    changes = serializers.DictField(child=serializers.DictField(), help_text="`from` and `to` by field.")


class PlanOutput(serializers.Serializer[Any]):
    """What applying did, or would do."""

    dry_run = serializers.BooleanField()
    summary = serializers.DictField(child=serializers.IntegerField())
    plan = StepOutput(many=True)


DOCUMENT = {
    "application/json": {
        "type": "object",
        "properties": {
            resource.section: {"type": "array", "items": {"type": "object"}} for resource in IN_ORDER
        },
        "additionalProperties": False,
    }
}


class ApplyView(APIView):
    """Bring the configuration to what the document says: all or nothing, and nothing the second time."""

    permission_classes = [IsAuthenticated]
    schema = ApiSchema()

    @extend_schema(request=DOCUMENT, parameters=[DRY_RUN], responses={200: PlanOutput}, operation_id="apply")
    @idempotent
    def post(self, request: Request) -> Response:
        dry_run = {"": False, "false": False, "true": True}.get(request.query_params.get("dry_run", ""))
        if dry_run is None:
            sentence = _("Say true or false.")
            raise RuleBroken(sentence, fields={"dry_run": [sentence]})
        plan = apply_document(request.data, by=acting_user(request), dry_run=dry_run)
        return Response(plan.as_json())


class ExportView(APIView):
    """The whole configuration within reach, without secrets, in the shape that apply takes."""

    permission_classes = [IsAuthenticated]
    schema = ApiSchema()

    @extend_schema(responses={(200, "application/json"): DOCUMENT["application/json"]}, operation_id="export")
    def get(self, request: Request) -> Response:
        return Response(export_document(by=acting_user(request)))
