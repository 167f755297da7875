"""The pages of the reports."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from contacts.models import Contact
from contacts.selectors import may_trace
from core.errors import NotFound, RuleBroken
from core.permissions import Verb, allows
from organizations.models import User
from organizations.selectors import business_units_within_reach, objects_within_reach
from provisioning.tables.writing import Format
from reporting import access, asking, choices, files, history, life, pictures
from reporting.choices import By, Choices, Period
from reporting.forms import ReportForm
from reporting.kinds import KINDS
from reporting.models import ContactLine, Report, RollUp
from reporting.services.saved import delete_report, save_report
from reporting.tables import Column, Table, shown
from scripts.models import Script

KEPT = ("page", "older", "newer", "format")
"""Of the query of an address, what is about the page and not about the report."""


@login_required
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """What there is to look at, and what was kept."""
    user = access.reader(request)
    context = {"saved": access.reports_of(user), **frame(user)}
    return render(request, "reporting/overview.html", context)


@login_required
@require_GET
def report(request: HttpRequest, slug: str) -> HttpResponse:
    """A report as tables, with a chart."""
    user = access.reader(request)
    kind = KINDS.get(slug)
    if kind is None:
        raise Http404
    context: dict[str, Any] = {"kind": kind, **frame(user, slug, request)}
    try:
        chosen = asking.read_choices(slug, request.GET, user)
    except RuleBroken as refusal:
        context |= _form(request, user, kind.bys, kind.filters, None, kind.default, refusal.fields)
        return render(request, "reporting/report.html", context, status=400)
    tables = kind.make(chosen)
    context |= _form(request, user, kind.bys, kind.filters, chosen, kind.default, {})
    with_links = allows(user, Script, Verb.VIEW) and allows(user, Contact, Verb.VIEW)
    context |= {"tables": [shown_table(table, with_links=with_links) for table in tables], "chosen": chosen}
    return render(request, "reporting/report.html", context)


@login_required
@require_GET
def contacts(request: HttpRequest) -> HttpResponse:
    """The history of contacts."""
    user = access.reader_of_contacts(request)
    context: dict[str, Any] = {
        **frame(user, asking.HISTORY, request),
        "may_read_texts": access.may_read_texts(user),
        "outcomes": ContactLine.Outcome.choices,
    }
    search = asking.history_search(request.GET, user)
    form = (request, user, (By.DAY,), history.FILTERS)
    try:
        chosen = asking.read_choices(asking.HISTORY, request.GET, user)
    except RuleBroken as refusal:
        context |= _form(*form, None, Period.LAST_7_DAYS, refusal.fields) | {"search": search}
        return render(request, "reporting/contacts.html", context, status=400)
    places = {name: history.Place.of(request.GET.get(name, "")) for name in ("older", "newer")}
    page = history.page(chosen, search, **places)
    context |= _form(*form, chosen, Period.LAST_7_DAYS, {})
    context |= {
        "search": search,
        "rows": [{**row, "shown": _cells(history.COLUMNS, row)} for row in page.rows],
        "older": _with(request.GET, older=page.older),
        "newer": _with(request.GET, newer=page.newer),
        "chosen": chosen,
    }
    return render(request, "reporting/contacts.html", context)


@login_required
@require_GET
def contact(request: HttpRequest, pk: int) -> HttpResponse:
    """One contact's whole life."""
    user = access.reader_of_contacts(request)
    rows = Contact.objects.select_related(
        "business_unit",
        "customer",
        "skill",
        "agent__user",
        "point_of_contact",
        "disposition",
        "transport_code",
        "line",
    )
    found = get_object_or_404(objects_within_reach(rows, user), pk=pk)
    with_texts = access.may_read_texts(user)
    context = {
        **frame(user, asking.HISTORY),
        "contact": found,
        "line": getattr(found, "line", None),
        "tags": found.tags.order_by("name"),
        "entries": life.entries(found, with_texts=with_texts),
        "with_texts": with_texts,
        "others": Contact.objects.filter(customer_id=found.customer_id).exclude(pk=pk).count(),
        "zone": found.business_unit.time_zone,
        "may_trace": may_trace(user, found.pk),
    }
    return render(request, "reporting/contact.html", context)


@login_required
@require_GET
def export(request: HttpRequest, slug: str) -> HttpResponse:
    """A report as a file."""
    user = access.reader(request)
    access.require_export(user)
    if request.GET.get("format") not in tuple(Format):
        raise Http404
    file_format = Format(request.GET["format"])
    try:
        chosen, tables = asking.tables(slug, request.GET, user)
    except NotFound:
        raise Http404 from None
    except RuleBroken as refusal:
        return HttpResponse(str(refusal.message), status=400, content_type="text/plain; charset=utf-8")
    answer = HttpResponse(files.write(tables, file_format), content_type=file_format.media_type)
    name = f"{slug}-{chosen.first}-{chosen.last}.{file_format}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


# -- Saved reports ---------------


@login_required
@require_GET
def saved(request: HttpRequest, pk: int) -> HttpResponse:
    """Open a saved report with its choices."""
    found = get_object_or_404(access.reports_of(access.reader(request)), pk=pk)
    address = _address(found.kind)
    return redirect(f"{address}?{found.choices}" if found.choices else address)


@login_required
@require_http_methods(["GET", "POST"])
def save(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Keep a report under a name, or change one."""
    user = access.reader(request)
    instance = None if pk is None else get_object_or_404(access.reports_of(user), pk=pk)
    kind = instance.kind if instance else request.GET.get("kind", "")
    if kind not in asking.TITLES:
        raise Http404
    form = ReportForm(request.POST or None, instance=instance, may_send=access.may_export(user))
    if request.method == "POST" and form.is_valid():
        try:
            kept = save_report(by=user, instance=instance, **_values(request, user, kind, instance, form))
        except RuleBroken as refusal:
            form.take(refusal)
        else:
            messages.success(request, _("Saved “%(name)s”.") % {"name": kept.name})
            return redirect("report-saved", pk=kept.pk)
    context = {
        **frame(user, kind),
        "form": form,
        "instance": instance,
        "title": asking.TITLES[kind],
        "may_send": access.may_export(user),
        "is_mine": instance is None or instance.owner_id == user.pk or user.is_superuser,
    }
    return render(request, "reporting/save.html", context, status=400 if form.errors else 200)


def _values(
    request: HttpRequest, user: User, kind: str, instance: Report | None, form: ReportForm
) -> dict[str, Any]:
    if instance is not None:
        return form.cleaned_data
    query = QueryDict(request.GET.get("choices", ""))
    # Raises RuleBroken for choices that no page would show.
    chosen = asking.read_choices(kind, query, user)
    kept = _with(query, business_unit=None)
    return {**form.cleaned_data, "kind": kind, "choices": kept, "business_unit": chosen.unit}


@login_required
@require_POST
def forget(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a saved report."""
    user = access.reader(request)
    found = get_object_or_404(access.reports_of(user), pk=pk)
    delete_report(by=user, instance=found)
    messages.success(request, _("Deleted “%(name)s”.") % {"name": found.name})
    return redirect("reports")


# -- What the pages share ---------------


def frame(user: User, slug: str = "", request: HttpRequest | None = None) -> dict[str, Any]:
    """What every page has: the navigation, as of when the figures are, and what may be done with them."""
    state = RollUp.objects.filter(name="contacts").first()
    query = "" if request is None else _with(request.GET)
    return {
        "navigation": _navigation(slug),
        "slug": slug,
        "figures": state,
        "is_rebuilding": state is not None and state.complete_until is None,
        "may_export": access.may_export(user),
        "query": query,
        "save_query": urlencode({"kind": slug, "choices": query}),
    }


def _navigation(slug: str) -> list[dict[str, Any]]:
    links = [
        {"title": kind.title, "about": kind.about, "address": _address(name), "current": name == slug}
        for name, kind in KINDS.items()
    ]
    links.append(
        {
            "title": asking.TITLES[asking.HISTORY],
            "about": _("Find contacts by number, words, agent, outcome and more."),
            "address": reverse("report-contacts"),
            "current": slug == asking.HISTORY,
        }
    )
    links.append(
        {
            "title": _("Planning"),
            "about": _("Replay past days with more agents, other skills or other priorities."),
            "address": reverse("report-plans"),
            "current": slug == "planning",
        }
    )
    return links


def _address(kind: str) -> str:
    return reverse("report-contacts") if kind == asking.HISTORY else reverse("report", args=[kind])


def _with(query: QueryDict, **changes: Any) -> str:
    """The query of an address without what is about the page, with changes; empty when a change is None."""
    kept = {
        name: value for name, value in query.items() if name not in KEPT and name not in changes and value
    }
    added = {name: str(value) for name, value in changes.items() if value is not None}
    if changes and not added and "business_unit" not in changes:
        return ""
    return urlencode({**kept, **added})


def _form(
    request: HttpRequest,
    user: User,
    bys: Sequence[By],
    filters: Sequence[str],
    chosen: Choices | None,
    default: Period,
    problems: dict[str, list[str]],
) -> dict[str, Any]:
    """What may be chosen, and what is."""
    units = list(business_units_within_reach(user).order_by("name", "pk"))
    unit = chosen.unit if chosen else next((one for one in units if one.pk == user.business_unit_id), None)
    unit = unit or (units[0] if units else None)
    given = request.GET
    return {
        "periods": [(period.value, label) for period, label in choices.PERIODS.items()],
        "period": given.get("period") or default.value,
        "first": given.get("from") or (chosen.first.isoformat() if chosen else ""),
        "last": given.get("to") or (chosen.last.isoformat() if chosen else ""),
        "bys": [(by.value, choices.BYS[by]) for by in bys] if len(bys) > 1 else [],
        "by": given.get("by") or bys[0].value,
        "filters": [
            {
                "name": name,
                "title": choices.FILTERS[name],
                "value": given.get(name, ""),
                "problems": problems.get(name, ()),
                "suggestions": choices.suggestions(name, unit) if unit else [],
            }
            for name in filters
        ],
        "units": units if len(units) > 1 else [],
        "unit": unit,
        "problems": problems,
        "is_narrowed": any(given.get(name) for name in (*filters, "number", "text", "outcome")),
    }


def _cells(columns: Sequence[Column], row: Any) -> list[dict[str, Any]]:
    return [
        {"column": column, "text": shown(column, row.get(column.name)), "value": row.get(column.name)}
        for column in columns
    ]


def _linked(cells: list[dict[str, Any]], table: Table, row: Any) -> list[dict[str, Any]]:
    """Its cells, one of which may lead to the contacts behind the row."""
    return [
        {**cell, "link": row.get("link")} if cell["column"].name == table.linked else cell for cell in cells
    ]


def shown_table(table: Table, *, with_links: bool = False) -> dict[str, Any]:
    """A table with its cells as people read them, and its picture."""
    rows = [(row, _cells(table.columns, row)) for row in table.rows]
    return {
        "table": table,
        "rows": [_linked(cells, table, row) if with_links else cells for row, cells in rows],
        "total": _cells(table.columns, table.total) if table.total else None,
        "picture": pictures.of(table),
        "chart_id": f"chart-{table.name}",
    }
