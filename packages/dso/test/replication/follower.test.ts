/** D1–D6: the state of a slot is what its log makes it, and nothing else: who applies the same entries has the same. */
import { describe, expect, test } from 'vitest';
import type { Session } from '../../src/engine/session.ts';
import { CATALOG, DELETE, SKIP } from '../../src/objects/catalog.ts';
import { TYPES } from '../../src/objects/types.ts';
import { slotOf } from '../../src/ring/hash.ts';
import { type Random, seeded } from '../linearizability/simulate.ts';
import { OBJECTS, someArguments } from './arguments.ts';
import { contentOf, Follower, Owner, someOutcome } from './replicas.ts';

const STEPS = 1500;
const SLOT = 7;

/** A key with which an object of the type lies in the slot. */
function keyIn(slot: number, typeName: string, nth: number): string {
  for (let i = 0, found = 0; ; i++) {
    if (slotOf(typeName, `k${i}`) === slot && found++ === nth) return `k${i}`;
  }
}

interface Play {
  readonly owner: Owner;
  readonly kinds: ReadonlySet<string>;
  /** Operations that waited, and the answers. */
  readonly parked: number;
}

/** Does things at random to objects of all types in one slot; `look` is called now and then. */
async function play(
  seed: number,
  onEntry: (bytes: Buffer) => void,
  look: (owner: Owner) => void,
): Promise<Play> {
  const random: Random = seeded(seed);
  const kinds = new Set<string>();
  const owner = new Owner((_slot, log) => {
    log.onAppend = (bytes) => {
      onEntry(bytes);
      log.commit();
    };
  });
  const targets = OBJECTS.map(({ typeName, config }, i) =>
    owner.target(typeName, keyIn(SLOT, typeName, i), config),
  );
  let sessions: Session[] = [];
  let sessionIds = 0;
  let leaseIds = 0;
  const asked: { session: Session; sequence: number }[] = [];
  let parked = 0;
  for (let step = 0; step < STEPS; step++) {
    while (sessions.length < 4) sessions.push(owner.session(`s${sessionIds++}`, 100 + random(5000)));
    const session = sessions[random(sessions.length)]!;
    const at = random(targets.length);
    const { type } = OBJECTS[at]!;
    // Some of the handles are of a lease: it counts who is the first.
    const lease = random(3) === 0 ? { id: `l${leaseIds}`, ttlMs: 500 } : undefined;
    const target = { ...targets[at]!, lease };
    const what = random(100);
    if (step % 700 === 699) owner.engine.clear();
    else if (what < 4) owner.clock.pass(random(200));
    else if (what < 6 && asked.length > 0) {
      const one = asked[random(asked.length)]!;
      owner.engine.cancel(one.session, SLOT, one.sequence);
    } else if (what < 7) owner.engine.sessions.end(session);
    else if (what < 8 && random(2) === 0) void owner.engine.leases.end(`l${leaseIds++}`);
    else if (what < 8) owner.engine.acknowledge(session, SLOT, [1 + random(50), 1 + random(50)]);
    else if (what < 9)
      asked.push({ session, ...owner.ask(session, target, random(2) === 0 ? DELETE : SKIP, []) });
    else if (what < 16 && owner.tasks.begun.length > 0) await owner.tasks.finish(someOutcome(random(1000)));
    else {
      const operation = random(CATALOG[type].length);
      const isRead = TYPES.get(type)!.operations[operation]!.kind === 'read';
      const before = owner.engine.stats().waiting;
      const { sequence } = owner.ask(session, target, operation, someArguments(type, operation, random), {
        isRead,
        ...(random(3) === 0 ? { timeoutMs: random(400) } : {}),
        ...(random(10) === 0 ? { fence: 1 + random(5) } : {}),
        acked: random(3),
      });
      if (!isRead) asked.push({ session, sequence });
      if (owner.engine.stats().waiting > before) parked++;
    }
    sessions = sessions.filter(({ ended }) => !ended);
    if (step % 50 === 0 && owner.logs.has(SLOT)) look(owner);
  }
  for (const bytes of owner.log(SLOT).entries) kinds.add(kindOf(bytes));
  look(owner);
  return { owner, kinds, parked };
}

function kindOf(bytes: Buffer): string {
  // A list of values begins with the entry's kind as text.
  return /[a-z]+(?:-[a-z]+)?/.exec(bytes.subarray(0, 16).toString('latin1'))?.[0] ?? '';
}

describe.each([1, 2, 3, Math.floor(Math.random() * 1e6)])(
  'a log of everything at random (seed %i)',
  (seed) => {
    test('leads whoever applies it to the same bytes, also from a snapshot in its midst', async () => {
      const follower = new Follower(SLOT);
      const joined = new Follower(SLOT);
      let entries = 0;
      const { kinds, parked } = await play(
        seed,
        (bytes) => {
          follower.apply(bytes);
          joined.apply(bytes);
          // Again and again it goes on from its own snapshot.
          if (++entries % 23 === 0) joined.restart();
        },
        (owner) => {
          const expected = contentOf(owner.engine.slot(SLOT)!);
          expect(contentOf(follower.slot), `entry ${entries}`).toBe(expected);
          expect(contentOf(joined.slot), `entry ${entries}`).toBe(expected);
        },
      );
      // It has seen what there is.
      expect([...kinds].sort()).toEqual(
        ['acknowledge', 'call', 'clear', 'create', 'end', 'end-lease', 'finish', 'give-up', 'refuse'].sort(),
      );
      expect(parked).toBeGreaterThan(50);
      expect(entries).toBeGreaterThan(STEPS / 2);
    });
  },
);
