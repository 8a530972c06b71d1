import { ownName } from '../emit/unit.ts';
import { type Extra, PROPERTY } from '../tokens.ts';
import type { ScriptRecord } from './record.ts';

/** What a function object has beyond its code: tokens, their values, and what the values are called in paths. */
export interface Extras {
  readonly tokens: readonly Extra[];
  readonly values: readonly unknown[];
  readonly labels: readonly string[];
}

/** Properties and inheritance of a function or class that its code does not make by itself. No getter is run. */
export function extrasOf(
  fn: Function,
  record: ScriptRecord,
  statics: readonly unknown[] | undefined,
): Extras {
  const tokens: Extra[] = [];
  const values: unknown[] = [];
  const labels: string[] = [];
  const shape = record.analysis?.shape;
  const isMethodInText = (key: PropertyKey, { value, get, set }: PropertyDescriptor): boolean => {
    if (shape === undefined) return false;
    const candidate: unknown = value ?? get ?? set;
    if (typeof candidate !== 'function') return false;
    const isNamed = shape.methods === undefined || shape.methods.has(String(key));
    return isNamed && record.text.includes(Function.prototype.toString.call(candidate));
  };
  const add = (
    on: 'own' | 'prototype',
    holder: object,
    isStandard: (key: PropertyKey, d: PropertyDescriptor) => boolean,
  ): void => {
    for (const key of Reflect.ownKeys(holder)) {
      const descriptor = Object.getOwnPropertyDescriptor(holder, key)!;
      if (isStandard(key, descriptor) || isMethodInText(key, descriptor)) continue;
      const prefix = on === 'own' ? '' : '.prototype';
      const label = typeof key === 'symbol' ? `${prefix}[${String(key)}]` : `${prefix}.${key}`;
      if (typeof key === 'symbol') {
        values.push(key);
        labels.push(label);
      }
      const isAccessor = !('value' in descriptor);
      tokens.push([on, typeof key === 'symbol' ? null : key, flagsOf(descriptor)]);
      values.push(...(isAccessor ? [descriptor.get, descriptor.set] : [descriptor.value]));
      labels.push(...(isAccessor ? [label, label] : [label]));
    }
  };

  const written = record.analysis && ownName(record.analysis);
  add('own', fn, (key, descriptor) => {
    if (!isStandardOnFunction(key, descriptor)) return false;
    // A transpiler renames (`class _Order`) and sets the name again; only the property has it then.
    return key !== 'name' || written === undefined || descriptor.value === written;
  });
  const prototype = Object.getOwnPropertyDescriptor(fn, 'prototype')?.value as object | null | undefined;
  if (prototype !== undefined && prototype !== null && typeof prototype === 'object') {
    add('prototype', prototype, (key) => key === 'constructor');
    if (
      shape === undefined &&
      record.analysis?.node.type.startsWith('Function') === true &&
      !isGenerator(record)
    ) {
      const up: unknown = Object.getPrototypeOf(prototype);
      if (up !== Object.prototype) {
        tokens.push(['inherits']);
        values.push(up);
        labels.push('.prototype.__proto__');
      }
    }
  }
  if (statics !== undefined) {
    tokens.push(['statics', statics.length]);
    values.push(...statics);
    labels.push(...shape!.privateStatics.map((name) => `.${name}`));
  }
  return { tokens, values, labels };
}

function isGenerator({ analysis }: ScriptRecord): boolean {
  return (analysis?.node as { generator?: boolean } | undefined)?.generator === true;
}

/** `length` and `name` as the engine makes them, and what cannot be set anyway. */
function isStandardOnFunction(key: PropertyKey, { writable, enumerable }: PropertyDescriptor): boolean {
  if (key === 'prototype' || key === 'arguments' || key === 'caller') return true;
  return (key === 'length' || key === 'name') && writable !== true && enumerable !== true;
}

function flagsOf(descriptor: PropertyDescriptor): number {
  return (
    (descriptor.writable === true ? PROPERTY.writable : 0) |
    (descriptor.enumerable === true ? PROPERTY.enumerable : 0) |
    (descriptor.configurable === true ? PROPERTY.configurable : 0) |
    ('value' in descriptor ? 0 : PROPERTY.accessor)
  );
}
