// The service worker beside the page: notifications that survive the tab, and word of a new version.

const LOOK_EVERY_MS = 30 * 60_000;

export class Installed {
  /** `onOpen({contact, offer})` hears a click on a notification; `onOutdated()` that a newer version serves now. */
  constructor({ worker, page, version, onOpen, onOutdated }) {
    Object.assign(this, { worker, page, version, onOpen, onOutdated });
    this.registration = null;
  }

  /** Register; without service workers (plain HTTP on a network, private windows) the desk works as well. */
  async start() {
    const container = navigator.serviceWorker;
    if (!container) return;
    container.addEventListener("message", (event) => this.#heard(event.data));
    container.addEventListener("controllerchange", () => container.controller?.postMessage({ type: "version" }));
    try {
      this.registration = await container.register(this.worker, { scope: this.page });
    } catch (error) {
      // The browser forbids it, or the server went away in between: the next page load tries again.
      console.warn("service worker not registered:", error.name);
      return;
    }
    container.startMessages();
    setInterval(() => this.look(), LOOK_EVERY_MS);
  }

  /** Ask for a newer version: now and then, and after the server was away. */
  async look() {
    try {
      await this.registration?.update();
    } catch (error) {
      console.warn("service worker not updated:", error.name);
    }
  }

  #heard(word) {
    if (word?.type === "open") this.onOpen(word);
    if (word?.type === "version" && word.version !== this.version) this.onOutdated();
  }
}
