"""What a script asks the product to do. Plain values: the interpreter itself sends and saves nothing."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorityProfile:
    """Priority(t) = min(maximum, initial + acceleration * minutes waited).

    Points from 0 to 1000, acceleration in points per minute; all with at most 3 decimals, as the routing
    engine counts in whole thousandths.
    """

    initial: Decimal
    acceleration: Decimal
    maximum: Decimal

    def as_json(self) -> dict[str, str]:
        """Decimals as text, so that nothing is lost."""
        return {
            "initial": str(self.initial),
            "acceleration": str(self.acceleration),
            "maximum": str(self.maximum),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestAgent:
    """Put the contact in a queue.

    `skill` None is the skill of the point of contact, `target_agent` (a user name) None is any agent,
    `priority` None is the priority of the skill. Proficiency runs from 1 (best) to 20; agents from
    `high_proficiency` to `low_proficiency`, both included, are asked.
    """

    action_id: str
    skill: str | None = None
    target_agent: str | None = None
    priority: PriorityProfile | None = None
    high_proficiency: int = 1
    low_proficiency: int = 20
    timeout_seconds: int | None = None
    """After so long a wait the run goes on at the branch for it; the contact stays in the queue."""

    def as_json(self) -> dict[str, object]:
        return {
            "effect": "request_agent",
            "action": self.action_id,
            "skill": self.skill,
            "target_agent": self.target_agent,
            "priority": None if self.priority is None else self.priority.as_json(),
            "high_proficiency": self.high_proficiency,
            "low_proficiency": self.low_proficiency,
            "timeout_seconds": self.timeout_seconds,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateContact:
    """Change how a contact waits, counted from the moment it entered the queue. None: as it is."""

    action_id: str
    initial: Decimal | None = None
    acceleration: Decimal | None = None
    maximum: Decimal | None = None
    high_proficiency: int | None = None
    low_proficiency: int | None = None

    def as_json(self) -> dict[str, object]:
        points = {
            "initial": self.initial,
            "acceleration": self.acceleration,
            "maximum": self.maximum,
        }
        return {
            "effect": "update_contact",
            "action": self.action_id,
            **{name: None if value is None else str(value) for name, value in points.items()},
            "high_proficiency": self.high_proficiency,
            "low_proficiency": self.low_proficiency,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class SendText:
    """Send the customer a text. It goes through the outbox, after the replies of agents."""

    action_id: str
    text: str

    def as_json(self) -> dict[str, object]:
        return {"effect": "send_text", "action": self.action_id, "text": self.text}


@dataclass(frozen=True, slots=True, kw_only=True)
class EndContact:
    """End the contact, unless an agent has it: then it is his to end."""

    action_id: str

    def as_json(self) -> dict[str, object]:
        return {"effect": "end_contact", "action": self.action_id}


@dataclass(frozen=True, slots=True, kw_only=True)
class AddTag:
    """Put a tag on the contact."""

    action_id: str
    tag: str

    def as_json(self) -> dict[str, object]:
        return {"effect": "add_tag", "action": self.action_id, "tag": self.tag}


@dataclass(frozen=True, slots=True, kw_only=True)
class SetDisposition:
    """Record the outcome of the contact; the agent may choose another."""

    action_id: str
    disposition: str

    def as_json(self) -> dict[str, object]:
        return {"effect": "set_disposition", "action": self.action_id, "disposition": self.disposition}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowScreenPop:
    """Show the agent a screen pop, now or as soon as he has the contact.

    `fields` and `links` are pairs of a label and a value or an address, `form` pairs of a variable and a
    label. `url` is an address of another system, its variables encoded; `opens` says that it opens by itself
    in a tab of the browser.
    """

    action_id: str
    title: str
    fields: tuple[tuple[str, str], ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    form: tuple[tuple[str, str], ...] = ()
    url: str = ""
    opens: bool = False
    history: bool = True

    def as_json(self) -> dict[str, object]:
        return {
            "effect": "show_screen_pop",
            "action": self.action_id,
            "title": self.title,
            "fields": [list(pair) for pair in self.fields],
            "links": [list(pair) for pair in self.links],
            "form": [list(pair) for pair in self.form],
            "url": self.url,
            "opens": self.opens,
            "history": self.history,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class CallApi:
    """Call another system. The run waits for the answer under `number`, the count of its steps.

    `secret` names a secret of the business unit, which is sent in `secret_header` after `secret_prefix`; the
    interpreter never knows it.
    """

    action_id: str
    number: int
    method: str
    url: str
    body: str | None
    timeout_seconds: int
    secret: str | None = None
    secret_header: str = ""
    secret_prefix: str = ""

    def as_json(self) -> dict[str, object]:
        return {
            "effect": "call_api",
            "action": self.action_id,
            "number": self.number,
            "method": self.method,
            "url": self.url,
            "body": self.body,
            "timeout_seconds": self.timeout_seconds,
            "secret": self.secret,
            "secret_header": self.secret_header,
            "secret_prefix": self.secret_prefix,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class AddNote:
    """Add a line to the notes of the contact."""

    action_id: str
    text: str

    def as_json(self) -> dict[str, object]:
        return {"effect": "add_note", "action": self.action_id, "text": self.text}


Effect: TypeAlias = (
    RequestAgent
    | UpdateContact
    | EndContact
    | SendText
    | ShowScreenPop
    | CallApi
    | AddTag
    | SetDisposition
    | AddNote
)  # fmt: skip
