/** The configuration as commands see it. */
import { existsSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { nearest } from '@skein/config';
import { resolveExecutorConfig } from '@skein/executor';
import { Storage } from '@skein/storage';
import { print, printJson, table, visible } from './terminal.ts';
import { UsageError } from './usage-error.ts';

/** Makes a file the configuration of this process and of the workers it starts. */
export async function useConfigFile(file: string): Promise<void> {
  const path = resolve(file);
  if (!existsSync(path)) {
    const names = await readdir(dirname(path)).catch((): string[] => []);
    const near = nearest(basename(path), names);
    throw new UsageError(
      `cannot read the configuration '${file}': no such file${near === undefined ? '' : ` (did you mean ${near}?)`}`,
    );
  }
  if (!statSync(path).isFile())
    throw new UsageError(`cannot read the configuration '${file}': expected a file, found a directory`);
  process.env['SKEIN_CONFIG'] = path;
}

/** Every value with where it was said. */
export async function printConfig(json: boolean): Promise<void> {
  const rows = (await resolveExecutorConfig())
    .rows()
    .map((row) => ({ ...row, value: withoutSecrets(row.value) }));
  if (json) return printJson(rows);
  if (rows.length === 0) {
    print('Nothing is configured: everything has its default.');
    return;
  }
  print(
    table(
      [{ title: 'path' }, { title: 'value' }, { title: 'source' }],
      rows.map(({ path, value, source }) => [path, shown(value), visible(source)]),
    ),
  );
}

/**
 * The storage that a command works on: the one it was given, else the configured one, else the user's own in the
 * system's temporary folder.
 */
export async function openStorage(address: string | undefined): Promise<Storage> {
  const storage = new Storage(address ?? (await resolveExecutorConfig()).storage);
  if (storage.reach === 'process') {
    throw new UsageError(
      `a ${storage.kind} storage ends with its process, so that a command finds nothing in it: name another with --storage file:/path`,
    );
  }
  return storage;
}

/** Where a storage is, for people; its configuration holds no secrets. */
export function placeOf({ kind, config }: Storage): string {
  if (kind === 'fs' && typeof config?.['root'] === 'string') return visible(`file:${config['root']}`);
  const { kind: _kind, ...rest } = config ?? {};
  return Object.keys(rest).length === 0 ? kind : `${kind} ${shown(withoutSecrets(rest))}`;
}

const SECRET =
  /secret|password|passwd|token|credential|access_?key|private_?key|api_?key|connection_?string/i;
const MASK = '***';

/** Storage may be said as an object or an address with a query, whose secrets no schema knows of. */
function withoutSecrets(value: unknown): unknown {
  if (typeof value === 'string')
    return value.replace(/([?&;])([^=&;]+)=([^&;]*)/g, (whole, before: string, name: string) =>
      SECRET.test(name) ? `${before}${name}=${MASK}` : whole,
    );
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== 'object' || value === null) return value;
  const prototype: unknown = Object.getPrototypeOf(value);
  const kind: unknown = Reflect.get(value, 'kind');
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null)
    return `an instance of ${value.constructor.name}`;
  if (typeof Reflect.get(value, 'put') === 'function') return `a driver of kind ${String(kind)}`;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, SECRET.test(name) ? MASK : withoutSecrets(inner)]),
  );
}

function shown(value: unknown): string {
  return visible(typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value)));
}
