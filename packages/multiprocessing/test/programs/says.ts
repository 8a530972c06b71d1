/** Processes that print, by the option that is asked for. */
import { getContext } from '@skein/multiprocessing';

await using context = getContext({ logs: process.argv[2] as 'plain' | 'prefix' | 'keep' });
const say = (text: string): void => {
  console.log(text);
  if (text === 'bad') throw new RangeError('it is bad');
};
for (const text of ['good', 'bad']) {
  const made = new context.Process({ target: say, args: [text], name: `the ${text} one` });
  made.start();
  await made.join();
}
