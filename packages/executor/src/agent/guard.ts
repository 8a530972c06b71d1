/**
 * Watches a thread that runs calls, from another one: says that the process is alive while a call computes, ends a
 * call that runs too long or holds too much. A function in an endless loop cannot do either for itself.
 */
import type { Beat, Pulse } from './pulse.ts';

/** Between two looks while a call runs, and while none does, milliseconds. */
const LOOK_MS = 50;
const IDLE_LOOK_MS = 200;
/** Why a guard ends a call. */
export type Overrun = 'timeout' | 'out-of-memory';

export interface Watch {
  /** Between two signs of life while there is work, milliseconds. */
  readonly beatMs: number;
  /** The guard is all that its thread is for, and keeps it running. */
  readonly ownThread: boolean;
  /** Memory that is worth a sign of life at once, bytes. */
  readonly nearLimit: number;
  /** Bytes that the process holds; `undefined` where nobody can tell them for the watched thread alone. */
  memory(): number | undefined;
  /** There is work, and the process lives. @param call the one that runs, if one does */
  beat(memory: number, call: Beat | undefined): void;
  /** The call has to end now. */
  overrun(call: Beat, why: Overrun, memory: number): void;
}

/** Starts to watch; the answer ends it. */
export function guard(pulse: Pulse, watch: Watch): () => void {
  let beatAt = 0;
  let near = false;
  let timer: NodeJS.Timeout;
  const look = (): void => {
    const call = pulse.read();
    schedule(call);
    if (call === undefined && !pulse.busy) return;
    const now = Date.now();
    const memory = watch.memory() ?? 0;
    const overrun = call && overrunOf(call, now, memory);
    if (call !== undefined && overrun !== undefined) {
      watch.overrun(call, overrun, memory);
      return;
    }
    // A process that V8 aborts for its heap has no last words: what it held is known from here.
    const nowNear = memory >= watch.nearLimit;
    if (now - beatAt < watch.beatMs && nowNear === near) return;
    near = nowNear;
    beatAt = now;
    watch.beat(memory, call);
  };
  const schedule = (call: Beat | undefined): void => {
    let pause = call === undefined ? IDLE_LOOK_MS : LOOK_MS;
    if (call !== undefined && call.timeoutMs > 0)
      pause = Math.max(1, Math.min(pause, call.startedAt + call.timeoutMs - Date.now()));
    timer = setTimeout(look, pause);
    if (!watch.ownThread) timer.unref();
  };
  schedule(undefined);
  return () => clearTimeout(timer);
}

function overrunOf(call: Beat, now: number, memory: number): Overrun | undefined {
  if (call.timeoutMs > 0 && now - call.startedAt >= call.timeoutMs) return 'timeout';
  return call.memory > 0 && memory > call.memory ? 'out-of-memory' : undefined;
}
