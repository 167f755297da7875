"""What the admin of every configured object shares: it reads within reach and writes through services."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.checks import ModelAdminChecks
from django.contrib.admin.helpers import ActionForm
from django.contrib.admin.views.main import ChangeList
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.contrib.auth.password_validation import password_validators_help_texts
from django.core.exceptions import FieldDoesNotExist, PermissionDenied
from django.core.paginator import Paginator
from django.db import models, transaction
from django.http import Http404, HttpRequest
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import lazy
from django.utils.text import capfirst, format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from acd.cells import active_badge, trimmed
from acd.choices import SearchedChoiceField, SearchedSelect
from acd.helps import help_of
from acd.history import HistoryFilter, shown_changes
from acd.phrases import phrases_of
from acd.transfer import TransferPages
from acd.uses import shown_uses
from core.errors import DomainError, NotAllowed
from core.models import Numbered
from core.permissions import Verb, allows, require
from core.sentences import REQUIRED, sentences_of
from core.uses import uses_of
from organizations.models import BusinessUnit
from organizations.selectors import business_units_within_reach, objects_within_reach

_REFUSAL = "_acd_refusal"
HISTORY_PER_PAGE = 50


def secret_field(label: Any) -> forms.CharField:
    """A value that goes in and is never shown again; blank keeps what is stored."""
    return forms.CharField(
        label=label,
        required=False,
        strip=False,
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password"}),
        help_text=_("Never shown. Leave blank to keep the present one."),
    )


def _password_rules() -> str:
    texts: list[str] = password_validators_help_texts()
    return " ".join(texts)


def password_field() -> forms.CharField:
    """The password of an account, with the rules for passwords."""
    field = secret_field(_("Password"))
    field.help_text = format_lazy("{} {}", field.help_text, lazy(_password_rules, str)())
    return field


def _sentences_about(model: type[models.Model], name: str) -> dict[str, Any]:
    """Of a field that the form declares itself: those of the column of this name, or the general ones."""
    column = next((one for one in model._meta.fields if one.name == name), None)
    return {"required": REQUIRED} if column is None else dict(sentences_of(column))


class ConfiguredForm(forms.ModelForm):
    """Checks types and choices; the rules are the service's, whose refusal becomes the form's errors."""

    request: ClassVar[HttpRequest]
    """Set on the class that the admin makes for each request."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            limit_to_reach(field, self.request)
            if name in self.base_fields and name in type(self).declared_fields:
                field.error_messages |= _sentences_about(self._meta.model, name)
            field.help_text = field.help_text or help_of(type(self.instance), name)  # type: ignore[assignment]  # lazy texts are texts to the framework

    def get_initial_for_field(self, field: forms.Field, field_name: str) -> Any:
        """Numbers without the zeros that only fill up decimals."""
        value = super().get_initial_for_field(field, field_name)
        return trimmed(value) if isinstance(value, Decimal) else value

    def _post_clean(self) -> None:
        """The object stays as it is stored: the service sets the values, and sees by that what changed."""
        refusal: DomainError | None = getattr(self.request, _REFUSAL, None)
        if refusal is not None:
            self.show_refusal(refusal)

    def show_refusal(self, refusal: DomainError) -> None:
        """The sentences of a service beside their fields; those about no field of the form above them."""
        about = {name: texts for name, texts in refusal.fields.items() if name in self.fields}
        for name, texts in about.items():
            self.add_error(name, texts)
        others = [text for name, texts in refusal.fields.items() if name not in about for text in texts]
        if others or not about:
            self.add_error(None, others or [str(refusal.message)])


class FiguresList(ChangeList):
    """A list whose rows carry the figures of their page."""

    model_admin: ScopedAdmin

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> models.QuerySet[Any]:
        if exclude_parameters is None:
            self.root_queryset = self.model_admin.with_figures(self.root_queryset, request)
        return super().get_queryset(request, exclude_parameters)


class ActionChoice(ActionForm):
    """What to do with the selected rows."""

    action = forms.ChoiceField(
        label=_("Action"),
        widget=forms.Select(attrs={"class": "form-select form-select-sm", "aria-label": _("Action")}),
    )


class NamedPermissions(admin.ModelAdmin):
    """Asks for the product's named permissions. What is refused names what is missing; strangers' objects are
    not there.
    """

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, Verb.VIEW)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self._may(request, Verb.CREATE)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, Verb.EDIT)

    def has_deactivate_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, Verb.DEACTIVATE)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, Verb.DELETE)

    def _may(self, request: HttpRequest, verb: Verb) -> bool:
        """A superuser has every permission, also those that there are not."""
        return verb in self.opts.default_permissions and allows(request.user, self.model, verb)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        if request.method == "POST":
            self._require_for_action(request)
        require(request.user, self.model, Verb.VIEW)
        return super().changelist_view(request, extra_context)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        if object_id is None:
            require(request.user, self.model, Verb.CREATE)
        else:
            require(request.user, self.model, Verb.EDIT if request.method == "POST" else Verb.VIEW)
        return super().changeform_view(request, object_id, form_url, extra_context)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        require(request.user, self.model, Verb.DELETE)
        return super().delete_view(request, object_id, extra_context)

    def _require_for_action(self, request: HttpRequest) -> None:
        """The framework passes over an action that the user may not take; here it is refused."""
        for action, name, _description in self._get_base_actions():  # type: ignore[attr-defined]  # not in the stubs
            if name == request.POST.get("action"):
                verbs = [Verb(one) for one in getattr(action, "allowed_permissions", ())]
                require(request.user, self.model, *verbs)

    def _get_obj_does_not_exist_redirect(self, *_arguments: Any) -> Any:
        raise Http404


class ScopedAdmin(NamedPermissions):
    """Shows only the objects of business units that the user reaches."""

    unit_path: str | None = "business_unit"
    """From the object to its business unit; None for what all of them share."""
    list_per_page = 50
    show_full_result_count = False
    action_form = ActionChoice
    ordering: ClassVar[Any] = ("pk",)

    def with_figures(self, rows: models.QuerySet[Any], _request: HttpRequest) -> models.QuerySet[Any]:
        """The rows of the list, annotated with what its columns show. Other pages do without."""
        return rows

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return FiguresList

    def get_action_choices(self, request: HttpRequest, default_choices: Any = None) -> Any:
        return super().get_action_choices(request, default_choices or [("", _("With the selected…"))])

    @admin.display(description=_("status"), ordering="is_active")
    def status(self, instance: Any) -> str:
        return active_badge(instance.is_active)

    def address(self, page: str, *arguments: object) -> str:
        """Where one of the pages is: "changelist", "add", "change", "history", "delete"."""
        meta = self.model._meta
        return reverse(f"admin:{meta.app_label}_{meta.model_name}_{page}", args=arguments)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        rows = super().get_queryset(request)
        if self.model is BusinessUnit:
            return rows & business_units_within_reach(request.user)
        return rows if self.unit_path is None else objects_within_reach(rows, request.user, self.unit_path)

    def get_list_filter(self, request: HttpRequest) -> Any:
        """Who reaches one business unit only need not choose among them."""
        filters = super().get_list_filter(request)
        return [one for one in filters if one != "business_unit" or self._reaches_all(request)]

    def get_list_display(self, request: HttpRequest) -> Any:
        """Who reaches one business unit only need not read its name in every row."""
        listed = super().get_list_display(request)
        shown = ["unit" if one == "business_unit" else one for one in listed]
        return shown if self._reaches_all(request) else [one for one in shown if one != "unit"]

    @staticmethod
    def _reaches_all(request: HttpRequest) -> bool:
        return bool(request.user.is_authenticated and request.user.is_superuser)

    @admin.display(description=_("business unit"), ordering="business_unit__name")
    def unit(self, instance: Any) -> str:
        return str(instance.business_unit or "")

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        """Without the framework's "View …" before what says by itself of what kind it is."""
        original = kwargs.get("obj")
        if isinstance(original, Numbered):
            context |= {"title": str(original), "subtitle": None}
        elif original is not None:
            context["title"] = capfirst(str(self.model._meta.verbose_name))
        return super().render_change_form(request, context, *args, **kwargs)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        """Who changed what, when, from what to what: the audit log, not the framework's own."""
        require(request.user, self.model, Verb.VIEW)
        found = self.get_object(request, object_id)
        if found is None:
            raise Http404
        chosen = HistoryFilter.of(found, request.GET)
        page = Paginator(chosen.entries, HISTORY_PER_PAGE).get_page(request.GET.get("page"))
        context = {
            **self.admin_site.each_context(request),
            "title": _("History"),
            "subtitle": str(found),
            "opts": self.opts,
            "object": found,
            "page": page,
            "chosen": chosen,
            "entries": shown_changes(list(page)),
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/object_history.html", context)


class ViewOnlyAdmin(ScopedAdmin):
    """Traffic: it is looked at, never edited by hand."""

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


class DeclaredFieldChecks(ModelAdminChecks):
    """What the form declares itself is no field of the model's, even if it has the name of one."""

    def _check_field_spec_item(self, obj: Any, field_name: str, label: str) -> Any:
        if field_name in obj.form.declared_fields:
            return []
        return super()._check_field_spec_item(obj, field_name, label)  # type: ignore[misc]  # not in the stubs


class ConfiguredAdmin(TransferPages, ScopedAdmin):
    """Writes through the services that the subclass names; what they refuse is shown beside the fields."""

    checks_class = DeclaredFieldChecks
    form = ConfiguredForm
    create_service: ClassVar[Callable[..., Any]]
    update_service: ClassVar[Callable[..., Any]]
    delete_service: ClassVar[Callable[..., None]]
    keep_if_blank: ClassVar[tuple[str, ...]] = ()
    labels: ClassVar[Mapping[str, Any]] = {}
    """Of fields that the page calls otherwise than the columns of lists and files."""
    has_unit = True
    has_switch = True
    """Whether it can be deactivated."""
    formfield_overrides: ClassVar[Any] = {
        models.URLField: {"assume_scheme": "https"},
        models.TextField: {"widget": forms.Textarea(attrs={"rows": 3})},
    }
    actions: tuple[str, ...] = ("activate", "deactivate")
    ordering: ClassVar[Any] = ("name", "pk")

    # -- Which fields ---------------

    def get_form(
        self,
        request: HttpRequest,
        obj: Any = None,
        change: bool = False,  # noqa: FBT001, FBT002 - the framework's signature
        **kwargs: Any,
    ) -> Any:
        kwargs.setdefault("labels", self.labels)
        form = super().get_form(request, obj, change, **kwargs)
        return type(form.__name__, (form,), {"request": request})

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Without the framework's buttons around a choice: they open windows, which loses what was typed."""
        kwargs.setdefault("error_messages", sentences_of(db_field))
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget = field.widget.widget
        return field

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Of many objects few are in the page; the others are searched for."""
        if db_field.related_model is not BusinessUnit:
            kwargs |= {"form_class": SearchedChoiceField, "widget": SearchedSelect(db_field)}
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """An object cannot move, and who reaches one business unit only creates in it."""
        fields = list(super().get_readonly_fields(request, obj))
        if obj is not None and not self.has_deactivate_permission(request, obj):
            fields.append("is_active")
        if self.has_unit and (obj is not None or not self._reaches_all(request)):
            fields.append("business_unit")
        return fields

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Dates and the like exist only once the object does."""
        if obj is not None:
            return super().get_fieldsets(request, obj)
        hidden = set(self.readonly_fields)
        if not self._reaches_all(request):
            hidden.add("business_unit")
        shown = []
        for name, options in super().get_fieldsets(request, obj):
            fields = [field for field in options["fields"] if field not in hidden]
            if fields:
                shown.append((name, {**options, "fields": fields}))
        return shown

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        """With what uses the object, and the switch that is there instead of deleting."""
        original = kwargs.get("obj")
        phrases = phrases_of(self.model)
        if original is None:
            context |= {"title": phrases.title, "create_label": phrases.button}
        else:
            context["uses"] = shown_uses(self.admin_site, request, original)
            if self.has_switch and self.has_deactivate_permission(request, original):
                context["switch_label"] = _("Deactivate") if original.is_active else _("Activate")
                context["switch_question"] = phrases.deactivating if original.is_active else ""
        return super().render_change_form(request, context, *args, **kwargs)

    # -- Writing ---------------

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """What a service refuses undoes everything; the page is then made again with its sentences."""
        if object_id is not None and "_switch" in request.POST:
            return self._switch_one(request, object_id)
        try:
            with transaction.atomic():
                return super().changeform_view(request, object_id, form_url, extra_context)
        except NotAllowed:
            raise
        except DomainError as refusal:
            setattr(request, _REFUSAL, refusal)
            return super().changeform_view(request, object_id, form_url, extra_context)

    def save_model(self, _request: HttpRequest, _obj: Any, _form: Any, _change: Any) -> None:
        """Object and links go to one service in one call: `save_related`, which comes next, makes it."""

    def save_related(self, request: HttpRequest, form: Any, _formsets: Any, change: Any) -> None:
        # The framework goes on with the object it made for the form.
        form.instance.__dict__.update(self.write(request, form, change=change).__dict__)

    def write(self, request: HttpRequest, form: Any, *, change: bool, **given: Any) -> Any:
        """Create or change the object of a valid form by one service call; return it.

        What is given is added to the values of the form. Raises DomainError.
        """
        values = {**self.values_of(form, change=change), **given}
        if change:
            return type(self).update_service(by=request.user, instance=form.instance, **values)
        if self.has_unit:
            own = getattr(request.user, "business_unit", None)
            values["business_unit"] = values.get("business_unit") or own
        return type(self).create_service(by=request.user, **values)

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
        """The audit log says more than the framework's sentence; no formset is asked what it saved."""
        return super().construct_change_message(request, form, [], add)

    # -- Deleting ---------------

    def get_deleted_objects(self, objs: Any, _request: HttpRequest) -> Any:
        """What is in the way, in the words of the services."""
        sentence = "%(uses)s" if len(objs) == 1 else _("%(name)s: %(uses)s")
        in_the_way = [sentence % {"name": one, "uses": uses} for one in objs for uses in uses_of(one)]
        count = {self.model._meta.verbose_name_plural: len(objs)}
        return [str(one) for one in objs], count, set(), in_the_way

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        context = {**(extra_context or {}), "title": _("Delete")}
        try:
            with transaction.atomic():
                return super().delete_view(request, object_id, context)
        except NotAllowed:
            raise
        except DomainError as refusal:
            messages.error(request, str(refusal.message))
            return redirect(self.address("change", object_id))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        type(self).delete_service(by=request.user, instance=obj)

    def delete_queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> None:
        for one in queryset:
            self._try(request, type(self).delete_service, instance=one)

    # -- Actions ---------------

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """With what deactivating means, which the list asks before it does so."""
        context = {"deactivating": phrases_of(self.model).deactivating, **(extra_context or {})}
        return super().changelist_view(request, context)

    @admin.action(description=_("Activate the selected"), permissions=["deactivate"])
    def activate(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> None:
        self._switch(request, queryset, is_active=True)

    @admin.action(description=_("Deactivate the selected"), permissions=["deactivate"])
    def deactivate(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> None:
        self._switch(request, queryset, is_active=False)

    def _switch(self, request: HttpRequest, rows: models.QuerySet[Any], *, is_active: bool) -> None:
        done = sum(
            self._try(request, type(self).update_service, instance=one, is_active=is_active) for one in rows
        )
        if done:
            sentence = ngettext("%(count)d was changed.", "%(count)d were changed.", done) % {"count": done}
            messages.success(request, sentence)

    def _switch_one(self, request: HttpRequest, object_id: str) -> Any:
        require(request.user, self.model, Verb.DEACTIVATE)
        found = self.get_object(request, object_id)
        if found is None:
            raise Http404
        if not self.has_deactivate_permission(request, found):
            raise PermissionDenied
        self._switch(request, self.get_queryset(request).filter(pk=found.pk), is_active=not found.is_active)
        return redirect(self.address("change", object_id))

    @staticmethod
    def _try(request: HttpRequest, service: Callable[..., Any], **values: Any) -> bool:
        """Whether the service did it; if not, its sentence is shown."""
        try:
            service(by=request.user, **values)
        except DomainError as refusal:
            messages.error(request, f"{values['instance']}: {refusal.message}")
            return False
        return True
