import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { CREDENTIALS_VARIABLE, credentialsForWorkers } from '@skein/codec';
import type { PortableConfig } from '../driver.ts';
import { type ConformanceCase, type ConformanceTarget, claims, keysOf } from './case.ts';
import type { Start, Task } from './racer.ts';

const PROCESSES = 4;

/** What holds between processes, and when one of them is killed. */
export function processCases(target: ConformanceTarget): ConformanceCase[] {
  const claim = claims(target);
  const config = (): PortableConfig => {
    const found = target.open().config;
    assert.ok(found, 'a store that other processes reach must say how: config is undefined');
    return found;
  };
  return [
    claim(
      'of racing processes one wins each key',
      async ({ storage, bucket }) => {
        const keys = Array.from({ length: 200 }, (_, i) => `race/${i}`);
        const won = await race(
          Array.from({ length: PROCESSES }, () => ({ kind: 'create', keys })),
          config(),
          bucket,
        );
        assert.equal(
          won.reduce((sum, count) => sum + count),
          keys.length,
        );
        const winners = new Map<string, number>();
        for (const key of keys) {
          const name = (await storage.getObject(bucket, key)).toString();
          winners.set(name, (winners.get(name) ?? 0) + 1);
        }
        for (const [i, count] of won.entries()) assert.equal(winners.get(`process ${i}`) ?? 0, count);
      },
      { capability: 'if-none-match', processes: true },
    ),
    claim(
      'a counter that processes increment by ifMatch loses nothing',
      async ({ storage, bucket }) => {
        await storage.putObject(bucket, 'counter', '0');
        const task: Task = { kind: 'increment', key: 'counter', times: 150 };
        await race(
          Array.from({ length: PROCESSES }, () => task),
          config(),
          bucket,
        );
        assert.equal((await storage.getObject(bucket, 'counter')).toString(), String(150 * PROCESSES));
      },
      { capability: 'if-match', processes: true },
    ),
    claim(
      'a plain write is not lost to conditional ones',
      async ({ storage, bucket }) => {
        await storage.putObject(bucket, 'text', '');
        const append: Task = { kind: 'append', key: 'text', until: 'text.done' };
        const [lost] = await race(
          [{ kind: 'set', key: 'text', times: 300 }, append, append],
          config(),
          bucket,
        );
        assert.equal(lost, 0);
      },
      { capability: 'if-match', processes: true },
    ),
    claim(
      'a writer that is killed leaves a whole object, old or new',
      async ({ storage, bucket }) => {
        const bytes = 3_000_000;
        for (let round = 0; round < 6; round++) {
          const child = await start(
            { kind: 'overwrite', key: 'big', bytes, stream: round % 2 === 0 },
            0,
            config(),
            bucket,
          );
          // One write is complete; the next ones are killed wherever they are.
          await once(child, 'message');
          await new Promise((resolve) => setTimeout(resolve, round * 3));
          child.kill('SIGKILL');
          await once(child, 'exit');
          const { info, body } = await storage.getObject(bucket, 'big', { info: true });
          assert.equal(body.length, bytes);
          assert.ok(
            body.every((byte) => byte === body[0]),
            'the object mixes two versions',
          );
          assert.deepEqual({ ...info.metadata }, { letter: String(body[0]) });
          assert.deepEqual(await keysOf(storage, bucket), ['big']);
          // What the dead one held must stop nobody.
          await storage.putObject(bucket, 'big', 'free again', { timeoutMs: 10_000 });
        }
      },
      { capability: 'metadata', processes: true },
    ),
  ];
}

/** Runs tasks in a process each, all let go at once. */
async function race(tasks: readonly Task[], config: PortableConfig, bucket: string): Promise<number[]> {
  const children: ChildProcess[] = [];
  try {
    const spawned = await Promise.all(tasks.map(() => spawn(children)));
    return await Promise.all(
      spawned.map(async (child, i) => {
        const result = answer(child);
        child.send({ config, bucket, name: `process ${i}`, task: tasks[i]! } satisfies Start);
        return result;
      }),
    );
  } finally {
    for (const child of children) child.kill('SIGKILL');
  }
}

async function start(task: Task, i: number, config: PortableConfig, bucket: string): Promise<ChildProcess> {
  const child = await spawn([]);
  child.send({ config, bucket, name: `process ${i}`, task } satisfies Start);
  return child;
}

/** A process that waits for its task. From sources it needs a loader for TypeScript, from the package none. */
async function spawn(children: ChildProcess[]): Promise<ChildProcess> {
  const source = import.meta.url.endsWith('.ts');
  const file = fileURLToPath(new URL(source ? './racer.ts' : './racer.js', import.meta.url));
  const loader = (): string[] => [
    '--conditions=source',
    '--import',
    createRequire(`${process.cwd()}/`).resolve('tsx'),
  ];
  const credentials = credentialsForWorkers();
  const env = { ...process.env, ...(credentials !== undefined && { [CREDENTIALS_VARIABLE]: credentials }) };
  const child = fork(file, { execArgv: source ? loader() : [], env });
  children.push(child);
  const [first] = await Promise.race([once(child, 'message'), once(child, 'exit').then(() => [undefined])]);
  assert.deepEqual(first, { ready: true }, 'a racing process did not start');
  return child;
}

function answer(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.on('message', (message: { result?: number; failed?: string }) => {
      if (message.result !== undefined) resolve(message.result);
      else if (message.failed !== undefined) reject(new Error(`a racing process failed: ${message.failed}`));
    });
    child.on('exit', (code, signal) => reject(new Error(`a racing process left with ${signal ?? code}`)));
  });
}
