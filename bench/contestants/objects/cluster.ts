import { connect } from '@skein/dso';
import { Operator } from '@skein/dso/operator';
import { type Etcd, findEtcd, startEtcd } from '../../../tools/servers/etcd.ts';
import { freePort, freePorts } from '../../../tools/servers/free-port.ts';
import { settled } from '../../../tools/servers/settled.ts';
import { ObjectServer } from './server.ts';

const NAME = 'bench';
const SETTLE_MS = 50_000;

export interface Shape {
  readonly servers: number;
  /** Servers that hold each object. */
  readonly replicas: number;
  /** Whether it is ready only when every slot has its copies and every server its share: seconds, which a quick run has not. */
  readonly settled: boolean;
  /** How long a server may be silent before others take its objects over. @default the server's own */
  readonly leaseMs?: number;
}

/** Who has a slot: the server that answers for it, and all that have a copy, in some order. */
export interface Holders {
  readonly primary: string;
  readonly copies: string;
}

/** Servers of shared objects that find each other by an etcd of their own. */
export class ObjectCluster {
  readonly #etcd: Etcd;
  readonly #shape: Shape;
  readonly #servers = new Map<string, ObjectServer>();

  private constructor(etcd: Etcd, shape: Shape) {
    this.#etcd = etcd;
    this.#shape = shape;
  }

  static async start(shape: Shape): Promise<ObjectCluster> {
    const cluster = new ObjectCluster(await startEtcd(await findEtcd({ install: false })), shape);
    try {
      const ports = await freePorts(shape.servers);
      await Promise.all(ports.map(async (port) => (await cluster.load(port))()));
      if (shape.settled) await cluster.settled();
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    return cluster;
  }

  /** Of its servers: `host:port`. */
  get addresses(): readonly string[] {
    return [...this.#servers.keys()];
  }

  /** What clients give to `connect()`. */
  get url(): string {
    return `dso://${this.addresses.join(',')}`;
  }

  /** One more server: its process runs; what is given has it join, and resolves when it is a member. */
  async load(port?: number): Promise<() => Promise<void>> {
    const address = `127.0.0.1:${port ?? (await freePort())}`;
    const server = await ObjectServer.load();
    this.#servers.set(address, server);
    const { replicas, leaseMs } = this.#shape;
    return async () => {
      await server.start({
        listen: address,
        membership: `etcd:${this.#etcd.url}/${NAME}`,
        replicas,
        ...(leaseMs === undefined ? {} : { leaseMs }),
        drainTimeoutMs: SETTLE_MS,
      });
    };
  }

  /** One leaves, in peace by SIGTERM or as a crash by SIGKILL: when it has gone. */
  async leave(address: string, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const server = this.#servers.get(address)!;
    this.#servers.delete(address);
    await server.end(signal);
  }

  /** Waits until every slot has its copies and every server its share. */
  async settled(): Promise<void> {
    await using dso = await connect(this.url);
    const operator = new Operator(dso);
    const { replicas } = this.#shape;
    await settled(() => operator.members(), { servers: this.#servers.size, replicas }, SETTLE_MS);
  }

  /** Who has each slot, as etcd knows it. */
  async holders(): Promise<ReadonlyMap<number, Holders>> {
    const base64 = (text: string): string => Buffer.from(text).toString('base64');
    const range = { key: base64(`skein/${NAME}/slot/`), range_end: base64(`skein/${NAME}/slot0`) };
    const url = `${this.#etcd.url}/v3/kv/range`;
    const response = await fetch(url, { method: 'POST', body: JSON.stringify(range) });
    const { kvs = [] } = (await response.json()) as { kvs?: readonly { key: string; value: string }[] };
    return new Map(
      kvs.map(({ key, value }) => {
        const [name, record] = [key, value].map((text) => Buffer.from(text, 'base64').toString());
        const { primary, inSync } = JSON.parse(record!) as { primary: string; inSync: readonly string[] };
        return [Number(name!.split('/').at(-1)), { primary, copies: inSync.toSorted().join(' ') }];
      }),
    );
  }

  /** That its servers have used, milliseconds. */
  async processorMs(): Promise<number> {
    const times = await Promise.all([...this.#servers.values()].map((server) => server.processorMs()));
    return times.reduce((sum, ms) => sum + ms, 0);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#servers.values()].map((server) => server.close()));
    await this.#etcd.stop();
  }
}
