// Sounds made by Web Audio, so that no file is needed. Browsers play nothing before the first click or key.

const RING_EVERY_SECONDS = 2.6;
const RING_AHEAD_SECONDS = 45;

export class Sounds {
  constructor({ isOn, onChange }) {
    this.isOn = isOn;
    this.onChange = onChange;
    this.context = null;
    this.ringing = null;
  }

  get isUnlocked() {
    return this.context?.state === "running";
  }

  /** Start audio at the user's first click or key; harmless afterwards. Needs to be called from such an event. */
  async unlock() {
    if (this.isUnlocked) return;
    this.context ??= new AudioContext();
    this.context.onstatechange = () => this.onChange();
    await this.context.resume();
    this.onChange();
  }

  /**
   * Ring until `stopRinging`. The rings of the next 45 s are planned on the audio clock, because a page in the
   * background may run its timers only once a minute.
   */
  ring() {
    if (!this.isUnlocked || !this.isOn("offer") || this.ringing) return;
    const volume = this.context.createGain();
    volume.connect(this.context.destination);
    this.ringing = { volume, plannedUntil: this.context.currentTime, timer: null };
    this.#planRings();
  }

  stopRinging() {
    if (!this.ringing) return;
    clearTimeout(this.ringing.timer);
    this.ringing.volume.disconnect();
    this.ringing = null;
  }

  #planRings() {
    const { volume } = this.ringing;
    const horizon = this.context.currentTime + RING_AHEAD_SECONDS;
    while (this.ringing.plannedUntil < horizon) {
      this.#chime(this.ringing.plannedUntil, volume);
      this.ringing.plannedUntil += RING_EVERY_SECONDS;
    }
    this.ringing.timer = setTimeout(() => this.#planRings(), (RING_AHEAD_SECONDS / 3) * 1000);
  }

  /** One rising pair of notes, twice. */
  #chime(start, output) {
    for (const [delay, frequency] of [[0, 659], [0.16, 880], [0.42, 659], [0.58, 880]]) {
      this.#note(start + delay, frequency, 0.28, 0.3, output);
    }
  }

  /** A short falling drop for a customer's reply. */
  ping() {
    if (!this.isUnlocked || !this.isOn("reply")) return;
    this.#note(this.context.currentTime, 1046, 0.16, 0.18, this.context.destination);
    this.#note(this.context.currentTime + 0.09, 784, 0.22, 0.16, this.context.destination);
  }

  async test() {
    await this.unlock();
    this.#chime(this.context.currentTime, this.context.destination);
  }

  #note(start, frequency, length, loudness, output) {
    const oscillator = this.context.createOscillator();
    const envelope = this.context.createGain();
    oscillator.type = "triangle";
    oscillator.frequency.value = frequency;
    envelope.gain.setValueAtTime(0, start);
    envelope.gain.linearRampToValueAtTime(loudness, start + 0.015);
    envelope.gain.exponentialRampToValueAtTime(0.0001, start + length);
    oscillator.connect(envelope).connect(output);
    oscillator.start(start);
    oscillator.stop(start + length + 0.05);
  }
}
