import { defineType } from '../engine/define-type.ts';
import { type ObjectType, read, type StepContext, store, write } from '../engine/object-type.ts';
import { Refusal } from '../engine/refusal.ts';
import type { Value } from '../value/value.ts';
import { bad, count, optional, positive, text } from './arguments.ts';

/** When it came, milliseconds since the epoch; how grave it is; what it says. */
type Line = readonly [at: number, level: string, text: string];

interface Logger {
  readonly capacity: number;
  /** A ring: once it is full, `next` is the oldest of them. */
  readonly lines: Line[];
  next: number;
}

const LEVELS: readonly Value[] = ['debug', 'info', 'warn', 'error'];
const DEFAULT_CAPACITY = 1000;
const MAX_CAPACITY = 1_000_000;
/** Characters of one line. */
const MAX_LINE = 65_536;

/** Lines from everywhere, in one order; the last of them are kept. */
export const logger: ObjectType = defineType<'logger', Logger>('logger', {
  create([capacity]) {
    const lines = optional('capacity', capacity, positive) ?? DEFAULT_CAPACITY;
    if (lines > MAX_CAPACITY) throw bad('capacity', `at most ${MAX_CAPACITY} lines`, capacity);
    return { capacity: lines, lines: [], next: 0 };
  },
  operations: {
    log: {
      ...store<Logger>((state, [level, line], call) => {
        const entry: Line = [call.at, levelOf(level), lineOf(line)];
        keep(state, entry, call);
        // One line for each, and nothing that a terminal would obey: who reads them trusts the server's output.
        for (const part of entry[2].split(/\r\n|\r|\n/))
          call.print(`${entry[1]} ${part.replace(/(?!\t)\p{Cc}/gu, '\u{fffd}')}`);
        return undefined;
      }),
      growth: (state, [level, line]) => bytesOf([0, levelOf(level), lineOf(line)]) - bytesOf(outgoing(state)),
    },
    /** The last so many, oldest first: `[at, level, line]` each. */
    lines: read((state, [last]) => {
      const inOrder = [...state.lines.slice(state.next), ...state.lines.slice(0, state.next)];
      const wanted = optional('the number of lines', last, count) ?? inOrder.length;
      return inOrder.slice(Math.max(0, inOrder.length - wanted));
    }),
    clear: write((state, _args, call) => {
      for (const line of state.lines) call.grow(-bytesOf(line));
      state.lines.length = 0;
      state.next = 0;
      return undefined;
    }),
  },
});

function keep(state: Logger, line: Line, call: StepContext): void {
  call.grow(bytesOf(line) - bytesOf(outgoing(state)));
  if (state.lines.length < state.capacity) {
    state.lines.push(line);
    return;
  }
  state.lines[state.next] = line;
  state.next = (state.next + 1) % state.capacity;
}

/** The line that has to go for the next one. */
function outgoing(state: Logger): Line | undefined {
  return state.lines.length < state.capacity ? undefined : state.lines[state.next];
}

/** About, with what holds it. */
function bytesOf(line: Line | undefined): number {
  return line === undefined ? 0 : 80 + line[2].length * 2;
}

function levelOf(level: Value): string {
  if (!LEVELS.includes(level)) throw bad('the level', `one of ${LEVELS.join(', ')}`, level);
  return level as string;
}

function lineOf(line: Value): string {
  const said = text('the line', line);
  if (said.length > MAX_LINE)
    throw new Refusal('bad-argument', `a line has at most ${MAX_LINE} characters, not ${said.length}`);
  return said;
}
