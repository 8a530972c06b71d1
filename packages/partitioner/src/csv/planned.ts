/** Plans of exact cuts: the state at each is found by reading the object once, and travels with the part. */
import { malformed } from '../errors.ts';
import type { Cut } from '../format/format.ts';
import type { ByteSource } from '../source/byte-source.ts';
import { type Automaton, BROKEN, isUnfinished, RECORD, STATE_NAMES, type State } from './automaton.ts';
import { compose, type Effect, effectOf } from './exact-state.ts';

/** How many chunks are read at once. */
const AT_ONCE = 4;
/** Bytes of a byte order mark: the first record begins behind it, without a newline before. */
const MARK = 3;

/**
 * Adds to each cut the state at its beginning. Chunks are read side by side: of each is found where every state would lead, which
 * is then composed in order (Mytkowicz, Musuvathi and Schulte, "Data-Parallel Finite-State Machines", ASPLOS 2014).
 */
export async function planStates(
  source: ByteSource,
  cuts: readonly Cut[],
  automaton: Automaton,
  signal?: AbortSignal,
): Promise<readonly Cut[]> {
  const chunks = withoutCutMark(cuts);
  const states = compose(await effectsOf(source, chunks, automaton, signal));
  const wrong = states.findIndex(
    (state, at) => state === BROKEN || (at === states.length - 1 && isUnfinished(state)),
  );
  const where = chunks[wrong];
  if (where !== undefined) {
    const what =
      states[wrong] === BROKEN ? 'something behind the end of a quoted cell' : 'a quoted cell without an end';
    throw malformed(source.name, `there is ${what} in the bytes from ${where.start} to ${where.end}`);
  }
  return chunks.map((cut, at) => ({ ...cut, detail: { state: STATE_NAMES[states[at - 1] ?? RECORD]! } }));
}

/** The state at the beginning of a cut, if the plan has found it. */
export function plannedState({ detail }: Cut): State | undefined {
  if (typeof detail !== 'object' || detail === null || !('state' in detail)) return undefined;
  const state = (STATE_NAMES as readonly unknown[]).indexOf(detail['state']);
  return state < 0 ? undefined : state;
}

/** Parts that begin within a byte order mark, or behind it, join the first. */
function withoutCutMark(cuts: readonly Cut[]): readonly Cut[] {
  const [first, ...rest] = cuts;
  const kept = rest.filter(({ start }) => start > MARK);
  const end = kept[0]?.start ?? cuts.at(-1)?.end;
  return first === undefined || end === undefined ? cuts : [{ ...first, end }, ...kept];
}

async function effectsOf(
  source: ByteSource,
  chunks: readonly Cut[],
  automaton: Automaton,
  signal?: AbortSignal,
): Promise<readonly Effect[]> {
  const failed = new AbortController();
  const either = signal === undefined ? failed.signal : AbortSignal.any([signal, failed.signal]);
  const effects: Effect[] = [];
  const left = chunks.entries();
  const reader = async (): Promise<void> => {
    for (const [at, { start, end }] of left)
      effects[at] = await effectOf(
        source.stream(start, end, either),
        start === 0 ? source.name : undefined,
        automaton,
      );
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, reader));
  } catch (error) {
    failed.abort(error); // the other chunks are of no use
    throw error;
  }
  return effects;
}
