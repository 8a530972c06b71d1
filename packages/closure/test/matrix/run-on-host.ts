import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Report } from './harness/run-host.ts';
import type { Host } from './hosts.ts';
import { workspace } from './prepare.ts';

const packageRoot = fileURLToPath(new URL('../..', import.meta.url));

/** Runs the shapes in one host, in processes of its own, and reads its report. */
export async function runOnHost(host: Host, node: string, only?: string): Promise<Report> {
  const report = path.join(workspace, `${host.name.replaceAll(/\W+/g, '-')}.json`);
  const child = spawn(node, host.args, {
    cwd: packageRoot,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      NODE_NO_WARNINGS: '1',
      SKEIN_MATRIX_HARNESS: pathToFileURL(path.join(workspace, 'run-host.mjs')).href,
      SKEIN_MATRIX_REPORT: report,
      ...(host.childFlags !== undefined && { SKEIN_MATRIX_CHILD_FLAGS: host.childFlags }),
      ...(only !== undefined && { SKEIN_MATRIX_ONLY: only }),
    },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  // A host that hangs is killed with a minute to spare before the test itself gives up.
  const limit = setTimeout(() => child.kill('SIGKILL'), 120_000);
  const code = await new Promise<string>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => resolve(signal ?? String(status)));
  }).finally(() => clearTimeout(limit));
  const text = await readFile(report, 'utf8').catch(() => undefined);
  if (code !== '0' || text === undefined)
    throw new Error(
      `${host.name} left with ${code}${text === undefined ? ' and no report' : ''}:\n${output.slice(-4000)}`,
    );
  if (only !== undefined) console.log(output);
  return JSON.parse(text) as Report;
}
