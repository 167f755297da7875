"""`Authorization: Bearer <token>` for the REST API and the socket."""

from __future__ import annotations

from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from rest_framework import authentication, exceptions
from rest_framework.request import Request

from core import sql
from organizations.models import ApiToken, User
from organizations.tokens import token_digest

# In SQL: the ORM takes longer to build this query than everything else takes to authenticate a request. When
# the token was used is written in steps, so that a busy client does not write a row with each request.
_USER = """
SELECT u.*, t.last_used_at IS NULL OR t.last_used_at < clock_timestamp() - interval '5 minutes' AS use_is_old
  FROM organizations_apitoken t
  JOIN organizations_user u ON u.id = t.user_id
 WHERE t.digest = %s AND t.revoked_at IS NULL AND u.is_active
   AND (t.expires_at IS NULL OR t.expires_at > clock_timestamp())
"""


def user_of_token(token: str) -> User | None:
    """The active user whose valid token this is."""
    digest = token_digest(token)
    found = sql.found(User, _USER, [digest])
    if found is None:
        return None
    user, row = found
    if row["use_is_old"]:
        ApiToken.objects.filter(digest=digest).update(last_used_at=Now())
    return user


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
