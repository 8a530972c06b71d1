/** Looks at what operations that may wait have come to. */
import { expect } from 'vitest';
import { Refusal, type RefusalCode } from '../../src/engine/refusal.ts';
import type { Value } from '../../src/value/value.ts';
import type { Asked } from './member.ts';

/** The answer; fails when there is none, or a refusal. */
export function answerOf(asked: Asked): Value {
  if (asked.answer === undefined) throw new Error('it still waits');
  if (asked.answer.value instanceof Refusal) throw asked.answer.value;
  return asked.answer.value;
}

export function isWaiting(asked: Asked): boolean {
  return asked.answer === undefined;
}

/** The refusal that an operation was answered with. */
export function refusalOf(asked: Asked): Refusal {
  const value = asked.answer?.value;
  if (value instanceof Refusal) return value;
  throw new Error(asked.answer === undefined ? 'it still waits' : `it was done: ${String(value)}`);
}

export function expectRefusal(work: () => unknown, code: RefusalCode, message: RegExp): void {
  let refusal: unknown;
  try {
    work();
  } catch (error) {
    refusal = error;
  }
  expect(refusal).toBeInstanceOf(Refusal);
  expect(refusal).toMatchObject({ code, message: expect.stringMatching(message) });
}

/** A generator of numbers from 0 up to 1, the same for the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** In another order. */
export function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [result[i], result[j]] = [result[j]!, result[i]!];
  }
  return result;
}
