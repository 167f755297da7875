"""What can be said to have happened to an organisation."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BusinessUnitChanged:
    """Its defaults may have changed for all who inherit them."""

    business_unit_id: int
