import { defineType } from '../engine/define-type.ts';
import { type ObjectType, type Operation, read, type StepContext, store } from '../engine/object-type.ts';
import { sameValue, type Value } from '../value/value.ts';
import { bytes as byteArray, count, integer, optional } from './arguments.ts';

interface Bytes {
  /** The first `length` of them are the value, the rest is room to append. */
  buffer: Uint8Array;
  length: number;
  /**
   * Some of the value may be in an answer that has not left, or in an argument: it must not be changed in place. That
   * says nothing about the value itself, so reads may set it.
   */
  shared: boolean;
}

/** Bytes that can be replaced, written into and appended to. Answers are snapshots. */
export const bytes: ObjectType = defineType<'bytes', Bytes>('bytes', {
  create([initial], call) {
    const buffer = optional('initial', initial, byteArray) ?? new Uint8Array(0);
    call.grow(buffer.length);
    return { buffer, length: buffer.length, shared: true };
  },
  operations: {
    get: read(snapshot),
    set: replaces(0, (state, [next], call) => {
      replace(state, byteArray('the bytes', next), call);
      return undefined;
    }),
    getAndSet: replaces(0, (state, [next], call) => {
      const before = snapshot(state);
      replace(state, byteArray('the bytes', next), call);
      return before;
    }),
    compareAndSet: replaces(1, (state, [expected, next], call) => {
      const value = byteArray('the next bytes', next);
      if (!sameValue(snapshot(state), byteArray('the expected bytes', expected))) return false;
      replace(state, value, call);
      return true;
    }),
    length: read((state) => state.length),
    /** As `TypedArray.prototype.slice` counts: from the end where negative. */
    slice: read((state, [start, end]) =>
      snapshot(state).subarray(
        optional('start', start, integer) ?? 0,
        optional('end', end, integer) ?? state.length,
      ),
    ),
    /** Gives the length then. Zeros fill what lies between the end and an offset beyond it. */
    write: {
      ...store<Bytes>((state, [offset, data], call) => {
        const at = count('the offset', offset);
        const source = byteArray('the bytes', data);
        put(state, at, source, call);
        return state.length;
      }),
      growth(state, [offset, data]) {
        const { length } = byteArray('the bytes', data);
        return length === 0 ? 0 : Math.max(0, count('the offset', offset) + length - state.length);
      },
    },
    /** Gives the length then. */
    append: {
      ...store<Bytes>((state, [data], call) => {
        put(state, state.length, byteArray('the bytes', data), call);
        return state.length;
      }),
      growth: (_state, [data]) => byteArray('the bytes', data).length,
    },
  },
  dump: (state) => snapshot(state),
  restore(data) {
    const buffer = data as Uint8Array;
    return { buffer, length: buffer.length, shared: true };
  },
});

/** A write whose argument number `which` takes the place of all bytes. */
function replaces(which: number, run: Operation<Bytes>['run']): Operation<Bytes> {
  return {
    ...store(run),
    growth: (state, args) => byteArray('the bytes', args[which]).length - state.length,
  };
}

function snapshot(state: Bytes): Uint8Array & Value {
  state.shared = true;
  return state.buffer.subarray(0, state.length);
}

function replace(state: Bytes, next: Uint8Array, call: StepContext): void {
  call.grow(next.length - state.length);
  state.buffer = next;
  state.length = next.length;
  state.shared = true;
}

function put(state: Bytes, offset: number, data: Uint8Array, call: StepContext): void {
  const end = offset + data.length;
  // Nothing is written, so nothing is filled up either.
  if (data.length === 0) return;
  const length = Math.max(state.length, end);
  // No snapshot reaches beyond the length that it was made at: appending changes none of them.
  const changesSnapshots = state.shared && offset < state.length;
  // Arguments are exactly as long as they are, so the first append after one of them moves, and takes room with it.
  if (changesSnapshots || length > state.buffer.length) {
    const room = length > state.buffer.length && state.length > 0 ? Math.ceil(length * 1.5) : length;
    const buffer = new Uint8Array(room);
    buffer.set(state.buffer.subarray(0, state.length));
    state.buffer = buffer;
    state.shared = false;
  }
  state.buffer.set(data, offset);
  call.grow(length - state.length);
  state.length = length;
}
