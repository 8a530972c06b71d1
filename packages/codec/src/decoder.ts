import type { BinarySource } from './binary-source.ts';
import { registeredClass } from './classes.ts';
import { CodecError, isStackOverflow } from './errors.ts';
import { corrupt } from './frame.ts';
import type { FunctionDecoder } from './functions.ts';
import { intrinsicOf } from './intrinsics.ts';
import { handleClassOf, type Json, portableOf } from './portable.ts';
import { processSite, type Site } from './site.ts';
import { Source } from './source.ts';
import { ATTRIBUTE, END_OF_PROPERTIES, NOTE, NUMBERS, SHORT_SHAPE, SHORT_STRING, TAG } from './tags.ts';

/** Keys in their order. `plain`: none of them means something else when it is assigned to a new object. */
interface Shape {
  readonly keys: readonly string[];
  readonly plain: boolean;
}

type Fields = Record<string, unknown>;

/** What a decoder is told once for a message. */
export interface DecoderOptions {
  readonly functions?: FunctionDecoder | undefined;
  readonly site?: Site | undefined;
  /** Takes what this process cannot rebuild (an unknown handle); without, it is thrown. The rest is still read. */
  readonly failed?: ((error: unknown) => void) | undefined;
}

/** Reads what {@link Encoder} writes: it creates objects in the same order, and so counts them alike. */
export class Decoder extends Source {
  private readonly binary: BinarySource;
  private readonly options: DecoderOptions;
  private readonly shapes: Shape[] = [];
  private refs: unknown[] = [];
  private late: (() => void)[] = [];

  constructor(bytes: Buffer, start: number, end: number, binary: BinarySource, options: DecoderOptions) {
    super(bytes, start, end);
    this.binary = binary;
    this.options = options;
  }

  /** One whole value, with everything that has to wait until it exists. */
  root(): unknown {
    const value = this.value();
    for (const step of this.late) this.rebuild(step, undefined);
    return value;
  }

  /** Starts a further, independent value. */
  separate(): void {
    if (this.refs.length > 0) this.refs = [];
    if (this.late.length > 0) this.late = [];
  }

  /** The reason in place of a chunk's item that was not encoded. */
  failure(): string | undefined {
    if (this.position >= this.end || this.bytes[this.position] !== TAG.failed) return undefined;
    this.position++;
    return this.string();
  }

  value(): unknown {
    const tag = this.byte();
    if (tag < SHORT_STRING) return tag;
    if (tag >= SHORT_SHAPE && tag < SHORT_SHAPE + 32)
      return this.shaped(tag - SHORT_SHAPE, undefined, undefined);
    switch (tag) {
      case TAG.undefined:
        return undefined;
      case TAG.null:
        return null;
      case TAG.false:
        return false;
      case TAG.true:
        return true;
      case TAG.integer:
        return this.integer();
      case TAG.float:
        return this.float();
      case TAG.bigint:
        return this.bigint();
      case TAG.ref:
        return this.ref();
      case TAG.symbol:
        return this.born(Symbol(this.string()));
      case TAG.symbolBare:
        return this.born(Symbol());
      case TAG.symbolFor:
        return this.born(Symbol.for(this.string()));
      case TAG.symbolWellKnown:
        return this.born(this.wellKnown(this.string()));
      case TAG.array:
        return this.array(this.born([]));
      case TAG.annotated:
        return this.annotated();
      case TAG.intrinsic:
        return this.intrinsic();
      case TAG.prototypeOf:
        return this.prototypeOf();
      case TAG.registeredClass:
        return this.registeredClass();
      case TAG.function:
        return this.fn();
      case TAG.reference:
        return this.reference();
      case TAG.handle:
        return this.handle();
      case TAG.handleClass:
        return this.born(
          this.rebuild<unknown>(
            () => handleClassOf(this.string()),
            () => Object,
          ),
        );
      default:
        return tag < SHORT_SHAPE ? this.text(tag) : (this.text(tag) ?? this.body(tag, undefined, undefined));
    }
  }

  /** The next object in order. */
  private born<T>(value: T): T {
    this.refs.push(value);
    return value;
  }

  /** The next object in order, with the prototype that was announced. */
  private shell<T extends object>(object: T, prototype: object | null | undefined): T {
    if (prototype !== undefined) Object.setPrototypeOf(object, prototype);
    this.refs.push(object);
    return object;
  }

  private ref(): unknown {
    const number = this.varint();
    if (number >= this.refs.length) throw corrupt('it refers to an object that was never written');
    return this.refs[number];
  }

  /** An object; `made` is what stands for it where its class had to make it. */
  private body(tag: number, prototype: object | null | undefined, made: object | undefined): unknown {
    if (tag >= SHORT_SHAPE && tag < SHORT_SHAPE + 32) return this.shaped(tag - SHORT_SHAPE, prototype, made);
    switch (tag) {
      case TAG.object:
        return this.shaped(this.varint(), prototype, made);
      case TAG.objectNewShape:
        return this.shaped(this.newShape(), prototype, made);
      case TAG.dictionary:
        return this.dictionary(prototype, made);
      case TAG.array:
        return this.array(this.shell((made as unknown[] | undefined) ?? [], prototype));
      case TAG.sparse:
        return this.sparse(this.shell((made as unknown[] | undefined) ?? [], prototype));
      case TAG.numbers:
        return this.numbers(prototype, made);
      case TAG.map:
        return this.map(this.shell((made as Map<unknown, unknown> | undefined) ?? new Map(), prototype));
      case TAG.set:
        return this.set(this.shell((made as Set<unknown> | undefined) ?? new Set(), prototype));
      case TAG.date: {
        const time = this.float();
        if (made !== undefined) Date.prototype.setTime.call(made, time);
        return this.shell(made ?? new Date(time), prototype);
      }
      case TAG.regexp:
        return this.regexp(prototype);
      case TAG.error:
        return this.shell(made ?? new Error(), prototype);
      case TAG.boxed:
        return this.boxed(prototype);
      case TAG.url:
        return this.shell(new URL(this.string()), prototype);
      case TAG.searchParams:
        return this.shell(new URLSearchParams(this.string()), prototype);
      case TAG.domException:
        return this.shell(new DOMException(this.string(), this.string()), prototype);
      case TAG.arrayBuffer:
        return this.shell(this.binary.arrayBuffer(this.varint()), prototype);
      case TAG.resizableBuffer:
        return this.shell(this.binary.resizable(this.varint(), this.varint()), prototype);
      case TAG.view:
        return this.binaryView(prototype);
      default:
        throw corrupt(`it holds a value of unknown kind 0x${tag.toString(16)}`);
    }
  }

  private newShape(): number {
    const keys: string[] = [];
    let plain = true;
    for (let left = this.count(); left > 0; left--) {
      const key = this.string();
      keys.push(key);
      // `__proto__` is a setter there, and a frozen Object.prototype forbids the others.
      if (key in Object.prototype) plain = false;
    }
    return this.shapes.push({ keys, plain }) - 1;
  }

  private shaped(number: number, prototype: object | null | undefined, made: object | undefined): object {
    const shape = this.shapes[number];
    if (shape === undefined) throw corrupt('it refers to a shape that was never written');
    const { keys } = shape;
    const object = this.plainShell(prototype, made) as Fields;
    if (shape.plain && prototype === undefined) {
      for (let i = 0; i < keys.length; i++) object[keys[i]!] = this.value();
    } else for (const key of keys) put(object, key, this.value());
    return object;
  }

  private dictionary(prototype: object | null | undefined, made: object | undefined): object {
    const count = this.count(2);
    const object = this.plainShell(prototype, made);
    for (let i = 0; i < count; i++) put(object, this.string(), this.value());
    return object;
  }

  private plainShell(prototype: object | null | undefined, made: object | undefined): object {
    return this.born(made ?? (prototype === undefined ? {} : (Object.create(prototype) as object)));
  }

  private array(array: unknown[]): unknown[] {
    const length = this.count();
    for (let i = 0; i < length; i++) {
      if (this.bytes[this.position] === TAG.hole) {
        this.position++;
        array.length = i + 1;
      } else array.push(this.value());
    }
    return array;
  }

  private sparse(array: unknown[]): unknown[] {
    const length = this.varint();
    if (length > 0xffffffff) throw corrupt('it holds an array that is too long');
    array.length = length;
    for (let left = this.count(2); left > 0; left--) {
      const index = this.varint();
      if (index >= length) throw corrupt('it holds an element beyond its array');
      array[index] = this.value();
    }
    return array;
  }

  private numbers(prototype: object | null | undefined, made: object | undefined): unknown[] {
    const type = this.byte();
    if (type !== NUMBERS.int32 && type !== NUMBERS.float64)
      throw corrupt(`it holds numbers of unknown type ${type}`);
    const size = type === NUMBERS.int32 ? 4 : 8;
    const length = this.count(size);
    this.skip((8 - (this.position % 8)) % 8);
    const at = this.skip(length * size);
    let { buffer } = this.bytes as { buffer: ArrayBufferLike };
    let offset = this.bytes.byteOffset + at;
    if (offset % size !== 0) {
      buffer = buffer.slice(offset, offset + length * size);
      offset = 0;
    }
    const packed =
      size === 4 ? new Int32Array(buffer, offset, length) : new Float64Array(buffer, offset, length);
    // Room at once: growing by `push` would double the time.
    const array = this.shell((made as unknown[] | undefined) ?? new Array<unknown>(length), prototype);
    for (let i = 0; i < length; i++) array[i] = packed[i];
    return array;
  }

  private map(map: Map<unknown, unknown>): Map<unknown, unknown> {
    for (let left = this.count(2); left > 0; left--) Map.prototype.set.call(map, this.value(), this.value());
    return map;
  }

  private set(set: Set<unknown>): Set<unknown> {
    for (let left = this.count(); left > 0; left--) Set.prototype.add.call(set, this.value());
    return set;
  }

  private regexp(prototype: object | null | undefined): RegExp {
    const source = this.string();
    const flags = this.string();
    const lastIndex = this.value() as number;
    return this.rebuild(
      () => {
        let regexp: RegExp;
        try {
          regexp = new RegExp(source, flags);
        } catch (cause) {
          const text = `/${source}/${flags}, a regular expression that Node ${process.versions.node} does not know`;
          throw new CodecError('unsupported', `the message holds ${text}`, { cause });
        }
        regexp.lastIndex = lastIndex;
        return this.shell(regexp, prototype);
      },
      () => this.born(/(?:)/),
    );
  }

  private boxed(prototype: object | null | undefined): object {
    return this.shell(Object(this.value()) as object, prototype);
  }

  private binaryView(prototype: object | null | undefined): object {
    const kind = this.byte();
    const number = this.varint();
    const offset = this.varint();
    const byteLength = this.varint();
    return this.rebuild(
      () => this.shell(this.binary.view(kind, number, offset, byteLength), prototype),
      () => this.born(new Uint8Array()),
    );
  }

  private annotated(): unknown {
    const flags = this.byte();
    const prototype = flags & NOTE.prototype ? this.prototype() : undefined;
    const tag = this.byte();
    if (tag === TAG.already) return this.value();
    let made: object | undefined;
    if (flags & NOTE.privates) {
      if (!prototype) throw corrupt('private fields without a class');
      made = this.rebuild(() => this.functions('private fields').allocate(prototype), {});
    }
    const object = this.body(tag, prototype, made) as object;
    if (flags & NOTE.properties) this.properties(object, tag === TAG.error);
    if (flags & NOTE.privates) {
      const fields = this.value() as Fields;
      this.late.push(() => this.functions('private fields').setPrivates(object, fields));
    }
    if (flags & NOTE.frozen) Object.freeze(object);
    else if (flags & NOTE.sealed) Object.seal(object);
    else if (flags & NOTE.inextensible) Object.preventExtensions(object);
    return object;
  }

  private prototype(): object | null {
    const value = this.value();
    if (value !== null && typeof value !== 'object' && typeof value !== 'function') {
      throw corrupt('a prototype is not an object');
    }
    return value;
  }

  private properties(object: object, isError: boolean): void {
    // The stack of the place of decoding, when the message says nothing better.
    if (isError) Reflect.deleteProperty(object, 'stack');
    for (;;) {
      const bits = this.byte();
      if (bits === END_OF_PROPERTIES) return;
      const key = bits & ATTRIBUTE.symbol ? (this.value() as symbol) : this.string();
      const shown = {
        enumerable: (bits & ATTRIBUTE.enumerable) !== 0,
        configurable: (bits & ATTRIBUTE.configurable) !== 0,
      };
      const descriptor =
        bits & ATTRIBUTE.accessor
          ? { ...shown, get: this.value() as () => unknown, set: this.value() as (value: unknown) => void }
          : { ...shown, value: this.value(), writable: (bits & ATTRIBUTE.writable) !== 0 };
      this.rebuild(() => Object.defineProperty(object, key, descriptor), undefined);
    }
  }

  private wellKnown(name: string): symbol {
    const symbol: unknown = Object.getOwnPropertyDescriptor(Symbol, name)?.value;
    if (typeof symbol === 'symbol') return symbol;
    return this.rebuild(() => {
      throw new CodecError(
        'unsupported',
        `the message holds Symbol.${name}, which this runtime does not have`,
      );
    }, Symbol(name));
  }

  private intrinsic(): unknown {
    const name = this.string();
    return this.born(
      this.rebuild(() => {
        const found = intrinsicOf(name);
        if (found !== undefined) return found;
        throw new CodecError(
          'unsupported',
          `the message names ${name}, which Node ${process.versions.node} does not have`,
        );
      }, {}),
    );
  }

  private prototypeOf(): unknown {
    const owner = this.value();
    if (this.byte() === TAG.already) return this.value();
    const prototype: unknown = typeof owner === 'function' ? owner.prototype : undefined;
    return this.born(prototype ?? {});
  }

  private registeredClass(): unknown {
    const name = this.string();
    return this.born(
      this.rebuild<unknown>(
        () => registeredClass(name),
        () => class {},
      ),
    );
  }

  private fn(): unknown {
    const before = this.members();
    // Either the token, or the number of the function that its own superclass wrote.
    if (this.bytes[this.position] === TAG.already) {
      this.position++;
      return this.value();
    }
    const token = this.value();
    const fn = this.born(
      this.rebuild(
        () => this.functions('a function').create(token, before),
        () => () => undefined,
      ),
    );
    const after = this.members();
    this.rebuild(() => this.functions('a function').fill(fn as Function, token, after), undefined);
    return fn;
  }

  private members(): unknown[] {
    const values: unknown[] = [];
    for (let left = this.count(); left > 0; left--) values.push(this.value());
    return values;
  }

  private reference(): unknown {
    const token = this.value();
    return this.born(this.rebuild(() => this.functions('a reference').reference(token), {}));
  }

  private handle(): unknown {
    const type = this.string();
    const state = this.string();
    return this.born(
      this.rebuild(
        () => portableOf(type).revive(JSON.parse(state) as Json, this.options.site ?? processSite()),
        {},
      ),
    );
  }

  private functions(what: string): FunctionDecoder {
    const { functions } = this.options;
    if (functions !== undefined) return functions;
    throw new CodecError(
      'misuse',
      `the message holds ${what}: decode it with the functions option (@skein/closure)`,
    );
  }

  /**
   * Does what may fail although the message is sound. Where failures are collected, `instead` takes the place,
   * so that reading goes on and what follows is not lost.
   */
  private rebuild<T>(make: () => T, instead: T | (() => T)): T {
    const { failed } = this.options;
    try {
      return make();
    } catch (error) {
      if (failed === undefined) throw error instanceof NotTheMessage ? error : new NotTheMessage(error);
      failed(error);
      return typeof instead === 'function' ? (instead as () => T)() : instead;
    }
  }
}

/** Carries an error of code that is not the codec's past those that mean a damaged message. */
class NotTheMessage {
  readonly error: unknown;
  constructor(error: unknown) {
    this.error = error;
  }
}

/** Reads; whatever the message itself is to blame for comes out as a CodecError. */
export function sound<T>(read: () => T): T {
  try {
    return read();
  } catch (thrown) {
    const error = thrown instanceof NotTheMessage ? thrown.error : thrown;
    if (isStackOverflow(error)) {
      throw new CodecError('too-deep', 'the message is nested too deeply for the stack that is left here');
    }
    if (thrown instanceof NotTheMessage || error instanceof CodecError) throw error;
    // A checksum is no proof: a built-in refused what a forged message wants to make of it.
    throw new CodecError('corrupt', `the message is damaged: ${String(error)}`, { cause: error });
  }
}

/** Sets an own property, whatever the prototypes say about its name. */
function put(object: object, key: string, value: unknown): void {
  if (key in object) {
    Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
  } else (object as Fields)[key] = value;
}
