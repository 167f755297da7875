// The server's clock as this browser knows it: countdowns end when the server says, whatever the local clock shows.

const SAMPLE_LIFE_MS = 600_000;
const JUMP_MS = 2_000;

/** Estimates the offset to the server from answers that carry its time. All times are milliseconds since 1970. */
export class ServerClock {
  constructor(localNow = () => Date.now()) {
    this.localNow = localNow;
    this.offset = 0;
    this.best = null;
  }

  /**
   * Take an answer: `serverTime` (ISO) as written between `sentAt` and `receivedAt` of the local clock.
   *
   * The quickest answer of the last ten minutes wins, since it leaves the least room for error; one that contradicts
   * it by more than its own uncertainty means that the local clock was set, and wins at once.
   */
  sample(serverTime, sentAt, receivedAt) {
    const roundTrip = Math.max(0, receivedAt - sentAt);
    const offset = Date.parse(serverTime) - (sentAt + roundTrip / 2);
    const old = this.best;
    const jumped = old !== null && Math.abs(offset - this.offset) > JUMP_MS + roundTrip / 2;
    if (old === null || jumped || roundTrip <= old.roundTrip || receivedAt - old.at > SAMPLE_LIFE_MS) {
      this.best = { roundTrip, at: receivedAt };
      this.offset = offset;
    }
  }

  now() {
    return this.localNow() + this.offset;
  }

  /** Seconds from the ISO time `since` until now; never negative. */
  secondsSince(since) {
    return Math.max(0, (this.now() - Date.parse(since)) / 1000);
  }

  /** Seconds until the ISO time `until`; negative when it has passed. */
  secondsUntil(until) {
    return (Date.parse(until) - this.now()) / 1000;
  }
}
