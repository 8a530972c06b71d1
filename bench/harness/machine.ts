import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';

/** What a reader has to know about the machine before a figure means anything. */
export interface Machine {
  readonly cores: number;
  readonly cpu: string;
  readonly memoryGiB: number;
  readonly system: string;
  readonly node: string;
  readonly python: string;
  /** Runnable processes before the start, averaged over a minute: well above 0, others were at work. */
  readonly load: number;
  /** `built` is what users install; figures from `sources` are for work on the benchmarks alone. */
  readonly skein: 'built' | 'sources';
}

export function describeMachine(): Machine {
  return {
    cores: availableParallelism(),
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform} ${process.arch}`,
    node: process.version,
    python: pythonVersion(),
    load: Math.round((loadavg()[0] ?? 0) * 100) / 100,
    skein: runsFromSources() ? 'sources' : 'built',
  };
}

/** Whether this process resolves packages to their sources (`--conditions=source`) rather than to `dist`. */
export function runsFromSources(): boolean {
  return import.meta.resolve('@skein/executor').endsWith('.ts');
}

function pythonVersion(): string {
  try {
    return execFileSync('python3', ['--version'], { encoding: 'utf8' })
      .trim()
      .replace(/^Python /, '');
  } catch {
    return 'none';
  }
}
