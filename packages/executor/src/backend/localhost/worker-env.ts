/**
 * The environment of a worker: the client's, less what would make it another kind of process. A loader for the
 * client's TypeScript would only slow a worker down (its code comes as JavaScript), and a debugger's port can be
 * opened once.
 */
const DROPPED = /^--(?:inspect|import|loader|experimental-loader|require|r)(?:[-=]|$)|^-r$/;

/**
 * Large buffers in pages of 2 MiB, where Linux gives them to those who ask: to touch fresh memory is much of what reading
 * data costs, and takes a third of the time so.
 * https://www.gnu.org/software/libc/manual/html_node/Memory-Allocation-Tunables.html
 */
const HUGE_PAGES = 'glibc.malloc.hugetlb';

export function workerEnv(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: options, NODE_V8_COVERAGE: _coverage, ...others } = env;
  const rest = { ...others, GLIBC_TUNABLES: withHugePages(others['GLIBC_TUNABLES']) };
  if (options === undefined) return rest;
  const kept: string[] = [];
  const words = options.match(/(?:[^\s"]|"(?:\\.|[^"\\])*")+/g) ?? [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (!DROPPED.test(word)) kept.push(word);
    else if (!word.includes('=') && !word.startsWith('--inspect') && !words[i + 1]?.startsWith('-')) i++; // its value
  }
  return kept.length > 0 ? { ...rest, NODE_OPTIONS: kept.join(' ') } : rest;
}

function withHugePages(tunables: string | undefined): string {
  if (tunables?.includes(HUGE_PAGES)) return tunables;
  return [...(tunables ? [tunables] : []), `${HUGE_PAGES}=1`].join(':');
}
