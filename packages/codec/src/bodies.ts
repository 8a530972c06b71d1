import type { Encoder } from './encoder.ts';
import { type Kind, unbox, viewName } from './kinds.ts';
import { Crumb, MapKey } from './path.ts';
import { TAG, VIEW_KINDS, type ViewKind } from './tags.ts';

const MAP_KEY = new Crumb('<key>');
const SET_ITEM = new Crumb('<item>');

/** Writes what a built-in holds in its internal slots. */
export function writeBody(encoder: Encoder, object: object, kind: Exclude<Kind, 'object' | 'array'>): void {
  switch (kind) {
    case 'map':
      writeMap(encoder, object as Map<unknown, unknown>);
      return;
    case 'set':
      writeSet(encoder, object as Set<unknown>);
      return;
    case 'date':
      encoder.born(object);
      encoder.byte(TAG.date);
      encoder.float(Date.prototype.getTime.call(object));
      return;
    case 'regexp':
      writeRegExp(encoder, object as RegExp);
      return;
    case 'error':
      encoder.born(object);
      encoder.byte(TAG.error);
      return;
    case 'boxed':
      encoder.byte(TAG.boxed);
      encoder.value(unbox(object));
      encoder.born(object);
      return;
    case 'url':
      encoder.born(object);
      encoder.byte(TAG.url);
      encoder.string(Reflect.get(URL.prototype, 'href', object));
      return;
    case 'searchParams':
      encoder.born(object);
      encoder.byte(TAG.searchParams);
      encoder.string(URLSearchParams.prototype.toString.call(object));
      return;
    case 'domException':
      encoder.born(object);
      encoder.byte(TAG.domException);
      encoder.string(Reflect.get(DOMException.prototype, 'message', object));
      encoder.string(Reflect.get(DOMException.prototype, 'name', object));
      return;
    case 'buffer':
      writeArrayBuffer(encoder, object as ArrayBuffer);
      return;
    case 'view':
      writeView(encoder, object as ArrayBufferView);
      return;
  }
}

function writeMap(encoder: Encoder, map: Map<unknown, unknown>): void {
  encoder.born(map);
  encoder.byte(TAG.map);
  // The internal slots, not methods that a subclass may have changed.
  const entries: unknown[] = [];
  Map.prototype.forEach.call(map, (value, key) => entries.push(key, value));
  encoder.varint(entries.length / 2);
  for (let i = 0; i < entries.length; i += 2) {
    const key = entries[i];
    const value = entries[i + 1];
    if (typeof key === 'string') encoder.string(key);
    else encoder.child(key, MAP_KEY);
    if (typeof value === 'object' || typeof value === 'function') encoder.child(value, new MapKey(key));
    else encoder.value(value);
  }
}

function writeSet(encoder: Encoder, set: Set<unknown>): void {
  encoder.born(set);
  encoder.byte(TAG.set);
  const items: unknown[] = [];
  Set.prototype.forEach.call(set, (item) => items.push(item));
  encoder.varint(items.length);
  for (const item of items) encoder.child(item, SET_ITEM);
}

function writeRegExp(encoder: Encoder, regexp: RegExp): void {
  encoder.byte(TAG.regexp);
  encoder.string(Reflect.get(RegExp.prototype, 'source', regexp));
  encoder.string(Reflect.get(RegExp.prototype, 'flags', regexp));
  encoder.value(Object.getOwnPropertyDescriptor(regexp, 'lastIndex')!.value);
  encoder.born(regexp);
}

interface Resizable {
  readonly resizable?: boolean;
  readonly maxByteLength?: number;
  readonly detached?: boolean;
}

function writeArrayBuffer(encoder: Encoder, buffer: ArrayBuffer): void {
  const { resizable, maxByteLength } = buffer as Resizable;
  encoder.born(buffer);
  encoder.byte(resizable ? TAG.resizableBuffer : TAG.arrayBuffer);
  encoder.varint(encoder.binary.addBuffer(buffer));
  if (resizable) encoder.varint(maxByteLength!);
}

function writeView(encoder: Encoder, view: ArrayBufferView): void {
  const buffer = view.buffer;
  if (!isPlainBuffer(buffer)) {
    encoder.refuse(
      'a view of a SharedArrayBuffer, which no other process can share; ship a copy (view.slice()) or use a shared object',
    );
  }
  const kind: ViewKind = Buffer.isBuffer(view) ? 'Buffer' : (viewName(view) as ViewKind);
  const number = VIEW_KINDS.indexOf(kind);
  if (number < 0) encoder.refuse(`a ${kind}, which this version of the codec does not know`);
  encoder.born(view);
  encoder.byte(TAG.view);
  encoder.byte(number);
  encoder.varint(encoder.binary.addView(view as ArrayBufferView<ArrayBuffer>));
  encoder.varint(view.byteOffset);
  encoder.varint(view.byteLength);
}

function isPlainBuffer(buffer: ArrayBufferLike): buffer is ArrayBuffer {
  return Object.prototype.toString.call(buffer) !== '[object SharedArrayBuffer]';
}
