/**
 * Histories made to order, of a simulated object that its model describes: correct ones, where each operation takes effect at
 * a random moment of its interval, and ones with a fault. From a seed, so that every one can be made again.
 */
import type { History, Json, Operation } from './history.ts';
import type { RunnableModel } from './model.ts';

/** What goes wrong, now and then. */
export const faults = [
  /** An answer is changed on its way. */
  'wrong answer',
  /** An operation is answered, and its effect forgotten: lost updates, items polled twice, two holders of a lock. */
  'lost effect',
  /** An operation takes effect twice, as a request does that is sent again. */
  'double effect',
  /** An operation is answered from a state of the past, and has no effect: a read from a deposed replica. */
  'stale answer',
  /** An operation is reported at another time than it happened. */
  'shifted interval',
] as const;
export type Fault = (typeof faults)[number];

export interface Simulation<I> {
  readonly seed: number;
  readonly clients: number;
  readonly operations: number;
  /** How likely an operation's outcome stays unknown, whether it took effect or not. */
  readonly unknown: number;
  readonly fault?: Fault | undefined;
  /** What a client asks next. */
  input(random: Random, client: string): I;
}

/** Whole numbers from 0 up to, and not including, `below`. */
export type Random = (below: number) => number;

/** Mulberry32: 32 bits of state are plenty here, and the same everywhere. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

interface Open<I, O> {
  readonly call: number;
  readonly input: I;
  /** Present once it took effect. */
  answer?: { readonly output: O };
  /** How often it was looked at in vain, because it has to wait. */
  waited: number;
}

/** A history of the object in `model`. Times are small integers, with ties. */
export function simulate<S extends NonNullable<unknown>, I extends Json, O extends Json>(
  model: RunnableModel<S, I, O>,
  { seed, clients, operations, unknown, fault, input }: Simulation<I>,
): History<I, O> {
  const random = seeded(seed);
  const chance = (share: number): boolean => random(1_000_000) < share * 1_000_000;
  const strikes = (kind: Fault): boolean => fault === kind && chance(0.08);
  const history: Operation<I, O>[] = [];
  const open = new Map<string, Open<I, O>>();
  /** Of each part of the object, its states up to now. */
  const pasts = new Map<string, S[]>();
  let time = 0;

  const takeEffect = (operation: Open<I, O>): void => {
    const part = model.partition?.(operation.input) ?? '';
    const past = pasts.get(part) ?? [model.init()];
    pasts.set(part, past);
    const state = past.at(-1)!;
    const seen = strikes('stale answer') ? past[random(past.length)]! : state;
    const effect = model.apply(seen, operation.input);
    if (effect === undefined) {
      operation.waited++;
      return;
    }
    operation.answer = { output: effect.output };
    if (seen !== state || strikes('lost effect')) return;
    past.push(effect.state);
    if (strikes('double effect'))
      past.push(model.apply(effect.state, operation.input)?.state ?? effect.state);
  };

  // The end of a history is cut off, so that some calls stay open.
  for (let called = 0; called < operations || open.size > clients / 2; ) {
    time += random(3);
    const client = `c${random(clients)}`;
    const operation = open.get(client);
    if (operation === undefined) {
      if (called++ < operations) open.set(client, { call: time, input: input(random, client), waited: 0 });
    } else if (chance(unknown) || operation.waited > 20) {
      // The client gives up. What it asked may still happen.
      if (operation.answer === undefined && chance(0.5)) takeEffect(operation);
      history.push({ client, call: operation.call, input: operation.input, return: undefined });
      open.delete(client);
    } else if (operation.answer === undefined) {
      takeEffect(operation);
    } else {
      const shift = strikes('shifted interval') ? random(60) - 30 : 0;
      const { output } = operation.answer;
      const { call, input } = operation;
      history.push({ client, input, output, call: call + shift, return: time + shift });
      open.delete(client);
    }
  }
  for (const [client, { call, input }] of open) history.push({ client, call, input, return: undefined });
  return fault === 'wrong answer' ? withWrongAnswer(history, random) : history;
}

/** One operation gets the answer of another, or a number beside its own. */
function withWrongAnswer<I, O extends Json>(history: History<I, O>, random: Random): History<I, O> {
  const victim = random(history.length);
  const other = history[random(history.length)];
  return history.map((operation, index) => {
    if (index !== victim || operation.return === undefined) return operation;
    const { output } = operation;
    if (typeof output === 'number') return { ...operation, output: (output + random(3) - 1) as O };
    return other?.return === undefined ? operation : { ...operation, output: other.output };
  });
}
