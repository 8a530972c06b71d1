/**
 * What the policy is worth: the same requests, in virtual time, beside LRU and beside fixed tiers. Run by
 *
 *     node --import tsx --conditions=source packages/cache/bench/policies.ts [--trace <file> --columns key,bytes]…
 *
 * A table for each price list. It is the same in every run.
 */
import { parseArgs } from 'node:util';
import { CostPolicy } from '../src/policy/cost-policy.ts';
import { type Prices, rentsOf } from '../src/policy/prices.ts';
import { type CachePolicy, everywhere } from '../src/policy.ts';
import { type Contestant, type Outcome, simulate, type Workload } from './simulation.ts';
import { recorded, synthetic } from './workloads.ts';

const { values } = parseArgs({
  options: {
    trace: { type: 'string', multiple: true, default: [] },
    columns: { type: 'string', multiple: true, default: [] },
    requests: { type: 'string', default: '100000' },
    only: { type: 'string', default: '' },
  },
});

/** Where memory is billed by use: of machines, of a managed Redis. */
const BY_USE = { workerHour: 0.04, nodeGiBHour: 0.005, clusterGiBHour: 0.125 } as const;
const always = (): CachePolicy => everywhere;
const cost = (prices: Prices) => (now: () => number) => new CostPolicy(rentsOf(prices), now);
const both = ['node', 'cluster'] as const;
const fixed: readonly Contestant[] = [
  { name: 'LRU', memory: 'lru', tiers: both, policy: always },
  { name: 'node only', memory: 'tiny-lfu', tiers: ['node'], policy: always },
  { name: 'cluster only', memory: 'tiny-lfu', tiers: ['cluster'], policy: always },
  { name: 'everywhere', memory: 'tiny-lfu', tiers: both, policy: always },
];

const all: readonly Workload[] = [
  ...synthetic,
  ...values.trace.map((path, i) =>
    recorded(path, (values.columns[i] ?? 'key').split(','), Number(values.requests)),
  ),
];
const workloads = all.filter(({ name }) => name.includes(values.only));

const paid: Contestant = { name: 'cost', memory: 'tiny-lfu', tiers: both, policy: cost({}) };
await table('milliseconds a request (hits)', workloads, [...fixed, paid], ({ ms, hitRatio }) => {
  return `${ms.toPrecision(3)} (${(hitRatio * 100).toFixed(0)} %)`;
});
console.log();
const rented: Contestant = { ...paid, name: 'cost, by use', policy: cost(BY_USE) };
const rare = workloads.map((workload) => ({ ...workload, pauseMs: 20 * workload.pauseMs }));
await table(
  'cost of a million requests, billed by use, a twentieth as often',
  rare,
  [...fixed, paid, rented],
  (outcome) => {
    const { requests, ms, nodeBytes, clusterBytes, hours } = outcome;
    const waiting = ((ms * requests) / 3_600_000) * BY_USE.workerHour;
    const node = (nodeBytes / 2 ** 30) * hours * BY_USE.nodeGiBHour;
    const cluster = (clusterBytes / 2 ** 30) * hours * BY_USE.clusterGiBHour;
    return (((waiting + node + cluster) / requests) * 1e6).toPrecision(3);
  },
);

async function table(
  title: string,
  rows: readonly Workload[],
  contestants: readonly Contestant[],
  cellOf: (outcome: Outcome) => string,
): Promise<void> {
  console.log(`| ${title} | ${contestants.map(({ name }) => name).join(' | ')} |`);
  console.log(`| --- | ${contestants.map(() => '---:').join(' | ')} |`);
  for (const workload of rows) {
    const cells: string[] = [];
    for (const contestant of contestants) cells.push(cellOf(await simulate(workload, contestant)));
    console.log(`| ${workload.name} | ${cells.join(' | ')} |`);
  }
}
