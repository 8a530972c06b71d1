import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Report } from './harness/run-host.ts';
import { hosts } from './hosts.ts';
import { knownFailuresOf } from './known-failures.ts';
import { nodeBinary } from './nodes.ts';
import { cleanUp, prepare } from './prepare.ts';
import { runOnHost } from './run-on-host.ts';

/** Every shape of function, on every way of running JavaScript that users have. */

// One host a core: more would only make each of them look slow.
const turns = limited(Math.max(2, availableParallelism()));

const reports = new Map<string, Report>();

beforeAll(prepare, 60_000);
afterAll(cleanUp);

afterAll(() => {
  const rows = hosts.map((host) => {
    const outcomes = Object.values(reports.get(host.name)?.rows ?? {});
    const passed = outcomes.filter((outcome) => outcome === 'ok').length;
    return `${host.name.padEnd(32)}${String(passed).padStart(6)} passed${String(outcomes.length - passed).padStart(6)} failed`;
  });
  console.log(rows.join('\n'));
});

describe.concurrent('every shape travels', { timeout: 600_000 }, () => {
  for (const host of hosts) {
    test(`on ${host.name}`, async ({ skip }) => {
      const node = await nodeBinary(host.node);
      // Without a network a developer may lack a version; CI may not.
      if (node === undefined && process.env['CI'] === undefined)
        skip(`Node ${host.node} cannot be installed`);
      if (node === undefined) throw new Error(`Node ${host.node} cannot be installed`);
      const report = await turns(() => runOnHost(host, node));
      reports.set(host.name, report);
      const known = knownFailuresOf(host.name);
      const failed = Object.entries(report.rows).filter(([, outcome]) => outcome !== 'ok');
      expect(
        Object.fromEntries(failed.filter(([name]) => !known.has(name))),
        'shapes that fail and are not known to',
      ).toEqual({});
      expect(
        [...known.keys()].filter((name) => report.rows[name] === 'ok'),
        'shapes that are known to fail and pass: take them off the list',
      ).toEqual([]);
      expect(Object.keys(report.rows).length, 'shapes that ran').toBeGreaterThan(0);
    });
  }
});

test('the shapes that need a transpiler are well typed', { timeout: 60_000 }, () => {
  const tsc = path.join(
    path.dirname(createRequire(import.meta.url).resolve('typescript/package.json')),
    'bin/tsc',
  );
  for (const project of ['transpiled', 'transpiled/legacy']) {
    execFileSync(process.execPath, [tsc, '-p', fileURLToPath(new URL(project, import.meta.url))], {
      stdio: 'pipe',
    });
  }
});

function limited(limit: number): <T>(task: () => Promise<T>) => Promise<T> {
  const queue: (() => void)[] = [];
  let running = 0;
  return async (task) => {
    if (running === limit) await new Promise<void>((resolve) => queue.push(resolve));
    else running++;
    try {
      return await task();
    } finally {
      // The place goes to the next in line; it is given back only when nobody waits.
      const next = queue.shift();
      if (next) next();
      else running--;
    }
  };
}
