// The line to the server: a socket that comes back by itself, and polling for as long as it is away.

const BACKOFF_MIN_MS = 300;
const BACKOFF_MAX_MS = 5_000;
const HANDSHAKE_LIMIT_MS = 8_000;
const PING_EVERY_MS = 10_000;
const PONG_LIMIT_MS = 5_000;
const POLL_EVERY_MS = 5_000;
const SNAPSHOT_LIMIT_MS = 5_000;

/** How long to wait before attempt number `attempt` (0 is the first after a loss); random, so that a restarted
 * server is not met by every desk at the same moment. Milliseconds. */
export function backoffDelay(attempt, random = Math.random) {
  const ceiling = Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** (attempt + 1));
  return BACKOFF_MIN_MS + random() * (ceiling - BACKOFF_MIN_MS);
}

/**
 * Keeps the desk in step with the server.
 *
 * `url()` gives the socket's address; `poll()` fetches and takes a snapshot over HTTP; `onFrame(frame)` takes a frame
 * and returns its outcome (see store.js); `lastSeq()` is the number of the last push taken; `onStatus` hears
 * "connecting", "live", "reconnecting" or "signed-out".
 */
export class WorkspaceLink {
  constructor({ url, poll, onFrame, lastSeq, onStatus, WebSocketClass = WebSocket, random = Math.random }) {
    Object.assign(this, { url, poll, onFrame, lastSeq, onStatus, WebSocketClass, random });
    this.socket = null;
    this.status = "connecting";
    this.attempt = 0;
    this.awaitingSnapshot = false;
    this.timers = {};
  }

  /** Poll once for the first picture and the socket's address, then connect. */
  async start() {
    await this.#pollNow();
    if (this.status !== "signed-out") this.#connect();
  }

  stop() {
    this.#setStatus("signed-out");
    this.#dropSocket();
    for (const name of Object.keys(this.timers)) this.#cancel(name);
  }

  /** Ask for the whole truth again: after a gap, or when an expected push did not come. */
  resync() {
    if (this.status !== "live") {
      if (this.status !== "signed-out") this.#after("poll", 0, () => this.#pollLoop());
      return;
    }
    if (this.awaitingSnapshot) return;
    this.awaitingSnapshot = true;
    this.#send({ type: "resync" });
    this.#after("snapshot", SNAPSHOT_LIMIT_MS, () => this.#lost());
  }

  /** Send a frame of the page's own, if the line stands. */
  say(frame) {
    this.#send(frame);
  }

  /** The network or the page woke up: find out now whether the line still stands. */
  wake() {
    if (this.status === "live") this.#ping();
    else if (this.status === "reconnecting") {
      this.attempt = 0;
      this.#connect();
    }
  }

  #connect() {
    this.#cancel("reconnect");
    this.#dropSocket();
    const address = this.url();
    if (!address) {
      this.#lost();
      return;
    }
    const socket = this.#open(address);
    if (!socket) return;
    this.socket = socket;
    socket.onmessage = (event) => this.#heard(JSON.parse(event.data));
    socket.onclose = () => this.#lost();
    this.#after("handshake", HANDSHAKE_LIMIT_MS, () => this.#lost());
  }

  #open(address) {
    try {
      return new this.WebSocketClass(address);
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
      this.#lost(); // The browser refuses the address; polling goes on.
      return null;
    }
  }

  #heard(frame) {
    this.#cancel("pong");
    if (frame.type === "pong") {
      if (frame.seq !== this.lastSeq()) this.resync();
      return;
    }
    if (frame.type === "snapshot") this.#becomeLive();
    if (this.awaitingSnapshot) return;
    if (this.onFrame(frame) === "gap") this.resync();
  }

  #becomeLive() {
    this.awaitingSnapshot = false;
    this.attempt = 0;
    for (const name of ["handshake", "snapshot", "poll"]) this.#cancel(name);
    this.#setStatus("live");
    this.#after("ping", PING_EVERY_MS, () => this.#pingLoop());
  }

  #pingLoop() {
    this.#ping();
    this.#after("ping", PING_EVERY_MS, () => this.#pingLoop());
  }

  #ping() {
    this.#send({ type: "ping" });
    if (!this.timers.pong) this.#after("pong", PONG_LIMIT_MS, () => this.#lost());
  }

  #send(frame) {
    if (this.socket?.readyState === 1) this.socket.send(JSON.stringify(frame));
  }

  #lost() {
    if (this.status === "signed-out") return;
    const wasLive = this.status === "live";
    this.#dropSocket();
    for (const name of ["handshake", "snapshot", "pong", "ping"]) this.#cancel(name);
    this.#setStatus("reconnecting");
    this.#after("reconnect", backoffDelay(this.attempt, this.random), () => this.#connect());
    this.attempt += 1;
    if (wasLive || !this.timers.poll) {
      this.#after("poll", backoffDelay(0, this.random), () => this.#pollLoop());
    }
  }

  #dropSocket() {
    const socket = this.socket;
    this.socket = null;
    this.awaitingSnapshot = false;
    if (!socket) return;
    socket.onmessage = null;
    socket.onclose = null;
    socket.close();
  }

  async #pollLoop() {
    this.#after("poll", POLL_EVERY_MS, () => this.#pollLoop());
    await this.#pollNow();
  }

  async #pollNow() {
    try {
      await this.poll();
    } catch (error) {
      if (error.isSignedOut) this.stop();
      // Anything else: the next poll or the socket will tell.
    }
  }

  #setStatus(status) {
    if (this.status === status) return;
    this.status = status;
    this.onStatus(status);
  }

  #after(name, delay, action) {
    this.#cancel(name);
    this.timers[name] = setTimeout(() => {
      delete this.timers[name];
      action();
    }, delay);
  }

  #cancel(name) {
    clearTimeout(this.timers[name]);
    delete this.timers[name];
  }
}
