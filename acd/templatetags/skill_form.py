"""Hands the scripts of the skill form their words and settings."""

from __future__ import annotations

from typing import Any

from django import template

from acd import words
from acd.comparison import comparison_config, skill_name_config

register = template.Library()


@register.simple_tag(takes_context=True)
def comparison_settings(context: template.Context) -> dict[str, Any]:
    return comparison_config(context.get("original"), context["request"].user)


@register.simple_tag
def comparison_words() -> dict[str, str]:
    return words.in_the_readers_language(words.COMPARISON)


@register.simple_tag(takes_context=True)
def skill_name_settings(context: template.Context) -> dict[str, Any]:
    return skill_name_config(context.get("original"), context["request"].user)


@register.simple_tag
def skill_name_words() -> dict[str, str]:
    return words.in_the_readers_language(words.SKILL_NAME)


@register.simple_tag
def dual_list_words() -> dict[str, str]:
    return words.in_the_readers_language(words.DUAL_LIST)
