/** The client's end of the log frames of one agent. */
import { isatty } from 'node:tty';
import type { JobCore } from '../job/job-core.ts';
import { parent } from '../parent.ts';
import { printAbove } from '../report/progress-bar.ts';
import type { OutcomesMessage } from '../wire/messages.ts';
import { unpackLog } from './log-frame.ts';
import { OUT, type OutputStream } from './output-terms.ts';
import { writeDescriptor } from './write-descriptor.ts';

/** @param messages that the agent has and has not answered: their jobs may be written about */
export function receiveLog(
  body: Uint8Array,
  messages: readonly { readonly job: JobCore; readonly attempt: number }[],
): void {
  const piece = unpackLog(body);
  if (piece.kind === 'print') {
    const onward = parent()?.print;
    if (onward === undefined) print(piece.stream, piece.bytes);
    else onward(piece);
    return;
  }
  const job = messages.find((message) => message.job.number === piece.job)?.job;
  // A stream keeps nothing of single calls.
  if (job !== undefined && !job.stream) job.logs.add(piece);
}

/** The same of an agent without a channel, whose calls tell what they printed when they have ended. */
export function receiveStatusLogs(
  { indexes, logs }: Pick<OutcomesMessage, 'indexes' | 'logs'>,
  { job, attempt }: { readonly job: JobCore; readonly attempt: number },
): void {
  if (logs === undefined || job.stream) return;
  indexes.forEach((index, i) => {
    const text = logs[i];
    if (text !== undefined) job.logs.add({ index, attempt, omitted: 0, bytes: Buffer.from(text) });
  });
}

function print(stream: OutputStream, bytes: Uint8Array): void {
  // A pipe that nobody reads holds this process up, rather than filling its memory.
  if (!isatty(stream)) writeDescriptor(stream, bytes);
  else printAbove(stream === OUT ? process.stdout : process.stderr, Buffer.from(bytes));
}
