/** What one call prints: kept for its client within bounds, and printed as the client wants it. */
import { type JobDescription, titleOfCall } from '../wire/payload.ts';
import { GrowingBytes } from './growing-bytes.ts';
import { LineBuffer } from './line-buffer.ts';
import type { LogPiece } from './log-frame.ts';
import { type LogPart, logText } from './log-text.ts';
import { ERR, OUT, type OutputStream, type OutputTerms } from './output-terms.ts';
import { Tail } from './tail.ts';
import { writeDescriptor } from './write-descriptor.ts';

/** Of the beginning and of the end of a call's output, bytes. */
export const KEPT_BYTES: number = 128 * 1024;

/** The call that prints, as its agent knows it. */
export interface PrintingCall {
  readonly job: Pick<JobDescription, 'job' | 'jobId' | 'title'>;
  readonly index: number;
  readonly attempt: number;
  /** Made when the call prints for the first time. */
  printed: Printed | undefined;
}

export class Printed {
  readonly #call: PrintingCall;
  readonly #terms: OutputTerms;
  readonly #send: ((piece: LogPiece) => void) | undefined;
  readonly #lines: Partial<Record<OutputStream, LineBuffer>> = {};
  #room = KEPT_BYTES;
  /** Where nobody is told as it comes. */
  readonly #head = new GrowingBytes();
  readonly #tail = new Tail(KEPT_BYTES);

  /** @param send tells the client; without it, what is kept is asked for by {@link text} */
  constructor(call: PrintingCall, terms: OutputTerms, send: ((piece: LogPiece) => void) | undefined) {
    this.#call = call;
    this.#terms = terms;
    this.#send = send;
  }

  /** The bytes may be changed when this has returned. */
  write(stream: OutputStream, bytes: Uint8Array): void {
    this.#keep(stream, bytes);
    const { mode } = this.#terms;
    const route = stream === OUT ? this.#terms.stdout : this.#terms.stderr;
    if (mode === 'keep') return;
    if (mode === 'plain' && route === 'direct') writeDescriptor(stream, bytes);
    else this.#linesOf(stream).write(bytes);
  }

  /** The call has ended, or its process is about to: nothing waits any longer. */
  flush(): void {
    for (const lines of Object.values(this.#lines)) lines.flush();
    if (this.#send === undefined) return;
    const { omitted, bytes } = this.#tail.take();
    if (omitted + bytes.byteLength > 0) this.#tell('keep', OUT, bytes, omitted);
  }

  /** What is kept, where it was told to nobody. */
  text(): string {
    const { omitted, bytes } = this.#tail.take();
    const parts: LogPart[] = [...this.#head.pieces, omitted, bytes];
    return logText(parts);
  }

  #keep(stream: OutputStream, bytes: Uint8Array): void {
    const head = bytes.subarray(0, this.#room);
    this.#room -= head.byteLength;
    if (head.byteLength > 0) {
      if (this.#send === undefined) this.#head.add(head);
      else this.#tell('keep', stream, head, 0);
    }
    this.#tail.add(bytes.subarray(head.byteLength));
  }

  #linesOf(stream: OutputStream): LineBuffer {
    const { mode, stdout, stderr } = this.#terms;
    const { job, index } = this.#call;
    const print = (bytes: Uint8Array): void => {
      if (this.#send === undefined || (stream === ERR ? stderr : stdout) === 'direct')
        writeDescriptor(stream, bytes);
      else this.#tell('print', stream, bytes, 0);
    };
    this.#lines[stream] ??= new LineBuffer(
      mode === 'prefix' ? `[${titleOfCall(job.title ?? { name: job.jobId, single: false }, index)}] ` : '',
      print,
    );
    return this.#lines[stream];
  }

  #tell(kind: LogPiece['kind'], stream: OutputStream, bytes: Uint8Array, omitted: number): void {
    const { job, index, attempt } = this.#call;
    this.#send?.({ kind, job: job.job, index, attempt, stream, omitted, bytes });
  }
}
