/**
 * An object of a user's own class. Its state is the instance as the codec encodes it; methods run off this thread, one
 * at a time.
 *
 * - U1 A call whose caller is gone, or that threw or failed, leaves the state as it was.
 * - U2 The version names the instance that may be at hand where methods run: whenever that may differ from the state,
 *   the version is another.
 */
import { defineType } from '../engine/define-type.ts';
import { type ObjectType, read, type StepContext, store } from '../engine/object-type.ts';
import { Refusal } from '../engine/refusal.ts';
import type { CodeReference, TaskOutcome } from '../engine/task.ts';
import { sameValue, type Value } from '../value/value.ts';
import { bytes, list, text } from './arguments.ts';
import { codeReference } from './code.ts';
import { failureOf } from './user-code.ts';

/**
 * The answer of a method that has returned its own object, which the caller has a handle of. No other answer is a list:
 * what methods give is a scalar, or encoded.
 */
export const ITSELF: Value = [];

interface UserObject {
  readonly className: string;
  code: CodeReference;
  /** `undefined` until the constructor has run. */
  state: Uint8Array | undefined;
  version: number;
}

/** Configuration: `[code, the constructor's arguments encoded, hashes of code within them, the class's name]`. */
export const userClass: ObjectType = defineType<'class', UserObject>('class', {
  create([code, args, codes, className], call) {
    const state: UserObject = {
      className: text("the class's name", className),
      code: codeReference("the class's code", code),
      state: undefined,
      version: 0,
    };
    call.begin({
      kind: 'construct',
      code: state.code,
      args: bytes("the constructor's arguments", args),
      codes: hashes(codes),
    });
    return state;
  },
  // The same class may have been written anew: the object stays, and is given the newer code.
  sameConfig: (existing, [code, args]) =>
    code === undefined || args === undefined || sameValue(existing[1], args),
  reconfigured(state, [code]) {
    if (code === undefined) return;
    state.code = codeReference("the class's code", code);
    state.version++;
  },
  codes: ([code, , codes]) => [codeReference("the class's code", code), ...codesOf(codes)],
  operations: {
    /** Nothing: as any use it has the object made, and does not wait until its constructor has run. */
    begin: read(() => undefined),
    /**
     * `[method, its arguments encoded, hashes of code within them, the hash of the class's code if they name what is in
     * it]` -> what it returned: a scalar, encoded, or {@link ITSELF}.
     */
    invoke: {
      ...store<UserObject>((state, [method, args, codes, within], call) => {
        checkCode(state, within);
        return call.runFor({
          kind: 'invoke',
          code: state.code,
          version: state.version,
          // Other operations wait until it is made.
          state: state.state!,
          method: text('the method', method),
          args: bytes('the arguments', args),
          codes: hashes(codes),
        });
      }),
      codes: ([, , codes]) => codesOf(codes),
    },
  },
  finished(state, task, outcome, call) {
    if (task.kind === 'construct') constructed(state, outcome, call);
    else invoked(state, task.kind === 'invoke' ? task.method : task.kind, outcome, call);
  },
});

function constructed(state: UserObject, outcome: TaskOutcome, call: StepContext): void {
  if (outcome.kind === 'done' && outcome.state !== undefined) setState(state, outcome.state, call);
  else call.remove(failure(`new ${state.className}()`, outcome));
}

function invoked(state: UserObject, method: string, outcome: TaskOutcome, call: StepContext): void {
  const { caller } = call;
  if (caller === undefined || outcome.kind !== 'done') {
    // U1, U2
    state.version++;
    if (caller !== undefined) call.refuse(caller, failure(`${state.className}.${method}()`, outcome));
    return;
  }
  if (outcome.state !== undefined) setState(state, outcome.state, call);
  call.answer(caller, outcome.results[0]);
}

/** Names in arguments mean what they do in the sender's code of the class: in another they would be something else. */
function checkCode({ className, code }: UserObject, within: Value): void {
  if (within === undefined || code.kind === 'preloaded' || code.hash === within) return;
  throw new Refusal(
    'user-code-failed',
    `the arguments hold classes or functions of ${className}, and another program has meanwhile used the object with ` +
      `other code of ${className}: make the handle again by dso.object(), or run one version of the program`,
    'other-code',
  );
}

function setState(state: UserObject, next: Uint8Array, call: StepContext): void {
  call.grow(next.length - (state.state?.length ?? 0));
  state.state = next;
  state.version++;
}

function failure(what: string, outcome: TaskOutcome): Refusal {
  return outcome.kind === 'done'
    ? new Refusal('internal', `${what} gave no state`)
    : failureOf(outcome, `${what} threw; the object is as it was`);
}

function hashes(value: Value): readonly string[] {
  return value === undefined ? [] : list('the list of code', value).map((hash) => text('a hash', hash));
}

function codesOf(value: Value): readonly CodeReference[] {
  return hashes(value).map((hash) => ({ kind: 'bundle', name: '', hash, values: new Uint8Array(0) }));
}
