"""What the admin of every configured object shares: it reads within reach and writes through services."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import FieldDoesNotExist
from django.db import models, transaction
from django.http import HttpRequest
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from core.errors import DomainError
from core.uses import uses_of
from organizations.models import BusinessUnit
from organizations.selectors import business_units_within_reach, objects_within_reach

_REFUSAL = "_acd_refusal"


def secret_field(label: Any) -> forms.CharField:
    """A value that goes in and is never shown again; blank keeps what is stored."""
    return forms.CharField(
        label=label,
        required=False,
        strip=False,
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password"}),
        help_text=_("Never shown. Leave blank to keep the present one."),
    )


class ConfiguredForm(forms.ModelForm):
    """Checks types and choices; the rules are the service's, whose refusal becomes the form's errors."""

    request: ClassVar[HttpRequest]
    """Set on the class that the admin makes for each request."""

    def _post_clean(self) -> None:
        """The object stays as it is stored: the service sets the values, and sees by that what changed."""
        refusal: DomainError | None = getattr(self.request, _REFUSAL, None)
        if refusal is None:
            return
        about = {name: texts for name, texts in refusal.fields.items() if name in self.fields}
        for name, texts in about.items():
            self.add_error(name, texts)
        others = [text for name, texts in refusal.fields.items() if name not in about for text in texts]
        if others or not about:
            self.add_error(None, others or [str(refusal.message)])


class ScopedAdmin(admin.ModelAdmin):
    """Shows only the objects of business units that the user reaches."""

    unit_path = "business_unit"
    list_per_page = 50
    ordering: ClassVar[Any] = ("pk",)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        rows = super().get_queryset(request)
        if self.model is BusinessUnit:
            return rows & business_units_within_reach(request.user)
        return objects_within_reach(rows, request.user, self.unit_path)

    def get_list_filter(self, request: HttpRequest) -> Any:
        """Who reaches one business unit only need not choose among them."""
        filters = super().get_list_filter(request)
        if getattr(request.user, "is_superuser", False):
            return filters
        return [one for one in filters if one != self.unit_path]


class ViewOnlyAdmin(ScopedAdmin):
    """Traffic: it is looked at, never edited by hand."""

    show_full_result_count = False
    ordering = ("-pk",)

    def has_add_permission(self, _request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False


def limit_to_reach(field: Any, request: HttpRequest) -> Any:
    """Offer only objects of business units that the user reaches."""
    queryset = getattr(field, "queryset", None)
    if queryset is None:
        return field
    if queryset.model is BusinessUnit:
        field.queryset = business_units_within_reach(request.user)
        return field
    try:
        queryset.model._meta.get_field("business_unit")
    except FieldDoesNotExist:
        return field
    field.queryset = objects_within_reach(queryset, request.user)
    return field


class LinkInline(admin.TabularInline):
    """Rows that the services of the parent write; who may change the parent may change them."""

    extra = 0
    related: ClassVar[tuple[str, ...]]
    """What the label of a row needs."""

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return super().get_queryset(request).select_related(*self.related)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return limit_to_reach(super().formfield_for_foreignkey(db_field, request, **kwargs), request)

    def _may(self, request: HttpRequest) -> bool:
        parent = self.parent_model._meta
        return any(
            request.user.has_perm(f"{parent.app_label}.{verb}_{parent.model_name}")
            for verb in ("add", "change")
        )

    def has_add_permission(self, request: HttpRequest, _obj: Any = None) -> bool:
        return self._may(request)

    def has_change_permission(self, request: HttpRequest, _obj: Any = None) -> bool:
        return self._may(request)

    def has_delete_permission(self, request: HttpRequest, _obj: Any = None) -> bool:
        return self._may(request)

    def has_view_permission(self, request: HttpRequest, _obj: Any = None) -> bool:
        parent = self.parent_model._meta
        return self._may(request) or request.user.has_perm(f"{parent.app_label}.view_{parent.model_name}")


def rows_of(formset: Any) -> list[dict[str, Any]]:
    """What the rows of a link inline say, without empty and deleted ones."""
    return [
        form.cleaned_data
        for form in formset.forms
        if form.cleaned_data and not form.cleaned_data.get("DELETE")
    ]


class ConfiguredAdmin(ScopedAdmin):
    """Writes through the services that the subclass names; what they refuse is shown beside the fields."""

    form = ConfiguredForm
    create_service: ClassVar[Callable[..., Any]]
    update_service: ClassVar[Callable[..., Any]]
    delete_service: ClassVar[Callable[..., None]]
    keep_if_blank: ClassVar[tuple[str, ...]] = ()
    has_unit = True
    formfield_overrides: ClassVar[Any] = {models.URLField: {"assume_scheme": "https"}}
    actions = ("activate", "deactivate")
    ordering: ClassVar[Any] = ("name", "pk")
    save_on_top = True

    # -- Which fields ---------------

    def get_form(
        self,
        request: HttpRequest,
        obj: Any = None,
        change: bool = False,  # noqa: FBT001, FBT002 - the framework's signature
        **kwargs: Any,
    ) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        return type(form.__name__, (form,), {"request": request})

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return limit_to_reach(super().formfield_for_foreignkey(db_field, request, **kwargs), request)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return limit_to_reach(super().formfield_for_manytomany(db_field, request, **kwargs), request)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """An object cannot move, and who reaches one business unit only creates in it."""
        fields = list(super().get_readonly_fields(request, obj))
        if self.has_unit and (obj is not None or not self._chooses_unit(request)):
            fields.append("business_unit")
        return fields

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Dates and the like exist only once the object does."""
        if obj is not None:
            return super().get_fieldsets(request, obj)
        hidden = set(self.readonly_fields)
        if not self._chooses_unit(request):
            hidden.add("business_unit")
        shown = []
        for name, options in super().get_fieldsets(request, obj):
            fields = [field for field in options["fields"] if field not in hidden]
            if fields:
                shown.append((name, {**options, "fields": fields}))
        return shown

    @staticmethod
    def _chooses_unit(request: HttpRequest) -> bool:
        return bool(request.user.is_authenticated and request.user.is_superuser)

    # -- Writing ---------------

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """What a service refuses undoes everything; the page is then made again with its sentences."""
        try:
            with transaction.atomic():
                return super().changeform_view(request, object_id, form_url, extra_context)
        except DomainError as refusal:
            setattr(request, _REFUSAL, refusal)
            return super().changeform_view(request, object_id, form_url, extra_context)

    def save_model(self, _request: HttpRequest, _obj: Any, _form: Any, _change: Any) -> None:
        """Object and links go to one service in one call: `save_related`, which comes next, makes it."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Iterable[Any], change: Any) -> None:
        links = {formset.model: rows_of(formset) for formset in formsets if formset.has_changed()}
        values = self.values_of(form, change=change) | self.links_of(links)
        if change:
            type(self).update_service(by=request.user, instance=form.instance, **values)
            return
        if self.has_unit:
            own = getattr(request.user, "business_unit", None)
            values["business_unit"] = values.get("business_unit") or own
        created = type(self).create_service(by=request.user, **values)
        # The framework goes on with the object it made for the form.
        form.instance.__dict__.update(created.__dict__)

    def links_of(self, _rows: Mapping[type[models.Model], list[dict[str, Any]]]) -> dict[str, Any]:
        """The rows of the inlines that were changed, as values for the service."""
        return {}

    def values_of(self, form: Any, *, change: bool) -> dict[str, Any]:
        """The values to give to the service: all for a new object, else those that were changed."""
        names = form.changed_data if change else form.cleaned_data
        values = {name: form.cleaned_data[name] for name in names if name in form.cleaned_data}
        for name in self.keep_if_blank:
            if not values.get(name):
                values.pop(name, None)
        return values

    def construct_change_message(
        self,
        request: HttpRequest,
        form: Any,
        formsets: Any,
        add: bool = False,  # noqa: FBT001, FBT002 - the framework's signature
    ) -> Any:
        """Links are in the audit log; the framework would ask the formsets what they saved."""
        return super().construct_change_message(request, form, [], add)

    # -- Deleting ---------------

    def get_deleted_objects(self, objs: Any, _request: HttpRequest) -> Any:
        """What is in the way, in the words of the services."""
        in_the_way = [f"{one}: {phrase}" for one in objs for phrase in uses_of(one)]
        count = {self.model._meta.verbose_name_plural: len(objs)}
        return [str(one) for one in objs], count, set(), in_the_way

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        try:
            with transaction.atomic():
                return super().delete_view(request, object_id, extra_context)
        except DomainError as refusal:
            messages.error(request, str(refusal.message))
            return redirect(self._address("change", object_id))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        type(self).delete_service(by=request.user, instance=obj)

    def delete_queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> None:
        for one in queryset:
            self._try(request, type(self).delete_service, instance=one)

    def _address(self, page: str, *arguments: object) -> str:
        meta = self.model._meta
        return reverse(f"{self.admin_site.name}:{meta.app_label}_{meta.model_name}_{page}", args=arguments)

    # -- Actions ---------------

    @admin.action(description=_("Activate the selected"), permissions=["change"])
    def activate(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> None:
        self._switch(request, queryset, is_active=True)

    @admin.action(description=_("Deactivate the selected"), permissions=["change"])
    def deactivate(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> None:
        self._switch(request, queryset, is_active=False)

    def _switch(self, request: HttpRequest, rows: models.QuerySet[Any], *, is_active: bool) -> None:
        done = sum(
            self._try(request, type(self).update_service, instance=one, is_active=is_active) for one in rows
        )
        if done:
            sentence = ngettext("%(count)d was changed.", "%(count)d were changed.", done) % {"count": done}
            messages.success(request, sentence)

    @staticmethod
    def _try(request: HttpRequest, service: Callable[..., Any], **values: Any) -> bool:
        """Whether the service did it; if not, its sentence is shown."""
        try:
            service(by=request.user, **values)
        except DomainError as refusal:
            messages.error(request, f"{values['instance']}: {refusal.message}")
            return False
        return True
