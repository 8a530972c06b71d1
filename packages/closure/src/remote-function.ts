import { fileURLToPath } from 'node:url';
import type { CodeReference } from './captured-code.ts';

type AnyFunction = (...args: never[]) => unknown;

/** What a remote function looks like here: calling it imports its module and calls the export. */
export type RemoteFunction<F extends AnyFunction> = (
  ...args: Parameters<F>
) => Promise<Awaited<ReturnType<F>>>;

const references = new WeakMap<Function, CodeReference>();

/**
 * A function that travels by name: the module at `url` is bundled, and its export `name` runs. Nothing is read of
 * the function at run time, so it works where the inspector is not allowed; module-level variables are those of
 * a freshly imported module. The module should not be the program's entry, whose import would run the program.
 *
 * ```ts
 * const resize = remoteFunction<typeof import('./image.ts').resize>(new URL('./image.ts', import.meta.url).href, 'resize');
 * ```
 * @param url - `import.meta.url` of the module, or another `file:` URL.
 * @param name - The name of the export; `'default'` for the default export.
 */
export function remoteFunction<F extends AnyFunction = (...args: never[]) => unknown>(
  url: string,
  name: string,
): RemoteFunction<F> {
  if (typeof url !== 'string' || !url.startsWith('file:')) {
    throw new TypeError(
      `remoteFunction(url, name): expected a file: URL such as import.meta.url, got ${String(url)}`,
    );
  }
  if (typeof name !== 'string' || name === '') {
    throw new TypeError(`remoteFunction(url, name): expected the name of an export, got ${String(name)}`);
  }
  const call = async (...args: Parameters<F>): Promise<Awaited<ReturnType<F>>> => {
    const module = (await import(url)) as Record<string, unknown>;
    const target = module[name];
    if (typeof target !== 'function') throw new TypeError(`${url} has no function named ${name}`);
    return (await Reflect.apply(target, undefined, args)) as Awaited<ReturnType<F>>;
  };
  Object.defineProperty(call, 'name', { value: name, configurable: true });
  references.set(call, { kind: 'module', file: fileURLToPath(url.replace(/[?#].*$/, '')), name });
  return call;
}

/** The export that a remote function stands for; undefined for other functions. */
export function referenceTo(fn: Function): CodeReference | undefined {
  return references.get(fn);
}
