/** Options are checked once, here, before anything has an effect. */
import {
  type ConfigRow,
  checkConfig,
  custom,
  flag,
  map,
  nearest,
  number,
  oneOf,
  resolveConfig,
  type Schema,
  section,
  size,
  text,
  type Values,
} from '@skein/config';
import {
  Storage,
  type StorageConfig,
  type StorageSections,
  storageInSections,
  storageSections,
} from '@skein/storage';
import type { CallContext } from './call-context.ts';
import { ExecutorError } from './errors.ts';
import { MOST_MEMORY } from './shuffle/sort-buffer.ts';
import type { CallLimits, CancelOptions, GroupOptions, MapOptions, ReduceOptions } from './types.ts';

export interface LocalhostOptions {
  /**
   * `process`: a call that crashes or exits takes only its own worker with it. `thread`: less memory, a faster
   * start, and a crash of the process is everybody's.
   * @default 'process'
   */
  readonly isolation?: 'process' | 'thread';
}

/** What is not said here is looked for in variables and files; see the README for their order. */
export interface ExecutorOptions<C extends object = object> extends CallLimits, StorageSections {
  /** Where functions run. @default 'localhost' */
  readonly backend?: 'localhost' | 'subprocess';
  /**
   * Where code, large arguments and large results are kept: an address, an object, or a kind such as 's3', whose options
   * are in the section of that name.
   * @default a folder that ends with the executor
   */
  readonly storage?: StorageConfig;
  /** Workers that run in parallel. @default one a core */
  readonly workers?: number;
  /** A progress bar on standard error. @default when that is a terminal */
  readonly showProgress?: boolean;
  /** How much `ctx.log` and the executor itself write. @default 'info' */
  readonly logLevel?: LogLevel;
  /**
   * What functions print: as it is, each line after the name of its call, or only kept in `future.logs`.
   * @default 'plain'
   */
  readonly logs?: 'plain' | 'prefix' | 'keep';
  /** Keeps a record of every job, for `skein job` and `skein logs`. @default false */
  readonly records?: boolean;
  /** OpenTelemetry spans of jobs and calls; `@opentelemetry/api` has to be installed. @default false */
  readonly telemetry?: boolean;
  readonly localhost?: LocalhostOptions;
  /** Becomes members of every call's `ctx`: handles such as caches and shared objects, or plain values. */
  readonly context?: C;
}

export type LogLevel = 'silent' | 'error' | 'warn' | 'info' | 'debug';

export interface ResolvedOptions {
  readonly backend: 'localhost' | 'subprocess';
  /** `undefined`: a folder of the executor's own. */
  readonly storage: Storage | undefined;
  /** `undefined`: as many as the backend finds right. */
  readonly workers: number | undefined;
  readonly isolation: 'process' | 'thread';
  /** `undefined`: where standard error is a terminal. */
  readonly showProgress: boolean | undefined;
  readonly logLevel: LogLevel;
  readonly logs: 'plain' | 'prefix' | 'keep';
  readonly records: boolean;
  readonly telemetry: boolean;
  /** What calls get that say nothing themselves. */
  readonly limits: ResolvedLimits;
}

/** {@link CallLimits} with the memory in bytes. */
export interface ResolvedLimits {
  readonly retries: number;
  readonly timeoutMs: number | undefined;
  /** Bytes. */
  readonly runtimeMemory: number | undefined;
  readonly extraEnv: Readonly<Record<string, string>> | undefined;
}

const LEAST_MEMORY = 2 ** 20;
/** The longest delay that a Node timer keeps. */
const LONGEST_MS = 2 ** 31;

/** What both an executor and a single map may say. */
const LIMITS = {
  retries: number({ min: 0, whole: true }),
  timeoutMs: number({ min: 1 }),
  runtimeMemory: custom<number>("bytes, at least 1 MiB, such as '200MiB'", (value) => {
    const bytes = size().parse(value);
    return bytes === undefined || bytes < LEAST_MEMORY ? undefined : bytes;
  }),
  // Their values are often secrets.
  extraEnv: map(text({ secret: true })),
} satisfies Schema;

const SCHEMA = {
  ...LIMITS,
  backend: oneOf('localhost', 'subprocess'),
  storage: custom<StorageConfig>(
    "an address such as 'file:/path', or a storage configuration",
    storageConfig,
  ),
  workers: number({ min: 1, whole: true }),
  showProgress: flag(),
  logLevel: oneOf('silent', 'error', 'warn', 'info', 'debug'),
  logs: oneOf('plain', 'prefix', 'keep'),
  records: flag(),
  context: custom<object>('an object of handles and values', contextMembers),
  telemetry: flag(),
  localhost: section({ isolation: oneOf('process', 'thread') }),
} satisfies Schema;

/** What is looked for: the options above, and a section for each kind of store in a network. */
const ALL: typeof SCHEMA = { ...SCHEMA, ...storageSections };

/** Keys of the same files that other packages read. */
const FOREIGN = ['dso', 'cache'] as const;

/** @throws {ConfigError} with everything that is wrong with what the program itself says. */
export function checkExecutorOptions(options: ExecutorOptions): void {
  const values = checkConfig(ALL, options);
  const storage = configuredStorage(values);
  // Says what is wrong with an address; opens nothing. What a section lacks, a file may say.
  if (storage !== undefined && storage === values.storage) new Storage(storage);
}

/** The store that a configuration names, with the options of its section. */
function configuredStorage(values: Values<typeof SCHEMA>): StorageConfig | undefined {
  return storageInSections(values.storage, values as StorageSections);
}

/** What was configured, and where each value was said. */
export interface ExecutorConfig {
  /** Only what somebody said: what is missing has its default. */
  readonly values: ExecutorOptions;
  /** The storage that they name; `undefined` when they name none. */
  readonly storage: StorageConfig | undefined;
  /** Every value with its source, to be shown: secrets are masked. */
  rows(): ConfigRow[];
}

/** Finds the configuration that an executor made with these options here would have; nothing is opened or started. */
export async function resolveExecutorConfig(explicit: ExecutorOptions = {}): Promise<ExecutorConfig> {
  const config = await resolveConfig(ALL, { explicit, foreign: FOREIGN });
  const { values } = config;
  return { values, storage: configuredStorage(values), rows: () => config.rows() };
}

/** Merges what the program says with variables and files. */
export async function resolveExecutorOptions(explicit: ExecutorOptions): Promise<ResolvedOptions> {
  const { values } = await resolveConfig(ALL, { explicit, foreign: FOREIGN });
  const storage = configuredStorage(values);
  return {
    backend: values.backend ?? 'localhost',
    storage: storage === undefined ? undefined : new Storage(storage),
    workers: values.workers,
    isolation: values.localhost?.isolation ?? 'process',
    showProgress: values.showProgress,
    logLevel: values.logLevel ?? 'info',
    logs: values.logs ?? 'plain',
    records: values.records ?? false,
    telemetry: values.telemetry ?? false,
    limits: {
      retries: values.retries ?? 0,
      timeoutMs: values.timeoutMs,
      runtimeMemory: values.runtimeMemory,
      extraEnv: values.extraEnv,
    },
  };
}

/** The limits of one map: its own, else the executor's. */
export function limitsOf(options: CallLimits, defaults: ResolvedLimits): ResolvedLimits {
  const own = checkLimits(options);
  const extraEnv = own.extraEnv && { ...defaults.extraEnv, ...own.extraEnv };
  return {
    retries: own.retries ?? defaults.retries,
    timeoutMs: own.timeoutMs ?? defaults.timeoutMs,
    runtimeMemory: own.runtimeMemory ?? defaults.runtimeMemory,
    extraEnv: extraEnv ?? defaults.extraEnv,
  };
}

function checkLimits({ retries, timeoutMs, runtimeMemory, extraEnv }: CallLimits): Values<typeof LIMITS> {
  return checkConfig(LIMITS, { retries, timeoutMs, runtimeMemory, extraEnv });
}

/** What a context has of its own. */
const CONTEXT_KEYS: ReadonlySet<string> = new Set<keyof CallContext>([
  'executorId',
  'jobId',
  'callId',
  'index',
  'attempt',
  'signal',
  'deadline',
  'storage',
  'log',
]);

function contextMembers(value: unknown): object | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const taken = Object.keys(value).find((key) => CONTEXT_KEYS.has(key));
  if (taken !== undefined) throw invalid(`context.${taken}: every ctx has a member of that name already`);
  return value;
}

function storageConfig(value: unknown): StorageConfig | undefined {
  return typeof value === 'string' || (typeof value === 'object' && value !== null)
    ? (value as StorageConfig)
    : undefined;
}

const MAP_KEYS = [
  'extraArgs',
  'signal',
  'external',
  'include',
  'chunksize',
  'maxWorkers',
  'stream',
  'speculate',
  'isolated',
  'maxCallsPerWorker',
  'name',
  'background',
  'retries',
  'timeoutMs',
  'runtimeMemory',
  'extraEnv',
] as const;

/** What a reduction has beside. */
const REDUCTION_KEYS = [
  'extraArgsReduce',
  'spawnReducer',
  'combine',
  'mapRuntimeMemory',
  'reduceRuntimeMemory',
] as const;
const REDUCE_KEYS: readonly string[] = [...MAP_KEYS, ...REDUCTION_KEYS, 'reducerOnePerObject'];
const GROUP_KEYS: readonly string[] = [
  ...MAP_KEYS.filter((key) => key !== 'stream'),
  ...REDUCTION_KEYS,
  'partitions',
  'memory',
];

export function checkMapOptions(options: MapOptions): void {
  checkOptions('map', options, MAP_KEYS);
}

export function checkReduceOptions(options: ReduceOptions): void {
  checkOptions('mapReduce', options, REDUCE_KEYS);
  checkReduction(options);
  const { reducerOnePerObject } = options;
  if (reducerOnePerObject !== undefined && !['boolean', 'function'].includes(typeof reducerOnePerObject))
    throw invalid(`reducerOnePerObject is true, or a function of an item; got ${typeof reducerOnePerObject}`);
}

/** @returns the memory that calls may hold of what is grouped, bytes, where somebody says it */
export function checkGroupOptions(options: GroupOptions): number | undefined {
  checkOptions('groupBy', options, GROUP_KEYS);
  checkReduction(options);
  checkCount('partitions', options.partitions);
  return checkConfig({ memory: groupMemory }, { memory: options.memory }).memory;
}

const groupMemory = custom<number>("bytes from 1 MiB to 1 GiB, such as '32MiB'", (value) => {
  const bytes = size().parse(value);
  return bytes === undefined || bytes < LEAST_MEMORY || bytes > MOST_MEMORY ? undefined : bytes;
});

type Reduction = Pick<ReduceOptions, (typeof REDUCTION_KEYS)[number]>;

function checkReduction(options: Reduction): void {
  const { combine, extraArgsReduce, spawnReducer, mapRuntimeMemory, reduceRuntimeMemory } = options;
  if (combine !== undefined) checkFunction('combine', combine);
  checkList('extraArgsReduce', extraArgsReduce);
  if (spawnReducer !== undefined && !(spawnReducer >= 0 && spawnReducer <= 100))
    throw invalid(`spawnReducer is a percentage from 0 to 100; got ${String(spawnReducer)}`);
  const { runtimeMemory } = LIMITS;
  checkConfig(
    { mapRuntimeMemory: runtimeMemory, reduceRuntimeMemory: runtimeMemory },
    { mapRuntimeMemory, reduceRuntimeMemory },
  );
}

function checkOptions(of: string, options: MapOptions, keys: readonly string[]): void {
  if (typeof options !== 'object' || options === null)
    throw invalid(`the options of a ${of} are an object; got ${options === null ? 'null' : typeof options}`);
  for (const key of Object.keys(options)) {
    if (!keys.includes(key)) throw unknownOption(of, key, keys);
  }
  checkCount('chunksize', options.chunksize);
  checkCount('maxWorkers', options.maxWorkers);
  checkCount('maxCallsPerWorker', options.maxCallsPerWorker);
  for (const name of ['isolated', 'background'] as const) {
    const value = options[name];
    if (value !== undefined && typeof value !== 'boolean')
      throw invalid(`${name} is true or false; got ${String(value)}`);
  }
  checkName(options.name);
  for (const name of ['extraArgs', 'external', 'include'] as const) checkList(name, options[name]);
  checkLimits(options);
  for (const entry of options.include ?? [])
    if (typeof entry !== 'string' || entry === '')
      throw invalid(
        `include is a list of paths and globs such as 'model.json' or 'assets/**'; got ${JSON.stringify(entry)} in it`,
      );
  const { signal } = options;
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw invalid('signal is an AbortSignal');
}

function checkList(name: string, value: unknown): void {
  if (value !== undefined && !Array.isArray(value)) throw invalid(`${name} is an array; got ${typeof value}`);
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

function checkName(name: unknown): void {
  // It begins lines.
  if (name !== undefined && (typeof name !== 'string' || !/^[^\r\n\u2028\u2029]+$/.test(name)))
    throw invalid(
      `name is a text of one line, not empty; got ${typeof name === 'string' ? JSON.stringify(name) : typeof name}`,
    );
}

/** @returns how long a call that is cancelled may go on, milliseconds; `undefined` where nothing is said */
export function graceOf(options: CancelOptions): number | undefined {
  const { graceMs } = options;
  if (graceMs !== undefined && !(typeof graceMs === 'number' && graceMs >= 0 && graceMs < LONGEST_MS))
    throw invalid(`graceMs is a number of milliseconds, 0 or more; got ${String(graceMs)}`);
  return graceMs;
}

function unknownOption(of: string, key: string, keys: readonly string[]): ExecutorError {
  const near = nearest(key, keys);
  return invalid(
    `a ${of} has no option '${key}'${near === undefined ? `; it knows ${keys.join(', ')}` : `; did you mean '${near}'?`}`,
  );
}

function checkCount(name: string, value: number | undefined): void {
  if (value !== undefined && !(Number.isSafeInteger(value) && value >= 1))
    throw invalid(`${name} is a whole number from 1; got ${String(value)}`);
}

function invalid(message: string): ExecutorError {
  return new ExecutorError('invalid-argument', message);
}
