/** Programs that make leased objects, and end in one way or another. See `runClient`. */
import { closeSync } from 'node:fs';
import { decode } from '@skein/codec';
import '../../src/handles/register.ts';
import type { SharedQueue } from '../../src/index.ts';
import type { Surroundings } from '../support/processes.ts';
import { separate } from '../support/separate.ts';

export interface ProgramOptions {
  readonly url: string;
  readonly ttlMs?: number;
}

/** Makes a queue 'mail' and a counter 'hits', and ends as it is told, without closing anything. */
export async function maker({ url, ttlMs }: ProgramOptions, { say, heard }: Surroundings<unknown>) {
  const dso = await separate(url);
  const mine = dso.leased(ttlMs === undefined ? {} : { ttlMs });
  await mine.queue<string>('mail').put('first');
  await mine.counter('hits').increment();
  say('made');
  switch (await heard()) {
    case 'exit':
      process.exit(3);
      break;
    case 'throw':
      // What it says then is nobody's business here.
      closeSync(2);
      setImmediate(() => {
        throw new Error('on purpose');
      });
      await new Promise(() => {});
      break;
    default: // It has nothing left to do.
  }
}

/** Uses a queue that has come from another process. */
export async function worker(
  { handle }: { readonly handle: string },
  { say, heard }: Surroundings<unknown>,
): Promise<void> {
  const queue = decode<SharedQueue<string>>(Buffer.from(handle, 'base64'));
  const put = async (): Promise<void> => {
    await queue.put('from afar').then(
      () => say('done'),
      (error: unknown) => say((error as Error).name),
    );
  };
  await put();
  await heard();
  await put();
  await queue.place.cluster.close();
}
