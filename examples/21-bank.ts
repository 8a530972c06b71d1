/**
 * A bank: three tellers transfer money between accounts, each of which has a lock. An auditor, who locks all accounts at
 * once, counts the money while they work: it is never more or less.
 */
import assert from 'node:assert/strict';
import { Barrier, Event, Process, Value } from '@skein/multiprocessing';
import { generator } from './lib/random.ts';

type Account = Value<'q'>;

const [accounts, tellers, transfers] = [4, 3, 60];
const opening = 1000n;

/** Runs `fn` while all these accounts are locked. Who locks several takes the first one first, or two could wait in a ring. */
function locked<R>([first, ...others]: readonly Account[], fn: () => Promise<R>): Promise<R> {
  return first === undefined ? fn() : first.getLock().use(() => locked(others, fn));
}

/** The transfers of a teller: from which account, to which, and how much. */
function* ordersOf(teller: number): Generator<readonly [from: number, to: number, amount: bigint]> {
  const random = generator(teller);
  const below = (n: number): number => Math.floor(random() * n);
  for (let i = 0; i < transfers; i++) {
    const from = below(accounts);
    yield [from, (from + 1 + below(accounts - 1)) % accounts, BigInt(1 + below(100))];
  }
}

async function work(teller: number): Promise<void> {
  await begin.wait();
  for (const [from, to, amount] of ordersOf(teller)) {
    const both = [Math.min(from, to), Math.max(from, to)].map((number) => bank[number]!);
    await locked(both, async () => {
      await bank[from]!.set((await bank[from]!.get()) - amount);
      await bank[to]!.set((await bank[to]!.get()) + amount);
    });
  }
}

async function audit(): Promise<void> {
  await begin.wait();
  do {
    const balances = await locked(bank, () => Promise.all(bank.map((account) => account.get())));
    assert.equal(
      balances.reduce((sum, balance) => sum + balance),
      opening * BigInt(accounts),
    );
  } while (!(await closed.isSet()));
}

const bank = Array.from({ length: accounts }, () => new Value('q', opening));
// Some processes are there sooner than others: nobody begins before all can.
const begin = new Barrier(tellers + 1);
const closed = new Event();

const auditor = new Process({ target: audit, name: 'auditor' });
const staff = Array.from({ length: tellers }, (_, teller) => new Process({ target: work, args: [teller] }));
for (const process of [auditor, ...staff]) process.start();
for (const teller of staff) await teller.join();
await closed.set();
await auditor.join();
assert.equal(auditor.exitCode, 0);

const balances = await Promise.all(bank.map((account) => account.get()));
const expected = bank.map(() => opening);
for (const [from, to, amount] of staff.flatMap((_, teller) => [...ordersOf(teller)])) {
  expected[from]! -= amount;
  expected[to]! += amount;
}
assert.deepEqual(balances, expected);

console.log(`${tellers * transfers} transfers, and at every audit ${opening * BigInt(accounts)} in all`);
for (const [number, balance] of balances.entries()) console.log(`account ${number}: ${balance}`);
