/**
 * Knows which call wrote what: in an agent, all that is written to `process.stdout` and `process.stderr` passes through
 * here. What is written straight to the descriptors (`fs.writeSync(1, …)`, children that inherit them) is printed, and
 * belongs to no call.
 */
import type { LogPiece } from './log-frame.ts';
import { ERR, OUT, type OutputStream, type OutputTerms } from './output-terms.ts';
import { Printed, type PrintingCall } from './printed.ts';
import { writeDescriptor } from './write-descriptor.ts';

export interface CallOutputOptions {
  readonly terms: OutputTerms;
  /** The call that runs now. */
  readonly running: () => PrintingCall | undefined;
  /** Tells the client, so that it outlives this process; `undefined` where there is no such way. */
  readonly send: ((piece: LogPiece) => void) | undefined;
}

const NO_JOB = 0xffff_ffff;

type Stream = NodeJS.WriteStream;
type Done = (error?: Error | null) => void;

export class CallOutput {
  readonly #options: CallOutputOptions;
  /** Of calls that have printed something of which nobody has been told, by index. */
  readonly #untold = new Map<number, Printed>();

  constructor(options: CallOutputOptions) {
    this.#options = options;
  }

  /** Once a process or thread. The streams are patched when they are first used: most calls print nothing. */
  install(): void {
    this.#patch('stdout', OUT);
    this.#patch('stderr', ERR);
  }

  /** Takes what a call has printed, where nobody was told of it as it came. */
  take(index: number): string | undefined {
    const text = this.#untold.get(index)?.text();
    this.#untold.delete(index);
    return text;
  }

  #patch(name: 'stdout' | 'stderr', stream: OutputStream): void {
    const before = Object.getOwnPropertyDescriptor(process, name);
    const get = (): Stream => {
      const original = (before?.get?.call(process) ?? before?.value) as Stream;
      original.write = this.#writer(original, stream);
      Object.defineProperty(process, name, { ...before, get: () => original });
      return original;
    };
    if (before?.get === undefined) get();
    else Object.defineProperty(process, name, { ...before, get });
  }

  #writer(original: Stream, stream: OutputStream): Stream['write'] {
    const write = original.write;
    return ((chunk: unknown, encodingOrDone?: BufferEncoding | Done, done?: Done): boolean => {
      const encoding = typeof encodingOrDone === 'string' ? encodingOrDone : 'utf8';
      let bytes: Uint8Array;
      if (typeof chunk === 'string' && Buffer.isEncoding(encoding)) bytes = Buffer.from(chunk, encoding);
      else if (chunk instanceof Uint8Array && !original.writableEnded) bytes = chunk;
      else return write.call(original, chunk as string, encodingOrDone as BufferEncoding, done); // says what is wrong
      this.#written(stream, bytes);
      const after = typeof encodingOrDone === 'function' ? encodingOrDone : done;
      if (typeof after === 'function') process.nextTick(after);
      return true;
    }) as Stream['write'];
  }

  #written(stream: OutputStream, bytes: Uint8Array): void {
    const { terms, running, send } = this.#options;
    const call = running();
    if (call !== undefined) {
      if (call.printed === undefined) {
        call.printed = new Printed(call, terms, send);
        if (send === undefined) this.#untold.set(call.index, call.printed);
      }
      call.printed.write(stream, bytes);
    } else if (send !== undefined && (stream === OUT ? terms.stdout : terms.stderr) === 'relay')
      send({ kind: 'print', job: NO_JOB, index: 0, attempt: 0, stream, omitted: 0, bytes });
    else writeDescriptor(stream, bytes);
  }
}
