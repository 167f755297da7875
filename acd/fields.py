"""Form fields of the configuration: lists in an order, and people with their proficiency."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.utils.translation import gettext_lazy as _

from agents.models import BEST_PROFICIENCY as BEST
from agents.models import WORST_PROFICIENCY as WORST

DEFAULT_PROFICIENCY = 10


class OrderedWidget(forms.SelectMultiple):
    """A multiple choice whose order counts: the chosen come first, as chosen."""

    template_name = "acd/widgets/ordered.html"

    def __init__(self, attrs: Any = None, choices: Any = ()) -> None:
        super().__init__({"data-dual-list": "ordered", **(attrs or {})}, choices)

    def optgroups(self, name: str, value: list[str], attrs: Any = None) -> Any:
        """The chosen in their order, then the others."""
        groups = super().optgroups(name, value, attrs)
        place = {str(chosen): number for number, chosen in enumerate(value)}
        return sorted(groups, key=lambda group: place.get(str(group[1][0]["value"]), len(place)))


class OrderedChoiceField(forms.ModelMultipleChoiceField):
    """Objects in the order in which they were sent. `clean` gives a list."""

    widget = OrderedWidget

    def __init__(self, queryset: QuerySet[Any], **kwargs: Any) -> None:
        super().__init__(queryset, required=False, **kwargs)

    def clean(self, value: Any) -> list[Model]:  # type: ignore[override]  # a list keeps the order
        found = {str(row.pk): row for row in super().clean(value)}
        return [found[key] for key in dict.fromkeys(map(str, value or ())) if key in found]

    def has_changed(self, initial: Any, data: Any) -> bool:
        """A new order is a change."""
        before = [str(getattr(one, "pk", one)) for one in initial or ()]
        return before != [str(one) for one in data or ()]


class ProficiencyWidget(forms.Widget):
    """Rows of an object and a proficiency, added by a search. Its value is a list of pairs of texts."""

    template_name = "acd/widgets/proficiencies.html"
    choices: QuerySet[Any]
    search_address = ""

    def value_from_datadict(self, data: Any, _files: Any, name: str) -> list[tuple[str, str]]:
        return list(zip(data.getlist(name), data.getlist(f"{name}-proficiency"), strict=False))

    def value_omitted_from_data(self, _data: Any, _files: Any, _name: str) -> bool:
        """No row at all is a value: everybody was removed."""
        return False

    def format_value(self, value: Any) -> list[dict[str, Any]]:
        pairs = [(str(getattr(key, "pk", key)), proficiency) for key, proficiency in value or ()]
        numbers = [key for key, _proficiency in pairs if key.isdigit()]
        titles = {str(row.pk): str(row) for row in self.choices.filter(pk__in=numbers)}
        return [
            {"key": key, "title": titles[key], "proficiency": proficiency}
            for key, proficiency in pairs
            if key in titles
        ]

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["widget"] |= {
            "search_address": self.search_address,
            "best": BEST,
            "worst": WORST,
            "default": DEFAULT_PROFICIENCY,
        }
        return context


class ProficienciesField(forms.Field):
    """Objects, each with a proficiency from 1 (best) to 20. `clean` gives pairs (object, proficiency)."""

    def __init__(self, queryset: QuerySet[Any], *, search_address: str, **kwargs: Any) -> None:
        super().__init__(required=False, widget=ProficiencyWidget(), **kwargs)
        self.widget.search_address = search_address
        self.queryset = queryset

    @property
    def queryset(self) -> QuerySet[Any]:
        """What may be chosen."""
        rows: QuerySet[Any] = self.widget.choices
        return rows

    @queryset.setter
    def queryset(self, rows: QuerySet[Any]) -> None:
        self.widget.choices = rows

    def clean(self, value: Sequence[tuple[str, str]]) -> list[tuple[Model, int]]:
        keys = [key for key, _proficiency in value if key.isdigit()]
        found = {str(row.pk): row for row in self.queryset.filter(pk__in=keys)}
        errors = list(dict.fromkeys(_errors(value, found)))
        if errors:
            raise ValidationError(errors)
        return [(found[key], int(proficiency)) for key, proficiency in value]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return _comparable(initial) != _comparable(data)


def _errors(value: Iterable[tuple[str, str]], found: Mapping[str, Model]) -> Iterable[str]:
    seen = set()
    for key, proficiency in value:
        if key not in found:
            yield str(_("One of the chosen is not there any more: remove it."))
        elif not proficiency.strip().isdigit() or not BEST <= int(proficiency) <= WORST:
            sentence = _("%(name)s: give a proficiency from %(best)d (best) to %(worst)d.")
            yield sentence % {"name": found[key], "best": BEST, "worst": WORST}
        elif key in seen:
            yield _("%(name)s stands in the list twice: remove one.") % {"name": found[key]}
        seen.add(key)


def _comparable(pairs: Any) -> dict[str, str]:
    return {str(getattr(key, "pk", key)): str(proficiency) for key, proficiency in pairs or ()}
