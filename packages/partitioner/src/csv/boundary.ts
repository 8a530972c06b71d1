/**
 * Whether a newline ends a record or lies within quotes, decided from what follows it.
 *
 * After a newline an automaton of CSV that has not met an error is in one of two states only, RECORD or QUOTED, whatever it was
 * in before: a newline ends cells and comments, and within quotes it is a character like any other. So a part need not guess
 * among all states at its first byte. It finds the first newline at or after the byte before its start (no record begins
 * earlier), and there are two hypotheses. Both are run over the bytes that follow, side by side:
 *
 * 1. The first to break the dialect, or the one that ends the data within quotes, is false. This is proof, as far as the data
 *    are CSV: the true hypothesis never does.
 * 2. If both survive, one that met no quote within an unquoted cell is preferred to one that did: such cells are allowed
 *    (`5" pipe`), but a closing quote that is taken for an opening one makes them almost at once. This is a guess.
 * 3. If there is no quote at all in sight, the newline is taken for a record's end. This is a guess too: within a quoted cell
 *    that is longer than the window it is false.
 * 4. Else, nothing is decided: who wants to know scans the object from its beginning.
 *
 * The decision is a pure function of the newline's position. That is what makes guesses safe: the part before comes to the
 * same newline while it reads its own last record, knows the state there, decides as its neighbour will, and fails if that is
 * false. The first part begins in a known state, so by induction all parts begin rightly, or one of them fails: own-records.ts
 * keeps this. It holds for a job that reads every part to its end; a single part read alone relies on its guess.
 *
 * The idea of running hypotheses over a chunk's beginning is from Ge, Li, Eilebrecht, Chandramouli and Kossmann, "Speculative
 * Distributed CSV Data Parsing for Big Data Analytics", SIGMOD 2019.
 */
import { type Automaton, BROKEN, isUnfinished, QUOTED, RECORD, type State, UNQUOTED } from './automaton.ts';

/** How far behind a newline is looked, bytes. All parts must look equally far. */
export const WINDOW: number = 64 * 1024;

/**
 * The state after a newline, RECORD or QUOTED; undefined where its neighbourhood does not tell.
 *
 * @param window the `WINDOW` bytes behind the newline
 * @param last whether the data end with them, which are fewer then
 */
export function decide(automaton: Automaton, window: Uint8Array, last: boolean): State | undefined {
  const { multiline, quote, next } = automaton;
  // Without quotes nothing breaks, and nothing tells.
  if (!multiline || !window.includes(quote)) return RECORD;
  let [outside, inside] = [RECORD, QUOTED];
  let [straysOutside, straysInside] = [false, false];
  // What comes after the first to break, or after they have come together, is the same for both, or does not count.
  for (let at = 0; at < window.length && outside !== inside; at++) {
    if (outside === BROKEN || inside === BROKEN) break;
    const byte = window[at]!;
    if (byte === quote) {
      straysOutside ||= outside === UNQUOTED;
      straysInside ||= inside === UNQUOTED;
    }
    outside = next[(outside << 8) | byte]!;
    inside = next[(inside << 8) | byte]!;
  }
  if (outside === BROKEN || inside === BROKEN) {
    if (outside !== inside) return outside === BROKEN ? QUOTED : RECORD;
  } else if (last && isUnfinished(outside) !== isUnfinished(inside))
    return isUnfinished(outside) ? QUOTED : RECORD;
  if (straysOutside !== straysInside) return straysOutside ? QUOTED : RECORD;
  return undefined;
}
