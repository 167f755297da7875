// Notifications of the browser: only while nobody looks at the page, one per offer, closed when the offer is settled.

export class Notifier {
  constructor({ onOpen }) {
    this.onOpen = onOpen;
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
    let notification;
    try {
      notification = new Notification(title, { body, tag, requireInteraction: staysOpen, silent: true });
    } catch (error) {
      if (error instanceof TypeError) return; // Chrome on Android allows them to service workers only.
      throw error;
    }
    notification.onclick = () => {
      window.focus();
      notification.close();
      this.onOpen(target);
    };
    this.shown.set(tag, notification);
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
