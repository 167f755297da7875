import assert from "node:assert/strict";
import test from "node:test";
import * as announcements from "../../assets/js/desk/announcements.js";
import { Notifier } from "../../assets/js/desk/notify.js";
import { closeNotifications } from "../../assets/js/lib/notifications.js";

const contact = { id: 7, customer: "+447700900001", customer_name: "Ada" };

test("a click on a notification opens what it is about", () => {
  const shown = [];
  globalThis.window = { Notification: true, focus: () => {} };
  globalThis.document = { hasFocus: () => false };
  globalThis.Notification = class {
    static permission = "granted";
    constructor(title, options) {
      Object.assign(this, { title, options, data: options.data });
      shown.push(this);
    }
    close() {}
  };
  const opened = [];
  const notifier = new Notifier({ onOpen: ({ contact = null, offer = null }) => opened.push({ contact, offer }) });
  notifier.show(announcements.ofOffer({ ...contact, id: 3, skill: "Support", text: "Hello" }));
  notifier.show(announcements.ofText({ contact, message: { text: "Hello" } }));
  notifier.show(announcements.ofNotice({ id: 1, author: "Boss", text: "Well done", contact: 7 }));
  notifier.show(announcements.ofNote({ contact, note: { id: 2, author: "Bob", text: "Careful" } }));
  notifier.show(announcements.ofReturn(contact));
  for (const notification of shown) {
    const { options, onclick } = notification;
    onclick();
    assert.equal(options.data, notification.data);
  }
  assert.deepEqual(opened, [{ contact: null, offer: 3 }, ...Array(4).fill({ contact: 7, offer: null })]);
});

test("at sign-out what the service worker of the desk has shown is closed", async () => {
  const closed = [];
  const notifications = [1, 2].map((id) => ({ close: () => closed.push(id) }));
  const asked = [];
  const container = {
    getRegistration: async (path) => {
      asked.push(path);
      return { getNotifications: async () => notifications };
    },
  };
  await closeNotifications("/agent/", { container });
  assert.deepEqual([asked, closed], [["/agent/"], [1, 2]]);
});

test("nobody is kept from signing out: without workers, without a registration, or when the browser does not answer", async () => {
  await closeNotifications("/agent/", { container: null });
  await closeNotifications("/agent/", { container: { getRegistration: async () => undefined } });
  await closeNotifications("/agent/", { container: { getRegistration: () => new Promise(() => {}) }, patience: 5 });
});
