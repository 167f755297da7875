"""`Authorization: Bearer <token>` for the REST API and the socket."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from rest_framework import authentication, exceptions
from rest_framework.request import Request

from organizations.models import ApiToken, User
from organizations.tokens import token_digest

# Written in steps, so that a busy client does not write a row with each request.
_USE_IS_OLD = Q(last_used_at__isnull=True) | Q(last_used_at__lt=Now() - timedelta(minutes=5))


def user_of_token(token: str) -> User | None:
    """The active user whose valid token this is."""
    row = (
        ApiToken.objects.select_related("user__business_unit")
        .annotate(use_is_old=_USE_IS_OLD)
        .filter(Q(expires_at__isnull=True) | Q(expires_at__gt=Now()))
        .filter(digest=token_digest(token), revoked_at__isnull=True, user__is_active=True)
        .first()
    )
    if row is None:
        return None
    if row.use_is_old:
        ApiToken.objects.filter(pk=row.pk).update(last_used_at=Now())
    return row.user


class TokenAuthentication(authentication.BaseAuthentication):
    """Authenticates the user of a bearer token; leaves other schemes to other classes."""

    keyword = "Bearer"

    def authenticate(self, request: Request) -> tuple[User, str] | None:
        header = authentication.get_authorization_header(request).decode("latin-1")
        scheme, _space, token = header.partition(" ")
        if scheme.lower() != "bearer":
            return None
        user = user_of_token(token.strip())
        if user is None:
            raise exceptions.AuthenticationFailed(_("The token is unknown, revoked or expired."))
        return user, token

    def authenticate_header(self, request: Request) -> str:
        return self.keyword
