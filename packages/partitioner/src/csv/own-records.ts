/**
 * Which bytes of a CSV object are a part's. Part k ends, and part k + 1 begins, behind the first newline from the last byte
 * before the cut on that ends a record.
 *
 * Invariants, by which no part reads wrongly without one failing; boundary.ts has the decision that they speak of.
 * - B1: the state in which a part begins is known (at the beginning of the data, or from the plan), or decided about the first
 *   newline n from `start - 1` on.
 * - B2: a part without a newline in `[start - 1, end - 1)` owns nothing and decides nothing: its n is that of the part after it.
 * - B3: any other part walks without a gap from where it begins through the first newline m from `end - 1` on. If it began
 *   rightly, it knows the state behind m. By B2, m is the n of the next part that decides.
 * - B4: it decides about m as that one will, and fails if that is not what it knows. (Where that part will not guess but scan,
 *   it will be right.)
 *
 * The first part begins rightly, hence by B3 and B4 the next that decides does, and so on; or a part has failed.
 */
import { malformed, PartitionError } from '../errors.ts';
import type { Cut } from '../format/format.ts';
import type { ByteSource } from '../source/byte-source.ts';
import { onward } from '../source/onward.ts';
import { BROKEN, isUnfinished, RECORD, type State } from './automaton.ts';
import { decide, WINDOW } from './boundary.ts';
import type { Dialect } from './dialect.ts';
import { exactState } from './exact-state.ts';
import { plannedState } from './planned.ts';
import { endsLine, Tape } from './tape.ts';
import { Tracker, type Walker } from './walker.ts';

/** Bytes behind a part in which most last records end, so that one request has them, and what is looked at behind them. */
const LAST_RECORD = 16 * 1024;

/** A part of an object, and how it is read. */
export interface Part {
  readonly source: ByteSource;
  readonly cut: Cut;
  readonly dialect: Dialect;
  /** Where the data begin: behind the header, if that is not wanted. */
  readonly dataStart: number;
  /** How far behind a newline is looked, the same for all parts of an object. @default 64 KiB */
  readonly window?: number;
}

/**
 * The bytes of a part's records, in pieces that `walker` has been fed with from the first record on.
 *
 * @param into see {@link ByteSource.stream}
 * @throws {PartitionError} `malformed`; `ambiguous-quotes` if this part or the next one has a wrong beginning
 */
export async function* ownRecords(
  part: Part,
  walker: Walker,
  signal?: AbortSignal,
  into?: Uint8Array,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { source, cut, dialect } = part;
  const { end } = cut;
  const known = knownStart(part);
  const from = known?.position ?? cut.start - 1;
  if (from >= end) return;
  const tape = new Tape(
    onward(source, from, end + LAST_RECORD + (part.window ?? WINDOW), signal, into),
    from,
  );
  const seam = new Seam(part, tape, known === undefined);
  try {
    const state = known?.state ?? (await seam.begin(signal)); // B1
    if (state === undefined) return; // B2
    const mark = from === 0 && source.before === undefined ? await tape.takeMark(source.name) : undefined;
    if (mark !== undefined) yield mark;

    const before = new Tracker(dialect.automaton, state);
    while (before.state !== RECORD) {
      const piece = await tape.takeLine();
      if (piece === undefined) return seam.finish(before);
      seam.feed(before, piece);
      if (endsLine(piece)) await seam.passNewline(before.state);
    }
    if (state !== RECORD && tape.position >= end) return;

    // The last byte before the end may be the newline that ends the part: from there on, line by line.
    for (
      let piece = await tape.take(end - 1 - tape.position);
      piece;
      piece = await tape.take(end - 1 - tape.position)
    ) {
      seam.feed(walker, piece);
      yield piece;
    }
    for (let piece = await tape.takeLine(); piece; piece = await tape.takeLine()) {
      seam.feed(walker, piece);
      yield piece;
      if (!endsLine(piece)) continue;
      await seam.passNewline(walker.state);
      if (walker.state === RECORD) return;
    }
    seam.finish(walker);
  } finally {
    await tape.close();
  }
}

/** A state that needs no decision: where the data begin, and where the plan has scanned the object. */
function knownStart({
  cut,
  dataStart,
}: Part): { readonly position: number; readonly state: State } | undefined {
  if (cut.start <= dataStart) return { position: dataStart, state: RECORD };
  const state = plannedState(cut);
  return state === undefined ? undefined : { position: cut.start, state };
}

/** Where a part and its neighbours meet. */
class Seam {
  readonly #part: Part;
  readonly #tape: Tape;
  /** Whether this part's own beginning is a decision. */
  readonly #guessed: boolean;
  /** Whether the next part's is right, or is none. */
  #verified: boolean;

  constructor(part: Part, tape: Tape, guessed: boolean) {
    this.#part = part;
    this.#tape = tape;
    this.#guessed = guessed;
    this.#verified = !part.dialect.automaton.multiline || plannedState(part.cut) !== undefined;
  }

  /** The state behind the first newline, if there is one before the end. */
  async begin(signal?: AbortSignal): Promise<State | undefined> {
    const { source, cut, dialect } = this.#part;
    let piece = await this.#tape.takeLine();
    while (piece !== undefined && !endsLine(piece)) piece = await this.#tape.takeLine();
    const { position } = this.#tape;
    if (piece === undefined || position >= cut.end) return undefined;
    return (await this.#decide()) ?? exactState(source, position, dialect.automaton, signal);
  }

  feed(walker: Walker, piece: Uint8Array): void {
    const behind = this.#tape.position - piece.length - walker.walked;
    walker.feed(piece);
    if (walker.state === BROKEN)
      throw this.#fail(
        `the byte ${behind + walker.walked} comes after the end of a quoted cell, or breaks a line within one`,
      );
  }

  /** B4, of the first newline that the next part may begin behind. */
  async passNewline(state: State): Promise<void> {
    const { source, cut } = this.#part;
    if (this.#verified || this.#tape.position < cut.end) return;
    this.#verified = true;
    if ((await this.#tape.peek(1)).length === 0) return;
    const guess = await this.#decide();
    if (guess === undefined || guess === state) return;
    const [is, seems] =
      state === RECORD
        ? ['ends a record', 'to lie within quotes']
        : ['lies within quotes', 'to end a record'];
    const newline = `the newline at byte ${this.#tape.position - 1} ${is}`;
    throw ambiguous(source.name, `${newline}, but by what follows it seems ${seems}`);
  }

  /** At the end of the data. */
  finish({ state }: Walker): void {
    if (isUnfinished(state)) throw this.#fail('a quoted cell is open at the end of the data');
  }

  async #decide(): Promise<State | undefined> {
    const { dialect, window = WINDOW } = this.#part;
    const bytes = await this.#tape.peek(window);
    return decide(dialect.automaton, bytes, bytes.length < window);
  }

  #fail(what: string): PartitionError {
    const { name } = this.#part.source;
    return this.#guessed
      ? ambiguous(name, `${what}, if the part begins where it seems to`)
      : malformed(name, what);
  }
}

function ambiguous(name: string, what: string): PartitionError {
  const remedy = "the option csv: { quotes: 'scan' } reads the object once more, and decides exactly";
  return new PartitionError('ambiguous-quotes', `${name}: ${what}; ${remedy}`, { object: name });
}
