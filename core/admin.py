"""The Django admin as one more face: it translates forms and calls services, which alone write."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import ForeignKey, Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from core.errors import DomainError


class SecretField(forms.CharField):
    """Write-only: what is stored is never shown; left blank it stays as it is."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            required=False,
            widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password"}),
            **options,
        )


class ServiceForm(forms.ModelForm):
    """Tries the service while it validates: every rule shows beside its field, nothing typed is lost."""

    request: ClassVar[HttpRequest]
    service_admin: ClassVar[ServiceAdmin]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors:
            self._rehearse()
        return cleaned

    def _rehearse(self) -> None:
        try:
            with transaction.atomic():
                self.service_admin.write(
                    self.request,
                    type(self.instance)._default_manager.filter(pk=self.instance.pk).first(),
                    self.service_admin.values_of(self),
                )
                transaction.set_rollback(True)
        except DomainError as error:
            for name, sentences in error.fields.items():
                for sentence in sentences:
                    self.add_error(name if name in self.fields else None, sentence)
            if not error.fields:
                self.add_error(None, str(error.message))

    def _post_clean(self) -> None:
        """The service has checked everything already; the instance stays as it is stored."""


class ServiceAdmin(admin.ModelAdmin):
    """Lists by business unit, writes by services.

    `create`, `update` and `remove` are services; `extra_values` names form fields beyond those of the model.
    """

    form = ServiceForm
    create: ClassVar[Callable[..., Model]]
    update: ClassVar[Callable[..., Model]]
    remove: ClassVar[Callable[..., None]]
    has_business_unit: ClassVar[bool] = True
    secrets: ClassVar[tuple[str, ...]] = ()
    extra_values: ClassVar[tuple[str, ...]] = ()
    list_per_page = 50
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        found = super().get_queryset(request)
        if request.user.is_superuser or not self.has_business_unit:
            return found
        return found.filter(business_unit_id=getattr(request.user, "business_unit_id", None))

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> Any:
        hidden = list(super().get_exclude(request, obj) or [])
        if self.has_business_unit and (obj is not None or not request.user.is_superuser):
            hidden.append("business_unit")
        return hidden

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        model = db_field.remote_field.model
        is_scoped = any(field.name == "business_unit" for field in model._meta.fields)
        if isinstance(db_field, ForeignKey) and is_scoped and not request.user.is_superuser:
            unit = getattr(request.user, "business_unit_id", None)
            options["queryset"] = model._default_manager.filter(business_unit_id=unit)
        return super().formfield_for_foreignkey(db_field, request, **options)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:  # noqa: FBT001, FBT002 - the framework's signature
        form = super().get_form(request, obj, change, **options)
        return type(form.__name__, (form,), {"request": request, "service_admin": self})

    def values_of(self, form: forms.ModelForm) -> dict[str, Any]:
        """What the service is given: the form's values, without secrets that were left blank."""
        return {
            name: value
            for name, value in form.cleaned_data.items()
            if not (name in self.secrets and not value)
        }

    def write(self, request: HttpRequest, instance: Any, values: Mapping[str, Any]) -> Any:
        """The one call to the service."""
        given = dict(values)
        if instance is not None:
            return type(self).update(by=request.user, instance=instance, **given)
        if self.has_business_unit:
            given.setdefault("business_unit", getattr(request.user, "business_unit", None))
        return type(self).create(by=request.user, **given)

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Any:  # noqa: FBT001 - as above
        stored = type(form.instance)._default_manager.filter(pk=form.instance.pk).first() if change else None
        return self.write(request, stored, self.values_of(form))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001 - as above
        """Written by `save_form` already."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:  # noqa: FBT001 - as above
        """What hangs on the object is the service's too."""

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        type(self).remove(by=request.user, instance=obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for one in queryset:
            type(self).remove(by=request.user, instance=one)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return self._or_told(request, super().changelist_view, request, extra_context)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        return self._or_told(request, super().delete_view, request, object_id, extra_context)

    def _or_told(
        self, request: HttpRequest, view: Callable[..., HttpResponse], *arguments: Any
    ) -> HttpResponse:
        """A refusal of a service becomes a message on the list."""
        try:
            with transaction.atomic():
                return view(*arguments)
        except DomainError as error:
            messages.error(request, str(error.message))
            options = self.model._meta
            return redirect(f"admin:{options.app_label}_{options.model_name}_changelist")


class RecordAdmin(admin.ModelAdmin):
    """What happened: to look at, never to change."""

    list_per_page = 50
    show_full_result_count = False
    unit_path: ClassVar[str] = "business_unit_id"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        found = super().get_queryset(request)
        if request.user.is_superuser:
            return found
        return found.filter(**{self.unit_path: getattr(request.user, "business_unit_id", None)})

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
