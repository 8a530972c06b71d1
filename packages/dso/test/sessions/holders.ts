/** Processes that are killed while they hold what others wait for. See `runClient`. */
import { decode, prepare } from '@skein/codec';
import type { ChannelEnd } from '@skein/dso';
import type { Surroundings } from '../support/processes.ts';
import { separate } from '../support/separate.ts';

export interface HolderOptions {
  readonly url: string;
}

type Say = Surroundings<unknown>;

const TIMES = { sessionTtlMs: 60_000 };

/** Takes the only permit and keeps it. */
export async function holder({ url }: HolderOptions, { say, heard }: Say): Promise<void> {
  const dso = await separate(url, TIMES);
  await dso.semaphore('mutex', { permits: 1, bound: 1 }).acquire();
  say('held');
  await heard();
}

/** Takes three jobs, of which it does one. */
export async function worker({ url }: HolderOptions, { say, heard }: Say): Promise<void> {
  const dso = await separate(url, TIMES);
  const jobs = dso.queue<number>('jobs', { redeliver: true });
  const taken = [await jobs.take(), ...(await jobs.drain(2))];
  await jobs.taskDone();
  say(taken);
  await heard();
}

/** Holds an end of a channel by a handle that was made elsewhere, and says something through it. */
export async function talker(
  { handle, message }: { readonly handle: string; readonly message: string },
  { say, heard }: Say,
): Promise<void> {
  const bytes = Buffer.from(handle, 'base64');
  await prepare(bytes);
  const end = decode<ChannelEnd<string>>(bytes);
  await end.send(message);
  say('sent');
  await heard();
}
