/**
 * How evenly the ring spreads its 4,096 slots, how many a joining member moves, and how long a ring takes to build: run by
 * `node --import tsx --conditions=source packages/dso/bench/ring.ts [sets] [folder]`. With a folder in which `hash-ring` and
 * `hashring` are installed, they are measured too, each slot's number as a key (hash-ring compares keys as they come, so that
 * no other would be fair). Movement is given in even shares, the slots over the new number of members: 1 is the least possible.
 * It says nothing of keys within slots, which are as even as the hash is.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { assign } from '../src/ring/assign.ts';
import { SLOTS, slotOf } from '../src/ring/hash.ts';
import { costsOf } from '../src/ring/preference.ts';
import { addresses } from '../test/ring/addresses.ts';

type Owners = (members: readonly string[], slots: number) => readonly string[];
type HashRing = new (nodes: string[], options?: { replicas: number }) => { getNode(key: string): string };
type Hashring = new (
  servers: string[],
  algorithm?: string,
  options?: { 'vnode count': number },
) => { get(key: string): string };

const sets = Number(process.argv[2] ?? 100);
const folder = process.argv[3];
const sizes = [3, 8, 12, 16, 18, 20, 24, 28, 32];
const first = [3, 32].map((size) => {
  const members = addresses(size, 0).toSorted();
  const start = performance.now();
  assign(members, SLOTS);
  return `${size} members: ${(performance.now() - start).toFixed(0)} ms`;
});

const ours: Owners = (members, slots) => {
  const sorted = members.toSorted();
  return Array.from(assign(sorted, slots).owner, (member) => sorted[member]!);
};

const unbalanced: Owners = (members, slots) => {
  const costs = members.map((member) => costsOf(member, slots));
  return Array.from({ length: slots }, (_, slot) => {
    const best = costs.reduce((least, cost, at) => (cost[slot]! < costs[least]![slot]! ? at : least), 0);
    return members[best]!;
  });
};

function peers(from: string): [string, Owners][] {
  const require = createRequire(join(from, 'package.json'));
  const HashRing = require('hash-ring') as HashRing;
  const Hashring = require('hashring') as Hashring;
  const keys = (slots: number): string[] => Array.from({ length: slots }, (_, slot) => String(slot));
  const hashRing = (replicas: number): [string, Owners] => [
    `hash-ring, ${replicas} points`,
    (members, slots) => {
      const ring = new HashRing([...members], { replicas });
      return keys(slots).map((key) => ring.getNode(key));
    },
  ];
  const hashring = (count: number): [string, Owners] => [
    `hashring, ${count * 4} points`,
    (members, slots) => {
      const ring = new Hashring([...members], 'md5', { 'vnode count': count });
      return keys(slots).map((key) => ring.get(key));
    },
  ];
  return [hashRing(128), hashRing(1000), hashring(40), hashring(250)];
}

function measure(name: string, owners: Owners, slots: number, size: number, rounds: number): void {
  const moved: number[] = [];
  const built: number[] = [];
  let fewest = slots;
  let most = 0;
  for (let seed = 0; seed < rounds; seed++) {
    const members = addresses(size, seed);
    const start = performance.now();
    const after = owners(members, slots);
    built.push(performance.now() - start);
    const before = owners(members.slice(0, -1), slots);
    moved.push(after.filter((owner, slot) => owner !== before[slot]).length / (slots / size));
    const counts = members.map((member) => after.filter((owner) => owner === member).length);
    fewest = Math.min(fewest, ...counts);
    most = Math.max(most, ...counts);
  }
  const sorted = moved.toSorted((a, b) => a - b);
  const percent = (count: number): string => `${Math.round((count / (slots / size) - 1) * 100)} %`;
  const columns = [
    name.padEnd(26),
    String(size).padStart(3),
    `${percent(fewest)} … +${percent(most)}`.padEnd(18),
    (moved.reduce((sum, one) => sum + one, 0) / rounds).toFixed(2),
    sorted[Math.floor(rounds * 0.99)]!.toFixed(2),
    sorted.at(-1)!.toFixed(2),
    `${sorted.filter((one) => one > 1.3).length}/${rounds}`.padStart(8),
    `${built.toSorted((a, b) => a - b)[rounds >> 1]!.toFixed(2)} ms`.padStart(9),
  ];
  console.log(columns.join('  '));
}

console.log(`${sets} sets of addresses; the first rings of this process: ${first.join(', ')}\n`);
console.log('                         members  off even          mean   p99   max  over 1.3  build (median)');
for (const size of sizes) measure('Skein', ours, SLOTS, size, sets);
for (const slots of [1024, 2048]) {
  for (const size of sizes) measure(`Skein, ${slots} slots`, ours, slots, size, sets);
}
for (const size of [3, 8, 16, 32]) measure('without balancing', unbalanced, SLOTS, size, sets);
for (const [name, owners] of folder === undefined ? [] : peers(folder)) {
  for (const size of [3, 8, 16, 32]) measure(name, owners, SLOTS, size, Math.min(sets, 30));
}

const keys = Array.from({ length: 1000 }, (_, at) => `user:${at * 7919}`);
let sum = 0;
const hash = (): number => {
  const start = performance.now();
  for (const key of keys) sum += slotOf('Counter', key);
  return (performance.now() - start) * 1000;
};
const times = Array.from({ length: 2000 }, hash).toSorted((a, b) => a - b);
console.log(
  `\nslotOf: ${times[times.length >> 1]!.toFixed(0)} ns for a key of some ten characters (${sum % 10})`,
);
