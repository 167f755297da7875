"""Scripts: beside the resource itself its drafts, versions, inspection, and files."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.permissions import Verb, require
from organizations.models import BusinessUnit
from provisioning import filters, resources
from provisioning.reach import within_reach
from provisioning.serializers import scripts as shapes
from provisioning.serializers.outputs import ScriptOutput
from provisioning.viewsets import ConfigurationViewSet, acting_user
from scripts.documents import export_script, read_document
from scripts.editing import check_may_edit, start_editing, stop_editing
from scripts.models import Script, ScriptVersion
from scripts.selectors import draft_of, published_version, versions_of
from scripts.services import (
    compare_versions,
    discard_draft,
    inspect_definition,
    publish_script,
    restore_version,
    save_draft,
)
from scripts.specification import action_specifications
from scripts.trials import delete_test, import_script, run_tests, save_test, try_definition

NUMBER = OpenApiParameter("number", int, OpenApiParameter.PATH, description="The number of the version.")
VERSION = OpenApiParameter(
    "version", int, description="Its number; the published one, or the draft, unless said."
)
AGAINST = OpenApiParameter("against", int, description="The earlier version; the one before unless said.")
TEST = OpenApiParameter("test", int, OpenApiParameter.PATH, description="The id of the test.")
TAB = OpenApiParameter("tab", str, description="The tab of a browser that edits.")


class ScriptViewSet(ConfigurationViewSet):
    """What happens between a customer's first text and the queue."""

    resource = resources.SCRIPTS
    filterset_class = filters.ScriptFilters
    action_verbs: ClassVar[dict[str, Verb | None]] = {
        "actions": Verb.VIEW,
        "inspect": Verb.VIEW,
        "try_out": Verb.VIEW,
        "run_tests": Verb.VIEW,
        "import_document": Verb.CREATE,
        # `check_may_edit` decides: who may only create finishes what he created.
        "draft": None,
        "publish": None,
        "editing": None,
        "restore": None,
        "tests": None,
        "test": None,
    }

    # -- About all scripts ---------------

    @extend_schema(responses=OpenApiTypes.OBJECT)
    @action(detail=False, methods=["get"])
    def actions(self, _request: Request) -> Response:
        """The actions there are: properties, branches, choices, defaults and help, in the user's language."""
        return Response({"results": action_specifications()})

    @extend_schema(request=shapes.InspectionInput, responses={200: shapes.InspectionOutput})
    @action(detail=False, methods=["post"])
    def inspect(self, request: Request) -> Response:
        """Everything wrong or doubtful in a definition, which is not stored."""
        body = _read(request, shapes.InspectionInput)
        unit = self._unit(body.get("business_unit"))
        report = inspect_definition(business_unit=unit, definition=body["definition"])
        findings = [finding.as_json() for finding in report.findings]
        return Response({"may_be_published": report.may_be_published, "findings": findings})

    @extend_schema(request=shapes.TrialInput, responses=OpenApiTypes.OBJECT)
    @action(detail=False, methods=["post"], url_path="try")
    def try_out(self, request: Request) -> Response:
        """What would happen to a contact: nothing is stored, no text goes out, no queue is entered."""
        body = _read(request, shapes.TrialInput)
        unit = self._unit(body.pop("business_unit", None))
        return Response(try_definition(business_unit=unit, **body).as_json())

    @extend_schema(request=shapes.ImportInput, responses={201: ScriptOutput})
    @action(detail=False, methods=["post"], url_path="import")
    def import_document(self, request: Request) -> Response:
        """Create a script with a draft from a document that was exported, or from a bare definition."""
        body = _read(request, shapes.ImportInput)
        document = read_document(body["document"])
        created = import_script(
            by=acting_user(request),
            business_unit=self._unit(body.get("business_unit")),
            document=document,
            name=body.get("name", document.name),
        )
        return self.respond(self.find(str(created.pk)), status=201)

    # -- The draft ---------------

    @extend_schema(methods=["GET"], responses=shapes.DraftOutput)
    @extend_schema(methods=["PUT"], request=shapes.DraftInput, responses={200: shapes.DraftOutput})
    @extend_schema(methods=["DELETE"], parameters=[TAB], responses={204: None})
    @action(detail=True, methods=["get", "put", "delete"])
    def draft(self, request: Request, pk: str) -> Response:
        """The changes that wait to be published: read, save, throw away."""
        if request.method == "GET":
            require(request.user, Script, Verb.VIEW)
            return self._draft(draft_of(self._script(pk)))
        script, user = self._to_edit(pk), acting_user(request)
        if request.method == "DELETE":
            discard_draft(by=user, script=script, tab=request.query_params.get("tab"))
            return Response(status=204)
        body = _read(request, shapes.DraftInput)
        return self._draft(save_draft(by=user, script=script, **body))

    @extend_schema(request=shapes.PublishInput, responses={200: shapes.VersionOutput})
    @action(detail=True, methods=["post"])
    def publish(self, request: Request, pk: str) -> Response:
        """Make the draft the version that new contacts run. Errors of the inspection stop it."""
        body = _read(request, shapes.PublishInput)
        version = publish_script(by=acting_user(request), script=self._to_edit(pk), **body)
        return Response(shapes.VersionOutput(version).data)

    @extend_schema(methods=["PUT"], request=shapes.EditingInput, responses={200: shapes.EditingOutput})
    @extend_schema(methods=["DELETE"], parameters=[TAB], responses={204: None})
    @action(detail=True, methods=["put", "delete"])
    def editing(self, request: Request, pk: str) -> Response:
        """Keep others out, for a minute at a time; 409 `edited_by_other` while somebody else does."""
        script, user = self._to_edit(pk), acting_user(request)
        if request.method == "DELETE":
            stop_editing(by=user, script=script, tab=request.query_params.get("tab", ""))
            return Response(status=204)
        body = _read(request, shapes.EditingInput)
        return Response(shapes.EditingOutput(start_editing(by=user, script=script, **body)).data)

    # -- Tests ---------------

    @extend_schema(methods=["GET"], responses=shapes.ScriptTestOutput(many=True))
    @extend_schema(methods=["POST"], request=shapes.ScriptTestInput, responses={201: shapes.ScriptTestOutput})
    @action(detail=True, methods=["get", "post"], filter_backends=[])
    def tests(self, request: Request, pk: str) -> Response:
        """The tests of a script, by name; a try is kept as one, in place of the one with its name."""
        if request.method == "GET":
            require(request.user, Script, Verb.VIEW)
            page = self.paginate_queryset(
                self._script(pk).tests.select_related("created_by").order_by("name", "pk")
            )
            return self.get_paginated_response(shapes.ScriptTestOutput(page, many=True).data)
        script = self._to_edit(pk)
        test = save_test(by=acting_user(request), script=script, **_read(request, shapes.ScriptTestInput))
        return Response(shapes.ScriptTestOutput(test).data, status=201)

    @extend_schema(parameters=[TEST], responses={204: None})
    @action(detail=True, methods=["delete"], url_path=r"tests/(?P<test>\d+)")
    def test(self, request: Request, pk: str, test: str) -> Response:
        """Throw a test away."""
        script = self._to_edit(pk)
        found = script.tests.filter(pk=test).first() if len(test) < 18 else None
        if found is None:
            raise Http404
        delete_test(by=acting_user(request), test=found)
        return Response(status=204)

    @extend_schema(request=shapes.ScriptTestRunInput, responses=shapes.VerdictOutput(many=True))
    @action(detail=True, methods=["post"], url_path="tests/run")
    def run_tests(self, request: Request, pk: str) -> Response:
        """Play all tests on a definition; what is otherwise than expected, in words."""
        script = self._script(pk)
        body = _read(request, shapes.ScriptTestRunInput)
        verdicts = run_tests(script=script, definition=body["definition"])
        return Response({"results": shapes.VerdictOutput(verdicts, many=True).data})

    # -- Versions ---------------

    @extend_schema(responses=shapes.VersionOutput(many=True))
    @action(detail=True, methods=["get"], filter_backends=[])
    def versions(self, _request: Request, pk: str) -> Response:
        """All versions, newest first."""
        page = self.paginate_queryset(versions_of(self._script(pk)))
        return self.get_paginated_response(shapes.VersionOutput(page, many=True).data)

    @extend_schema(parameters=[NUMBER], responses=shapes.WholeVersionOutput)
    @action(detail=True, methods=["get"], url_path=r"versions/(?P<number>\d+)")
    def version(self, _request: Request, pk: str, number: str) -> Response:
        """One version with its definition."""
        return Response(shapes.WholeVersionOutput(self._version(self._script(pk), number)).data)

    @extend_schema(parameters=[NUMBER, AGAINST], responses=shapes.ChangeOutput(many=True))
    @action(detail=True, methods=["get"], url_path=r"versions/(?P<number>\d+)/difference")
    def difference(self, request: Request, pk: str, number: str) -> Response:
        """What is different in this version, in words."""
        script = self._script(pk)
        against = request.query_params.get("against")
        changes = compare_versions(
            after=self._version(script, number),
            before=None if against is None else self._version(script, against),
        )
        return Response({"results": [change.as_json() for change in changes]})

    @extend_schema(parameters=[NUMBER], request=shapes.TabInput, responses={200: shapes.DraftOutput})
    @action(detail=True, methods=["post"], url_path=r"versions/(?P<number>\d+)/restore")
    def restore(self, request: Request, pk: str, number: str) -> Response:
        """Make this version the draft again."""
        version = self._version(self._to_edit(pk), number)
        body = _read(request, shapes.TabInput)
        return self._draft(restore_version(by=acting_user(request), version=version, **body))

    @extend_schema(parameters=[VERSION], responses=OpenApiTypes.OBJECT)
    @action(detail=True, methods=["get"])
    def export(self, request: Request, pk: str) -> Response:
        """A version as a document for a file; `import` takes it back."""
        script = self._script(pk)
        number = request.query_params.get("version")
        version = (
            published_version(script) or draft_of(script) if number is None else self._version(script, number)
        )
        if version is None:
            raise Http404
        # A header is ASCII: the id, where the name is not.
        headers = {"Content-Disposition": f'attachment; filename="script-{script.pk}-v{version.number}.json"'}
        return Response(export_script(version), headers=headers)

    # -- Finding ---------------

    def _script(self, pk: str) -> Script:
        """With its versions as they are, not as they were fetched to be shown."""
        rows = within_reach(Script.objects.select_related("business_unit"), self.request.user)
        found = rows.filter(pk=pk).first()
        if found is None:
            raise Http404
        return found

    def _to_edit(self, pk: str) -> Script:
        script = self._script(pk)
        check_may_edit(by=acting_user(self.request), script=script)
        return script

    @staticmethod
    def _version(script: Script, number: str) -> ScriptVersion:
        found = (
            script.versions.filter(number=number).first() if number.isdecimal() and len(number) < 10 else None
        )
        if found is None:
            raise Http404
        return found

    def _unit(self, named: Any) -> BusinessUnit:
        """The business unit that is meant, as everywhere in the API."""
        body = self.resource.input(data={}, context={"user": acting_user(self.request)})
        return body.unit_of({} if named is None else {"business_unit": named})

    @staticmethod
    def _draft(draft: ScriptVersion | None) -> Response:
        if draft is None:
            raise Http404
        report = inspect_definition(business_unit=draft.script.business_unit, definition=draft.definition)
        shown = shapes.WholeVersionOutput(draft).data
        return Response({**shown, "findings": [finding.as_json() for finding in report.findings]})


def _read(request: Request, form: type[serializers.Serializer[Any]]) -> dict[str, Any]:
    body = form(data=request.data)
    body.is_valid(raise_exception=True)
    return dict(body.validated_data)
