// Notifications of the browser: only while nobody looks at the page, one per offer, closed when the offer is settled.
// By the service worker where there is one: only so a telephone shows them, and a click works after the tab is gone.

export class Notifier {
  /** `onOpen(target)` hears a click while the page is there; `registration()` gives the service worker's, or null. */
  constructor({ onOpen, registration = () => null }) {
    this.onOpen = onOpen;
    this.registration = registration;
    this.shown = new Map();
  }

  /** "granted", "denied", "default" (not asked yet) or "missing" (not on plain HTTP). */
  get permission() {
    return "Notification" in window ? Notification.permission : "missing";
  }

  async askPermission() {
    if (this.permission !== "missing") await Notification.requestPermission();
    return this.permission;
  }

  /** Show `title` and `body` under `tag`; a click brings the page to the front and opens `target`. */
  show({ tag, title, body, target, staysOpen = false }) {
    if (this.permission !== "granted" || document.hasFocus()) return;
    const options = { body, tag, data: target, requireInteraction: staysOpen, silent: true };
    const registration = this.registration();
    if (registration?.active) this.#showByWorker(registration, title, options);
    else this.#showByPage(title, options);
  }

  #showByWorker(registration, title, options) {
    registration.showNotification(title, options);
    const close = async () => {
      for (const one of await registration.getNotifications({ tag: options.tag })) one.close();
    };
    this.shown.set(options.tag, { close });
  }

  #showByPage(title, options) {
    let notification;
    try {
      notification = new Notification(title, options);
    } catch (error) {
      if (error instanceof TypeError) return; // Chrome on Android allows them to service workers only.
      throw error;
    }
    notification.onclick = () => {
      window.focus();
      notification.close();
      this.onOpen(options.data);
    };
    this.shown.set(options.tag, notification);
  }

  close(tag) {
    this.shown.get(tag)?.close();
    this.shown.delete(tag);
  }

  /** Close every notification whose tag begins with `prefix` and is not in `tags`. */
  keepOnly(prefix, tags) {
    for (const tag of [...this.shown.keys()]) {
      if (tag.startsWith(prefix) && !tags.has(tag)) this.close(tag);
    }
  }
}
