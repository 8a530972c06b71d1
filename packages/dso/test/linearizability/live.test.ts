/** D1: what clients of several processes do at once is linearizable, whatever the network does, and whoever dies. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Client, runClient, startNode } from '../support/processes.ts';
import { type Between, startProxy } from '../support/proxy.ts';
import { separate } from '../support/separate.ts';
import { check } from './checker.ts';
import { type History, type Json, mergeHistories, monotonicClock, type Operation } from './history.ts';
import { journalOf, type LiveOptions } from './live-client.ts';
import { readJournal } from './recorder.ts';
import { seeded } from './simulate.ts';
import { type SubjectName, subjectOf, subjects } from './subjects.ts';

const CLIENT = new URL('live-client.ts', import.meta.url).href;
const PROCESSES = ['a', 'b', 'c'];
const NAMES = Object.keys(subjects) as SubjectName[];
const OPERATIONS = 100;

/** Does something to all connections every few milliseconds, until the answer is called. */
function disturb(proxy: Between, seed: number): () => void {
  const random = seeded(seed);
  const acts = [
    () => proxy.cut(),
    () => proxy.cutAtReply(),
    () => proxy.delay(random(15)),
    () => proxy.delay(0),
    // Nobody is told that nothing passes any more, until the cut that comes.
    () => proxy.freeze(),
  ];
  let timer: NodeJS.Timeout;
  const next = (): void => {
    acts[random(acts.length)]?.();
    timer = setTimeout(() => {
      proxy.cut();
      timer = setTimeout(next, 5 + random(80));
    }, 5 + random(60));
  };
  next();
  return () => clearTimeout(timer);
}

class Warm {
  ready(): boolean {
    return true;
  }
}

interface Recorded {
  readonly histories: ReadonlyMap<SubjectName, History<Json, Json>>;
  readonly cuts: number;
}

/** @param kills ends the first process in the midst */
async function record(seed: number, kills: boolean): Promise<Recorded> {
  // A session that ends although its process lives is no part of the histories: not even a slow machine may bring that about.
  const node = await startNode({ returnGraceMs: kills ? 6000 : 30_000 });
  const proxy = await startProxy(node.url);
  const folder = await mkdtemp(join(tmpdir(), 'skein-live-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const clients = PROCESSES.map((name, i): Client<string> => {
    const options: LiveOptions = {
      name,
      // One connection is disturbed, and the other is not, so that both meet.
      urls: [proxy.url, node.url],
      subjects: NAMES,
      seed: seed * 100 + i,
      operations: OPERATIONS,
      folder,
      sessionTtlMs: kills ? 6000 : 30_000,
    };
    return runClient<string>(CLIENT, 'live', options);
  });
  await Promise.all(clients.map((client) => client.next()));
  // From sources, a node builds the program of its threads for user code at their first use: that takes seconds.
  const warm = await separate(node.url);
  await warm.object('warm', Warm).ready();
  await warm.close();
  for (const client of clients) client.tell('go');
  const stop = disturb(proxy, seed);
  const deaths: Operation<Json, Json>[] = [];
  const [victim, ...others] = clients;
  if (kills) {
    await victim?.next();
    const call = monotonicClock();
    await victim?.kill();
    for (const session of ['ac0', 'ac1'])
      deaths.push({ client: session, call, return: undefined, input: { op: 'expire', session } });
  }
  const living = kills ? others : clients;
  await Promise.all(living.map(finished));
  for (const client of living) client.tell('end');
  await Promise.all(living.map(({ done }) => done));
  stop();
  const histories = new Map<SubjectName, History<Json, Json>>();
  for (const subject of NAMES) {
    const texts = PROCESSES.map((name) => readFile(journalOf(folder, name, subject), 'utf8'));
    const parts = (await Promise.all(texts)).map((text) => readJournal<Json, Json>(text));
    histories.set(
      subject,
      mergeHistories(subject === 'lock' ? [...parts, deaths, ...parts.map(undone)] : parts),
    );
  }
  return { histories, cuts: proxy.cuts };
}

async function finished(client: Client<string>): Promise<void> {
  while ((await client.next()) !== 'done');
}

/** A lock that was granted after its client had given up waiting is given back, which nobody asked for. */
function undone(history: History<Json, Json>): History<Json, Json> {
  return history.flatMap(({ client, call, input, ...answer }) => {
    const { op, session } = input as { readonly op: string; readonly session?: string };
    return answer.return === undefined && (op === 'acquire' || op === 'tryAcquire')
      ? [{ client, call, return: undefined, input: { op: 'undo', session: session! } }]
      : [];
  });
}

describe('what three processes do at once, while connections are cut, frozen and slow, is linearizable', () => {
  test.each([
    ['', Math.floor(Math.random() * 1e6), false],
    [' and one of them is killed', Math.floor(Math.random() * 1e6), true],
  ])(
    '(whole%s, seed %i)',
    async (_what, seed, kills) => {
      const { histories, cuts } = await record(seed, kills);
      expect(cuts).toBeGreaterThan(3);
      for (const [subject, history] of histories) {
        const unknown = history.filter(
          ({ return: returned, input }) => returned === undefined && (input as { op?: string }).op !== 'undo',
        );
        // A process that is killed leaves one for each of its clients, and everybody else knows; but who waits for a few
        // milliseconds and is cut off for seconds, as on a slow machine, does not.
        const waits = subject === 'queue' || subject === 'lock';
        expect(unknown.length, `${subject}, seed ${seed}`).toBeLessThanOrEqual(
          (kills ? 4 : 0) + (waits ? 30 : 0),
        );
        const verdict = check(subjectOf(subject).model, history);
        const why =
          verdict.linearizable === false
            ? verdict.explanation
            : verdict.linearizable === 'unknown'
              ? verdict.reason
              : '';
        expect(verdict.linearizable, `${subject}, seed ${seed}: ${why}`).toBe(true);
      }
      const total = [...histories.values()].reduce((sum, { length }) => sum + length, 0);
      expect(total).toBeGreaterThan(NAMES.length * OPERATIONS * 3);
    },
    240_000,
  );
});
