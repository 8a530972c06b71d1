import type { ReferenceToken } from './tokens.ts';

/**
 * Node's own modules by value. Only those that are loaded already are looked at: a value of a module that was
 * never loaded cannot exist.
 */
let modules: Map<object, string> | undefined;
let members: Map<object, readonly [module: string, member: string]> | undefined;
let listed = 0;

/** The token of a module of Node's own (`fs`), undefined for other objects. */
export function builtinModule(value: object): ReferenceToken | undefined {
  refresh();
  const name = modules!.get(value);
  return name === undefined ? undefined : ['node', name, 'default'];
}

/** The token of a function or class of Node's own (`fs.readFile`), undefined for others. */
export function builtinMember(value: Function): ReferenceToken | undefined {
  const whole = builtinModule(value);
  if (whole !== undefined) return whole;
  if (members === undefined) {
    members = new Map();
    for (const [module, name] of modules!) {
      addMembers(module, name, '');
    }
  }
  const found = members.get(value);
  return found === undefined ? undefined : ['node', ...found];
}

/** The value of a token. */
export function builtinOf([, module, member]: Extract<
  ReferenceToken,
  readonly ['node', ...unknown[]]
>): unknown {
  if (member === '*') return builtinNamespace(module);
  const found = builtin(module);
  if (member === 'default') return found;
  return member.split('.').reduce((holder, key) => (holder as Record<string, unknown>)[key], found);
}

/** One of Node's own modules, as `import` gives its default export. */
export function builtin(name: string): unknown {
  const module: unknown = process.getBuiltinModule(name);
  if (module === undefined) {
    throw new Error(`the function imports node:${name}, which Node ${process.versions.node} does not have`);
  }
  return module;
}

/** One of Node's own modules as a namespace. */
export function builtinNamespace(name: string): unknown {
  const module = builtin(name) as object;
  let namespace = namespaces.get(module);
  if (namespace === undefined) {
    namespace = Object.create(module, { default: { value: module, enumerable: true } }) as object;
    namespaces.set(module, namespace);
  }
  return namespace;
}

const namespaces = new WeakMap<object, object>();

/** Functions of a module, and of the objects in it: `util.types.isDate`, `path.posix.join`. */
function addMembers(holder: object, module: string, prefix: string): void {
  for (const [key, { value: member }] of Object.entries(Object.getOwnPropertyDescriptors(holder))) {
    if (typeof member === 'function') {
      if (!members!.has(member)) members!.set(member, [module, prefix + key]);
    } else if (prefix === '' && typeof member === 'object' && member !== null) {
      addMembers(member as object, module, `${key}.`);
    }
  }
}

function refresh(): void {
  const loaded = (process as unknown as { moduleLoadList?: readonly string[] }).moduleLoadList ?? [];
  if (modules !== undefined && loaded.length === listed) return;
  listed = loaded.length;
  modules = new Map();
  members = undefined;
  for (const entry of loaded) {
    const name = /^NativeModule (?!internal\/)(.+)$/.exec(entry)?.[1];
    if (name === undefined) continue;
    const module: unknown = process.getBuiltinModule(name);
    if ((typeof module === 'object' && module !== null) || typeof module === 'function')
      modules.set(module, name);
  }
}
