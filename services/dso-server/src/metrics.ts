import type { Node } from '@skein/dso/server';
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { type Gate, TRANSPORTS } from './gate.ts';

/** What the node holds and does, as Prometheus reads it. Nothing is counted twice: it is read where it is known. */
export function metricsOf(node: Node, gate: Gate): Registry {
  const registry = new Registry();
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
  gauge('slots', 'Slots that this node holds', () => node.slotCount);
  gauge('members', 'Members of the cluster', () => node.ring.members.length);
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
  counter('refused_connections', 'Connections that were ended, by what was wrong with them', 'reason', () => [
    ['malformed', counters.malformed],
    ['unauthorized', counters.unauthorized],
  ]);
  return registry;
}
