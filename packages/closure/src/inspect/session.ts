/**
 * The inspector of this very process, used synchronously: every method that is posted here answers before `post`
 * returns, on the main thread and in worker threads, under `--inspect` with a client attached as well.
 */
import type { Debugger, Runtime, Session } from 'node:inspector';

/** Where values cross between JavaScript and the inspector; on `process`, because a test runner's realm has its own globals. */
interface Slot {
  in?: unknown;
  out?: unknown;
}

const SLOT = Symbol.for('skein.closure.slot@1');
/** How evaluated code reaches the slot. */
export const SLOT_EXPRESSION = `process[Symbol.for('skein.closure.slot@1')]`;
const GROUP = 'skein';

const state = process as unknown as { [SLOT]?: Slot };

let session: Session | undefined;
let holder: string | undefined;
let hasIds = false;

/** The slot shared with evaluated code. */
export function slot<T extends object = Slot>(): Slot & T {
  state[SLOT] ??= {};
  return state[SLOT] as Slot & T;
}

/** The connected session; the inspector module itself is loaded on first use. */
export function connect(): Session {
  if (session === undefined) {
    const { Session } = process.getBuiltinModule('node:inspector');
    session = new Session();
    session.connect();
  }
  return session;
}

type Answer<T> = (error: Error | null, result: T) => void;

/** Posts a method that answers synchronously. */
export function post<T>(method: string, parameters: object = {}): T {
  const outcome = tryPost<T>(method, parameters);
  if (outcome.error !== undefined) throw outcome.error;
  return outcome.result as T;
}

/** As `post`, for methods whose failure is part of the plan. */
export function tryPost<T>(method: string, parameters: object = {}): { result?: T; error?: Error } {
  let outcome: { result?: T; error?: Error } | undefined;
  const answer: Answer<T> = (error, result) => {
    outcome =
      error === null
        ? { result }
        : { error: new Error(`inspector ${method}: ${error.message}`, { cause: error }) };
  };
  (connect().post as (method: string, parameters: object, answer: Answer<T>) => void).call(
    connect(),
    method,
    parameters,
    answer,
  );
  if (outcome === undefined) throw new Error(`inspector ${method} did not answer synchronously`);
  return outcome;
}

/** The inspector's id for a value of ours. */
export function remoteId(value: object): string {
  const exchange = slot();
  exchange.in = value;
  hasIds = true;
  holder ??= post<Runtime.EvaluateReturnType>('Runtime.evaluate', {
    expression: SLOT_EXPRESSION,
    objectGroup: 'skein-holder',
    silent: true,
  }).result.objectId!;
  const { result } = post<Runtime.CallFunctionOnReturnType>('Runtime.callFunctionOn', {
    objectId: holder,
    functionDeclaration: 'function(){return this.in}',
    objectGroup: GROUP,
    silent: true,
  });
  exchange.in = undefined;
  return result.objectId!;
}

/** The very object behind an id of the inspector. */
export function realValue(objectId: string): unknown {
  const exchange = slot();
  post('Runtime.callFunctionOn', {
    objectId,
    functionDeclaration: `function(){${SLOT_EXPRESSION}.out=this}`,
    silent: true,
  });
  const value = exchange.out;
  exchange.out = undefined;
  return value;
}

/** The value that the inspector describes: objects as themselves, primitives from their description. */
export function readRemote(remote: Runtime.RemoteObject): unknown {
  if (remote.objectId !== undefined) {
    return remote.type === 'symbol'
      ? (realValue(remote.objectId) as object).valueOf()
      : realValue(remote.objectId);
  }
  if (remote.unserializableValue !== undefined) {
    return remote.type === 'bigint'
      ? BigInt(remote.unserializableValue.slice(0, -1))
      : Number(remote.unserializableValue);
  }
  if (remote.type === 'undefined') return undefined;
  return remote.subtype === 'null' ? null : remote.value;
}

/** Forgets the ids given out since the last release, so that the inspector keeps nothing alive. */
export function releaseIds(): void {
  if (!hasIds) return;
  hasIds = false;
  post('Runtime.releaseObjectGroup', { objectGroup: GROUP });
}

/**
 * Runs `body` with the debugger on. Never longer than that: while it is on, every `await` of the process is
 * about ten times slower.
 */
export function withDebugger<T>(body: () => T): T {
  post<Debugger.EnableReturnType>('Debugger.enable');
  try {
    return body();
  } finally {
    post('Debugger.disable');
  }
}
