/** Clients that ask shared objects at random, and what the checker of linearizability says of what they were told. */
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished } from 'vitest';
import type { Dso } from '../../src/dso.ts';
import { check } from '../linearizability/checker.ts';
import type { Json } from '../linearizability/history.ts';
import type { RunnableModel } from '../linearizability/model.ts';
import { counterModel, registerModel } from '../linearizability/models.ts';
import { Recorder } from '../linearizability/recorder.ts';
import { type Random, seeded } from '../linearizability/simulate.ts';

/** What an object is asked, and how. */
interface Subject {
  readonly model: RunnableModel<NonNullable<unknown>, Json, Json>;
  readonly ask: (dso: Dso, key: string, random: Random) => readonly [input: Json, run: () => Promise<Json>];
}

const SUBJECTS: readonly Subject[] = [
  {
    model: counterModel() as unknown as Subject['model'],
    ask(dso, key, random) {
      const counter = dso.counter(key);
      return random(3) === 0
        ? [{ op: 'tally' }, () => counter.tally()]
        : [{ op: 'increment', by: 1 }, () => counter.increment()];
    },
  },
  {
    model: registerModel() as unknown as Subject['model'],
    ask(dso, key, random) {
      const register = dso.atomicReference<Json>(key, { initial: null });
      const value = random(1e6);
      switch (random(3)) {
        case 0:
          return [{ op: 'get' }, () => register.get()];
        case 1:
          return [{ op: 'set', value }, () => register.set(value).then(() => null)];
        default:
          return [{ op: 'getAndSet', value }, () => register.getAndSet(value)];
      }
    },
  },
];

/** Objects of each kind: with so many each of three servers holds some, and copies of others. */
const OBJECTS = 6;
/** Between two calls of a client to one object, at most: servers shall not have to fight for the processor. */
const PAUSE_MS = 100;

export interface Histories {
  /** Operations that were acknowledged. */
  readonly acknowledged: number;
  /** Waits until so many more of each object were. */
  more(count: number): Promise<void>;
  /** Ends it: none has failed, and what clients were told is linearizable, object by object. */
  check(): Promise<void>;
}

/** @param name of the objects, which nobody has used before */
export function histories(clients: readonly Dso[], name: string, seed: number): Histories {
  const random = seeded(seed);
  let isOver = false;
  const objects = SUBJECTS.flatMap((subject) =>
    Array.from({ length: OBJECTS }, (_, i) => ({
      subject,
      key: `${name} ${i}`,
      recorder: new Recorder<Json, Json>(),
      acknowledged: 0,
    })),
  );
  const failures: unknown[] = [];
  const workers = objects.flatMap((object) =>
    clients.map(async (dso, client) => {
      while (!isOver) {
        const [input, run] = object.subject.ask(dso, object.key, random);
        const outcome = await object.recorder.record(`client ${client}`, input, run);
        if (outcome.kind === 'returned') object.acknowledged++;
        else failures.push(outcome.error);
        await delay(random(PAUSE_MS));
      }
    }),
  );
  const end = (): Promise<unknown> => {
    isOver = true;
    return Promise.all(workers);
  };
  // Before the clients close, however the test ends.
  onTestFinished(async () => void (await end()));
  return {
    get acknowledged() {
      return objects.reduce((sum, { acknowledged }) => sum + acknowledged, 0);
    },
    async more(count) {
      const before = objects.map(({ acknowledged }) => acknowledged);
      const fewest = (): number =>
        Math.min(...objects.map(({ acknowledged }, i) => acknowledged - before[i]!));
      await expect.poll(fewest, { timeout: 60_000, interval: 20 }).toBeGreaterThanOrEqual(count);
    },
    async check() {
      await end();
      expect(failures, `seed ${seed}`).toEqual([]);
      for (const { subject, key, recorder } of objects) {
        const verdict = check(subject.model, recorder.history());
        const why = verdict.linearizable === false ? verdict.explanation : '';
        expect(verdict.linearizable, `${key}, seed ${seed}: ${why}`).toBe(true);
      }
    },
  };
}
