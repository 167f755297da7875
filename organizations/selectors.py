"""Which business units, users and tokens there are for whom."""

from __future__ import annotations

from typing import Any, TypeVar

from django.contrib.auth.models import Group, Permission
from django.db.models import Model, Q, QuerySet

from organizations.models import BusinessUnit, User

AnyModel = TypeVar("AnyModel", bound=Model)


def business_units_within_reach(user: Any) -> QuerySet[BusinessUnit]:
    """The user's own business unit; a superuser reaches all."""
    if user.is_superuser:
        return BusinessUnit.objects.all()
    unit_id: int = getattr(user, "business_unit_id", None) or 0
    return BusinessUnit.objects.filter(pk=unit_id)


def objects_within_reach(
    rows: QuerySet[AnyModel], user: Any, path: str = "business_unit"
) -> QuerySet[AnyModel]:
    """Only the objects of business units that the user reaches; `path` leads to the business unit."""
    if user.is_superuser:
        return rows
    unit_id = getattr(user, "business_unit_id", None)
    # An empty business unit must not match the users who have none.
    return rows.none() if unit_id is None else rows.filter(**{path: unit_id})


def outranks(by: Any, other: User) -> bool:
    """Whether a person may do everything that another may: only then may he change the other's account."""
    if by.is_superuser:
        return True
    return not other.is_superuser and by.get_all_permissions() >= permissions_held(other)


def may_grant(by: Any, permissions: QuerySet[Permission]) -> bool:
    """Whether a person has all these permissions himself."""
    if by.is_superuser:
        return True
    return bool(by.get_all_permissions() >= _codes(permissions))


def permissions_held(user: User) -> set[str]:
    """The codes of what an account may by its roles, also while it is not active."""
    return _codes(Permission.objects.filter(Q(group__user=user) | Q(user=user)))


def roles_to_give(by: Any) -> QuerySet[Group]:
    """The roles that may no more than the person himself."""
    groups = Group.objects.order_by("name", "pk").prefetch_related("permissions__content_type")
    if by.is_superuser:
        return groups
    own = by.get_all_permissions()
    return groups.filter(pk__in=[group.pk for group in groups if granted_by(group) <= own])


def granted_by(role: Group) -> set[str]:
    """The codes of what a role grants."""
    return {f"{one.content_type.app_label}.{one.codename}" for one in role.permissions.all()}


def _codes(permissions: QuerySet[Permission]) -> set[str]:
    rows = permissions.values_list("content_type__app_label", "codename")
    return {f"{app}.{codename}" for app, codename in rows}
