/** What processes do that the tests kill or stop. See `runClient`. */
import type { Surroundings } from '../support/processes.ts';
import { separate } from '../support/separate.ts';

export interface PartyOptions {
  readonly url: string;
  readonly sessionTtlMs: number;
}

type Say = Surroundings<unknown>;

/** Acquires the lock, says its token, and writes with it when told to; says what came of that. */
export async function holder({ url, sessionTtlMs }: PartyOptions, { say, heard }: Say): Promise<void> {
  const dso = await separate(url, { sessionTtlMs });
  const token = await dso.lock('till').acquire();
  say(token);
  await heard();
  const codes: string[] = [];
  for (let i = 0; i < 2; i++) {
    try {
      await dso.atomicReference<string>('ledger').set('late', { fence: token });
      codes.push('done');
    } catch (error) {
      codes.push((error as { code: string }).code);
    }
  }
  say(codes);
  await dso.close();
}

/** Acquires the lock and computes for so long, without ever coming back to its event loop. */
export async function computer(
  { url, sessionTtlMs, computeMs }: PartyOptions & { readonly computeMs: number },
  { say }: Say,
): Promise<void> {
  const dso = await separate(url, { sessionTtlMs });
  const lock = dso.lock('till');
  const token = await lock.acquire();
  say('computing');
  // The message has left when this returns: it is written to a pipe at once.
  for (const end = performance.now() + computeMs; performance.now() < end; );
  const held = await dso
    .atomicReference<string>('ledger')
    .set('mine', { fence: token })
    .then(
      () => true,
      () => false,
    );
  await lock.release(token);
  say(held);
  await dso.close();
}

/** Waits at a barrier, and says what came of it. */
export async function party({ url, sessionTtlMs }: PartyOptions, { say }: Say): Promise<void> {
  const dso = await separate(url, { sessionTtlMs });
  const waits = dso.barrier('start').wait();
  // On the same connection: when this is answered, the barrier has been told.
  await dso.counter('asked').tally();
  say('waiting');
  say(
    await waits.then(
      () => 'passed',
      (error: unknown) => (error as { code: string }).code,
    ),
  );
  await dso.close();
}

/** Takes two permits and keeps them. */
export async function taker({ url, sessionTtlMs }: PartyOptions, { say, heard }: Say): Promise<void> {
  const dso = await separate(url, { sessionTtlMs });
  await dso.semaphore('seats').acquire(2);
  say('taken');
  await heard();
}
