/**
 * Where in a value the encoder is, as a linked list: building a step costs nothing until an error
 * needs the words. A number is an index, a symbol a symbol property; a string is a crumb as it is shown.
 */
export interface Path {
  readonly up: Path | undefined;
  readonly key: PathKey;
}

/** One step: an index, a symbol property, a crumb (`.config`, `[[Prototype]]`) or the key of a Map entry. */
export type PathKey = string | number | symbol | MapKey;

/** The step into the value of a Map entry; the key is only described when an error needs it. */
export class MapKey {
  readonly key: unknown;
  constructor(key: unknown) {
    this.key = key;
  }
}

/** A step that is shown as it is. */
export class Crumb {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** A step as the encoder notes it: here a string is the name of a property. */
export type Step = string | number | symbol | MapKey | Crumb;

/** The first `depth` steps below a root. */
export function pathOf(root: string, steps: readonly Step[], depth: number): Path {
  let path: Path = { up: undefined, key: root };
  for (let i = 0; i < depth; i++) {
    const step = steps[i]!;
    const key = typeof step === 'string' ? propertyCrumb(step) : step instanceof Crumb ? step.text : step;
    path = { up: path, key };
  }
  return path;
}

/** The crumbs of a path, root first: `['handler', 'config', '.db', '[0]']`. */
export function crumbs(path: Path | undefined): string[] {
  const out: string[] = [];
  for (let step = path; step !== undefined; step = step.up) out.push(crumb(step.key));
  return out.reverse();
}

/** The crumb of a property: `.name`, or `["odd name"]`. */
export function propertyCrumb(name: string): string {
  return /^[\p{ID_Start}$_#][\p{ID_Continue}$]*$/u.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
}

function crumb(key: PathKey): string {
  switch (typeof key) {
    case 'string':
      return key;
    case 'number':
      return `[${key}]`;
    case 'symbol':
      return `[${String(key)}]`;
    default:
      return `.get(${describeKey(key.key)})`;
  }
}

function describeKey(key: unknown): string {
  if (typeof key === 'string') return JSON.stringify(key.length > 40 ? `${key.slice(0, 40)}…` : key);
  if (typeof key === 'object' && key !== null) return '{…}';
  if (typeof key === 'function') return `${key.name || 'function'}`;
  return String(key);
}
