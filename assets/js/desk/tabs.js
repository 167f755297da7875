// Several tabs of one agent: exactly one, the one last used, shows the pop-up and notifies; one makes the sound.
// A Web Lock says who, and passes on by itself when its tab closes or crashes. Without Web Locks (plain HTTP on a
// network) a lease in localStorage does the same, a second slower.

import { readStoredJson, removeStored, writeStoredJson } from "../lib/storage.js";

const LEASE_MS = 2_500;
const RENEW_MS = 1_000;

/** One role that at most one tab holds. `claim()` takes it; `onChange(held)` hears every change. */
export class TabRole {
  constructor(name, onChange) {
    this.name = `acd.${name}`;
    this.onChange = onChange;
    this.held = false;
    this.id = Math.random().toString(36).slice(2);
    this.strategy = navigator.locks ? new LockStrategy(this) : new LeaseStrategy(this);
  }

  /** Wait in line: held as soon as no other tab holds it. */
  join() {
    this.strategy.join();
  }

  /** Take it from whichever tab holds it; that tab waits in line. */
  claim() {
    if (!this.held) this.strategy.claim();
  }

  set(held) {
    if (this.held === held) return;
    this.held = held;
    this.onChange(held);
  }
}

class LockStrategy {
  constructor(role) {
    this.role = role;
    this.claiming = false;
    this.inLine = false;
    this.grant = null;
  }

  join() {
    if (this.inLine) return;
    this.inLine = true;
    this.#request({});
  }

  claim() {
    if (this.claiming) return;
    this.claiming = true;
    this.#request({ steal: true });
  }

  async #request(options) {
    const grant = Symbol(this.role.name);
    try {
      await navigator.locks.request(this.role.name, options, () => {
        if (options.steal) this.claiming = false;
        else this.inLine = false;
        this.grant = grant;
        this.role.set(true);
        return new Promise(() => {}); // Held until the tab goes or another claims it.
      });
    } catch (error) {
      if (error.name !== "AbortError") throw error;
      if (this.grant !== grant) return; // Taken by this very tab.
      this.role.set(false);
      this.join();
    }
  }
}

class LeaseStrategy {
  constructor(role) {
    this.role = role;
    this.timer = null;
    window.addEventListener("pagehide", () => {
      if (role.held) removeStored(role.name);
    });
  }

  join() {
    this.timer ??= setInterval(() => this.#renew(), RENEW_MS);
    this.#renew();
  }

  claim() {
    this.#write();
    this.join();
  }

  #renew() {
    const lease = readStoredJson(this.role.name, null);
    const free = lease === null || lease.until < Date.now() || lease.id === this.role.id;
    if (free) this.#write();
    else this.role.set(false);
  }

  #write() {
    writeStoredJson(this.role.name, { id: this.role.id, until: Date.now() + LEASE_MS });
    this.role.set(true);
  }
}

/** Small words between the tabs of one agent, such as "these texts have been read". */
export class TabChannel {
  constructor(onWord) {
    this.channel = new BroadcastChannel("acd.desk");
    this.channel.onmessage = (event) => onWord(event.data);
  }

  say(word) {
    this.channel.postMessage(word);
  }
}
