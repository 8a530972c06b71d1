/** The state at a position of an object, from its beginning: exact, for the price of reading it. */

import { malformed } from '../errors.ts';
import type { ByteSource } from '../source/byte-source.ts';
import { type Automaton, BROKEN, RECORD, STATE_NAMES, type State } from './automaton.ts';
import { Tape } from './tape.ts';
import { Tracker } from './walker.ts';

/** The state behind the bytes before a position. */
export async function exactState(
  source: ByteSource,
  position: number,
  automaton: Automaton,
  signal?: AbortSignal,
): Promise<State> {
  const tracker = new Tracker(automaton);
  const { before } = source;
  if (before !== undefined) await track([tracker], before.stream(0, undefined, signal), source.name);
  const begins = before === undefined ? source.name : undefined;
  await track([tracker], source.stream(0, position, signal), begins);
  if (tracker.state === BROKEN) throw malformed(source.name, `is no CSV before byte ${position}`);
  return tracker.state;
}

/** Where each state leads over some bytes: `effect[state]`. */
export type Effect = readonly State[];

/**
 * The effect of bytes on every state. It costs little more than that on one: behind a newline no more than three are left, of
 * nine, and states that have come together stay together.
 *
 * @param beginning of which object the bytes are the beginning, if they are: a byte order mark is passed over there
 */
export async function effectOf(
  bytes: AsyncIterable<Uint8Array>,
  beginning: string | undefined,
  automaton: Automaton,
): Promise<Effect> {
  const trackers = STATE_NAMES.map((_, state) => new Tracker(automaton, state));
  await track(trackers, bytes, beginning);
  return trackers.map(({ state }) => state);
}

/** The states in which a chunk of an object leaves an automaton that it begins in RECORD, chunk by chunk. */
export function compose(effects: readonly Effect[]): State[] {
  let state: State = RECORD;
  return effects.map((effect) => {
    state = effect[state]!;
    return state;
  });
}

/** Feeds trackers, those in one state by one of them. */
async function track(
  trackers: readonly Tracker[],
  bytes: AsyncIterable<Uint8Array>,
  beginning: string | undefined,
): Promise<void> {
  const tape = new Tape(bytes, 0);
  try {
    if (beginning !== undefined) await tape.takeMark(beginning);
    for (let most = FIRST; ; most = Number.POSITIVE_INFINITY) {
      const piece = await tape.take(most);
      if (piece === undefined) return;
      const fed = new Map<State, Tracker>();
      for (const tracker of trackers) {
        const { state } = tracker;
        const other = fed.get(state);
        if (other !== undefined) tracker.state = other.state;
        else {
          fed.set(state, tracker);
          tracker.feed(piece);
        }
      }
    }
  } finally {
    await tape.close();
  }
}

/** A first piece in which states come together before the long ones. */
const FIRST = 1024;
