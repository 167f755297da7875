"""The screens: add a line here for a page that is new."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page, expect

BUSY, OFFERED = "agent.one", "agent.two"
"""Of the demo's agents one has a conversation, the other an offer that waits for his answer.

The one has asked the other about his conversation.
"""
MENU_LINE = "15550100300"
"""Whoever texts it chooses by a digit."""


@dataclass(frozen=True)
class Screen:
    """One page, as somebody sees it. `{Support}` in the path stands for the id of the object of that name."""

    name: str
    path: str
    who: str = "admin"
    prepare: Callable[[Page], None] | None = None
    """What is done on the page first."""
    is_narrow: bool = False
    """Whether it is also taken as wide as a telephone."""
    status: int = 200
    """What the server answers."""


def _ask(page: Page) -> None:
    page.get_by_test_id("switch").click()
    expect(page.get_by_role("dialog")).to_be_visible()


def _compare(page: Page) -> None:
    page.get_by_test_id("comparison").scroll_into_view_if_needed()


def _create_in_the_wizard(page: Page) -> None:
    page.get_by_test_id("create").click()
    expect(page.locator(".is-invalid").first).to_be_visible()


def _find(page: Page) -> None:
    page.locator("details.finder summary").first.click()
    expect(page.locator(".finder .found [role=option]").first).to_be_visible()


def _explain(page: Page) -> None:
    page.locator("details.glossary summary").first.click()


def _create_nothing(page: Page) -> None:
    page.get_by_test_id("save").click()
    expect(page.get_by_role("alert").first).to_be_visible()


def _open_apps(page: Page) -> None:
    page.get_by_test_id("app-selector").click()


def _choose_what_to_create(page: Page) -> None:
    page.get_by_test_id("create-new").click()
    expect(page.get_by_test_id("create-single")).to_be_visible()


def _pick_skills(page: Page) -> None:
    page.get_by_test_id("comparison-add").click()
    expect(page.get_by_test_id("comparison-picker").get_by_role("option").first).to_be_visible()


def _compared(page: Page) -> None:
    _pick_skills(page)
    window = page.get_by_test_id("comparison-picker")
    window.get_by_role("option").filter(has_text="Returns").first.dblclick()
    page.get_by_test_id("comparison-done").click()
    page.get_by_test_id("comparison-compare").click()
    expect(page.get_by_test_id("comparison-chart").locator("svg")).to_be_visible()
    page.get_by_test_id("comparison-chart").scroll_into_view_if_needed()


def _preview(page: Page) -> None:
    rows = (
        "name,campaign,initial_priority,max_priority,acceleration",
        "Orders,Customer service,5,100,2",
        "Support,Customer service,7,100,2",
        "Night desk,Customer service,1,100,1",
        "Gifts,Nowhere,900,100,1",
        "Returns,Customer service,,,",
    )
    page.set_input_files(
        "#id_file",
        {"name": "skills.csv", "mimeType": "text/csv", "buffer": "\n".join(rows).encode()},
    )
    page.locator("main form button[type=submit]").first.click()
    expect(page.get_by_test_id("counts")).to_be_visible()


def _choose_limits(page: Page) -> None:
    for box in page.locator("input[name=_selected_action]").all()[:2]:
        box.check()
    page.locator("select[name=action]").select_option("set_limits")
    page.locator("button[name=index]").click()
    expect(page.get_by_test_id("apply-limits")).to_be_visible()


def _make_a_script(page: Page) -> None:
    page.get_by_test_id("create-new").click()
    expect(page.get_by_test_id("dialog-new")).to_be_visible()


def _wait_for_canvas(page: Page) -> None:
    expect(page.get_by_test_id("action").first).to_be_visible()


def _properties(page: Page) -> None:
    page.locator('[data-testid="action"][data-type="REQAGENT"]').first.click()
    expect(page.get_by_test_id("property").first).to_be_visible()


def _outline(page: Page) -> None:
    expect(page.get_by_test_id("outline-action").or_(page.get_by_test_id("action")).first).to_be_visible()
    if page.get_by_test_id("outline").count() == 0:
        page.get_by_test_id("toggle-view").click()
    expect(page.get_by_test_id("outline")).to_be_visible()


def _save_as(page: Page) -> None:
    page.get_by_test_id("start-plain").click()
    _wait_for_canvas(page)
    page.keyboard.press("Control+s")
    expect(page.get_by_test_id("save-as-name")).to_be_visible()


def _wait_for_phone(page: Page) -> None:
    expect(page.get_by_test_id("trail")).to_be_visible()


def _try_it(page: Page) -> None:
    """A customer chooses by a digit; an agent takes it."""
    _wait_for_canvas(page)
    page.get_by_test_id("try").click()
    received = page.locator('[data-testid="trial-message"][data-direction="received"]')
    for text in ("Hello", "2"):
        page.get_by_test_id("trial-text").fill(text)
        page.keyboard.press("Enter")
        expect(received.first).to_be_visible()
    page.get_by_test_id("trial-agents").select_option("accept")
    expect(page.locator('[data-kind="accepted"]')).to_be_visible()


def _tried_steps(page: Page) -> None:
    _try_it(page)
    page.get_by_test_id("trial-tab-steps").click()
    expect(page.get_by_test_id("step").first).to_be_visible()


def _trace(page: Page) -> None:
    _wait_for_canvas(page)
    expect(page.get_by_test_id("trace").get_by_test_id("step").first).to_be_visible()


def _open_by_keys(keys: str, dialog: str) -> Callable[[Page], None]:
    """A dialog of the desk that a key opens."""

    def prepare(page: Page) -> None:
        _wait_for_desk(page)
        expect(page.get_by_test_id("thread")).to_be_visible()
        page.locator("#main").focus()
        page.keyboard.press(keys)
        expect(page.get_by_test_id(f"dialog-{dialog}")).to_be_visible()

    return prepare


def _quick_replies(page: Page) -> None:
    _wait_for_desk(page)
    page.get_by_test_id("composer").press_sequentially("/")
    expect(page.get_by_test_id("quick-reply").first).to_be_visible()
    # The next who looks finds no draft; the stage forgets what the server keeps.
    page.evaluate("localStorage.clear()")


def _look_at_advice(page: Page) -> None:
    _wait_for_desk(page)
    expect(page.get_by_test_id("note-text")).to_be_visible()


def _transfer(page: Page) -> None:
    _wait_for_desk(page)
    page.get_by_test_id("transfer").click()
    expect(page.get_by_test_id("dialog-transfer")).to_be_visible()


def _write_first(page: Page) -> None:
    _wait_for_desk(page)
    page.get_by_test_id("new-contact").click()
    expect(page.get_by_test_id("dialog-outbound")).to_be_visible()


def _wait_for_desk(page: Page) -> None:
    # The figures of the day come a moment later and move the list from under the pointer.
    expect(page.get_by_test_id("today")).to_have_count(1)
    expect(page.get_by_test_id("contact-item").first).to_be_visible()
    page.get_by_test_id("contact-item").first.click()


def _wait_for_offer(page: Page) -> None:
    expect(page.get_by_test_id("offer").first).to_be_visible()


def _wait_for_board(page: Page) -> None:
    expect(page.get_by_test_id("tile").first).to_be_visible()
    expect(page.get_by_test_id("open-contact").first).to_be_visible()


def _open_agent(page: Page) -> None:
    page.get_by_test_id("agent").first.click()
    expect(page.get_by_test_id("save-agent")).to_be_visible()


def _wait_for_why(page: Page) -> None:
    expect(page.get_by_test_id("why").first).to_be_visible()


def _wait_for_chart(page: Page) -> None:
    """Figures are some seconds behind, and a page of figures shows those of its moment."""
    for _attempt in range(30):
        if page.locator(".chart").count():
            break
        page.wait_for_timeout(1000)
        page.reload()
    expect(page.locator(".chart svg").first).to_be_visible()


def _ask_for_nobody(page: Page) -> None:
    page.locator(".choices [name=skill]").fill("Nobody")
    page.locator(".choices__go button").click()
    expect(page.get_by_role("alert").first).to_be_visible()


SETTINGS, PEOPLE, RECORDS = "/acd/contact-settings", "/acd/people", "/acd/records"
CHANNEL = "/setup/{Support line}"
TASKS = (
    "registration",
    "campaign",
    "skill",
    "outbound-skill",
    "script",
    "point-of-contact",
    "dispositions",
    "agents",
)
"""Of the wizard; the last one, "try", has a picture of its own."""

SCREENS = (
    Screen("login", "/accounts/login/", who=""),
    Screen("home", "/", is_narrow=True),
    Screen("app-selector", "/", prepare=_open_apps),
    Screen("not-found", "/acd/nothing/", status=404),
    Screen("not-permitted", "/acd/people/users/", who=BUSY, status=403),
    Screen("setup", "/setup/", is_narrow=True),
    Screen("setup-begin", "/setup/new/", is_narrow=True),
    Screen("setup-begin-errors", "/setup/new/", prepare=_create_in_the_wizard),
    Screen("setup-channel", f"{CHANNEL}/"),
    *(Screen(f"setup-{task}", f"{CHANNEL}/{task}/") for task in TASKS),
    Screen("setup-try", f"{CHANNEL}/try/", prepare=_wait_for_phone, is_narrow=True),
    Screen("overview", "/acd/", is_narrow=True),
    Screen("sms-registrations", f"{SETTINGS}/sms-registrations/", is_narrow=True),
    Screen("sms-registration-create", f"{SETTINGS}/sms-registrations/add/"),
    Screen("sms-registration", f"{SETTINGS}/sms-registrations/{{Support line}}/change/"),
    Screen("sms-registration-test", f"{SETTINGS}/sms-registrations/{{Support line}}/test/"),
    Screen("campaigns", f"{SETTINGS}/campaigns/"),
    Screen("campaign-create", f"{SETTINGS}/campaigns/add/"),
    Screen("campaign", f"{SETTINGS}/campaigns/{{Customer service}}/change/"),
    Screen("campaign-delete", f"{SETTINGS}/campaigns/{{Customer service}}/delete/"),
    Screen("skills", f"{SETTINGS}/skills/", is_narrow=True),
    Screen("skills-filter", f"{SETTINGS}/skills/", prepare=_find),
    Screen("skills-create-new", f"{SETTINGS}/skills/", prepare=_choose_what_to_create),
    Screen("skills-several", f"{SETTINGS}/skills/several/", is_narrow=True),
    Screen("skills-preview", f"{SETTINGS}/skills/several/", prepare=_preview, is_narrow=True),
    Screen("skill-create", f"{SETTINGS}/skills/add/", is_narrow=True),
    Screen("skill-create-errors", f"{SETTINGS}/skills/add/", prepare=_create_nothing),
    Screen("skill", f"{SETTINGS}/skills/{{Support}}/change/", is_narrow=True),
    Screen("skill-outbound", f"{SETTINGS}/skills/{{Callbacks}}/change/"),
    Screen("skill-glossary", f"{SETTINGS}/skills/{{Support}}/change/", prepare=_explain),
    Screen("skill-comparison", f"{SETTINGS}/skills/{{Support}}/change/", prepare=_compare),
    Screen("skill-comparison-picker", f"{SETTINGS}/skills/{{Support}}/change/", prepare=_pick_skills),
    Screen("skill-comparison-chart", f"{SETTINGS}/skills/{{Support}}/change/", prepare=_compared),
    Screen("skill-deactivate", f"{SETTINGS}/skills/{{Support}}/change/", prepare=_ask),
    Screen("skill-history", f"{SETTINGS}/skills/{{Support}}/history/", is_narrow=True),
    Screen("scripts", f"{SETTINGS}/scripts/"),
    Screen("script", f"{SETTINGS}/scripts/{{Plain queue}}/change/"),
    Screen("script-create", f"{SETTINGS}/scripts/add/"),
    Screen("points-of-contact", f"{SETTINGS}/points-of-contact/", is_narrow=True),
    Screen("points-of-contact-several", f"{SETTINGS}/points-of-contact/several/"),
    Screen("point-of-contact-create", f"{SETTINGS}/points-of-contact/add/", is_narrow=True),
    Screen("point-of-contact", f"{SETTINGS}/points-of-contact/{{Support by SMS}}/change/"),
    Screen("dispositions", f"{SETTINGS}/dispositions/"),
    Screen("disposition-create", f"{SETTINGS}/dispositions/add/"),
    Screen("disposition", f"{SETTINGS}/dispositions/{{Resolved}}/change/"),
    Screen("tags", f"{SETTINGS}/tags/"),
    Screen("tag-create", f"{SETTINGS}/tags/add/"),
    Screen("tag", f"{SETTINGS}/tags/{{VIP}}/change/"),
    Screen("quick-replies", f"{SETTINGS}/quick-replies/"),
    Screen("quick-replies-create", f"{SETTINGS}/quick-replies/add/"),
    Screen("quick-replies-one", f"{SETTINGS}/quick-replies/{{Greeting}}/change/"),
    Screen("hours", f"{SETTINGS}/hours/"),
    Screen("hours-create", f"{SETTINGS}/hours/add/"),
    Screen("hours-one", f"{SETTINGS}/hours/{{Office}}/change/?on=2026-12-25", is_narrow=True),
    Screen("secrets", f"{SETTINGS}/secrets/"),
    Screen("secret-create", f"{SETTINGS}/secrets/add/"),
    Screen("alert-webhooks", f"{SETTINGS}/alert-webhooks/"),
    Screen("alert-webhook-create", f"{SETTINGS}/alert-webhooks/add/"),
    Screen("alert-webhook", f"{SETTINGS}/alert-webhooks/{{On call}}/change/"),
    Screen("agents", f"{PEOPLE}/agents/", is_narrow=True),
    Screen("agent", f"{PEOPLE}/agents/{{agent.one}}/change/"),
    Screen("agent-history", f"{PEOPLE}/agents/{{agent.one}}/history/"),
    Screen("agents-limits", f"{PEOPLE}/agents/", prepare=_choose_limits),
    Screen("agent-create", f"{PEOPLE}/agents/add/"),
    Screen("teams", f"{PEOPLE}/teams/"),
    Screen("team-create", f"{PEOPLE}/teams/add/"),
    Screen("team", f"{PEOPLE}/teams/{{Front desk}}/change/"),
    Screen("users", f"{PEOPLE}/users/"),
    Screen("user-create", f"{PEOPLE}/users/add/"),
    Screen("user", f"{PEOPLE}/users/{{user agent.one}}/change/", is_narrow=True),
    Screen("roles", f"{PEOPLE}/roles/"),
    Screen("role", f"{PEOPLE}/roles/{{Supervisor}}/change/", is_narrow=True),
    Screen("role-create", f"{PEOPLE}/roles/add/"),
    Screen("api-tokens", f"{PEOPLE}/api-tokens/"),
    Screen("business-units", f"{PEOPLE}/business-units/"),
    Screen("business-unit-create", f"{PEOPLE}/business-units/add/"),
    Screen("business-unit", f"{PEOPLE}/business-units/{{Demo}}/change/"),
    Screen("studio", "/studio/", is_narrow=True),
    Screen("studio-new", "/studio/", prepare=_make_a_script),
    Screen("studio-empty", "/studio/new/"),
    Screen("studio-save-as", "/studio/new/", prepare=_save_as),
    Screen("studio-canvas", "/studio/scripts/{Menu}/", prepare=_wait_for_canvas),
    Screen("studio-properties", "/studio/scripts/{Menu}/", prepare=_properties),
    Screen("studio-outline", "/studio/scripts/{Menu}/", prepare=_outline),
    Screen("studio-try", "/studio/scripts/{Menu}/", prepare=_try_it),
    Screen("studio-try-steps", "/studio/scripts/{Menu}/", prepare=_tried_steps),
    Screen("studio-version", "/studio/scripts/{Menu}/versions/1/", prepare=_wait_for_canvas),
    Screen("studio-trace", "/studio/contacts/{traced}/", prepare=_trace),
    Screen("studio-actions", "/studio/actions/", is_narrow=True),
    Screen("studio-branch", "/studio/scripts/{Menu}/contacts/?action=ask&branch=responded"),
    Screen("contacts", f"{RECORDS}/contacts/", is_narrow=True),
    Screen("contact", f"{RECORDS}/contacts/{{contact}}/change/"),
    Screen("customers", f"{RECORDS}/customers/"),
    Screen("customer", f"{RECORDS}/customers/{{customer}}/change/"),
    Screen("messages", f"{RECORDS}/messages/"),
    Screen("message", f"{RECORDS}/messages/{{message}}/change/"),
    Screen("offers", f"{RECORDS}/offers/"),
    Screen("offer", f"{RECORDS}/offers/{{offer}}/change/"),
    Screen("opt-outs", f"{RECORDS}/opt-outs/"),
    Screen("deliveries", f"{RECORDS}/deliveries/"),
    Screen("delivery", f"{RECORDS}/deliveries/{{delivery}}/change/"),
    Screen("saved-reports", f"{RECORDS}/reports/"),
    Screen("alert-deliveries", f"{RECORDS}/alert-deliveries/"),
    Screen("supervisor", "/supervisor/", who="supervisor", prepare=_wait_for_board, is_narrow=True),
    Screen("supervisor-agent", "/supervisor/", who="supervisor", prepare=_open_agent),
    Screen(
        "supervisor-contact",
        "/supervisor/contacts/{contact}/",
        who="supervisor",
        prepare=_wait_for_why,
        is_narrow=True,
    ),
    Screen("supervisor-refusals", "/supervisor/refusals/", who="supervisor", is_narrow=True),
    Screen("supervisor-thresholds", "/supervisor/thresholds/", who="supervisor", is_narrow=True),
    Screen("desk", "/agent/", who=BUSY, prepare=_wait_for_desk, is_narrow=True),
    Screen("desk-offer", "/agent/", who=OFFERED, prepare=_wait_for_offer, is_narrow=True),
    Screen("desk-transfer", "/agent/", who=BUSY, prepare=_transfer),
    Screen("desk-new-contact", "/agent/", who=BUSY, prepare=_write_first),
    Screen("desk-advice", "/agent/", who=BUSY, prepare=_open_by_keys("c", "consult")),
    Screen("desk-advising", "/agent/", who=OFFERED, prepare=_look_at_advice),
    Screen("desk-put-aside", "/agent/", who=BUSY, prepare=_open_by_keys("z", "snooze")),
    Screen("desk-end", "/agent/", who=BUSY, prepare=_open_by_keys("e", "end")),
    Screen(
        "desk-palette", "/agent/", who=BUSY, prepare=_open_by_keys("Control+k", "palette"), is_narrow=True
    ),
    Screen("desk-keys", "/agent/", who=BUSY, prepare=_open_by_keys("?", "keys")),
    Screen("desk-quick-replies", "/agent/", who=BUSY, prepare=_quick_replies),
    Screen("desk-offline", "/agent/offline/?lang={language}", who=BUSY),
    Screen("reports", "/reports/", is_narrow=True),
    Screen("report-service-level", "/reports/service-level/", prepare=_wait_for_chart, is_narrow=True),
    Screen("report-volumes", "/reports/volumes/?period=today&by=hour", prepare=_wait_for_chart),
    Screen("report-agents", "/reports/agents/?period=today", is_narrow=True),
    Screen("report-outcomes", "/reports/outcomes/"),
    Screen("report-paths", "/reports/paths/"),
    Screen("report-errors", "/reports/volumes/", prepare=_ask_for_nobody),
    Screen("report-contacts", "/reports/contacts/", is_narrow=True),
    Screen("report-contact", "/reports/contacts/{contact}/", is_narrow=True),
    Screen("plans", "/reports/planning/", is_narrow=True),
    Screen("plan", "/reports/planning/{plan}/", prepare=_wait_for_chart, is_narrow=True),
    Screen("report-save", "/reports/saved/new/?kind=volumes&choices=period%3Dtoday"),
    Screen("report-saved", "/reports/saved/{Yesterday by the hour}/", prepare=_wait_for_chart),
    Screen("report-change", "/reports/saved/{Yesterday by the hour}/change/"),
    Screen("simulator", "/simulator/", is_narrow=True),
)
