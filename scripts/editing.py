"""Who edits a script: one tab of one person at a time, by a lease that the tab renews."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from core.clock import database_now
from core.errors import Conflict, NotAllowed
from core.permissions import Verb, code_of, sentence_about
from organizations.models import User
from scripts.models import Script, ScriptEditing
from scripts.selectors import editing_of, may_edit

LEASE: Final = timedelta(seconds=60)
"""How long a tab that has vanished keeps others out; a living one renews three times as often."""

TAKE_OVER: Final = "scripts.override_script_lock"


class EditedByOther(Conflict):
    """Another person, or another tab, edits the script."""

    code = "edited_by_other"


@transaction.atomic
def start_editing(*, by: User, script: Script, tab: str, take_over: bool = False) -> ScriptEditing:
    """Begin or go on editing in this tab.

    Raises EditedByOther while somebody else does. `take_over` puts him out: it needs the permission to take
    over, unless it is the same person in another tab. Raises NotAllowed.
    """
    lock_script(script)
    now = database_now()
    present = ScriptEditing.objects.filter(script=script).select_related("editor").first()
    is_mine = present is not None and (present.editor_id, present.tab) == (by.pk, tab)
    if present is not None and not is_mine and present.lease_until > now:
        if not take_over:
            raise _edited_by(present)
        if present.editor_id != by.pk and not by.has_perm(TAKE_OVER):
            raise NotAllowed(sentence_about([TAKE_OVER]))
    editing, _is_new = ScriptEditing.objects.update_or_create(
        script=script,
        defaults={
            "editor": by,
            "tab": tab,
            "since": present.since if present is not None and is_mine else now,
            "lease_until": now + LEASE,
        },
    )
    return editing


def check_may_edit(*, by: User | None, script: Script) -> None:
    """Raises NotAllowed for who may not change the script (`may_edit`)."""
    if by is not None and not may_edit(by, script):
        raise NotAllowed(sentence_about([code_of(Script, Verb.EDIT)]))


def stop_editing(*, by: User, script: Script, tab: str) -> None:
    """Let others edit at once. Does nothing if this tab does not edit."""
    ScriptEditing.objects.filter(script=script, editor=by, tab=tab).delete()


def check_editor(*, by: User | None, script: Script, tab: str | None) -> None:
    """Raises EditedByOther while somebody else, or another tab than the one named, edits the script."""
    present = editing_of(script)
    if present is None:
        return
    if by is None or present.editor_id != by.pk or tab not in (None, present.tab):
        raise _edited_by(present)


def lock_script(script: Script) -> None:
    """One at a time, until the end of the transaction: the numbers of versions follow each other."""
    Script.objects.select_for_update(no_key=True).get(pk=script.pk)


def _edited_by(editing: ScriptEditing) -> EditedByOther:
    name = editing.editor.get_full_name() or editing.editor.get_username()
    return EditedByOther(
        _("%(name)s edits this script.") % {"name": name},
        fields={"editor": [name], "since": [editing.since.isoformat()]},
    )
