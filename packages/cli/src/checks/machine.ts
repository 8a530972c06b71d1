/** What `skein doctor` looks at. Nothing is configured here and nothing is changed: each look says what it saw. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundle, type CapturedFunction, capture, stopBundler } from '@skein/closure';
import { nearest } from '@skein/config';
import { resolveExecutorConfig } from '@skein/executor';
import { configFiles } from '../config-files.ts';
import { bytes, count, duration } from '../units.ts';

export interface Finding {
  /** `fine`, `look`: works, and deserves a look; `broken`: has to be mended. */
  readonly status: 'fine' | 'look' | 'broken';
  readonly found: string;
  /** What to do, unless all is fine. */
  readonly advice?: string;
}

export interface Look {
  readonly name: string;
  look(): Promise<Finding> | Finding;
}

const fine = (found: string): Finding => ({ status: 'fine', found });
const odd = (found: string, advice: string): Finding => ({ status: 'look', found, advice });
const broken = (found: string, advice: string): Finding => ({ status: 'broken', found, advice });

/** A worker of localhost at rest takes about this much. */
const workerBytes = 64 * 2 ** 20;
const littleSpace = 2 ** 30;

export const looks: readonly Look[] = [
  { name: 'node', look: node },
  { name: 'flags', look: flags },
  { name: 'packages', look: packages },
  { name: 'config files', look: files },
  { name: 'configuration', look: configuration },
  { name: 'processors', look: processors },
  { name: 'memory', look: memory },
  { name: 'temp folder', look: temporary },
  { name: 'shell', look: shell },
  { name: 'capture', look: captures },
  { name: 'bundler', look: bundles },
  { name: 'clock', look: clock },
];

const oldest = [20, 19] as const;

function node(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const found = `${process.version} on ${process.platform} ${process.arch}`;
  if (major < oldest[0] || (major === oldest[0] && minor < oldest[1]))
    return broken(found, `Install Node ${oldest.join('.')} or newer.`);
  if (process.platform === 'win32')
    return odd(found, 'On Windows, workers of a program that is killed end only when they notice.');
  return fine(found);
}

/** Flags that change what functions can see, or how workers start. */
const telling =
  /^--(?:jitless|inspect(?:-brk|-wait)?|permission|experimental-permission|frozen-intrinsics|disable-proto)\b/;

function flags(): Finding {
  const { NODE_OPTIONS: options = '' } = process.env;
  const all = [...process.execArgv, ...options.split(/\s+/)].filter((flag) => flag.startsWith('-'));
  if (all.length === 0) return fine('none');
  const found = all.join(' ');
  const [one] = all.filter((flag) => telling.test(flag));
  return one === undefined
    ? fine(found)
    : odd(found, `${one} changes how functions are captured or run: see below whether they still are.`);
}

const siblings = ['closure', 'codec', 'config', 'executor', 'storage'] as const;

/** The command's own packages, and those that programs of this folder would import. */
function packages(): Finding {
  const own = versionsFrom(import.meta.url);
  const theirs = versionsFrom(pathToFileURL(join(process.cwd(), 'package.json')).href);
  const versions = [...new Set(own.values())];
  if (versions.length === 0) return broken('not found', 'Install @skein/executor beside @skein/cli.');
  if (versions.length > 1)
    return broken(listed(own), 'The packages are of different versions: install one version of all of them.');
  const version = versions[0] ?? '';
  const different = new Map([...theirs].filter(([, other]) => other !== version));
  return different.size > 0
    ? odd(
        `${version}; in this folder ${listed(different)}`,
        'Programs here run another version than this command: install one.',
      )
    : fine(`${version}${theirs.size === 0 ? '; none installed in this folder' : ''}`);
}

function versionsFrom(url: string): Map<string, string> {
  const require = createRequire(url);
  const found = new Map<string, string>();
  for (const name of siblings) {
    try {
      const manifest: { version: string } = require(`@skein/${name}/package.json`);
      found.set(name, manifest.version);
    } catch {
      // Not installed there.
    }
  }
  return found;
}

function listed(versions: ReadonlyMap<string, string>): string {
  return [...versions].map(([name, version]) => `${name} ${version}`).join(', ');
}

function files(): Finding {
  const found = configFiles();
  const inline = process.env['SKEIN_CONFIG']?.trimStart().startsWith('{') ? ['SKEIN_CONFIG (wins)'] : [];
  const notes = { wins: ' (wins)', also: ' (what it leaves out)', hidden: ' (not read)' } as const;
  const lines = [...inline, ...found.map(({ path, standing }) => `${path}${notes[standing]}`)];
  return fine(lines.length === 0 ? 'none: everything has its default' : lines.join('\n'));
}

async function configuration(): Promise<Finding> {
  try {
    const rows = (await resolveExecutorConfig()).rows();
    return fine(
      rows.length === 0 ? 'defaults' : `${count(rows.length, 'value')}; skein --print-config shows them`,
    );
  } catch (error) {
    return broken(messageOf(error), 'Correct what is named; `skein init` writes a configuration that works.');
  }
}

function processors(): Finding {
  const seen = availableParallelism();
  const quota = cpuQuota();
  const model = cpus()[0]?.model.trim() ?? '';
  const found = `${count(seen, 'core')}${quota === undefined ? '' : `, limited to ${quota.toFixed(1)} by its container`}${model === '' ? '' : ` (${model})`}`;
  if (quota !== undefined && quota < seen - 0.5)
    return odd(
      found,
      `Set workers: ${Math.max(1, Math.round(quota))}, or as many workers as cores will wait for each other.`,
    );
  return fine(found);
}

/** Processors' worth of time that the control group grants; version 2, then version 1. */
function cpuQuota(): number | undefined {
  const [quota, period] = (
    fileText('/sys/fs/cgroup/cpu.max') ??
    `${fileText('/sys/fs/cgroup/cpu/cpu.cfs_quota_us') ?? ''} ${fileText('/sys/fs/cgroup/cpu/cpu.cfs_period_us') ?? ''}`
  )
    .trim()
    .split(/\s+/)
    .map(Number);
  return quota !== undefined && period !== undefined && quota > 0 && period > 0 ? quota / period : undefined;
}

async function memory(): Promise<Finding> {
  const all = totalmem();
  // 0 where nothing limits the process, and a huge number for "no limit" in version 1 of control groups.
  const limit = process.constrainedMemory();
  const limited = limit > 0 && limit < all;
  const total = limited ? limit : all;
  const workers = await configuredWorkers();
  const found = `${bytes(total)}${limited ? ` by its container, of ${bytes(all)}` : ''}; ${count(workers, 'worker')} at rest take about ${bytes(workers * workerBytes)}`;
  return workers * workerBytes > total / 2
    ? odd(found, 'Configure fewer workers, or give more memory.')
    : fine(found);
}

async function configuredWorkers(): Promise<number> {
  try {
    return (await resolveExecutorConfig()).values.workers ?? availableParallelism();
  } catch {
    return availableParallelism(); // what is wrong is told by its own line
  }
}

async function temporary(): Promise<Finding> {
  const folder = tmpdir();
  let own: string | undefined;
  try {
    own = await mkdtemp(join(folder, 'skein-doctor-'));
    await writeFile(join(own, 'file'), 'x');
    const { bavail, bsize } = await statfs(own);
    const free = bavail * bsize;
    const found = `${folder}, ${bytes(free)} free`;
    return free < littleSpace
      ? odd(found, 'Make room, or set TMPDIR to a folder that has some.')
      : fine(found);
  } catch (error) {
    return broken(
      `${folder}: ${messageOf(error)}`,
      'Make the folder writable, or set TMPDIR to one that is.',
    );
  } finally {
    if (own !== undefined) await rm(own, { recursive: true, force: true });
  }
}

function shell(): Finding {
  if (process.platform === 'win32')
    return odd('none on Windows', 'Workers of a killed program end only when they notice.');
  try {
    const said = execFileSync('/bin/sh', ['-c', 'echo works'], { encoding: 'utf8', timeout: 10_000 });
    if (said.trim() === 'works') return fine('/bin/sh');
    return broken(`/bin/sh said '${said.trim()}'`, reaperAdvice);
  } catch (error) {
    return broken(messageOf(error), reaperAdvice);
  }
}

const reaperAdvice = 'Install a shell at /bin/sh: it ends the workers of a program that is killed.';

const outer = { value: 41 };

function captures(): Finding {
  const started = performance.now();
  try {
    capture(() => outer.value + 1);
    return fine(`functions are read with what they close over, in ${duration(performance.now() - started)}`);
  } catch (error) {
    return broken(messageOf(error), 'Run without the flags above: they keep functions from being read.');
  }
}

async function bundles(): Promise<Finding> {
  const started = performance.now();
  let captured: CapturedFunction;
  try {
    captured = capture((word: string) => nearest(word, ['run', 'test']));
  } catch {
    return odd('not tried', 'Functions cannot be captured: mend that first.');
  }
  try {
    const { code } = await bundle(captured);
    if (code.length === 0) return broken('it wrote nothing', esbuildAdvice);
    return fine(`imports are bundled, in ${duration(performance.now() - started)}`);
  } catch (error) {
    return broken(messageOf(error), esbuildAdvice);
  } finally {
    await stopBundler();
  }
}

const esbuildAdvice =
  'Install again on this machine: esbuild comes as a program for each system and processor.';

/** Made after this moment, so that an earlier time cannot be. */
const released = Date.UTC(2026, 0, 1);
const mostDriftMs = 5_000;

async function clock(): Promise<Finding> {
  const now = new Date();
  if (now.getTime() < released)
    return broken(now.toISOString(), 'Set the clock: clouds refuse what is signed at a wrong time.');
  const own = await mkdtemp(join(tmpdir(), 'skein-doctor-'));
  try {
    const before = Date.now();
    await writeFile(join(own, 'file'), 'x');
    const drift = (await stat(join(own, 'file'))).mtimeMs - before;
    const found = `${now.toISOString()}, ${Intl.DateTimeFormat().resolvedOptions().timeZone}`;
    return Math.abs(drift) > mostDriftMs
      ? odd(
          `${found}; the file system says ${duration(Math.abs(drift))} ${drift > 0 ? 'more' : 'less'}`,
          'Set both clocks by NTP: leftovers are told by their age.',
        )
      : fine(found);
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}

function fileText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
