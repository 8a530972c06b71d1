import { findRedis, NoRedisError } from '../../tools/servers/redis.ts';
import type { Contestant, FreshContestant } from './benchmark.ts';
import { Child, Unavailable } from './child.ts';

/** What a round took, in milliseconds or bytes, and what came of it. */
export interface Round {
  readonly figure: number;
  readonly answer: number;
}

/** A contestant that has come to the start. */
export interface Player {
  round(): Promise<Round>;
  close(): Promise<void>;
}

export async function open(contestant: Contestant): Promise<Player> {
  switch (contestant.kind) {
    case 'served': {
      const { name, program, python, redis } = contestant;
      if (redis !== undefined) await needRedis(redis);
      const child = await Child.start(name, `contestants/${program}`, python && { python });
      const request = JSON.stringify(contestant.request);
      return {
        async round() {
          child.send(request);
          return parseReply(contestant.name, await child.line());
        },
        close: () => child.leave(),
      };
    }
    case 'fresh':
      // A first start that nobody counts: it tells whether this can start at all, and fills the file cache.
      await playFresh(contestant);
      return { round: () => playFresh(contestant), close: async () => {} };
  }
}

/** Contestants find it themselves; a run that may fetch it does so before they start. In CI it has to be there. */
async function needRedis(options: { readonly install: boolean }): Promise<void> {
  try {
    await findRedis(options);
  } catch (error) {
    const isMissing = error instanceof NoRedisError && !(options.install && process.env['CI']);
    throw isMissing ? new Unavailable(error.message, { cause: error }) : error;
  }
}

async function playFresh({ name, program, args, clock }: FreshContestant): Promise<Round> {
  const start = performance.now();
  const child = await Child.start(name, `fresh/${program}`, args && { args });
  try {
    const line = await child.line();
    const ms = performance.now() - start;
    return clock === 'own' ? parseReply(name, line) : { figure: ms, answer: Number(line) };
  } finally {
    await child.leave();
  }
}

function parseReply(name: string, line: string): Round {
  const { ms, bytes, answer } = JSON.parse(line) as Record<string, unknown>;
  const figure = ms ?? bytes;
  if (typeof figure !== 'number' || typeof answer !== 'number') {
    throw new TypeError(`${name} should answer { ms, answer } or { bytes, answer } and answered ${line}`);
  }
  return { figure, answer };
}
