import type { PlottedCall, PlottedJob, PlottedState } from '../../src/index.ts';

export const created = 1_764_000_000;

export interface JobShape {
  readonly calls: number;
  readonly workers?: number;
  /** Execution time of a call. */
  readonly ms?: (index: number) => number;
  readonly state?: (index: number) => PlottedState;
  readonly attempt?: (index: number) => number;
  readonly name?: string;
  readonly jobId?: string;
}

/** A job whose calls ran one after another on each of its workers. */
export function jobOf(shape: JobShape): PlottedJob {
  const { calls: count, workers = 4, ms = () => 10, state = () => 'success', attempt = () => 1 } = shape;
  const free = new Array<number>(workers).fill(created + 0.05);
  const calls = Array.from({ length: count }, (_, index): PlottedCall => {
    const worker = index % workers;
    const start = free[worker]!;
    const end = start + ms(index) / 1000;
    free[worker] = end + 0.0001;
    return {
      index,
      state: state(index),
      worker: `w${worker}`,
      attempt: attempt(index),
      submitTstamp: start - 0.005,
      startTstamp: start,
      endTstamp: end,
      doneTstamp: end + 0.001,
    };
  });
  return { jobId: shape.jobId ?? 'M000', name: shape.name ?? 'square', createdTstamp: created, calls };
}

/** What can be read in a picture. */
export function textsOf(picture: string): string[] {
  return [...picture.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map((match) => match[1]!);
}

/** Shapes that are filled with a colour: bars, and one in the legend. */
export function filled(picture: string, color: string): number {
  return picture.split(`fill="${color}"`).length - 1;
}
