// Notifications while no page is open: this browser's subscription at its push service, and the server's knowledge of it.

const PATH = "me/push-subscription";

export class PushSwitch {
  /** `key`: the server's public key, blank without one; `registration()`: of the service worker, or null. */
  constructor({ key, api, registration, onChange }) {
    Object.assign(this, { key, api, registration, onChange });
    this.isOn = false;
    this.failure = "";
  }

  /** Whether this browser and this server can do it. */
  get isPossible() {
    return this.key !== "" && "PushManager" in window && this.#manager !== null;
  }

  get #manager() {
    return this.registration()?.pushManager ?? null;
  }

  /** Tell the server anew of a subscription that is there: it may have forgotten it, or have another key. */
  async start() {
    if (!this.isPossible) return;
    const kept = await this.#manager.getSubscription();
    if (kept && Notification.permission === "granted") await this.#attempt(() => this.#subscribe(kept));
    this.onChange();
  }

  async turn(isOn) {
    await this.#attempt(() => (isOn ? this.#turnOn() : this.#turnOff()));
    this.onChange();
  }

  async #turnOn() {
    if ((await Notification.requestPermission()) !== "granted") return;
    await this.#subscribe(await this.#manager.getSubscription());
  }

  async #subscribe(kept) {
    const key = bytesOf(this.key);
    let subscription = kept;
    if (subscription && !isSame(new Uint8Array(subscription.options.applicationServerKey ?? []), key)) {
      await subscription.unsubscribe();
      subscription = null;
    }
    subscription ??= await this.#manager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
    const { endpoint, keys } = subscription.toJSON();
    await this.api.put(PATH, { endpoint, keys });
    this.isOn = true;
  }

  async #turnOff() {
    const subscription = await this.#manager.getSubscription();
    this.isOn = false;
    if (!subscription) return;
    await this.api.delete(PATH, { body: { endpoint: subscription.endpoint } });
    await subscription.unsubscribe();
  }

  // The browser's push service may be out of reach, and so may the server.
  async #attempt(act) {
    this.failure = "";
    try {
      await act();
    } catch (error) {
      this.failure = error.name;
      console.warn("push:", error.name);
    }
  }
}

function bytesOf(text) {
  const raw = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(raw, (character) => character.codePointAt(0));
}

function isSame(one, other) {
  return one.length === other.length && one.every((byte, place) => byte === other[place]);
}
