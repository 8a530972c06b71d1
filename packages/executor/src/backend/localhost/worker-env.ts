/**
 * The environment of a worker: the client's, less what would make it another kind of process. A loader for the
 * client's TypeScript would only slow a worker down (its code comes as JavaScript), and a debugger's port can be
 * opened once.
 */
const DROPPED = /^--(?:inspect|import|loader|experimental-loader|require|r)(?:[-=]|$)|^-r$/;

export function workerEnv(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: options, NODE_V8_COVERAGE: _coverage, ...rest } = env;
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
