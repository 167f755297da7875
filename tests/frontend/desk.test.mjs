import assert from "node:assert/strict";
import test from "node:test";
import { Desk } from "../../assets/js/desk/controller.js";
import { Drafts } from "../../assets/js/desk/drafts.js";
import { fromSnapshot } from "../../assets/js/desk/store.js";
import { addNote, takeBack } from "../../assets/js/desk/together.js";
import { ApiError } from "../../assets/js/lib/http.js";

const AT = "2026-11-27T09:00:00Z";

// A desk with one contact, and a server that keeps what it is posted and answers as `answer` says.
function deskBefore(answer) {
  const storage = new Map();
  globalThis.window = { localStorage: {
    getItem: (key) => storage.get(key) ?? null,
    setItem: (key, value) => storage.set(key, value),
    removeItem: (key) => storage.delete(key),
  } };
  const posted = [];
  const post = async (path, body, { idempotencyKey } = {}) => {
    posted.push({ path, body, key: idempotencyKey });
    return answer(posted.at(-1), posted.length);
  };
  const drafts = new Drafts(1);
  const desk = new Desk({
    api: { post }, clock: { localNow: () => 0 }, config: {}, drafts: () => drafts, onChange: () => {}, onWorkspace: () => {},
  });
  desk.link = { resync: () => {}, stop: () => {} };
  const failed = { id: 5, direction: "outbound", status: "failed", text: "Hello", can_send_again: true, created_at: AT };
  const contact = { id: 7, state: "active", messages: [failed], unread: 0, accepted_at: AT };
  desk.setWorkspace(fromSnapshot({ seq: 1, offers: [], contacts: [contact] }));
  return { desk, drafts, posted, contact, failed };
}

const lost = () => {
  throw new ApiError({ status: 0, code: "network", message: "" });
};

test("a text that failed is sent again once, however often the button is pressed", async () => {
  let arrive;
  const { desk, posted, failed } = deskBefore(() => new Promise((resolve) => (arrive = resolve)));
  const first = desk.sendAgain(7, failed);
  await desk.sendAgain(7, failed);
  assert.equal(posted.length, 1);
  arrive({ id: 9, direction: "outbound", status: "queued", text: "Hello", created_at: AT });
  await first;
  assert.deepEqual(desk.contact(7).messages.map(({ id }) => id), [5, 9]);
});

test("each request to send a text again, from whatever tab, has one key", async () => {
  const keys = [];
  for (let tab = 0; tab < 2; tab++) {
    const { desk, posted, failed } = deskBefore(lost);
    await desk.sendAgain(7, failed);
    await desk.retryText(desk.ui.pending[0]);
    keys.push(...posted.map(({ key }) => key));
  }
  assert.deepEqual(keys, Array(4).fill("again-5"));
});

test("after a lost answer the same note counts once, and another note is another request", async () => {
  const { desk, drafts, posted, contact } = deskBefore((_request, number) => (number < 3 ? lost() : {}));
  drafts.change(7, { note: "Wants a refund" });
  await addNote(desk, contact);
  await addNote(desk, contact);
  drafts.change(7, { note: "Wants a refund today" });
  await addNote(desk, contact);
  assert.equal(posted[0].key, posted[1].key);
  assert.notEqual(posted[1].key, posted[2].key);
  assert.equal(drafts.get(7).note, "");
});

test("a contact that was taken back is opened, whichever of answer and push comes first", async () => {
  for (const isAnswerFirst of [true, false]) {
    let arrive;
    const { desk, contact } = deskBefore(() => new Promise((resolve) => (arrive = resolve)));
    desk.setWorkspace(fromSnapshot({ seq: 1, offers: [], contacts: [], asides: [{ id: 7, role: "handing_on", customer: "+33612345613", customer_name: "", messages: [] }] }));
    const pushed = () => {
      for (const frame of [
        { type: "aside.removed", seq: 2, data: { id: 7, reason: "taken_back", by: "" } },
        { type: "contact.assigned", seq: 3, data: contact },
      ]) {
        assert.equal(desk.takeFrame(frame), "applied");
        desk.openAssigned();
      }
    };
    const taken = takeBack(desk, 7);
    if (!isAnswerFirst) pushed();
    arrive(contact);
    await taken;
    if (isAnswerFirst) pushed();
    assert.equal(desk.selectedContact?.state, "active");
  }
});

test("an answer that was overtaken, by a later one or by the socket, is not taken", async () => {
  for (const overtaken of ["by a later answer", "by an earlier one that read later", "by the socket"]) {
    const { desk, drafts, contact } = deskBefore();
    const answers = [];
    Object.assign(desk, { api: { get: () => new Promise((resolve) => answers.push(resolve)) } });
    Object.assign(desk.clock, { sample: () => {} });
    desk.company = { lookAgain: () => {} };
    desk.ui.status = "reconnecting";
    const old = { seq: 1, offers: [], contacts: [], drafts: [], agent: null };
    const recent = { ...old, seq: 2, contacts: [contact] };
    const polls = [desk.poll(), desk.poll()];
    const late = overtaken === "by an earlier one that read later" ? 1 : 0;
    if (overtaken === "by the socket") desk.takeFrame({ type: "snapshot", seq: 2, data: recent });
    else {
      answers[1 - late](recent);
      await polls[1 - late];
    }
    desk.select(7);
    drafts.change(7, { text: "Half a" });
    answers[late](old);
    await polls[late];
    assert.equal(desk.ui.selected, 7, overtaken);
    assert.equal(drafts.get(7).text, "Half a", overtaken);
  }
});
