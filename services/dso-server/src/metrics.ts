import type { DurabilityStats, FrameReport, Node } from '@skein/dso/server';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { type Gate, TRANSPORTS } from './gate.ts';

const SECONDS = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1];

/** How long the disk takes, as it is written. */
export class DiskTimes {
  readonly registry: Registry = new Registry();
  readonly #seconds = new Histogram({
    name: 'skein_dso_log_write_seconds',
    help: 'Writes of the log, with their sync where that is awaited',
    buckets: SECONDS,
    registers: [this.registry],
  });
  readonly #syncSeconds = new Histogram({
    name: 'skein_dso_log_sync_seconds',
    help: 'Syncs of what was written before, where nobody waits for them',
    buckets: SECONDS,
    registers: [this.registry],
  });
  readonly #records = new Histogram({
    name: 'skein_dso_log_write_records',
    help: 'Entries that were written at once',
    buckets: [1, 3, 10, 30, 100, 300, 1000, 3000],
    registers: [this.registry],
  });
  readonly #bytes = new Counter({
    name: 'skein_dso_log_written_bytes_total',
    help: 'Bytes written to the log',
    registers: [this.registry],
  });

  synced(ms: number): void {
    this.#syncSeconds.observe(ms / 1000);
  }

  written({ ms, records, bytes }: FrameReport): void {
    this.#seconds.observe(ms / 1000);
    this.#records.observe(records);
    this.#bytes.inc(bytes);
  }
}

/** What the node holds and does, as Prometheus reads it. Nothing is counted twice: it is read where it is known. */
export function metricsOf(node: Node, gate: Gate, diskTimes: DiskTimes): Registry {
  const { durability } = node;
  const registry = durability === undefined ? new Registry() : Registry.merge([diskTimes.registry]);
  collectDefaultMetrics({ register: registry });
  const gauge = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name: `skein_dso_${name}`,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  };
  const counter = (
    name: string,
    help: string,
    label: string,
    read: () => Iterable<readonly [string, number]>,
  ): void => {
    new Counter({
      name: `skein_dso_${name}_total`,
      help,
      labelNames: [label],
      registers: [registry],
      collect() {
        this.reset();
        for (const [value, count] of read()) this.inc({ [label]: value }, count);
      },
    });
  };

  const { engine, limits, counters } = node;
  gauge('objects', 'Objects that this node holds', () => engine.stats().objects);
  gauge('object_bytes', 'Bytes of memory that its objects take, about', () => engine.stats().bytes);
  gauge('object_bytes_limit', 'Bytes of memory that its objects may take', () => limits.maxMemoryBytes);
  gauge('sessions', 'Sessions of clients, and of calls within them', () => engine.stats().sessions);
  gauge('leases', 'Leases of programs that have objects here', () => engine.stats().leases);
  gauge('waiting_operations', 'Operations that wait, such as for a lock', () => engine.stats().waiting);
  gauge('members', 'Members of the cluster', () => node.members.length);
  gauge('ready', 'Whether it answers for its slots: 1, or 0 without etcd', () => Number(node.isReady));
  gauge('draining', 'Whether it is about to leave, and hands its slots over: 1 or 0', () =>
    Number(node.isDraining),
  );
  gauge(
    'replication_lag_entries',
    'Entries of its slots that are not logged by all that are to have them',
    () => node.replication().lag,
  );
  if (durability !== undefined) {
    const stats = (): DurabilityStats => durability.stats();
    gauge('log_bytes', 'Bytes of the log on the disk', () => stats().logBytes);
    gauge(
      'log_unsynced_bytes',
      'Bytes of the log that are written and may not be on the disk yet: what the end of the machine may lose',
      () => stats().unsyncedBytes,
    );
    gauge(
      'log_synced_timestamp_seconds',
      'All that was written before is on the disk, since the epoch',
      () => stats().syncedAt / 1000,
    );
    gauge('log_full', 'Whether nothing is let in because the disk has no room: 1 or 0', () =>
      Number(stats().isFull),
    );
    gauge('snapshot_bytes', 'Bytes of the newest snapshot', () => stats().snapshotBytes);
    gauge('snapshot_age_seconds', 'Since the newest snapshot was taken; -1: there is none', () => {
      const { snapshotAt } = stats();
      return snapshotAt === undefined ? -1 : (Date.now() - snapshotAt) / 1000;
    });
    new Gauge({
      name: 'skein_dso_log_info',
      help: 'How the log is written: its policy of syncs',
      labelNames: ['fsync'],
      registers: [registry],
    }).set({ fsync: stats().fsync }, 1);
  }
  new Gauge({
    name: 'skein_dso_slots',
    help: 'Slots in which this node has a part: it answers for them, has a copy, or is getting one',
    labelNames: ['role'],
    registers: [registry],
    collect() {
      const own = node.shares().find(({ incarnation }) => incarnation === node.engine.incarnation);
      for (const role of ['primary', 'backup', 'learner'] as const) this.set({ role }, own?.[role] ?? 0);
    },
  });
  new Gauge({
    name: 'skein_dso_transfers',
    help: 'Snapshots of slots for other members, by whether they are on their way or wait for their turn',
    labelNames: ['state'],
    registers: [registry],
    collect() {
      const { transfers, transfersWaiting } = node.replication();
      this.set({ state: 'running' }, transfers);
      this.set({ state: 'waiting' }, transfersWaiting);
    },
  });
  new Gauge({
    name: 'skein_dso_connections',
    help: 'Connections that are open, by transport',
    labelNames: ['transport'],
    registers: [registry],
    collect() {
      for (const transport of TRANSPORTS) this.set({ transport }, gate.open(transport));
    },
  });
  counter('operations', 'Operations, by kind', 'kind', () => {
    const { calls, reads } = engine.stats();
    return [
      ['write', calls],
      ['read', reads],
    ];
  });
  counter(
    'refusals',
    'Operations that were not done, by the code of their error',
    'code',
    () => engine.refusals,
  );
  counter(
    'user_code_runs',
    'Runs of user code, by their outcome; those that go on have none',
    'outcome',
    () => {
      const { tasksDone, tasksThrew, tasksFailed } = engine.stats();
      return [
        ['done', tasksDone],
        ['threw', tasksThrew],
        ['failed', tasksFailed],
      ];
    },
  );
  counter('slot_moves', 'Slots that this node began to answer for, or ceased to', 'direction', () => {
    const { slotsTaken, slotsGiven } = node.replication();
    return [
      ['in', slotsTaken],
      ['out', slotsGiven],
    ];
  });
  counter('refused_connections', 'Connections that were ended, by what was wrong with them', 'reason', () => [
    ['malformed', counters.malformed],
    ['unauthorized', counters.unauthorized],
  ]);
  return registry;
}
