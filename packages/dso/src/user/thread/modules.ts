/** Modules that are loaded at the start: what they export can be named without being shipped. */
import { encode, registerClass } from '@skein/codec';

export interface Modules {
  /** Names of the exported classes. */
  readonly classes: readonly string[];
  /** Exported classes and functions. */
  get(name: string): Function | undefined;
  readonly names: readonly string[];
}

/** @throws Error (rejects) when a module cannot be loaded, or two export different things by one name. */
export async function loadModules(urls: readonly string[]): Promise<Modules> {
  const found = new Map<string, Function>();
  for (const url of urls) {
    for (const [key, value] of Object.entries((await import(url)) as Record<string, unknown>)) {
      if (typeof value !== 'function') continue;
      const name = key === 'default' ? value.name : key;
      if (name === '' || found.get(name) === value) continue;
      if (found.has(name))
        throw new Error(`two preloaded modules export ${name}; give one of them another name`);
      found.set(name, value);
      if (isClass(value) && !isRegistered(value)) registerClass(value, name);
    }
  }
  const names = [...found.keys()];
  return {
    classes: names.filter((name) => isClass(found.get(name)!)),
    names,
    get: (name) => found.get(name),
  };
}

export function isClass(fn: Function): boolean {
  return /^class\b/.test(Function.prototype.toString.call(fn));
}

/** A module may have registered its classes itself, by names that clients know. */
function isRegistered(Class: Function): boolean {
  try {
    encode(Class);
    return true;
  } catch {
    return false;
  }
}
