/**
 * Types and their operations by number: a part of the protocol. An operation's code is its position, so new ones are
 * added at the end, and none is removed.
 */
export const CATALOG = {
  counter: ['tally', 'add', 'reset', 'compareAndSet'],
  long: ['get', 'set', 'getAndSet', 'addAndGet', 'compareAndSet'],
  boolean: ['get', 'set', 'getAndSet', 'compareAndSet'],
  reference: ['get', 'set', 'getAndSet', 'compareAndSet'],
  bytes: ['get', 'set', 'getAndSet', 'compareAndSet', 'length', 'slice', 'write', 'append'],
  list: [
    'length',
    'get',
    'push',
    'pop',
    'shift',
    'set',
    'insert',
    'removeAt',
    'remove',
    'indexOf',
    'slice',
    'clear',
    'reverse',
    'sort',
  ],
  map: [
    'get',
    'has',
    'size',
    'set',
    'setIfAbsent',
    'getAndSet',
    'compareAndSet',
    'delete',
    'getAndDelete',
    'getMany',
    'setMany',
    'merge',
    'mergeAll',
    'compute',
    'page',
    'clear',
  ],
  treeMap: [
    'get',
    'has',
    'size',
    'set',
    'setIfAbsent',
    'getAndSet',
    'compareAndSet',
    'delete',
    'getAndDelete',
    'getMany',
    'setMany',
    'merge',
    'mergeAll',
    'compute',
    'page',
    'clear',
    'first',
    'last',
  ],
  set: ['has', 'size', 'add', 'addAll', 'delete', 'page', 'clear'],
  queue: [
    'size',
    'peek',
    'put',
    'offer',
    'take',
    'poll',
    'drain',
    'clear',
    'unfinished',
    'taskDone',
    'join',
    'giveBack',
  ],
  matrix: [
    'shape',
    'get',
    'set',
    'add',
    'row',
    'column',
    'setRow',
    'setColumn',
    'compute',
    'toArray',
    'setAll',
    'fill',
  ],
  barrier: ['wait', 'acting', 'proceed', 'fail', 'reset', 'abort', 'status'],
  latch: ['count', 'countDown', 'wait'],
  semaphore: ['available', 'acquire', 'tryAcquire', 'release'],
  lock: ['status', 'acquire', 'tryAcquire', 'release', 'waitOn', 'notify', 'releaseAny'],
  future: ['status', 'set', 'fail', 'get'],
  allReduce: ['reduce', 'reset', 'status'],
  logger: ['log', 'lines', 'clear'],
  class: ['invoke', 'begin'],
  channel: ['send', 'receive', 'poll', 'open', 'lend', 'close', 'pending'],
  event: ['isSet', 'set', 'clear', 'wait'],
  typedArray: ['shape', 'get', 'set', 'add', 'compareAndSet', 'slice', 'setSlice', 'fill'],
} as const;

export type TypeName = keyof typeof CATALOG;
export type OperationName<N extends TypeName> = (typeof CATALOG)[N][number];

/** Works on objects of every type, outside of their own operations. */
export const DELETE = 255;
/**
 * Does nothing, and makes no object: takes the number of an operation that its client has given up and that may not have
 * come. One that has come keeps its answer.
 */
export const SKIP = 254;

/** The codes of a type's operations by name. */
export function codesOf<N extends TypeName>(type: N): { readonly [Name in OperationName<N>]: number } {
  const names: readonly string[] = CATALOG[type];
  return Object.fromEntries(names.map((name, code) => [name, code])) as {
    [Name in OperationName<N>]: number;
  };
}

/** `class:Name` is an object of the type `class`. */
export function typeNameOf(reference: string): string {
  return reference.startsWith('class:') ? 'class' : reference;
}
