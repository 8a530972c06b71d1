/**
 * Finds a Go toolchain, or gets Debian's: unpacked beside other caches, so that it needs no rights and changes nothing else.
 * A Go that was there uses the caches of its user, which hold the compiled standard library as a rule.
 */
import { execFile } from 'node:child_process';
import { access, constants, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface Go {
  readonly command: string;
  /** The environment it runs in. */
  readonly env: NodeJS.ProcessEnv;
}

const run = promisify(execFile);
const DOWNLOAD_MS = 240_000;
/** Porcupine asks for 1.16; `-buildvcs` came with 1.18. */
const OLDEST_MINOR = 18;

/**
 * A toolchain that runs. `cache` is a folder that exists.
 *
 * @throws Error that says how to get one.
 */
export async function openGo(cache: string): Promise<Go> {
  const fetched = join(cache, 'go');
  const ownCaches = { ...process.env, GOPATH: join(cache, 'path'), GOCACHE: join(cache, 'build') };
  const env = await access(homedir(), constants.W_OK).then(
    () => process.env,
    () => ownCaches,
  );
  const found = await firstThatRuns([
    { command: 'go', env },
    { command: '/usr/local/go/bin/go', env },
    ...(await unpacked(fetched, ownCaches)),
  ]);
  if (found) return found;
  try {
    await fetchFromDebian(fetched);
  } catch (cause) {
    const advice = `install Go 1.${OLDEST_MINOR} or later (Debian: apt-get install golang-go)`;
    throw new Error(`there is no Go, and Debian's could not be fetched: ${advice}`, { cause });
  }
  const ours = await firstThatRuns(await unpacked(fetched, ownCaches));
  if (!ours) throw new Error(`the Go in ${fetched} does not run: delete that folder`);
  return ours;
}

async function firstThatRuns(candidates: readonly Go[]): Promise<Go | undefined> {
  for (const go of candidates) {
    const version = await run(go.command, ['version'], { env: go.env }).then(
      ({ stdout }) => stdout,
      () => '',
    );
    const minor = /\bgo1\.(\d+)/.exec(version)?.[1];
    if (minor !== undefined && Number(minor) >= OLDEST_MINOR) return go;
  }
  return undefined;
}

/** Toolchains as Debian's packages lay them out. */
async function unpacked(folder: string, env: NodeJS.ProcessEnv): Promise<Go[]> {
  const library = join(folder, 'usr/lib');
  const names = await readdir(library).catch(() => []);
  return names
    .filter((name) => /^go-[\d.]+$/.test(name))
    .map((name) => {
      const root = join(library, name);
      return { command: join(root, 'bin/go'), env: { ...env, GOROOT: root } };
    });
}

/** The packages that `golang-go` stands for, by apt with folders of its own: that works for every user. */
async function fetchFromDebian(folder: string): Promise<void> {
  await access('/etc/debian_version');
  const draft = await mkdtemp(`${folder}.`);
  const apt = async (program: 'apt-get' | 'apt-cache', ...args: string[]): Promise<string> => {
    const own = [`Dir::State=${draft}/state`, `Dir::Cache=${draft}/cache`, 'APT::Sandbox::User='];
    const options = own.flatMap((option) => ['-o', option]);
    const { stdout } = await run(program, [...options, ...args], { cwd: draft, timeout: DOWNLOAD_MS });
    return stdout;
  };
  try {
    await mkdir(join(draft, 'state/lists/partial'), { recursive: true });
    await mkdir(join(draft, 'cache/archives/partial'), { recursive: true });
    await apt('apt-get', 'update');
    const compiler = /golang-[\d.]+-go\b/.exec(await apt('apt-cache', 'depends', 'golang-go'))?.[0];
    if (compiler === undefined) throw new Error('golang-go depends on no compiler');
    await apt('apt-get', 'download', compiler, compiler.replace(/go$/, 'src'));
    for (const file of await readdir(draft)) {
      if (file.endsWith('.deb')) await run('dpkg-deb', ['--extract', file, 'tree'], { cwd: draft });
    }
    await rename(join(draft, 'tree'), folder);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}
