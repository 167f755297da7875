"""How lists are paged. Apart from `core.api`, as the framework reads this class while its views load."""

from __future__ import annotations

from rest_framework.pagination import LimitOffsetPagination


class Pagination(LimitOffsetPagination):
    """`limit` (50 unless told, at most 500) and `offset`."""

    default_limit = 50
    max_limit = 500
