"""The pages of each configured object. Importing this registers them."""

from acd.admin import (
    agents,
    campaigns,
    contacts,
    dispositions,
    hours,
    messaging,
    organizations,
    points_of_contact,
    quick_replies,
    reporting,
    routing,
    scripts,
    skills,
    sms_registrations,
    supervisor,
)

__all__ = [
    "agents",
    "campaigns",
    "contacts",
    "dispositions",
    "hours",
    "messaging",
    "organizations",
    "points_of_contact",
    "quick_replies",
    "reporting",
    "routing",
    "scripts",
    "skills",
    "sms_registrations",
    "supervisor",
]
