/** The recorded protocol of OSS, served by a thread of its own: what it holds is not memory of what is tested. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { inject } from 'vitest';
import type { OssService } from './recorded-oss-service.ts';

type Method = 'uploads' | 'freeze' | 'thaw' | 'throttle' | 'kill' | 'restart';

/** To the thread, which answers with the `id` and the result. */
export interface Order {
  readonly id: number;
  readonly method: Method;
  readonly times: number;
}

/** A service, told to do what it does by messages. */
export type RecordedOss = Pick<OssService, 'port' | 'accessKeyId' | 'accessKeySecret'> & {
  readonly [M in Method]: (...args: Parameters<OssService[M]>) => Promise<Awaited<ReturnType<OssService[M]>>>;
} & { close(): Promise<void> };

export async function startRecordedOss(): Promise<RecordedOss> {
  const thread = new Worker(new URL('recorded-oss-thread.ts', import.meta.url), {
    execArgv: [...inject('nodeFlags')],
  });
  const [facts] = (await once(thread, 'message')) as [
    Pick<OssService, 'port' | 'accessKeyId' | 'accessKeySecret'>,
  ];
  const waiting = new Map<number, (result: unknown) => void>();
  let ids = 0;
  thread.on('message', ({ id, result }: { readonly id: number; readonly result: unknown }) => {
    waiting.get(id)?.(result);
    waiting.delete(id);
  });
  const ask = <R>(method: Method, times = 0): Promise<R> =>
    new Promise<R>((resolve) => {
      const id = ids++;
      waiting.set(id, resolve as (result: unknown) => void);
      const order: Order = { id, method, times };
      thread.postMessage(order);
    });
  return {
    ...facts,
    uploads: () => ask('uploads'),
    freeze: () => ask('freeze'),
    thaw: () => ask('thaw'),
    throttle: (times) => ask('throttle', times),
    kill: () => ask('kill'),
    restart: () => ask('restart'),
    async close() {
      await thread.terminate();
    },
  };
}
