import { StorageError } from '../errors.ts';
import { type PortableConfig, Storage } from '../index.ts';

/** What a racing process is told to do, after it has said that it is ready. */
export type Task =
  | { readonly kind: 'create'; readonly keys: readonly string[] }
  | { readonly kind: 'increment'; readonly key: string; readonly times: number }
  | { readonly kind: 'set'; readonly key: string; readonly times: number }
  | { readonly kind: 'append'; readonly key: string; readonly until: string }
  | { readonly kind: 'overwrite'; readonly key: string; readonly bytes: number; readonly stream: boolean };

export interface Start {
  readonly config: PortableConfig;
  readonly bucket: string;
  readonly name: string;
  readonly task: Task;
}

/** Runs one task in a process of its own and reports a number of its kind. */
async function run({ config, bucket, name, task }: Start): Promise<number> {
  const storage = new Storage(config);
  switch (task.kind) {
    case 'create': {
      // How many of the keys this process won.
      let won = 0;
      for (const key of task.keys) {
        if (await succeeds(storage.putObject(bucket, key, name, { ifNoneMatch: '*' }))) won++;
      }
      return won;
    }
    case 'increment': {
      for (let i = 0; i < task.times; ) {
        const { info, body } = await storage.getObject(bucket, task.key, { info: true });
        const next = String(Number(body.toString()) + 1);
        if (await succeeds(storage.putObject(bucket, task.key, next, { ifMatch: info.etag }))) i++;
      }
      return task.times;
    }
    case 'set': {
      // Every write must be seen, by itself or in what others made of it; counts those that are not.
      let lost = 0;
      for (let i = 0; i < task.times; i++) {
        await storage.putObject(bucket, task.key, `${i}:`);
        if (!(await storage.getObject(bucket, task.key)).toString().startsWith(`${i}:`)) lost++;
      }
      await storage.putObject(bucket, `${task.key}.done`, '');
      return lost;
    }
    case 'append': {
      let appended = 0;
      while (!(await exists(storage, bucket, task.until))) {
        const { info, body } = await storage.getObject(bucket, task.key, { info: true });
        const next = `${body}+`.slice(0, 1000);
        if (await succeeds(storage.putObject(bucket, task.key, next, { ifMatch: info.etag }))) appended++;
      }
      return appended;
    }
    case 'overwrite': {
      // Never ends: it is there to be killed.
      for (let i = 0; ; i++) {
        const body = Buffer.alloc(task.bytes, String.fromCharCode(97 + (i % 26)));
        await storage.putObject(bucket, task.key, task.stream ? slices(body) : body, {
          metadata: { letter: String(body[0]) },
        });
        process.send?.({ wrote: i });
      }
    }
  }
}

async function succeeds(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof StorageError && error.code === 'precondition-failed') return false;
    throw error;
  }
}

async function exists(storage: Storage, bucket: string, key: string): Promise<boolean> {
  try {
    await storage.headObject(bucket, key);
    return true;
  } catch (error) {
    if (error instanceof StorageError && error.code === 'no-such-key') return false;
    throw error;
  }
}

async function* slices(body: Buffer): AsyncGenerator<Buffer> {
  for (let i = 0; i < body.length; i += 100_000) yield body.subarray(i, i + 100_000);
}

process.once('message', (start: Start) => {
  run(start).then(
    (result) => process.send?.({ result }, () => process.disconnect()),
    (error: unknown) =>
      process.send?.({ failed: error instanceof Error ? error.stack : String(error) }, () => process.exit(1)),
  );
});
process.send?.({ ready: true });
