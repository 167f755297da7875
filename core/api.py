"""What every REST resource shares: pages, the shape of errors."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import exceptions, status
from rest_framework.pagination import LimitOffsetPagination
from rest_framework.response import Response
from rest_framework.views import exception_handler

from core.errors import DomainError


class Pagination(LimitOffsetPagination):
    """`limit` (50 unless told, at most 500) and `offset`."""

    default_limit = 50
    max_limit = 500


def _flatten(detail: Any) -> list[str]:
    if isinstance(detail, dict):
        return [f"{key}: {text}" for key, value in detail.items() for text in _flatten(value)]
    if isinstance(detail, (list, tuple)):
        return [text for value in detail for text in _flatten(value)]
    return [str(detail)]


def error_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """Every error as `{"code", "message", "fields"}`; the unexpected is left to Django."""
    if isinstance(error, DomainError):
        body = {"code": error.code, "message": str(error.message), "fields": error.fields}
        return Response(body, status=error.status)
    if isinstance(error, exceptions.ValidationError):
        detail = error.detail if isinstance(error.detail, dict) else {"non_field_errors": error.detail}
        fields = {name: _flatten(texts) for name, texts in detail.items()}
        message = " ".join(text for texts in fields.values() for text in texts)
        return Response({"code": "invalid", "message": message, "fields": fields}, status=400)
    if isinstance(error, Http404):
        error = exceptions.NotFound(_("There is no such object."))
    if isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    response = exception_handler(error, context)
    if response is None or not isinstance(error, exceptions.APIException):
        return response
    codes = error.get_codes()
    code = codes if isinstance(codes, str) else "invalid"
    if response.status_code == status.HTTP_400_BAD_REQUEST and code == "parse_error":
        code = "unreadable"
    response.data = {"code": code, "message": " ".join(_flatten(error.detail)), "fields": {}}
    return response
