/** Answers that are kept until they are acknowledged (D3) take memory, and are counted where they are large. */
import { describe, expect, test } from 'vitest';
import { KeptBytes } from '../../src/engine/kept-bytes.ts';
import { Refusal } from '../../src/engine/refusal.ts';
import { bytes } from '../../src/objects/bytes.ts';
import { counter } from '../../src/objects/counter.ts';
import { expectRefusal, randomOf } from '../objects/answers.ts';
import { Member } from '../objects/member.ts';

const MIB = 2 ** 20;

describe('kept answers', () => {
  test('are seen by the limit of memory, and free it when they are acknowledged', () => {
    const member = new Member({ types: [bytes, counter], maxMemoryBytes: 20 * MIB });
    const session = member.session('a');
    const target = member.object('bytes', 'b');
    member.do(session, target, 'set', [new Uint8Array(4 * MIB)]);
    const swap = () => member.ask(session, target, 'getAndSet', [new Uint8Array(4 * MIB)]);
    const swaps = [swap(), swap(), swap()];
    expect(member.engine.stats().keptBytes).toBeGreaterThan(12 * MIB);
    expect(member.engine.stats().bytes).toBeLessThan(5 * MIB);
    const other = member.object('bytes', 'other');
    expectRefusal(
      () => member.do(session, other, 'set', [new Uint8Array(8 * MIB)]),
      'out-of-memory',
      /--max-memory-bytes/,
    );
    member.engine.acknowledge(
      session,
      target.slot,
      swaps.map(({ sequence }) => sequence),
    );
    expect(member.engine.stats().keptBytes).toBe(0);
    member.do(session, other, 'set', [new Uint8Array(8 * MIB)]);
  });

  test('go with their session, and with what acknowledges all before it', () => {
    const member = new Member({ types: [bytes] });
    const session = member.session('a');
    const target = member.object('bytes', 'b');
    member.do(session, target, 'set', [new Uint8Array(MIB)]);
    const swapped = member.ask(session, target, 'getAndSet', [new Uint8Array(MIB)]);
    expect(member.engine.stats().keptBytes).toBeGreaterThan(MIB);
    member.ask(session, target, 'append', [new Uint8Array(1)], { acked: swapped.sequence });
    expect(member.engine.stats().keptBytes).toBe(0);
    member.ask(session, target, 'getAndSet', [new Uint8Array(MIB)]);
    member.end(session);
    expect(member.engine.stats().keptBytes).toBe(0);
  });

  test('count once when many have the same', () => {
    const kept = new KeptBytes();
    const reply = [new Float64Array(1000), 1];
    for (let i = 0; i < 200; i++) kept.add(reply);
    expect(kept.bytes).toBeLessThan(9000);
    for (let i = 0; i < 200; i++) kept.remove(reply);
    expect(kept.bytes).toBe(0);
  });

  test('count as nothing when nothing is kept, whatever they were', () => {
    const random = randomOf(7);
    const kept = new KeptBytes();
    const some = [
      1,
      undefined,
      'short',
      'long '.repeat(1000),
      'é'.repeat(400),
      new Uint8Array(5000),
      new Uint8Array(5),
      [1, 2, 3],
      new Refusal('user-code-failed', 'it threw', new Uint8Array(9000)),
      new Refusal('cancelled', 'short'),
    ];
    const there: (typeof some)[number][] = [];
    for (let i = 0; i < 2000; i++) {
      const reply = some[Math.floor(random() * some.length)];
      there.push(reply);
      kept.add(reply);
      if (random() < 0.5) kept.remove(there.splice(Math.floor(random() * there.length), 1)[0]);
    }
    expect(kept.bytes).toBeGreaterThan(10_000);
    for (const reply of there) kept.remove(reply);
    expect(kept.bytes).toBe(0);
  });
});
