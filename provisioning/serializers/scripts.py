"""Drafts, versions and the inspection of scripts, as the API reads and writes them."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from core.api import StrictSerializer
from provisioning.fields import DocumentField, DocumentListField
from scripts.models import ScriptTest, ScriptVersion


class TabInput(StrictSerializer):
    tab = serializers.CharField(
        required=False,
        allow_null=True,
        max_length=64,
        help_text=_("The tab of a browser that edits; programs leave it out."),
    )


class DraftInput(TabInput):
    definition = DocumentField()
    revision = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=0,
        help_text=_("That of the draft as it was read, 0 for none. Left out: overwrite whatever there is."),
    )


class PublishInput(TabInput):
    note = serializers.CharField(required=False, allow_blank=True, max_length=500)
    revision = serializers.IntegerField(required=False, allow_null=True, min_value=0)


class EditingInput(StrictSerializer):
    tab = serializers.CharField(max_length=64)
    take_over = serializers.BooleanField(required=False, default=False)


class InspectionInput(StrictSerializer):
    definition = DocumentField()
    business_unit = serializers.JSONField(
        required=False, help_text=_("Name or id; the user's own unless said.")
    )


class TrialInput(InspectionInput):
    """A script with how things are when the customer writes, and what happens then."""

    setup = DocumentField(
        help_text=_(
            "at, customer, number, skill; agents: accept, refuse, expire, busy, unavailable, logged_out."
        )
    )
    inputs = DocumentListField(
        help_text=_("What happens, in order: text, jump, agents, transfer, release, answer, fill.")
    )


class ScriptTestInput(StrictSerializer):
    name = serializers.CharField(max_length=100)
    definition = DocumentField()
    setup = DocumentField()
    inputs = DocumentListField()


class ScriptTestRunInput(StrictSerializer):
    definition = DocumentField()


class ScriptTestOutput(serializers.ModelSerializer[ScriptTest]):
    """A try that is kept, with what is expected of it."""

    setup = DocumentField(read_only=True)
    inputs = DocumentListField(read_only=True)
    expected = DocumentField(read_only=True)
    created_by = serializers.CharField(source="created_by.username", default=None)

    class Meta:
        model = ScriptTest
        fields = ("id", "name", "setup", "inputs", "expected", "saved_at", "created_by")
        read_only_fields = fields


class VerdictOutput(serializers.Serializer[Any]):
    """What came of a test."""

    id = serializers.IntegerField(source="test.pk")
    name = serializers.CharField(source="test.name")
    passed = serializers.BooleanField(source="is_passed")
    differences = serializers.ListField(child=serializers.CharField())


class ImportInput(StrictSerializer):
    document = DocumentField()
    name = serializers.CharField(
        required=False, max_length=100, help_text=_("The name in the document unless said.")
    )
    business_unit = serializers.JSONField(
        required=False, help_text=_("Name or id; the user's own unless said.")
    )


class FindingOutput(serializers.Serializer[Any]):
    """One remark of the inspection: an error stops the publication."""

    severity = serializers.ChoiceField(choices=["error", "warning"])
    code = serializers.CharField()
    message = serializers.CharField()
    action = serializers.CharField(allow_null=True)
    property = serializers.CharField(allow_null=True)
    branch = serializers.CharField(allow_null=True)
    path = serializers.CharField()


class InspectionOutput(serializers.Serializer[Any]):
    may_be_published = serializers.BooleanField()
    findings = FindingOutput(many=True)


class VersionOutput(serializers.ModelSerializer[ScriptVersion]):
    """One state of a script. Without its definition in lists."""

    # Named as in the resource itself: one set of words, one name in the schema.
    status = serializers.ChoiceField(choices=ScriptVersion.Status.choices, allow_null=True)
    created_by = serializers.CharField(source="created_by.username", default=None)
    published_by = serializers.CharField(source="published_by.username", default=None)

    class Meta:
        model = ScriptVersion
        fields: tuple[str, ...] = (
            "number",
            "status",
            "note",
            "revision",
            "created_at",
            "saved_at",
            "created_by",
            "published_at",
            "published_by",
        )
        read_only_fields = fields


class WholeVersionOutput(VersionOutput):
    definition = DocumentField(read_only=True)

    class Meta(VersionOutput.Meta):
        fields = (*VersionOutput.Meta.fields, "definition")


class DraftOutput(WholeVersionOutput):
    """A draft with what the inspection says about it."""

    findings = FindingOutput(many=True)

    class Meta(WholeVersionOutput.Meta):
        fields = (*WholeVersionOutput.Meta.fields, "findings")


class ChangeOutput(serializers.Serializer[Any]):
    """One difference between two versions."""

    kind = serializers.ChoiceField(choices=["added", "removed", "changed"])
    action = serializers.CharField()
    message = serializers.CharField()


class EditingOutput(serializers.Serializer[Any]):
    """Who edits."""

    editor = serializers.CharField(source="editor.username")
    tab = serializers.CharField()
    since = serializers.DateTimeField()
    lease_until = serializers.DateTimeField()
