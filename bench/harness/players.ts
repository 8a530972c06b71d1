import { findEtcd, NoEtcdError } from '../../tools/servers/etcd.ts';
import { findInfinispan, NoInfinispanError } from '../../tools/servers/infinispan.ts';
import { findRedis, NoRedisError, type Redis, startRedis } from '../../tools/servers/redis.ts';
import type { Contestant, FreshContestant } from './benchmark.ts';
import { Child, Unavailable } from './child.ts';
import type { Lease } from './shared.ts';
import { leaseData } from './shared-data.ts';
import { leaseS3 } from './shared-s3.ts';

/** What a round took, in milliseconds or bytes, and what came of it. */
export interface Round {
  readonly figure: number;
  readonly answer: number;
  /** More figures of it, by their names. */
  readonly besides?: Readonly<Record<string, number>>;
}

/** A contestant that has come to the start. */
export interface Player {
  round(): Promise<Round>;
  close(): Promise<void>;
}

export async function open(contestant: Contestant): Promise<Player> {
  switch (contestant.kind) {
    case 'served': {
      const { name, program, python, redis, infinispan, etcd, s3, data } = contestant;
      if (redis !== undefined) await need(() => findRedis(redis), redis);
      if (infinispan !== undefined) await need(() => findInfinispan(infinispan), infinispan);
      if (etcd !== undefined) await need(() => findEtcd(etcd), etcd);
      const server = redis !== undefined && program.endsWith('.py') ? await startOne() : undefined;
      const args = server === undefined ? (contestant.args ?? []) : [String(server.port)];
      const leases: Lease[] = [];
      const release = async (): Promise<void> => {
        await server?.stop();
        for (const lease of leases) await lease.release();
      };
      let child: Child;
      try {
        if (s3 !== undefined) leases.push(await leaseS3(s3));
        if (data !== undefined) leases.push(await leaseData(data));
        const env = Object.assign({}, ...leases.map((lease) => lease.env)) as Lease['env'];
        child = await Child.start(name, `contestants/${program}`, { args, env, ...(python && { python }) });
      } catch (error) {
        await release();
        throw error;
      }
      const request = JSON.stringify(contestant.request);
      return {
        async round() {
          child.send(request);
          return parseReply(contestant.name, await child.line());
        },
        async close() {
          try {
            await child.leave();
          } finally {
            await release();
          }
        },
      };
    }
    case 'fresh': {
      const lease = contestant.s3 && (await leaseS3(contestant.s3));
      const round = (): Promise<Round> => playFresh(contestant, lease);
      try {
        // A first start that nobody counts: it tells whether this can start at all, and fills the file cache.
        await round();
      } catch (error) {
        await lease?.release();
        throw error;
      }
      return { round, close: async () => lease?.release() };
    }
  }
}

/** A run that may fetch it does so before contestants start. In CI it has to be there. */
async function need(find: () => Promise<unknown>, { install }: { readonly install: boolean }): Promise<void> {
  try {
    await find();
  } catch (error) {
    const isNone = [NoRedisError, NoInfinispanError, NoEtcdError].some((None) => error instanceof None);
    const isMissing = isNone && !(install && process.env['CI']);
    throw isMissing ? new Unavailable((error as Error).message, { cause: error }) : error;
  }
}

async function startOne(): Promise<Redis> {
  return startRedis(await findRedis({ install: false }));
}

async function playFresh(
  { name, program, args, clock }: FreshContestant,
  lease: Lease | undefined,
): Promise<Round> {
  const start = performance.now();
  const needs = { ...(args && { args }), ...(lease && { env: lease.env }) };
  const child = await Child.start(name, `fresh/${program}`, needs);
  try {
    const line = await child.line();
    const ms = performance.now() - start;
    return clock === 'own' ? parseReply(name, line) : { figure: ms, answer: Number(line) };
  } finally {
    await child.leave();
  }
}

function parseReply(name: string, line: string): Round {
  const { ms, bytes, answer, besides } = JSON.parse(line) as Record<string, unknown>;
  const figure = ms ?? bytes;
  if (typeof figure !== 'number' || typeof answer !== 'number') {
    throw new TypeError(`${name} should answer { ms, answer } or { bytes, answer } and answered ${line}`);
  }
  return { figure, answer, ...(besides ? { besides: besides as Record<string, number> } : {}) };
}
