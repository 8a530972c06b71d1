import { type AllReduce, type AtomicCounter, connect, type Dso, type Shared } from '@skein/dso';
import { Matrix } from './matrix.ts';
import type { Address, Objects } from './objects.ts';

export async function openSkein({ url }: Extract<Address, { kind: 'skein' }>): Promise<Objects> {
  const dso: Dso = await connect(url);
  const counters: AtomicCounter[] = [];
  let all: AllReduce<Float64Array> | undefined;
  let matrix: Shared<Matrix> | undefined;
  return {
    increment(counter = 0) {
      counters[counter] ??= dso.counter(`counter ${counter}`);
      return counters[counter].increment();
    },
    async prepareReduce(participants) {
      all = dso.allReduce<Float64Array>('all', { parties: participants, op: 'sum' });
    },
    // The server knows which round it is.
    reduce: (_round, _rank, vector) => all!.reduce(vector),
    async prepareMultiply(values) {
      matrix ??= dso.object('matrix', Matrix, values);
    },
    multiply: (by) => matrix!.multiply(by),
    close: () => dso.close(),
  };
}
