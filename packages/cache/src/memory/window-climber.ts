/**
 * How much of the memory is for what has just come: between none and all, as the hit ratio tells. Hill climbing as in Einziger,
 * Eytan, Friedman and Manes, "Adaptive Software Cache Management" (2018), section 4.1: a step in the direction that has raised
 * the ratio, back where it has fallen, and smaller each time, until the ratio moves for another reason.
 */
const FIRST_STEP = 0.0625;
const STEP_DECAY = 0.98;
/** A ratio that has moved by more is another workload. */
const RESTART = 0.05;
const SAMPLES_PER_ENTRY = 10;
const MIN_SAMPLES = 1_000;

export class WindowClimber {
  #hits = 0;
  #misses = 0;
  #ratio = 0;
  #step = FIRST_STEP;

  hit(): void {
    this.#hits++;
  }

  miss(): void {
    this.#misses++;
  }

  /** By which fraction of the whole memory the window is to grow (or, negative, to shrink) now; 0 while a sample is taken. */
  climb(entries: number): number {
    const requests = this.#hits + this.#misses;
    if (requests < Math.max(MIN_SAMPLES, entries * SAMPLES_PER_ENTRY)) return 0;
    const ratio = this.#hits / requests;
    const change = ratio - this.#ratio;
    this.#ratio = ratio;
    this.#hits = 0;
    this.#misses = 0;
    const step = change >= 0 ? this.#step : -this.#step;
    this.#step = Math.abs(change) >= RESTART ? Math.sign(step) * FIRST_STEP : step * STEP_DECAY;
    return step;
  }
}
