import { HandleError } from './errors.ts';
import type { Json, Portable } from './portable.ts';

/** A handle is a name and a few settings; what is larger belongs into storage. */
const MAX_STATE_BYTES = 16 * 1024;

const SECRET =
  /^(?:x-amz-)?(?:pass(?:word|wd|phrase)?|(?:client|app)?[-_]?secret(?:[-_]?access)?(?:[-_]?key)?|(?:auth|access|session|bearer|refresh|security)?[-_]?token|api[-_]?key|access[-_]?key(?:[-_]?id)?|account[-_]?key|private[-_]?key|credentials?|signature|authorization)$/i;
const USER_INFO = /^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i;

/** The handle's state as JSON text: checked, without credentials, user info of URLs removed (contract, 5). */
export function dehydrate(handle: object, descriptor: Portable<object, Json>): string {
  const { type } = descriptor;
  const state = descriptor.dehydrate(handle);
  const text = JSON.stringify(clean(state, type, 'state')) as string | undefined;
  const bytes = text === undefined ? 0 : Buffer.byteLength(text);
  if (text === undefined) throw bad(type, `dehydrate returned ${String(state)}, expected JSON`);
  if (bytes > MAX_STATE_BYTES) {
    throw bad(type, `dehydrate returned ${bytes} bytes of JSON, at most ${MAX_STATE_BYTES} are allowed`);
  }
  return text;
}

function clean(value: unknown, type: string, where: string): Json {
  switch (typeof value) {
    case 'string':
      return cleanText(value, type, where);
    case 'boolean':
      return value;
    case 'number':
      if (Number.isFinite(value)) return value;
      throw bad(type, `${where} is ${value}, which JSON cannot say`);
    case 'object':
      break;
    default:
      throw bad(type, `${where} is of type ${typeof value}, expected JSON`);
  }
  if (value === null) return null;
  if (Array.isArray(value)) return value.map((item, i) => clean(item, type, `${where}[${i}]`));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    throw bad(type, `${where} is an instance of a class, expected JSON`);
  }
  const out: [string, Json][] = [];
  for (const [key, member] of Object.entries(value)) {
    // An absent option is usual in JavaScript, and means the same as no key.
    if (member === undefined) continue;
    if (SECRET.test(key)) throw secret(type, `${where}.${key}`);
    out.push([key, clean(member, type, `${where}.${key}`)]);
  }
  return Object.fromEntries(out);
}

function cleanText(text: string, type: string, where: string): string {
  const query = /^[a-z][a-z0-9+.-]*:[^?]*\?([^#]*)/i.exec(text)?.[1];
  if (query !== undefined) {
    for (const key of new URLSearchParams(query).keys())
      if (SECRET.test(key)) throw secret(type, `${where}?${key}`);
  }
  return text.replace(USER_INFO, '$1');
}

function secret(type: string, where: string): HandleError {
  return new HandleError(
    'credentials',
    type,
    `${type}: ${where} looks like a credential; handles travel without them: ` +
      'leave it out of dehydrate and ask site.credentials(service, address) when connecting',
  );
}

function bad(type: string, what: string): HandleError {
  return new HandleError('bad-state', type, `${type}: ${what}`);
}
