/**
 * The program of a thread that runs user code: one task at a time. User code can do to its thread what it likes; the
 * engine's side watches it.
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { FromThread, ThreadData, ToThread } from '../messages.ts';
import { LARGE_BYTES } from '../messages.ts';
import { watchHazards } from './hazards.ts';
import { loadModules } from './modules.ts';
import { Performer } from './performer.ts';
import { messageOf } from './problem.ts';

if (parentPort !== null) start(parentPort, workerData as ThreadData);

function start(port: NonNullable<typeof parentPort>, data: ThreadData): void {
  // Tells the client part of this package that shared objects cannot be called here: NestedCallError.
  Object.defineProperty(process, Symbol.for('skein.dso@0.nested'), { value: true });
  const say = (message: FromThread): void => port.postMessage(message, transferable(message));
  const hazards = watchHazards((reason) => say({ kind: 'last-words', reason }));

  loadModules(data.modules).then(
    (modules) => {
      const performer = new Performer(data, modules, () => say({ kind: 'loaded' }));
      port.on('message', (message: ToThread) => {
        if (message.kind === 'forget') performer.forget(message.object);
        else void perform(performer, message).then(say);
      });
      say({ kind: 'ready', classes: modules.classes });
    },
    (error: unknown) => {
      say({ kind: 'last-words', reason: messageOf(error) });
      process.exit(1);
    },
  );

  function perform(performer: Performer, message: Extract<ToThread, { kind: 'run' }>): Promise<FromThread> {
    const { label, task, codes } = message;
    return hazards.within(label, () => performer.perform(label, task, codes));
  }
}

/** Large results change hands; states are kept here too, and shared when they are large. */
function transferable(message: FromThread): ArrayBuffer[] {
  if (message.kind !== 'outcome' || message.outcome.kind === 'failed') return [];
  const { outcome } = message;
  const results = outcome.kind === 'done' ? outcome.results : [outcome.error];
  return results.flatMap((result) =>
    result instanceof Uint8Array && result.buffer instanceof ArrayBuffer && result.byteLength >= LARGE_BYTES
      ? [result.buffer]
      : [],
  );
}
