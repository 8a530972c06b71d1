import { types } from 'node:util';
import { writeAnnotated } from './annotate.ts';
import { arrayHasOnlyElements, writeArray } from './arrays.ts';
import { BinaryTable } from './binary.ts';
import { writeBody } from './bodies.ts';
import { registeredName } from './classes.ts';
import { dehydrate } from './dehydrate.ts';
import { CaptureError } from './errors.ts';
import type { FunctionEncoder, FunctionNode } from './functions.ts';
import { intrinsicName } from './intrinsics.ts';
import { kindOf, ordinaryKind } from './kinds.ts';
import { Crumb, crumbs, type Path, pathOf, type Step } from './path.ts';
import { handleTypeOf, type Json, narrower, type Portable, type Reach, reaches } from './portable.ts';
import { whyNot } from './refused.ts';
import { ShapeNode } from './shapes.ts';
import { Sink } from './sink.ts';
import { codecState } from './state.ts';
import { SHORT_SHAPE, TAG } from './tags.ts';

const { getOwnPropertyDescriptor, getOwnPropertyNames, getOwnPropertySymbols, getPrototypeOf, isExtensible } =
  Object;
const { isProxy } = types;
const objectPrototype = Object.prototype;
const arrayPrototype = Array.prototype;

/** Objects with more keys than this are dictionaries, whose keys rarely come again. */
const MAX_SHAPE_KEYS = 48;

/** A handle's type and the module that defines it. */
export interface HandleModule {
  readonly type: string;
  readonly module: string;
}

/** What an encoder is told once for a message. */
export interface EncoderOptions {
  readonly functions?: FunctionEncoder | undefined;
  readonly reach?: Reach | undefined;
  readonly root?: string | undefined;
  readonly dropped?: ((failure: CaptureError) => void) | undefined;
}

/** A point to which an encoder can go back. */
interface Mark {
  readonly position: number;
  readonly count: number;
  readonly shapes: number;
  readonly strings: number;
  readonly binaries: number;
  readonly depth: number;
  readonly values: number;
  readonly handles: number;
  readonly reach: Reach;
}

/**
 * Writes one graph of values, depth first, in one pass. Each object gets a number when it comes into being on the
 * other side; a second meeting writes that number.
 */
export class Encoder extends Sink {
  readonly functions: FunctionEncoder | undefined;
  readonly dropped: ((failure: CaptureError) => void) | undefined;
  handles: Map<string, HandleModule> | undefined;
  reach: Reach = 'network';

  private readonly allowed: Reach | undefined;
  /** What the root is called in paths. */
  named: string | (() => string);
  /** Read once: it is not cheap, and compared with every object. */
  private readonly environment = process.env;
  private binaryTable: BinaryTable | undefined;
  private seen: Map<unknown, number> | undefined;
  private count = 0;
  private shapeRoot: ShapeNode | undefined;
  private readonly shapes: ShapeNode[] = [];
  /** The values of the objects that are being written, as one stack. */
  private readonly values: unknown[] = [];
  private valueCount = 0;
  readonly trail: Step[] = [];
  depth = 0;
  private pending: Map<Function, FunctionNode> | undefined;

  constructor(options: EncoderOptions) {
    super();
    this.functions = options.functions;
    this.dropped = options.dropped;
    this.allowed = options.reach;
    this.named = options.root ?? 'value';
  }

  /** Any value. */
  value(value: unknown): void {
    switch (typeof value) {
      case 'number':
        this.number(value);
        return;
      case 'string':
        this.string(value);
        return;
      case 'object':
        if (value === null) this.byte(TAG.null);
        else this.object(value);
        return;
      case 'boolean':
        this.byte(value ? TAG.true : TAG.false);
        return;
      case 'undefined':
        this.byte(TAG.undefined);
        return;
      case 'bigint':
        this.bigint(value);
        return;
      case 'symbol':
        this.symbol(value);
        return;
      case 'function':
        this.fn(value);
        return;
    }
  }

  /** A value one step further in: the step is remembered while it is written, for errors. */
  child(value: unknown, step: Step): void {
    this.trail[this.depth++] = step;
    this.value(value);
    this.depth--;
  }

  /** Several values under one step. */
  within(step: Step, write: () => void): void {
    this.trail[this.depth++] = step;
    write();
    this.depth--;
  }

  /** Whether the object was written already; if so, writes its number. */
  again(value: unknown): boolean {
    const number = this.seen?.get(value);
    if (number === undefined) return false;
    this.byte(TAG.ref);
    this.varint(number);
    return true;
  }

  /** Gives an object the next number. To be called where the decoder creates it. */
  born(value: unknown): void {
    this.seen ??= new Map();
    this.seen.set(value, this.count++);
  }

  has(value: unknown): boolean {
    return this.seen?.has(value) === true;
  }

  /** The binary memory of the message. */
  get binary(): BinaryTable {
    this.binaryTable ??= new BinaryTable();
    return this.binaryTable;
  }

  get hasBinary(): boolean {
    return this.binaryTable !== undefined;
  }

  /** The place that is being written, for errors and hooks. */
  path(): Path {
    return pathOf(typeof this.named === 'string' ? this.named : this.named(), this.trail, this.depth);
  }

  refuse(reason: string, code?: 'uncapturable' | 'reach'): never {
    throw new CaptureError(crumbs(this.path()), reason, code === undefined ? undefined : { code });
  }

  /** Writes an object whose properties are all plain data; otherwise writes nothing and says so. */
  plain(object: object): boolean {
    const names = getOwnPropertyNames(object);
    const { length } = names;
    if (length === 0 && isDisguised(object)) return false;
    const { values } = this;
    const base = this.valueCount;
    const shaped = length <= MAX_SHAPE_KEYS;
    this.shapeRoot ??= new ShapeNode();
    let node = this.shapeRoot;
    for (let i = 0; i < length; i++) {
      const name = names[i]!;
      const descriptor = getOwnPropertyDescriptor(object, name)!;
      if (!descriptor.writable || !descriptor.enumerable || !descriptor.configurable) {
        this.valueCount = base;
        return false;
      }
      values[this.valueCount++] = descriptor.value;
      if (shaped) node = node.step(name);
    }
    this.born(object);
    if (shaped) this.shape(node, names);
    else {
      this.byte(TAG.dictionary);
      this.varint(length);
    }
    for (let i = 0; i < length; i++) {
      const value = values[base + i];
      if (!shaped) this.string(names[i]!);
      if (typeof value === 'number') this.number(value);
      else if (typeof value === 'string') this.string(value);
      else if (typeof value === 'object' && value !== null) {
        // Not by way of `child`: each frame less lets values nest deeper.
        this.trail[this.depth++] = names[i]!;
        this.object(value);
        this.depth--;
      } else this.child(value, names[i]!);
    }
    this.valueCount = base;
    return true;
  }

  handle(object: object, descriptor: Portable<object, Json>): void {
    const { type, module } = descriptor;
    const reach = typeof descriptor.reach === 'function' ? descriptor.reach(object) : descriptor.reach;
    if (this.allowed !== undefined && !reaches(reach, this.allowed)) {
      this.refuse(
        `a handle (${type}) that can only be used ${reach === 'process' ? 'in this process' : 'on this machine'}, ` +
          `and the receiver is ${this.allowed === 'host' ? 'another process' : 'another machine'}; ` +
          'use one that can be reached from there',
        'reach',
      );
    }
    const state = dehydrate(object, descriptor);
    this.reach = narrower(this.reach, reach);
    this.handles ??= new Map();
    this.handles.set(type, { type, module });
    this.byte(TAG.handle);
    this.string(type);
    this.string(state);
    this.born(object);
  }

  /**
   * Writes `first`, or, when something in it cannot travel, what `second` writes; everything that `first` left
   * behind is undone.
   */
  attempt(first: () => void, second: (failure: CaptureError) => void): void {
    const mark = this.mark();
    try {
      first();
    } catch (error) {
      if (!(error instanceof CaptureError) || error.code === 'too-deep') throw error;
      this.rollback(mark);
      second(error);
    }
  }

  mark(): Mark {
    return {
      position: this.position,
      count: this.count,
      shapes: this.shapes.length,
      strings: this.stringCount,
      binaries: this.binaryTable?.size ?? 0,
      depth: this.depth,
      values: this.valueCount,
      handles: this.handles?.size ?? 0,
      reach: this.reach,
    };
  }

  rollback(mark: Mark): void {
    this.position = mark.position;
    this.depth = mark.depth;
    this.count = mark.count;
    for (const [value, number] of this.seen ?? []) if (number >= mark.count) this.seen?.delete(value);
    for (const node of this.shapes.splice(mark.shapes)) node.shape = -1;
    this.forgetStrings(mark.strings);
    this.binaryTable?.truncate(mark.binaries);
    this.valueCount = mark.values;
    this.reach = mark.reach;
    for (const type of [...(this.handles?.keys() ?? [])].slice(mark.handles)) this.handles?.delete(type);
  }

  /** Starts a further value that shares nothing with those before it. */
  separate(): void {
    if (this.count > 0) {
      this.count = 0;
      this.seen?.clear();
      this.binaryTable?.separate();
    }
    this.pending = undefined;
  }

  /** Marks the place of a chunk's item that cannot travel. */
  fail(reason: string): void {
    this.byte(TAG.failed);
    this.string(reason);
  }

  /** An object of any kind. */
  object(object: object): void {
    if (this.again(object)) return;
    const token = this.functions?.reference?.(object);
    if (token !== undefined) {
      this.reference(object, token);
      return;
    }
    if (isProxy(object)) {
      this.proxy(object);
      return;
    }
    const prototype = getPrototypeOf(object) as object | null;
    if (prototype === objectPrototype) {
      if (
        isExtensible(object) &&
        getOwnPropertySymbols(object).length === 0 &&
        object !== this.environment &&
        this.plain(object)
      ) {
        return;
      }
    } else if (prototype === arrayPrototype && Array.isArray(object)) {
      if (isExtensible(object) && arrayHasOnlyElements(object)) {
        writeArray(this, object);
        return;
      }
    }
    const kind = ordinaryKind(object, prototype);
    if (kind !== undefined) writeBody(this, object, kind);
    else writeAnnotated(this, object, prototype);
  }

  private proxy(proxy: object): void {
    const standIn = codecState().standIns.get(proxy);
    if (standIn === undefined) {
      this.refuse('a Proxy, whose behaviour cannot be read; ship its target, or a plain copy ({ ...proxy })');
    }
    // Its own number serves both: it is one object there.
    this.value(standIn);
    this.seen?.set(proxy, this.seen.get(standIn)!);
  }

  private reference(object: object, token: unknown): void {
    this.byte(TAG.reference);
    this.value(token);
    this.born(object);
  }

  private shape(node: ShapeNode, names: readonly string[]): void {
    if (node.shape >= 0) {
      if (node.shape < 32) this.byte(SHORT_SHAPE | node.shape);
      else {
        this.byte(TAG.object);
        this.varint(node.shape);
      }
      return;
    }
    node.shape = this.shapes.push(node) - 1;
    this.byte(TAG.objectNewShape);
    this.varint(names.length);
    for (const name of names) this.string(name);
  }

  private symbol(symbol: symbol): void {
    if (this.again(symbol)) return;
    const key = Symbol.keyFor(symbol);
    if (key !== undefined) {
      this.byte(TAG.symbolFor);
      this.string(key);
    } else {
      const known = wellKnownName(symbol);
      if (known !== undefined) {
        this.byte(TAG.symbolWellKnown);
        this.string(known);
      } else if (symbol.description === undefined) this.byte(TAG.symbolBare);
      else {
        this.byte(TAG.symbol);
        this.string(symbol.description);
      }
    }
    this.born(symbol);
  }

  private fn(fn: Function): void {
    if (this.again(fn)) return;
    const token = this.functions?.reference?.(fn);
    if (token !== undefined) {
      this.reference(fn, token);
      return;
    }
    const intrinsic = intrinsicName(fn);
    if (intrinsic !== undefined) {
      this.byte(TAG.intrinsic);
      this.string(intrinsic);
      this.born(fn);
      return;
    }
    const registered = registeredName(fn);
    if (registered !== undefined) {
      this.byte(TAG.registeredClass);
      this.string(registered);
      this.born(fn);
      return;
    }
    const handles = handleTypeOf(fn);
    if (handles !== undefined) {
      this.handles ??= new Map();
      this.handles.set(handles.type, handles);
      this.byte(TAG.handleClass);
      this.string(handles.type);
      this.born(fn);
      return;
    }
    if (isProxy(fn)) {
      this.proxy(fn);
      return;
    }
    if (this.functions === undefined) {
      const kind = isClass(fn) ? 'class' : 'function';
      this.refuse(
        `the ${kind} ${fn.name || '(anonymous)'}; data travels without code here: ` +
          (kind === 'class'
            ? 'register the class on both sides (registerClass), or ship it with @skein/closure'
            : 'ship it with @skein/closure'),
      );
    }
    this.captured(fn, this.functions);
  }

  private captured(fn: Function, functions: FunctionEncoder): void {
    this.pending ??= new Map();
    const node = this.pending.get(fn) ?? functions.encode(fn, this.path());
    this.pending.set(fn, node);
    this.byte(TAG.function);
    this.varint(node.before.length);
    this.members(node.before, node.labels?.before);
    // A superclass whose static field names its subclass has written this function meanwhile.
    if (this.has(fn)) {
      this.byte(TAG.already);
      this.again(fn);
      return;
    }
    this.value(node.token);
    this.born(fn);
    this.pending.delete(fn);
    this.varint(node.after.length);
    this.members(node.after, node.labels?.after);
  }

  private members(values: readonly unknown[], labels: readonly string[] | undefined): void {
    for (let i = 0; i < values.length; i++) {
      const label = labels?.[i];
      if (label === '') this.value(values[i]);
      else this.child(values[i], label === undefined ? i : new Crumb(label));
    }
  }
}

/** An object without properties may be a Map or Date whose prototype was replaced: look again, slowly. */
function isDisguised(object: object): boolean {
  return kindOf(object) !== 'object' || whyNot(object) !== undefined;
}

/** Whether a function is a class, as its text says. */
function isClass(fn: Function): boolean {
  return Function.prototype.toString.call(fn).startsWith('class');
}

let wellKnown: Map<symbol, string> | undefined;

function wellKnownName(symbol: symbol): string | undefined {
  if (wellKnown === undefined) {
    wellKnown = new Map();
    for (const name of getOwnPropertyNames(Symbol)) {
      const value: unknown = getOwnPropertyDescriptor(Symbol, name)?.value;
      if (typeof value === 'symbol') wellKnown.set(value, name);
    }
  }
  return wellKnown.get(symbol);
}
