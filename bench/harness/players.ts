import type { Reply } from '../contestants/protocol.ts';
import type { Contestant } from './benchmark.ts';
import { Child } from './child.ts';

/** A contestant that has come to the start. */
export interface Player {
  round(): Promise<Reply>;
  close(): Promise<void>;
}

export async function open(contestant: Contestant): Promise<Player> {
  switch (contestant.kind) {
    case 'served': {
      const child = await Child.start(contestant.name, `contestants/${contestant.program}`);
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

async function playFresh({ name, program, clock }: Contestant & { kind: 'fresh' }): Promise<Reply> {
  const start = performance.now();
  const child = await Child.start(name, `fresh/${program}`);
  try {
    const line = await child.line();
    const ms = performance.now() - start;
    return clock === 'own' ? parseReply(name, line) : { ms, answer: Number(line) };
  } finally {
    await child.leave();
  }
}

function parseReply(name: string, line: string): Reply {
  const { ms, answer } = JSON.parse(line) as Partial<Reply>;
  if (typeof ms !== 'number' || typeof answer !== 'number') {
    throw new TypeError(`${name} should answer { ms, answer } and answered ${line}`);
  }
  return { ms, answer };
}
