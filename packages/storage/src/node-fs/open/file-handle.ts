import { EventEmitter } from 'node:events';
import type {
  BigIntStats,
  ReadOptions,
  ReadOptionsWithBuffer,
  ReadStream,
  ReadVResult,
  StatOptions,
  Stats,
  WriteStream,
  WriteVResult,
} from 'node:fs';
import type {
  CreateReadStreamOptions,
  CreateWriteStreamOptions,
  FileHandle,
  FileReadResult,
} from 'node:fs/promises';
import { createInterface, type Interface } from 'node:readline';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { bodyOf, bytesOf, encodingOf, piecesOf } from '../content.ts';
import { type Call, fsError, outOfRange, speakingOf, wrongType } from '../errors.ts';
import { refuse } from '../refusals.ts';
import { statsOf } from '../stats.ts';
import { checkOffset, checkSpan, ObjectReadStream } from '../streams/read-stream.ts';
import { ObjectWriteStream, type WriteSink } from '../streams/write-stream.ts';
import type { Tree } from '../tree.ts';
import type { OpenFile } from './open-file.ts';

/** Bytes of a `read()` that brings no buffer, as in Node. */
const DEFAULT_READ = 16 * 1024;

type View = NodeJS.ArrayBufferView;
/** Where in a buffer to begin, how many bytes, and where in the file: one by one or as an object. */
type Slice = {
  readonly offset?: number | null | undefined;
  readonly length?: number | null | undefined;
  readonly position?: number | bigint | null | undefined;
};

/** An open file with a position. Operations run one after another, in the order of their calls. */
export class ObjectFileHandle extends EventEmitter implements FileHandle {
  readonly #tree: Tree;
  readonly #file: OpenFile;
  #position = 0;
  #turn: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;

  constructor(tree: Tree, file: OpenFile) {
    super();
    this.#tree = tree;
    this.#file = file;
  }

  /** There is none to give to what works on descriptors; -1 when closed, as in Node. */
  get fd(): number {
    if (this.#closing) return -1;
    throw fsError('ENOTSUP', this.#call('fd'), { why: 'an object that is open has no descriptor' });
  }

  read<T extends View>(
    buffer: T,
    offset?: number | null,
    length?: number | null,
    position?: number | null,
  ): Promise<FileReadResult<T>>;
  read<T extends View>(buffer: T, options?: ReadOptions): Promise<FileReadResult<T>>;
  read<T extends View = Buffer<ArrayBuffer>>(options?: ReadOptionsWithBuffer<T>): Promise<FileReadResult<T>>;
  async read<T extends View>(
    first?: T | ReadOptionsWithBuffer<T>,
    second?: number | null | ReadOptions,
    length?: number | null,
    position?: number | null,
  ): Promise<FileReadResult<T>> {
    const given = ArrayBuffer.isView(first) ? first : first?.buffer;
    const buffer = given ?? (Buffer.alloc(DEFAULT_READ) as View as T);
    const slice = ArrayBuffer.isView(first)
      ? typeof second === 'object' && second !== null
        ? second
        : { offset: second, length, position }
      : first;
    const target = sliceOf(buffer, slice ?? {});
    // As in Node, where it does not get as far as the file.
    if (target.byteLength === 0) return { bytesRead: 0, buffer };
    const bytesRead = await this.#run('read', (call) =>
      this.#advance(slice?.position, (at) => this.#file.read(target, at, call)),
    );
    return { bytesRead, buffer };
  }

  write<T extends View>(
    buffer: T,
    offset?: number | null,
    length?: number | null,
    position?: number | null,
  ): Promise<{ bytesWritten: number; buffer: T }>;
  write<T extends View>(buffer: T, options?: Slice): Promise<{ bytesWritten: number; buffer: T }>;
  write(
    data: string,
    position?: number | null,
    encoding?: BufferEncoding | null,
  ): Promise<{ bytesWritten: number; buffer: string }>;
  async write<T extends View | string>(
    data: T,
    second?: number | null | Slice,
    third?: number | BufferEncoding | null,
    position?: number | null,
  ): Promise<{ bytesWritten: number; buffer: T }> {
    let bytes: Uint8Array;
    let at: number | bigint | null | undefined;
    if (typeof data === 'string') {
      bytes = bytesOf(data, third);
      at = second as number | null | undefined;
    } else {
      const slice =
        typeof second === 'object' && second !== null
          ? second
          : { offset: second ?? null, length: (third ?? null) as number | null, position: position ?? null };
      if (!ArrayBuffer.isView(data))
        throw wrongType('buffer', 'of type string or an instance of Buffer, TypedArray, or DataView', data);
      bytes = sliceOf(data, slice);
      at = slice.position;
    }
    const bytesWritten = await this.#run('write', (call) =>
      this.#advance(
        at,
        async (position) => {
          await this.#file.write(bytes, position, call);
          return bytes.byteLength;
        },
        this.#writingStart,
      ),
    );
    return { bytesWritten, buffer: data };
  }

  async readv<T extends readonly View[]>(buffers: T, position?: number): Promise<ReadVResult<T>> {
    const bytesRead = await this.#run('read', (call) =>
      this.#advance(position, async (at) => {
        let done = 0;
        for (const buffer of buffers) {
          const target = bytesOf(buffer);
          const bytes = await this.#file.read(target, at + done, call);
          done += bytes;
          if (bytes < target.byteLength) break;
        }
        return done;
      }),
    );
    return { bytesRead, buffers };
  }

  async writev<T extends readonly View[]>(buffers: T, position?: number): Promise<WriteVResult<T>> {
    const bytesWritten = await this.#run('write', (call) =>
      this.#advance(
        position,
        async (at) => {
          let done = 0;
          for (const bytes of buffers.map((buffer) => bytesOf(buffer))) {
            await this.#file.write(bytes, at + done, call);
            done += bytes.byteLength;
          }
          return done;
        },
        this.#writingStart,
      ),
    );
    return { bytesWritten, buffers };
  }

  readFile(
    options?: { encoding?: null | undefined; signal?: AbortSignal | undefined } | null,
  ): Promise<Buffer<ArrayBuffer>>;
  readFile(
    options: { encoding: BufferEncoding; signal?: AbortSignal | undefined } | BufferEncoding,
  ): Promise<string>;
  async readFile(
    options?:
      | { encoding?: BufferEncoding | null | undefined; signal?: AbortSignal | undefined }
      | BufferEncoding
      | null,
  ): Promise<string | Buffer<ArrayBuffer>> {
    const encoding = encodingOf(options);
    const signal = signalOf(options);
    const bytes = await this.#run(
      'read',
      async (call) => {
        const parts: Uint8Array[] = [];
        const all = this.#file.stream(
          this.#position,
          Number.POSITIVE_INFINITY,
          call,
          this.#tree.wait(signal),
        );
        for await (const part of all) parts.push(part);
        const whole = Buffer.concat(parts);
        this.#position += whole.byteLength;
        return whole;
      },
      signal,
    );
    return encoding === undefined ? bytes : bytes.toString(encoding as BufferEncoding);
  }

  /** From the position on, as in Node: what was there after it stays. */
  async writeFile(
    data: Parameters<typeof bodyOf>[0],
    options?:
      | { encoding?: BufferEncoding | null | undefined; signal?: AbortSignal | undefined }
      | BufferEncoding
      | null,
  ): Promise<void> {
    const body = bodyOf(data, encodingOf(options));
    const signal = signalOf(options);
    await this.#run(
      'write',
      async (call) => {
        for await (const part of piecesOf(body, this.#tree.wait(signal).signal)) {
          const start = this.#writingStart;
          await this.#file.write(part, start, call);
          this.#position = start + part.byteLength;
        }
      },
      signal,
    );
  }

  appendFile(
    data: Parameters<typeof bodyOf>[0],
    options?:
      | { encoding?: BufferEncoding | null | undefined; signal?: AbortSignal | undefined }
      | BufferEncoding
      | null,
  ): Promise<void> {
    return this.writeFile(data, options);
  }

  createReadStream(options: CreateReadStreamOptions = {}): ReadStream {
    const { start, end } = checkSpan(options.start, options.end);
    const call = this.#call('read');
    const open = (signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> =>
      this.#run('read', async () =>
        this.#file.stream(start ?? this.#position, end, call, this.#tree.wait(signal)),
      );
    const close = async (): Promise<void> => {
      if (options.autoClose !== false) await this.close();
    };
    return new ObjectReadStream(this.#file.place.given, { open, close }, options);
  }

  createWriteStream(options: CreateWriteStreamOptions = {}): WriteStream {
    let position = options.start === undefined ? undefined : checkOffset('start', options.start);
    const close = options.autoClose !== false;
    const sink: WriteSink = {
      write: async (chunk) => {
        await this.write(chunk, 0, chunk.byteLength, position ?? null);
        if (position !== undefined) position += chunk.byteLength;
      },
      commit: async () => {
        if (close) await this.close();
      },
      abandon: async () => {
        if (close) await this.abandon();
      },
    };
    return new ObjectWriteStream(this.#file.place.given, async () => sink, options);
  }

  readLines(options: CreateReadStreamOptions = {}): Interface {
    return createInterface({ input: this.createReadStream(options), crlfDelay: Number.POSITIVE_INFINITY });
  }

  readableWebStream(): ReadableStream {
    return Readable.toWeb(this.createReadStream({ autoClose: false }));
  }

  stat(options?: StatOptions & { bigint?: false | undefined }): Promise<Stats>;
  stat(options: StatOptions & { bigint: true }): Promise<BigIntStats>;
  stat(options?: StatOptions): Promise<Stats | BigIntStats>;
  stat(options?: StatOptions): Promise<Stats | BigIntStats> {
    return this.#run('fstat', async () => statsOf(this.#file.facts, options));
  }

  async truncate(length: number = 0): Promise<void> {
    const size = Math.max(0, checkInteger('len', length));
    await this.#run('ftruncate', (call) => this.#file.truncate(size, call));
  }

  /** Publishes what was written so far; the file stays open. */
  sync(): Promise<void> {
    return this.#run('fsync', (call) => this.#file.publish(call));
  }

  datasync(): Promise<void> {
    return this.#run('fdatasync', (call) => this.#file.publish(call));
  }

  /** Publishes what was written as one object. When that fails, the file is closed and nothing was published. */
  close(): Promise<void> {
    this.#closing ??= this.#end((call) => this.#file.publish(call));
    return this.#closing;
  }

  /** Closes without publishing. */
  abandon(): Promise<void> {
    this.#closing ??= this.#end(async () => {});
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async chmod(): Promise<never> {
    return refuse('fchmod', this.#file.place.given);
  }

  async chown(): Promise<never> {
    return refuse('fchown', this.#file.place.given);
  }

  async utimes(): Promise<never> {
    return refuse('futime', this.#file.place.given);
  }

  async #end(last: (call: Call) => Promise<void>): Promise<void> {
    const call = this.#call('close');
    try {
      await this.#inTurn(() => speakingOf(call, () => last(call), this.#tree.options.signal));
    } finally {
      await this.#file.discard();
      this.emit('close');
    }
  }

  /** An operation of a handle that is open. */
  async #run<T>(
    syscall: string,
    operation: (call: Call) => Promise<T>,
    signal: AbortSignal | undefined = this.#tree.options.signal,
  ): Promise<T> {
    const call = this.#call(syscall);
    if (this.#closing) throw fsError('EBADF', call, { why: 'the file is closed' });
    return this.#inTurn(() => speakingOf(call, () => operation(call), signal));
  }

  #inTurn<T>(operation: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(operation);
    this.#turn = result.catch(() => {});
    return result;
  }

  /** Where writing goes on: what appends always does so at the end, and moves the position there. */
  get #writingStart(): number {
    return this.#file.access.append ? this.#file.size : this.#position;
  }

  /** Runs at a given position, or at the file's own, which it moves by what comes back. */
  async #advance(
    position: number | bigint | null | undefined,
    operation: (at: number) => Promise<number>,
    start: number = this.#position,
  ): Promise<number> {
    if (typeof position === 'bigint' || typeof position === 'number') {
      if (position >= 0) return operation(checkOffset('position', Number(position)));
    }
    const bytes = await operation(start);
    this.#position = start + bytes;
    return bytes;
  }

  #call(syscall: string): Call {
    return { syscall, path: this.#file.place.given };
  }
}

/** The part of a buffer that a call means, in bytes. */
function sliceOf(buffer: View, { offset, length }: Slice): Uint8Array {
  const bytes = bytesOf(buffer);
  const from = checkOffset('offset', offset ?? 0);
  if (from > bytes.byteLength) throw outOfRange('offset', `<= ${bytes.byteLength}`, from);
  const size = checkOffset('length', length ?? bytes.byteLength - from);
  if (from + size > bytes.byteLength) throw outOfRange('length', `<= ${bytes.byteLength - from}`, size);
  return bytes.subarray(from, from + size);
}

function checkInteger(name: string, value: unknown): number {
  if (typeof value !== 'number') throw wrongType(name, 'of type number', value);
  if (!Number.isSafeInteger(value)) throw outOfRange(name, 'an integer', value);
  return value;
}

function signalOf(options: unknown): AbortSignal | undefined {
  return typeof options === 'object' && options !== null && 'signal' in options
    ? (options.signal as AbortSignal | undefined)
    : undefined;
}
