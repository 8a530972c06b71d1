/** A program with an executor of its own that counts on a server's counter. See `runClient`. */
import { connect } from '@skein/dso';
import { FunctionExecutor } from '@skein/executor';
import type { Surroundings } from '../support/processes.ts';

export async function program(
  { url }: { readonly url: string },
  { say, heard }: Surroundings<unknown>,
): Promise<void> {
  const dso = await connect(url);
  const executor = new FunctionExecutor({ workers: 1 });
  const hits = dso.counter('hits');
  const meet = dso.barrier('meet', { parties: 2 });
  const got = await executor.map(() => hits.increment(), [1, 2, 3, 4, 5]);
  await meet.wait();
  say({ got, tally: await hits.tally() });
  await heard();
  await executor.close();
  await dso.close();
}
