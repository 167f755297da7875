"""The words of the scripts on the configuration's pages. Same form as `workspace.strings`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Words = Mapping[str, Promise]

DUAL_LIST: Final[Words] = {
    "dual.add": _("Add"),
    "dual.added.one": _("{count} moved to Selected"),
    "dual.added.other": _("{count} moved to Selected"),
    "dual.available": pgettext_lazy("of a dual list", "Available"),
    "dual.down": _("Down"),
    "dual.keys": _(
        "Arrow keys go through the list, Space marks, Enter moves to the other list. With Shift several are "
        "marked. Where the order counts, Alt and an arrow key move an entry."
    ),
    "dual.limit": _("At most {limit} can be selected. Remove one first."),
    "dual.more": _("Show more"),
    "dual.moved": _("{name} is now number {place}"),
    "dual.none-available": _("Nothing is left to select."),
    "dual.none-found": _("Nothing matches the search."),
    "dual.none-selected": _("Nothing selected yet."),
    "dual.of": _("{shown} of {total}"),
    "dual.remove": _("Remove"),
    "dual.removed.one": _("{count} taken from Selected"),
    "dual.removed.other": _("{count} taken from Selected"),
    "dual.search": _("Search"),
    "dual.searching": _("Searching…"),
    "dual.selected": pgettext_lazy("of a dual list", "Selected"),
    "dual.up": _("Up"),
}

COMPARISON: Final[Words] = {
    **DUAL_LIST,
    "error.network": _("No answer from the server. Check your connection and try again."),
    "error.server": _("The server could not do this. Try again in a moment."),
    "direction.inbound": _("Inbound"),
    "direction.outbound": _("Outbound"),
    "comparison.add": _("Add skills to compare"),
    "comparison.alone": _("Only this skill is drawn. Add skills to compare with +."),
    "comparison.axis-minutes": _("Minutes waited"),
    "comparison.axis-priority": _("Priority"),
    "comparison.cancel": _("Cancel"),
    "comparison.chart": _("Chart of the priorities. The arrow keys read it point by point."),
    "comparison.compare": _("Compare"),
    "comparison.done": _("Done"),
    "comparison.done-spoken": _("Compared. Lines: {lines}. Crossing points: {crossings}."),
    "comparison.elapsed": _("Elapsed time"),
    "comparison.elapsed-about": _("The span of the chart."),
    "comparison.events": _("Who overtakes whom"),
    "comparison.interval": _("Time interval"),
    "comparison.interval-about": _("A point is marked at each."),
    "comparison.legend": _("Lines of the chart"),
    "comparison.maximum": _("Maximum priority reached"),
    "comparison.maximum-short": _("max."),
    "comparison.minutes": _("{count} min"),
    "comparison.no-events": _("No skill overtakes another within {wait}."),
    "comparison.own-saved": _("{name} (this skill)"),
    "comparison.own-unnamed": _("This skill (not saved yet)"),
    "comparison.own-unsaved": _("{name} (this skill, not saved yet)"),
    "comparison.picker-about": _("The skill being edited is in the chart by itself."),
    "comparison.remove": _("Remove {name}"),
    "comparison.seconds": _("{count} s"),
    "comparison.show-chart": _("Show the chart"),
    "comparison.show-table": _("Show as a table"),
    "comparison.skills": _("Skills to compare"),
    "comparison.standing": _("After {wait}: {values}"),
    "comparison.table": _("Table of the priorities"),
    "comparison.table-about": _("The priority of each skill by the minutes waited"),
    "comparison.this-skill": _("This skill"),
    "comparison.ties": _("At the same maximum, the contact that reached it first goes first."),
    "comparison.toggle": _("Show or hide this line"),
    "comparison.unit": _("minutes"),
}

SKILL_NAME: Final[Words] = {
    "name.advice": _("Your organisation names skills by the pattern {pattern}. This is advice."),
    "name.advice-missed": _(
        "This name does not follow your organisation's pattern {pattern}. You may use it all the same."
    ),
    "name.characters": _("Not possible: {characters}"),
    "name.count": _("{count} of {limit} characters"),
    "name.right": _("The name follows the rule."),
    "name.space": _("space"),
}


def in_the_readers_language(words: Words) -> dict[str, str]:
    """The words of a page, for `json_script`."""
    return {key: str(text) for key, text in words.items()}
