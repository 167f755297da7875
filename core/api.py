"""What every REST resource shares: pages, errors, permissions, entity tags, strict input, the schema."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter
from psycopg.errors import DeadlockDetected, LockNotAvailable
from rest_framework import exceptions, serializers, status
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder
from rest_framework.views import APIView, exception_handler

from core.errors import Conflict, DomainError
from core.failures import describe, is_deadlock
from core.permissions import Verb, allows, missing, sentence_about

logger = logging.getLogger(__name__)

# -- Errors ---------------


class Changed(DomainError):
    """The object is no longer as the caller last saw it."""

    code = "changed"
    status = 412


class Busy(Conflict):
    """Another transaction holds the object for too long."""

    code = "busy"


def _flatten(detail: Any) -> list[str]:
    if isinstance(detail, dict):
        return [f"{key}: {text}" for key, value in detail.items() for text in _flatten(value)]
    if isinstance(detail, (list, tuple)):
        return [text for value in detail for text in _flatten(value)]
    return [str(detail)]


def _translated(error: Exception) -> Exception:
    """The API's own error for the few that Django and the database raise."""
    if isinstance(error, DomainError):
        return error
    if isinstance(error, Http404):
        return exceptions.NotFound(_("There is no such object."))
    if isinstance(error, PermissionDenied):
        return exceptions.PermissionDenied()
    if isinstance(error, RecursionError):
        return exceptions.ParseError(_("The body is nested too deeply."))
    if isinstance(error, OperationalError) and isinstance(
        error.__cause__, (LockNotAvailable, DeadlockDetected)
    ):
        return Busy(_("Somebody else is changing this at the moment. Try again."))
    return error


MOST_REPEATS = 2


def error_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """Every error as `{"code", "message", "fields"}`; the unexpected is left to Django.

    A request whose transaction PostgreSQL ended because of a deadlock is done again, at most MOST_REPEATS
    times: nothing of it stands, and the other one is through.
    """
    raised = error
    for _repeat in range(MOST_REPEATS):
        if not is_deadlock(error):
            break
        logger.warning("request_repeated", extra={"failure": describe(error)})
        view, request, args, kwargs = (context[name] for name in ("view", "request", "args", "kwargs"))
        try:
            # Who asks, and whether he may, comes first again: the deadlock may have been met there.
            view.initial(request, *args, **kwargs)
            done: Response = getattr(view, request.method.lower())(request, *args, **kwargs)
        except Exception as again:  # noqa: BLE001 - told below as the first one would have been
            error = again
        else:
            return done
    error = _translated(error)
    if isinstance(error, DomainError):
        body = {"code": error.code, "message": str(error.message), "fields": error.fields}
        return Response(body, status=error.status)
    if isinstance(error, exceptions.ValidationError):
        detail = error.detail if isinstance(error.detail, dict) else {"non_field_errors": error.detail}
        fields = {str(name): _flatten(texts) for name, texts in detail.items()}
        message = " ".join(text for texts in fields.values() for text in texts)
        return Response({"code": "invalid", "message": message, "fields": fields}, status=400)
    response = exception_handler(error, context)
    if response is None and error is not raised:
        # The framework would raise the first one again: nobody would hear of what went wrong since.
        raise error
    if response is None or not isinstance(error, exceptions.APIException):
        return response
    codes = error.get_codes()
    code = codes if isinstance(codes, str) else "invalid"
    if response.status_code == status.HTTP_400_BAD_REQUEST and code == "parse_error":
        code = "unreadable"
    response.data = {"code": code, "message": " ".join(_flatten(error.detail)), "fields": {}}
    return response


class ErrorSerializer(serializers.Serializer[Any]):
    """The shape of every error."""

    code = serializers.CharField(help_text="Stable, for programs.")
    message = serializers.CharField(help_text="For people, in their language.")
    fields = serializers.DictField(  # type: ignore[assignment]  # the metaclass takes it out of the class
        child=serializers.ListField(child=serializers.CharField()),
        help_text="Sentences by the name of the input they are about.",
    )


# -- Permissions ---------------


class ModelPermissions(BasePermission):
    """Asks for the named permission of the view's model.

    The view says `permission_model`, and may name other verbs per action in `action_verbs`; None there means
    that signing in is enough. Whoever may deactivate may send a change: the service sees whether it is no
    more than that.
    """

    verbs = {
        "GET": Verb.VIEW,
        "HEAD": Verb.VIEW,
        "POST": Verb.CREATE,
        "PUT": Verb.EDIT,
        "PATCH": Verb.EDIT,
        "DELETE": Verb.DELETE,
    }

    def has_permission(self, request: Request, view: APIView) -> bool:
        if not request.user.is_authenticated:
            return False
        verb = self._verb(request, view)
        model = view.permission_model  # type: ignore[attr-defined]  # each view that uses the class has it
        if verb is None or (verb is Verb.EDIT and allows(request.user, model, Verb.DEACTIVATE)):
            return True
        lacking = missing(request.user, model, verb)
        if lacking:
            self.message = sentence_about(lacking)
        return not lacking

    def _verb(self, request: Request, view: APIView) -> Verb | None:
        named: Mapping[str, Verb | None] = getattr(view, "action_verbs", {})
        action = getattr(view, "action", None)
        if action is not None and action in named:
            return named[action]
        if (
            request.method == "PATCH"
            and isinstance(request.data, Mapping)
            and set(request.data) == {"is_active"}
        ):
            return Verb.DEACTIVATE
        return self.verbs.get(request.method or "")


# -- Optimistic locking ---------------


def etag_of(representation: Mapping[str, Any]) -> str:
    """A weak entity tag: changes whenever anything in the representation does, children included."""
    canonical = json.dumps(representation, sort_keys=True, cls=JSONEncoder)
    return f'W/"{hashlib.sha256(canonical.encode()).hexdigest()[:32]}"'


def check_if_match(request: Request, representation: Mapping[str, Any]) -> None:
    """Raises Changed if the caller named a state (If-Match) that is not the present one.

    Call it while the row is locked. Tags are compared weakly: ours are weak, and the header is of no use
    otherwise.
    """
    header = request.headers.get("If-Match", "").strip()
    if header in ("", "*"):
        return
    present = etag_of(representation).removeprefix("W/")
    if present not in {tag.strip().removeprefix("W/") for tag in header.split(",")}:
        raise Changed(_("This was changed since you read it. Read it again, then repeat your change."))


# -- Input and output ---------------


class NumberField(serializers.DecimalField):
    """A decimal that is written as a JSON number: 10, 0.5."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("coerce_to_string", False)
        super().__init__(**kwargs)

    def to_representation(self, value: Any) -> Any:
        return plain_number(Decimal(value))


def plain_number(value: Decimal) -> int | float:
    """A whole number as int, any other as the nearest float."""
    return int(value) if value == value.to_integral_value() else float(value)


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses fields it does not know, so that a misspelt name is not silently without effect.

    `ignored_fields` are those that the output has and nobody can set: what was read may be sent back.
    """

    ignored_fields: Sequence[str] = ()

    def to_internal_value(self, data: Any) -> Any:
        errors: dict[str, Any] = {}
        if isinstance(data, Mapping):
            known = {*self.fields, *self.ignored_fields}
            errors = {str(name): [_("There is no such field.")] for name in data if name not in known}
        try:
            values = super().to_internal_value(data)
        except serializers.ValidationError as error:
            detail = error.detail if isinstance(error.detail, dict) else {"non_field_errors": error.detail}
            raise serializers.ValidationError({**errors, **detail}) from error
        if errors:
            raise serializers.ValidationError(errors)
        return values


# -- The schema ---------------

IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="Any text of at most 200 characters. A repeat within 24 hours gets the first answer.",
)
FIELDS = OpenApiParameter(
    "fields",
    str,
    description="Only these fields, with commas between them: `id,name`. All unless told.",
)
IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description="The ETag last read; 412 if the object was changed since.",
)


class ApiSchema(AutoSchema):
    """Adds what all operations share: the headers and the shape of errors.

    A view may name `input_serializer_class` and `output_serializer_class` instead of one serializer.
    """

    def get_override_parameters(self) -> list[Any]:
        parameters: list[Any] = list(super().get_override_parameters())
        handler = getattr(self.view, getattr(self.view, "action", None) or (self.method or "").lower(), None)
        if getattr(handler, "takes_idempotency_key", False):
            parameters.append(IDEMPOTENCY_KEY)
        if self.method in ("PUT", "PATCH", "DELETE"):
            parameters.append(IF_MATCH)
        return parameters

    def get_request_serializer(self) -> Any:
        return getattr(self.view, "input_serializer_class", None) or super().get_request_serializer()

    def get_response_serializers(self) -> Any:
        output = getattr(self.view, "output_serializer_class", None)
        found = output if output is not None else super().get_response_serializers()
        if not isinstance(found, dict):
            found = {self._success_status(): found if self.method != "DELETE" else None}
        errors: dict[int, Any] = {401: ErrorSerializer, 403: ErrorSerializer}
        if "{" in self.path:
            errors[404] = ErrorSerializer
        if self.method in ("POST", "PUT", "PATCH"):
            errors[400] = ErrorSerializer
        if self.method in ("POST", "DELETE"):
            errors[409] = ErrorSerializer
        if self.method in ("PUT", "PATCH", "DELETE"):
            errors[412] = ErrorSerializer
        return {**found, **{code: shape for code, shape in errors.items() if code not in found}}

    def _success_status(self) -> int:
        if self.method == "DELETE":
            return 204
        return 201 if self.method == "POST" and getattr(self.view, "action", "") == "create" else 200
