import type { WriteStream } from 'node:fs';
import { Writable } from 'node:stream';
import { checkEncoding } from '../content.ts';
import { whenClosed } from './read-stream.ts';

/** Where a stream writes to. */
export interface WriteSink {
  /** Resolves when the next chunk may come. */
  write(chunk: Uint8Array): Promise<void>;
  /** Publishes what was written. */
  commit(): Promise<void>;
  /** Lets go of what was not published. */
  abandon(): Promise<void>;
}

export interface WriteSettings {
  readonly encoding?: BufferEncoding | null | undefined;
  readonly autoClose?: boolean | undefined;
  readonly emitClose?: boolean | undefined;
  readonly highWaterMark?: number | undefined;
  readonly signal?: AbortSignal | null | undefined;
}

/**
 * As `fs.createWriteStream` makes it, without a descriptor: 'open' says -1. 'finish' comes when the object is there as a
 * whole; a stream that is destroyed before publishes nothing.
 */
export class ObjectWriteStream extends Writable implements WriteStream {
  bytesWritten = 0;
  pending = true;
  path: string;
  readonly #open: () => Promise<WriteSink>;
  readonly #autoClose: boolean;
  #sink: WriteSink | undefined;

  constructor(path: string, open: () => Promise<WriteSink>, settings: WriteSettings) {
    const { encoding, autoClose = true, emitClose = true, highWaterMark, signal } = settings;
    super({
      emitClose,
      autoDestroy: autoClose,
      decodeStrings: true,
      ...(highWaterMark !== undefined && { highWaterMark }),
      ...(signal && { signal }),
    });
    if (encoding) this.setDefaultEncoding(checkEncoding(encoding));
    this.path = path;
    this.#open = open;
    this.#autoClose = autoClose;
  }

  close(callback?: (error?: NodeJS.ErrnoException | null) => void): void {
    if (callback) whenClosed(this, callback);
    if (!this.#autoClose) this.once('finish', () => this.destroy());
    this.end();
  }

  override _construct(callback: (error?: Error | null) => void): void {
    this.#open().then((sink) => {
      this.#sink = sink;
      this.pending = false;
      callback();
      this.emit('open', -1);
      this.emit('ready');
    }, callback);
  }

  override _write(
    chunk: Uint8Array,
    _encoding: BufferEncoding,
    callback: (error?: Error | null) => void,
  ): void {
    this.#sink!.write(chunk).then(() => {
      this.bytesWritten += chunk.byteLength;
      callback();
    }, callback);
  }

  override _final(callback: (error?: Error | null) => void): void {
    const sink = this.#sink!;
    this.#sink = undefined;
    sink.commit().then(() => callback(), callback);
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    const sink = this.#sink;
    this.#sink = undefined;
    (sink?.abandon() ?? Promise.resolve()).then(
      () => callback(error),
      (failed: Error) => callback(error ?? failed),
    );
  }
}
