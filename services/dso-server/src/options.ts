import { custom, flag, list, number, oneOf, size, text, type ValueField } from '@skein/config';
import { type FsyncPolicy, parseFsync } from '@skein/dso/server';
import { LOG_LEVELS, type LogLevel } from './log.ts';
import { type Place, parsePlace } from './place.ts';

/** How a server is started: by {@link startServer}, by flags (`--listen`), by variables (`SKEIN_DSO_SERVER_LISTEN`). */
export interface ServerOptions {
  /** Where clients come: `host:port`; port 0 is any that is free; 'off'. @default '127.0.0.1:7600' */
  readonly listen?: string;
  /** gRPC: 'shared', on the same port; or a `host:port` of its own besides; or 'off'. @default 'shared' */
  readonly grpc?: string;
  /** The path of a Unix socket where clients of this machine come. */
  readonly unix?: string;
  /** How other machines reach this server: `host:port`. @default where it listens */
  readonly advertise?: string;
  /**
   * The cluster: 'static:a:7600,b:7600', all its servers, each of which has its own objects for good; or
   * 'etcd:http://a:2379,http://b:2379/name', where servers come and go. @default only this one
   */
  readonly membership?: string;
  /** How many servers hold each object: those of etcd only. @default 1 */
  readonly replicas?: number;
  /**
   * With etcd: how long a server may be silent before others take its objects over, milliseconds, in whole seconds. A process that
   * stands still for longer loses them for a moment; one that lives, and whose main thread is too busy to say so, has
   * four times as long. @default 2000
   */
  readonly leaseMs?: number;
  /** A file that holds the token which clients have to give. */
  readonly authTokenFile?: string;
  /** `false` lets everybody in who reaches this server. @default true */
  readonly auth?: boolean;
  /** The server's certificate and key, PEM files: clients come by `dsos:` and `grpcs:`. */
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  /** The authority whose certificates clients have to show, a PEM file. */
  readonly tlsClientCa?: string;
  /** Whether clients may send classes and functions, which run here. @default only where nobody else reaches this server */
  readonly allowUserClasses?: boolean;
  /** Modules whose exported classes and functions clients may use by name. */
  readonly load?: readonly string[];
  /** Metrics and health by HTTP: `host:port`. @default none */
  readonly metrics?: string;
  /** Of one message, one object, all objects: bytes, or text such as '64MiB'. @default 256 MiB, 256 MiB, 2 GiB */
  readonly maxMessageBytes?: number | string;
  readonly maxObjectBytes?: number | string;
  readonly maxMemoryBytes?: number | string;
  /**
   * A directory where objects are kept, of this server alone: they outlive it. What follows says when they are on the disk.
   * @default none: objects are in memory, and end with the servers that hold them
   */
  readonly data?: string;
  /** With data: 'always', before an answer leaves; 'interval:1000', at most so many milliseconds later; 'never'. @default 'always' */
  readonly fsync?: string;
  /** With data: after so much log a snapshot takes its place, bytes, or text such as '64MiB'. @default 64 MiB */
  readonly snapshotAfterBytes?: number | string;
  /** How long a method of a user's class may run, milliseconds. @default 30000 */
  readonly userCodeTimeLimitMs?: number;
  /** How long the server may take to end in peace, milliseconds. @default 10000; 60000 with etcd, as all it holds goes to others first */
  readonly drainTimeoutMs?: number;
  /** @default 'info' */
  readonly logLevel?: LogLevel;
}

export type OptionName = keyof ServerOptions;

const place = custom<Place>('host:port, such as 127.0.0.1:7600', parsePlace);

/** Options whose values have been checked one by one. */
interface CheckedValues {
  readonly listen: Place | 'off';
  readonly grpc: Place | 'shared' | 'off';
  readonly unix: string;
  readonly advertise: Place;
  readonly membership: string;
  readonly replicas: number;
  readonly leaseMs: number;
  readonly authTokenFile: string;
  readonly auth: boolean;
  readonly tlsCert: string;
  readonly tlsKey: string;
  readonly tlsClientCa: string;
  readonly allowUserClasses: boolean;
  readonly load: readonly string[];
  readonly metrics: Place;
  readonly maxMessageBytes: number;
  readonly maxObjectBytes: number;
  readonly maxMemoryBytes: number;
  readonly data: string;
  readonly fsync: FsyncPolicy;
  readonly snapshotAfterBytes: number;
  readonly userCodeTimeLimitMs: number;
  readonly drainTimeoutMs: number;
  readonly logLevel: LogLevel;
}

export type CheckedOptions = Partial<CheckedValues>;

/** How each is checked, and read from the text of a flag. */
export const FIELDS: { readonly [Name in OptionName]: ValueField<CheckedValues[Name]> } = {
  listen: custom<Place | 'off'>("host:port, such as 0.0.0.0:7600, or 'off'", (given) =>
    given === 'off' ? given : parsePlace(given),
  ),
  grpc: custom<Place | 'shared' | 'off'>("'shared', 'off', or host:port, such as 0.0.0.0:7601", (given) =>
    given === 'shared' || given === 'off' ? given : parsePlace(given),
  ),
  unix: custom<string>('an absolute path', (given) =>
    typeof given === 'string' && given.startsWith('/') && given.length <= 100 ? given : undefined,
  ),
  advertise: place,
  membership: text(),
  replicas: number({ whole: true, min: 1 }),
  leaseMs: number({ min: 1000, max: 3_600_000 }),
  authTokenFile: text(),
  auth: flag(),
  tlsCert: text(),
  tlsKey: text(),
  tlsClientCa: text(),
  allowUserClasses: flag(),
  load: list(text()),
  metrics: place,
  maxMessageBytes: size(),
  maxObjectBytes: size(),
  maxMemoryBytes: size(),
  data: text(),
  fsync: custom<FsyncPolicy>(
    "'always', 'never', or 'interval:' and milliseconds, such as interval:1000",
    parseFsync,
  ),
  snapshotAfterBytes: size(),
  userCodeTimeLimitMs: number({ min: 1, max: 2 ** 31 - 1 }),
  drainTimeoutMs: number({ min: 0, max: 2 ** 31 - 1 }),
  logLevel: oneOf(...LOG_LEVELS),
};

/** Options that cannot be used: everything that is wrong with them at once. Nothing has been opened. */
export class ServerOptionError extends Error {
  override readonly name = 'ServerOptionError';
  readonly code = 'bad-option' as const;
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

/** The flag of an option: what messages call it by. */
export function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** A value as its field reads it, or what is wrong with it. */
export function parseOption(
  name: OptionName,
  value: unknown,
  said: string = flagOf(name),
): { readonly value: unknown } | { readonly problem: string } {
  const field: ValueField = FIELDS[name];
  const parsed = field.parse(typeof value === 'string' ? field.fromText(value) : value);
  return parsed === undefined
    ? { problem: `${said} must be ${field.expected}, not ${JSON.stringify(value) ?? String(value)}` }
    : { value: parsed };
}

/** @throws {ServerOptionError} */
export function checkOptions(options: ServerOptions): CheckedOptions {
  const problems: string[] = [];
  const checked: Partial<Record<OptionName, unknown>> = {};
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    if (!Object.hasOwn(FIELDS, name)) {
      problems.push(`there is no option ${flagOf(name)}`);
      continue;
    }
    const result = parseOption(name as OptionName, value);
    if ('problem' in result) problems.push(result.problem);
    else checked[name as OptionName] = result.value;
  }
  if (problems.length > 0) throw new ServerOptionError(problems);
  return checked as CheckedOptions;
}
