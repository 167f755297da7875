from __future__ import annotations

import factory

from provisioning.models import Upload
from tests.factories.base import ModelFactory
from tests.factories.organizations import UserFactory

COUNTS = {"create": 0, "update": 0, "unchanged": 0, "error": 0}


class UploadFactory(ModelFactory[Upload]):
    class Meta:
        model = Upload

    user = factory.SubFactory(UserFactory)
    section = "tags"
    name = "tags.csv"
    content = b"name\nVIP\n"
    preview = factory.LazyFunction(
        lambda: {
            "digest": "",
            "summary": {"create": 0, "update": 0, "unchanged": 0, "error": 0},
            "skipped": 0,
            "rows": [],
        }
    )
