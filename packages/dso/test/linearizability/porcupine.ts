/** Porcupine, the checker that others trust: built once from the folder of that name, and asked for verdicts. */
import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Go, openGo } from './go.ts';
import { type History, historyToJson, type Json } from './history.ts';

/** What Porcupine says; `Unknown` after ten seconds. */
export type PorcupineVerdict = 'Ok' | 'Illegal' | 'Unknown';

/** A history, and the model to judge it by: its name and what it was made with. */
export interface Question {
  readonly model: string;
  readonly parameters: Readonly<Record<string, Json>>;
  readonly history: History<Json, Json>;
}

const source = fileURLToPath(new URL('porcupine/', import.meta.url));
const cache = fileURLToPath(new URL('../../../../.cache/porcupine/', import.meta.url));
const run = promisify(execFile);
const BUILD_MS = 240_000;

/**
 * The program's path. It is built when it is not there in `.cache`, for which Go is fetched if there is none.
 *
 * @throws what hindered that.
 */
export async function porcupine(): Promise<string> {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}`);
  for (const file of ['go.mod', 'go.sum', 'main.go', 'models.go']) hash.update(await readFile(source + file));
  const built = `${cache}judge-${hash.digest('hex').slice(0, 16)}`;
  if (await exists(built)) return built;
  await mkdir(cache, { recursive: true });
  const go = await openGo(cache);
  // Made under another name: what is there under the right one is whole.
  const draft = await mkdtemp(`${cache}draft-`);
  try {
    await build(go, join(draft, 'judge'));
    await rename(join(draft, 'judge'), built);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return built;
}

async function build({ command, env }: Go, output: string): Promise<void> {
  await run(command, ['build', '-o', output, '.'], {
    cwd: source,
    timeout: BUILD_MS,
    env: {
      ...env,
      // The sources of a checkout are no module of Git's; caches can be deleted like other folders.
      GOFLAGS: '-modcacherw -buildvcs=false',
      GOWORK: 'off',
      CGO_ENABLED: '0',
    },
  });
}

/** A verdict for each question. */
export async function ask(program: string, questions: readonly Question[]): Promise<PorcupineVerdict[]> {
  const child = spawn(program, { stdio: ['pipe', 'pipe', 'pipe'] });
  const exit = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const lines = questions.map(({ model, parameters, history }) => {
    const head = JSON.stringify({ model, ...parameters }).slice(0, -1);
    return `${head},"history":${historyToJson(history)}}\n`;
  });
  // A program that dies early says why on its standard error; that it no longer reads is no news.
  child.stdin.on('error', () => {});
  child.stdin.end(lines.join(''));
  const [code, output, complaint] = await Promise.all([exit, text(child.stdout), text(child.stderr)]);
  if (code !== 0) throw new Error(`Porcupine ended with ${code}: ${complaint}`);
  return output.split('\n').slice(0, -1) as PorcupineVerdict[];
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
