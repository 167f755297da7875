"""How every configured resource answers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from core.api import FIELDS, ApiSchema, ModelPermissions, check_if_match, etag_of
from core.idempotency import idempotent
from organizations.models import User
from provisioning.filters import FILTER_BACKENDS
from provisioning.reach import within_reach
from provisioning.resources import Resource
from provisioning.serializers.base import InputSerializer


def acting_user(request: Request) -> User:
    """Who asks; the permission classes have let in nobody else."""
    user = request.user
    if not isinstance(user, User):
        raise Http404
    return user


def keep_fields(shape: Any, rows: QuerySet[Any], names: Sequence[str]) -> QuerySet[Any]:
    """Leave only these fields in the serializer, and fetch no children that none of them shows.

    Raises ValidationError for a name that is no field.
    """
    unknown = [name for name in names if name not in shape.fields]
    if unknown:
        sentence = _("There is no field %(unknown)s. There are: %(known)s.")
        texts = {"unknown": ", ".join(unknown), "known": ", ".join(shape.fields)}
        raise ValidationError({"fields": [sentence % texts]})
    for name in set(shape.fields) - set(names):
        del shape.fields[name]
    columns = {field.name for field in rows.model._meta.concrete_fields}
    return rows.prefetch_related(None) if columns.issuperset(names) else rows


class ReachViewSet(GenericViewSet[Any], ABC):
    """Lists and shows what is within the user's reach. Other business units' objects do not exist for him."""

    permission_classes = [IsAuthenticated, ModelPermissions]
    filter_backends = FILTER_BACKENDS
    schema = ApiSchema()
    lookup_value_regex = r"\d+"
    unit_path = "business_unit"
    orderings: ClassVar[Mapping[str, str]] = {"id": "id"}
    default_ordering: ClassVar[list[str]] = ["id"]
    permission_model: type[Model]

    @abstractmethod
    def base_queryset(self) -> QuerySet[Any]:
        """Everything the output needs, of every business unit."""

    def get_queryset(self) -> QuerySet[Any]:
        if getattr(self, "swagger_fake_view", False):
            return self.permission_model._default_manager.none()
        return within_reach(self.base_queryset(), self.request.user, self.unit_path)

    @extend_schema(parameters=[FIELDS])
    def list(self, request: Request) -> Response:
        wanted = request.query_params.get("fields", "")
        rows = self.filter_queryset(self.get_queryset())
        shape = self.get_serializer()
        if wanted:
            rows = keep_fields(shape, rows, wanted.split(","))
        page = self.paginate_queryset(rows)
        return self.get_paginated_response([shape.to_representation(row) for row in page or ()])

    def retrieve(self, request: Request, pk: str) -> Response:
        return self.respond(self.find(pk))

    def find(self, pk: str) -> Any:
        """The object with this id, if the user reaches it."""
        found = self.get_queryset().filter(pk=pk).first()
        if found is None:
            raise Http404
        return found

    def respond(
        self, instance: Any, *, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> Response:
        data = self.get_serializer(instance).data
        return Response(data, status=status, headers={"ETag": etag_of(data), **(headers or {})})


class ConfigurationViewSet(ReachViewSet):
    """Create, read, update and delete by the services of the resource."""

    resource: ClassVar[Resource]
    search_fields: ClassVar[list[str]] = ["name"]
    orderings: ClassVar[Mapping[str, str]] = {
        "id": "id",
        "name": "name",
        "is_active": "is_active",
        "created_at": "created_at",
        "updated_at": "updated_at",
    }
    default_ordering: ClassVar[list[str]] = ["name"]

    @property
    def permission_model(self) -> type[Model]:  # type: ignore[override]  # derived here, stated in the base
        return self.resource.model

    @property
    def unit_path(self) -> str:  # type: ignore[override]  # derived here, stated in the base
        return self.resource.unit_path

    @property
    def input_serializer_class(self) -> type[InputSerializer] | None:
        """For the schema: only these actions have a body."""
        return self.resource.input if self.action in ("create", "update", "partial_update") else None

    def get_serializer_class(self) -> Any:
        return self.resource.output

    def base_queryset(self) -> QuerySet[Any]:
        return self.resource.queryset()

    @idempotent
    def create(self, request: Request) -> Response:
        body = self._validated(request)
        unit = body.context.get("business_unit")
        with transaction.atomic():
            created = self.resource.create(by=acting_user(request), unit=unit, values=body.validated_data)
        address = reverse(f"{self.basename}-detail", args=[created.pk])
        fresh = self.base_queryset().get(pk=created.pk)
        return self.respond(fresh, status=201, headers={"Location": request.build_absolute_uri(address)})

    def update(self, request: Request, pk: str) -> Response:
        return self._change(request, pk, partial=False)

    def partial_update(self, request: Request, pk: str) -> Response:
        return self._change(request, pk, partial=True)

    def destroy(self, request: Request, pk: str) -> Response:
        with transaction.atomic():
            row = self._locked(pk)
            check_if_match(request, self.get_serializer(self.find(pk)).data)
            self.resource.delete_object(by=acting_user(request), instance=row)
        return Response(status=204)

    def _change(self, request: Request, pk: str, *, partial: bool) -> Response:
        with transaction.atomic():
            row, shown = self._locked(pk), self.find(pk)
            check_if_match(request, self.get_serializer(shown).data)
            body = self._validated(request, instance=shown, partial=partial)
            values = body.validated_data if partial else body.replacing(body.validated_data)
            self.resource.update(by=acting_user(request), instance=row, values=values)
        return self.respond(self.find(pk))

    def _locked(self, pk: str) -> Any:
        """The row, locked until the end of the transaction, without what is fetched for the output.

        A joined query that waits for a lock would see the joined rows of before the wait. And services must
        find the children as they are, not as they were fetched to be shown.
        """
        rows = within_reach(self.resource.model._default_manager.all(), self.request.user, self.unit_path)
        row = rows.filter(pk=pk).select_for_update(no_key=True).first()
        if row is None:
            raise Http404
        return row

    def _validated(self, request: Request, *, instance: Any = None, partial: bool = False) -> InputSerializer:
        body = self.resource.input(
            instance, data=request.data, partial=partial, context={"user": acting_user(request)}
        )
        body.is_valid(raise_exception=True)
        return body
