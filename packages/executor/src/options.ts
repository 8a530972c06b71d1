/** Options are checked once, here, before anything has an effect. */
import type { StorageConfig } from '@skein/storage';
import type { Backend } from './backend/backend.ts';
import { type LocalhostOptions, localhost } from './backend/localhost/localhost.ts';
import { subprocess } from './backend/subprocess.ts';
import { ExecutorError } from './errors.ts';
import type { ReduceOptions } from './types.ts';

export interface ExecutorOptions {
  /** Where functions run. @default 'localhost' */
  readonly backend?: 'localhost' | 'subprocess';
  /** Where code, large arguments and large results are kept. @default a folder that ends with the executor */
  readonly storage?: StorageConfig;
  /** Workers that run in parallel. @default one a core */
  readonly workers?: number;
  readonly localhost?: LocalhostOptions;
}

const EXECUTOR_KEYS = ['backend', 'storage', 'workers', 'localhost'] as const;
const MAP_KEYS = [
  'extraArgs',
  'signal',
  'external',
  'chunksize',
  'maxWorkers',
  'stream',
  'extraArgsReduce',
] as const;

export function resolveBackend(options: ExecutorOptions, scratch: string): Backend {
  const { backend = 'localhost' } = options;
  switch (backend) {
    case 'localhost':
      return localhost(options.localhost ?? {}, scratch);
    case 'subprocess':
      return subprocess();
    default:
      throw invalid(`backend is 'localhost' or 'subprocess'; got ${String(backend satisfies never)}`);
  }
}

export function checkExecutorOptions(options: ExecutorOptions): void {
  checkKeys('FunctionExecutor', options, EXECUTOR_KEYS);
  checkCount('workers', options.workers);
}

export function checkMapOptions(options: ReduceOptions): void {
  checkKeys('map', options, MAP_KEYS);
  checkCount('chunksize', options.chunksize);
  checkCount('maxWorkers', options.maxWorkers);
  for (const name of ['extraArgs', 'extraArgsReduce', 'external'] as const) {
    const value = options[name];
    if (value !== undefined && !Array.isArray(value))
      throw invalid(`${name} is an array; got ${typeof value}`);
  }
  const { signal } = options;
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw invalid('signal is an AbortSignal');
}

export function checkFunction(name: string, fn: unknown): asserts fn is (...args: never[]) => unknown {
  if (typeof fn !== 'function')
    throw invalid(
      `the ${name} is a function; got ${fn === null ? 'null' : Array.isArray(fn) ? 'an array' : typeof fn}`,
    );
  if (/^class\b/.test(Function.prototype.toString.call(fn)))
    throw invalid(
      `the ${name} is a function; got the class ${fn.name}: call it inside one, (x) => new ${fn.name}(x)`,
    );
}

function checkKeys(what: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null)
    throw invalid(`the options of ${what} are an object; got ${options === null ? 'null' : typeof options}`);
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) throw invalid(`${what} has no option '${key}'; it knows ${known.join(', ')}`);
  }
}

function checkCount(name: string, value: number | undefined): void {
  if (value !== undefined && !(Number.isSafeInteger(value) && value >= 1))
    throw invalid(`${name} is a whole number from 1; got ${String(value)}`);
}

function invalid(message: string): ExecutorError {
  return new ExecutorError('invalid-argument', message);
}
