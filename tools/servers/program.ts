/** How the program of a server is come by: on the PATH, from an earlier time, or fetched from a public registry. */
import { root, run } from '../lib/command.mjs';

/** A server that can run here. */
export interface Program {
  readonly command: string;
  /** What comes before a server's own arguments, such as the script that Node runs. */
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Such as `7.0.15`; `unknown` if it does not say. */
  readonly version: string;
}

/** There is no such server here. Outside CI whatever needs one is left out, with this message. */
export abstract class NoServerError extends Error {}

export interface Recipe {
  /** As messages call it. */
  readonly name: string;
  /** Completes "it is not installed: ". */
  readonly advice: string;
  /** What {@link Recipe.install} makes, and one deletes to have it made anew. */
  readonly folder: string;
  readonly Missing: new (message: string, options?: ErrorOptions) => NoServerError;
  /** The program if it runs: the one on the PATH, else the one in the folder. */
  find(): Promise<Program | undefined>;
  /** Makes the folder. */
  install(): Promise<void>;
}

/** Where servers are installed: each has a folder of its own. */
export const servers = `${root}.cache/servers`;

/**
 * Finds a server's program.
 *
 * @param options.install whether it is fetched, and built if need be, when there is none
 * @throws {NoServerError} there is none, and how to get one
 */
export async function findProgram(
  { name, advice, folder, Missing, find, install: fetch }: Recipe,
  { install }: { readonly install: boolean },
): Promise<Program> {
  const found = await find();
  if (found !== undefined) return found;
  if (!install) throw new Missing(`${name} is not installed: ${advice}`);
  try {
    await fetch();
  } catch (cause) {
    throw new Missing(`there is no ${name}, and it could not be fetched: ${advice}`, { cause });
  }
  const fetched = await find();
  if (fetched === undefined) throw new Missing(`the ${name} in ${folder} does not run: delete that folder`);
  return fetched;
}

/**
 * The program behind a command, if it runs: it is asked for its version.
 *
 * @param options.ask defaults to `--version`
 * @param options.version matches the answer of the right program; its first group, if any, is the version
 */
export async function programAt(
  command: string,
  options: {
    readonly args?: readonly string[];
    readonly env?: NodeJS.ProcessEnv;
    readonly ask?: string;
    readonly version: RegExp;
  },
): Promise<Program | undefined> {
  const { args = [], env = process.env, ask = '--version', version: pattern } = options;
  try {
    const { stdout, stderr } = await run(command, [...args, ask], { env });
    const found = pattern.exec(`${stdout}${stderr}`);
    return found === null ? undefined : { command, args, env, version: found[1] ?? 'unknown' };
  } catch {
    return undefined;
  }
}
