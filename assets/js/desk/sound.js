// Sounds made by Web Audio, so that no file is needed. Browsers play nothing before the first click or key.

const RING_EVERY_SECONDS = 2.6;
const RING_AHEAD_SECONDS = 45;

export class Sounds {
  /** `isOn(kind)` for "offer", "reply" and "alert"; `volume()` is 0 to 1. */
  constructor({ isOn, volume = () => 1, onChange }) {
    this.isOn = isOn;
    this.volume = volume;
    this.onChange = onChange;
    this.context = null;
    this.output = null;
    this.ringing = null;
  }

  get isUnlocked() {
    return this.context?.state === "running";
  }

  /** Start audio at the user's first click or key; harmless afterwards. Needs to be called from such an event. */
  async unlock() {
    if (this.isUnlocked) return;
    if (this.context === null) this.#open();
    this.context.onstatechange = () => this.onChange();
    await this.context.resume();
    this.onChange();
  }

  #open() {
    this.context = new AudioContext();
    this.output = this.context.createGain();
    this.output.connect(this.context.destination);
    this.applyVolume();
  }

  /** The volume was changed: it holds for what sounds now, too. */
  applyVolume() {
    if (this.output) this.output.gain.value = this.volume();
  }

  /**
   * Ring until `stopRinging`. The rings of the next 45 s are planned on the audio clock, because a page in the
   * background may run its timers only once a minute.
   */
  ring() {
    if (!this.isUnlocked || !this.isOn("offer") || this.ringing) return;
    const volume = this.context.createGain();
    volume.connect(this.output);
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
    if (this.isUnlocked && this.isOn("reply")) this.#drop();
  }

  /** Three low notes when a supervisor says something: neither an offer nor a customer. */
  alarm() {
    if (this.isUnlocked && this.isOn("alert")) this.#knock();
  }

  #drop() {
    this.#note(this.context.currentTime, 1046, 0.16, 0.18, this.output);
    this.#note(this.context.currentTime + 0.09, 784, 0.22, 0.16, this.output);
  }

  #knock() {
    for (const place of [0, 1, 2]) this.#note(this.context.currentTime + place * 0.2, 392, 0.16, 0.28, this.output);
  }

  /** Play the sound of a kind now, whether it is on or not. */
  async test(kind) {
    await this.unlock();
    if (kind === "reply") this.#drop();
    else if (kind === "alert") this.#knock();
    else this.#chime(this.context.currentTime, this.output);
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
