/** Which answers a node is told that it need not keep. */
import { describe, expect, test, vi } from 'vitest';
import { LinkSession } from '../../src/client/link-session.ts';
import { startNode } from '../support/processes.ts';
import { separate } from '../support/separate.ts';

const MANY = 200_000;

describe('of a session', () => {
  test('answers after one that is awaited are told 256 at a time, each once', () => {
    const session = new LinkSession(0, undefined);
    const told: number[] = [];
    for (let i = 0; i < MANY; i++) session.next(7);
    for (let i = 2; i <= MANY; i++) told.push(...(session.answered(7, i, false) ?? []));
    for (const [slot, sequences] of session.takeUntold()) {
      expect(slot).toBe(7);
      told.push(...sequences);
    }
    expect(told).toEqual(Array.from({ length: MANY - 1 }, (_, i) => i + 2));
    expect(session.acked(7)).toBe(0);
    session.answered(7, 1, false);
    expect(session.acked(7)).toBe(MANY);
    expect([...session.takeUntold()]).toEqual([]);
  });

  test('those that no call has told are left for the next sign of life', () => {
    const session = new LinkSession(0, undefined);
    for (const slot of [1, 2]) for (let i = 0; i < 3; i++) session.next(slot);
    for (const slot of [1, 2]) session.answered(slot, 1, false);
    session.answered(1, 3, false);
    expect(session.acked(2)).toBe(1);
    expect([...session.takeUntold()].map(([slot, sequences]) => [slot, [...sequences].sort()])).toEqual([
      [1, [1, 3]],
    ]);
    session.answered(1, 2, false);
    expect([...session.takeUntold()]).toEqual([[1, [2]]]);
  });
});

test('a large answer is let go at once, and a small one with the next sign of life', async () => {
  const node = await startNode();
  await using dso = await separate(node.url, { sessionTtlMs: 1000 });
  const map = dso.map<string, Uint8Array | string>('files');
  await map.set('large', new Uint8Array(100_000));
  await map.set('small', 'x');
  await map.delete('large');
  await map.delete('small');
  await vi.waitFor(async () => expect(await node.ask('replies')).toBe(0), { timeout: 10_000, interval: 50 });
});
