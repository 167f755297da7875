"""`skills/compare-priorities`: input, the comparison, and the crossings in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db.models import QuerySet
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.api import NumberField, StrictSerializer
from core.errors import RuleBroken
from organizations.models import BusinessUnit
from provisioning.reach import Token, find_by_tokens
from skills.models import Skill
from skills.priority import (
    MAX_MINUTES,
    MAX_POINTS,
    MAX_SKILLS,
    Crossing,
    Level,
    Profile,
    crossings,
    levels,
    series,
)

Entry = Token | Profile
"""A line of the comparison: the name or id of a saved skill, or settings of one that need not exist."""


class UnsavedSkill(StrictSerializer):
    """Settings that are not saved, or not yet."""

    name = serializers.CharField(max_length=100)
    initial_priority = NumberField(
        max_digits=7, decimal_places=3, min_value=Decimal(0), max_value=Decimal(1000), default=Decimal(0)
    )
    acceleration = NumberField(
        max_digits=7, decimal_places=3, min_value=Decimal(0), max_value=Decimal(1000), default=Decimal(1)
    )
    max_priority = NumberField(
        max_digits=7, decimal_places=3, min_value=Decimal(0), max_value=Decimal(1000), default=Decimal(1000)
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["initial_priority"] > attrs["max_priority"]:
            sentence = _("The initial priority must not exceed the maximum priority.")
            raise serializers.ValidationError({"initial_priority": [sentence]})
        return attrs


@extend_schema_field({"oneOf": [{"type": "string"}, {"type": "integer"}, {"type": "object"}]})
class EntryField(serializers.Field[Any, Any, Any, Any]):
    """A name or id of a saved skill, or the settings of an unsaved one."""

    initial = None

    def to_internal_value(self, data: Any) -> Entry:
        if isinstance(data, Mapping):
            body = UnsavedSkill(data=data)
            body.is_valid(raise_exception=True)
            values = body.validated_data
            settings = (values["initial_priority"], values["acceleration"], values["max_priority"])
            return Profile(values["name"], *map(Fraction, settings))
        if isinstance(data, bool) or not isinstance(data, (str, int)) or data == "":
            raise serializers.ValidationError(_("Name a skill, or give its settings."))
        return data

    def to_representation(self, value: Any) -> Any:
        return value


class MinutesField(NumberField):
    """A span of minutes, to the thousandth."""

    def __init__(self, **kwargs: Any) -> None:
        sentence = gettext_lazy("Give a number of minutes from 0.001 to 100,000.")
        super().__init__(
            max_digits=9,
            decimal_places=3,
            min_value=Decimal("0.001"),
            max_value=Decimal(MAX_MINUTES),
            error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), sentence),
            **kwargs,
        )


class ComparisonInput(StrictSerializer):
    """What to compare, over which wait."""

    skills = serializers.ListField(child=EntryField(), min_length=1, max_length=MAX_SKILLS)
    elapsed_minutes = MinutesField(default=Decimal(60))
    interval_minutes = MinutesField(default=Decimal(1))

    def to_internal_value(self, data: Any) -> Any:
        try:
            return super().to_internal_value(data)
        except serializers.ValidationError as error:
            raise serializers.ValidationError(dict(_by_path(error.detail))) from error

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["elapsed_minutes"] / attrs["interval_minutes"] > MAX_POINTS:
            sentence = _("That is more than %(maximum)d points: choose a longer interval.")
            raise serializers.ValidationError({"interval_minutes": [sentence % {"maximum": MAX_POINTS}]})
        return attrs


def _by_path(detail: Any) -> Iterator[tuple[str, Any]]:
    """Errors by the place that they are about, such as `skills[0].acceleration`."""
    for name, errors in detail.items():
        if name != "skills" or not isinstance(errors, Mapping):
            yield name, errors
            continue
        for position, about in errors.items():
            place = f"skills[{position}]"
            if isinstance(about, Mapping):
                yield from ((f"{place}.{key}", texts) for key, texts in about.items())
            else:
                yield place, about


class PointOutput(serializers.Serializer[Any]):
    minute = serializers.FloatField()
    priority = serializers.FloatField()


class SeriesOutput(serializers.Serializer[Any]):
    name = serializers.CharField()
    saved = serializers.BooleanField()
    points = PointOutput(many=True)
    maximum = serializers.FloatField(help_text="Where the priority stops growing.")
    maximum_from_minute = serializers.FloatField(
        allow_null=True, help_text="When it does: the bend of the line; null if it never does."
    )


class CrossingOutput(serializers.Serializer[Any]):
    minute = serializers.FloatField()
    minute_exact = serializers.CharField(help_text="The same as a fraction, such as 1/3.")
    seconds = serializers.FloatField()
    priority = serializers.FloatField()
    ahead_before = serializers.CharField()
    ahead_after = serializers.CharField()
    sentence = serializers.CharField()


class LevelOutput(serializers.Serializer[Any]):
    skills = serializers.ListField(child=serializers.CharField())
    from_minute = serializers.FloatField()
    to_minute = serializers.FloatField(allow_null=True)
    priority = serializers.FloatField()
    ahead_after = serializers.CharField(allow_null=True)
    sentence = serializers.CharField()


class ComparisonOutput(serializers.Serializer[Any]):
    """A line for each skill, each overtaking, and each span in which two are level."""

    series = SeriesOutput(many=True)
    crossings = CrossingOutput(many=True)
    levels = LevelOutput(many=True)


def compare(
    *,
    reached: QuerySet[Skill],
    home: BusinessUnit | None,
    entries: Sequence[Entry],
    elapsed_minutes: Decimal,
    interval_minutes: Decimal,
) -> dict[str, Any]:
    """The comparison as it is answered.

    `reached` are the skills that may be compared; names are looked up in `home`, if there is one, as two
    business units may each have a skill of one name. Raises RuleBroken.
    """
    profiles = _profiles(reached, home, entries)
    elapsed, interval = Fraction(elapsed_minutes), Fraction(interval_minutes)
    return {
        "series": [
            _series_json(profile, saved=not isinstance(entry, Profile), elapsed=elapsed, interval=interval)
            for entry, profile in zip(entries, profiles, strict=True)
        ],
        "crossings": [_crossing_json(crossing) for crossing in crossings(profiles, elapsed=elapsed)],
        "levels": [_level_json(level) for level in levels(profiles, elapsed=elapsed)],
    }


def _series_json(profile: Profile, *, saved: bool, elapsed: Fraction, interval: Fraction) -> dict[str, Any]:
    return {
        "name": profile.name,
        "saved": saved,
        "points": [
            {"minute": _number(point.minute), "priority": _number(point.priority)}
            for point in series(profile, elapsed=elapsed, interval=interval)
        ],
        "maximum": _number(profile.maximum),
        "maximum_from_minute": None if profile.capped_from is None else _number(profile.capped_from),
    }


def _crossing_json(crossing: Crossing) -> dict[str, Any]:
    sentence = _("%(after)s overtakes %(before)s after %(wait)s, at priority %(priority)s.")
    return {
        "minute": _number(crossing.minute),
        "minute_exact": str(crossing.minute),
        "seconds": _number(crossing.minute * 60),
        "priority": _number(crossing.priority),
        "ahead_before": crossing.ahead_before,
        "ahead_after": crossing.ahead_after,
        "sentence": sentence
        % {
            "wait": duration(crossing.minute),
            "priority": _shown(crossing.priority),
            "after": crossing.ahead_after,
            "before": crossing.ahead_before,
        },
    }


def _level_json(level: Level) -> dict[str, Any]:
    return {
        "skills": [level.first, level.second],
        "from_minute": _number(level.from_minute),
        "to_minute": None if level.to_minute is None else _number(level.to_minute),
        "priority": _number(level.priority),
        "ahead_after": level.ahead_after,
        "sentence": _level_sentence(level),
    }


def _profiles(reached: QuerySet[Skill], home: BusinessUnit | None, entries: Sequence[Entry]) -> list[Profile]:
    """Raises RuleBroken for a name that leads nowhere, and for one that stands for two lines."""
    names = reached if home is None else reached.filter(business_unit=home)
    found = find_by_tokens(names, [entry for entry in entries if isinstance(entry, str)])
    found |= find_by_tokens(reached, [entry for entry in entries if isinstance(entry, int)])
    profiles: list[Profile] = []
    for position, entry in enumerate(entries):
        if isinstance(entry, Profile):
            profile = entry
        elif entry in found:
            profile = profile_of(found[entry])
        else:
            raise _refusal(position, _("There is no skill “%(name)s”.") % {"name": entry})
        if any(profile.name == other.name for other in profiles):
            raise _refusal(position, _("Two lines are called “%(name)s”.") % {"name": profile.name})
        profiles.append(profile)
    return profiles


def profile_of(skill: Skill) -> Profile:
    """The priority settings of a saved skill."""
    return Profile(
        skill.name,
        Fraction(skill.initial_priority),
        Fraction(skill.acceleration),
        Fraction(skill.max_priority),
    )


def _refusal(position: int, sentence: str) -> RuleBroken:
    return RuleBroken(sentence, fields={f"skills[{position}]": [sentence]})


def _number(value: Fraction) -> int | float:
    return int(value) if value.denominator == 1 else float(value)


def _shown(value: Fraction) -> str:
    """To the thousandth, as the reader's language writes numbers: 3.5, 3,5."""
    whole = Decimal(round(value * 1000)) / 1000
    return number_format(whole.normalize() if whole % 1 else whole.to_integral_value())


def duration(minute: Fraction) -> str:
    """A wait in words: 30 s, 2 min, 1 min 12.5 s."""
    whole, seconds = divmod(round(minute * 60, 3), 60)
    rest = _("%(seconds)s s") % {"seconds": _shown(Fraction(seconds))}
    if not whole:
        return rest
    minutes = _("%(minutes)d min") % {"minutes": whole}
    return f"{minutes} {rest}" if seconds else minutes


def _level_sentence(level: Level) -> str:
    texts = {"first": level.first, "second": level.second, "ahead": level.ahead_after}
    if level.to_minute is not None:
        sentence = _(
            "%(first)s and %(second)s have the same priority until %(end)s, then %(ahead)s is ahead."
        )
        return sentence % {**texts, "end": duration(level.to_minute)}
    if level.from_minute == 0:
        return _("%(first)s and %(second)s always have the same priority.") % texts
    sentence = _("From %(start)s on, %(first)s and %(second)s have the same priority.")
    return sentence % {**texts, "start": duration(level.from_minute)}
