import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePorts } from '../../../../tools/servers/free-port.ts';
import type { Program } from '../../../../tools/servers/program.ts';
import { type Server, startServer } from '../../../../tools/servers/server.ts';

export interface RedisCluster extends Server {
  /** On 127.0.0.1, of two masters without replicas that have half of the slots each. */
  readonly ports: readonly [number, number];
}

const SLOTS = 16_384;

/** A real Redis Cluster of two nodes. */
export function startRedisCluster({ command, args, env }: Program): Promise<RedisCluster> {
  return startServer('redis-server', async (home) => {
    const [first = 0, second = 0, firstBus = 0, secondBus = 0] = await freePorts(4);
    const ports = [first, second] as const;
    const nodes = [
      { port: first, bus: firstBus, slots: [0, SLOTS / 2 - 1] },
      { port: second, bus: secondBus, slots: [SLOTS / 2, SLOTS - 1] },
    ];
    const asked = async <T>(port: number, ask: (redis: Redis) => Promise<T>): Promise<T> => {
      const redis = new Redis({ port, lazyConnect: true, retryStrategy: null });
      redis.on('error', () => {}); // comes out of connect()
      try {
        await redis.connect();
        return await ask(redis);
      } finally {
        redis.disconnect();
      }
    };
    const unassigned = new Set(nodes);
    let joined = false;
    // One may listen later than the other: what is assigned is not taken a second time.
    const assignSlots = async (): Promise<void> => {
      for (const node of unassigned) {
        const { port, slots } = node;
        await asked(port, (redis) => redis.call('CLUSTER', 'ADDSLOTSRANGE', ...slots.map(String)));
        unassigned.delete(node);
      }
      await asked(first, (redis) =>
        redis.call('CLUSTER', 'MEET', '127.0.0.1', String(second), String(secondBus)),
      );
    };
    return {
      facts: { ports },
      commands: nodes.map(({ port, bus }) => {
        const settings = {
          bind: '127.0.0.1',
          port: String(port),
          dir: home,
          save: '',
          'cluster-enabled': 'yes',
          'cluster-port': String(bus),
          'cluster-config-file': join(home, `nodes-${port}.conf`),
        };
        const options = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
        return { command, args: [...args, ...options], env };
      }),
      async ready() {
        try {
          if (!joined) await assignSlots();
          joined = true;
          const states = await Promise.all(
            ports.map((port) => asked(port, (redis) => redis.call('CLUSTER', 'INFO'))),
          );
          return states.every(
            (state) => String(state).includes('cluster_state:ok') && String(state).includes('cluster_size:2'),
          );
        } catch {
          return false;
        }
      },
    };
  });
}
