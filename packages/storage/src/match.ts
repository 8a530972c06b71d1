import { badArgument } from './errors.ts';

/** A glob, ready to test keys. */
export interface KeyFilter {
  /** How every key that matches begins. */
  readonly prefix: string;
  matches(key: string): boolean;
}

/** Characters that mean something else than themselves in a glob; cutting too early only lists more. */
const SPECIAL = /[*?[\]{}()!+@\\]/;

/** Loads the matcher when the first glob comes: most programs list by prefix. Dot files match as any other. */
export async function keyFilter(glob: string): Promise<KeyFilter> {
  if (typeof glob !== 'string' || glob === '') throw badArgument('match', 'a glob', glob);
  const { default: picomatch } = await import('picomatch');
  const test = picomatch(glob, { dot: true, windows: false });
  const special = glob.search(SPECIAL);
  return { prefix: special < 0 ? glob : glob.slice(0, special), matches: (key) => test(key) };
}
