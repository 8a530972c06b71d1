/** One thing that `skein test` looks at, and what came of it. */

export interface Check<Subject> {
  readonly name: string;
  /** What is true when the check passes, as a line of a list. */
  readonly claim: string;
  /** What to do when it fails, unless the error itself says more. */
  readonly advice: string;
  /** @returns what was found, for people; rejects when the check fails. */
  run(subject: Subject): Promise<string | Skipped | undefined>;
}

/** The check does not apply. */
export class Skipped {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

export interface Outcome {
  readonly group: string;
  readonly name: string;
  readonly claim: string;
  readonly status: 'passed' | 'failed' | 'skipped';
  readonly ms: number;
  /** What was found, or why the check was skipped. */
  readonly detail?: string;
  readonly error?: { readonly name: string; readonly message: string };
  /** What to do. */
  readonly advice?: string;
}

export async function runCheck<Subject>(
  group: string,
  check: Check<Subject>,
  subject: Subject,
  timeoutMs: number,
): Promise<Outcome> {
  const { name, claim } = check;
  const started = performance.now();
  const outcome = (rest: Omit<Outcome, 'group' | 'name' | 'claim' | 'ms'>): Outcome => ({
    group,
    name,
    claim,
    ms: performance.now() - started,
    ...rest,
  });
  try {
    const found = await inTime(check.run(subject), timeoutMs);
    if (found instanceof Skipped) return outcome({ status: 'skipped', detail: found.reason });
    return outcome({ status: 'passed', ...(found !== undefined && { detail: found }) });
  } catch (error) {
    return outcome({
      status: 'failed',
      error: named(error),
      advice: adviceFor(error) ?? check.advice,
    });
  }
}

export function skip<Subject>(group: string, { name, claim }: Check<Subject>, reason: string): Outcome {
  return { group, name, claim, status: 'skipped', ms: 0, detail: reason };
}

/** A statement of a check that has to hold. */
export function expect(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise);
}

/** Bounds a wait. What is waited for goes on, and may keep the process alive. */
export async function inTime<T>(promise: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it was not done after ${timeoutMs / 1000} s`)), timeoutMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

export function named(error: unknown): { name: string; message: string } {
  return error instanceof Error
    ? { name: error.name, message: error.message }
    : { name: typeof error, message: String(error) };
}

const ADVICE: Readonly<Record<string, string>> = {
  'bad-config': 'Correct the configuration; `skein test --print-config` shows where each value was said.',
  reach: 'Workers cannot reach this storage: configure one that they can, such as file:/path.',
  EACCES: 'Give this user the right to read and write there, or configure another place.',
  EPERM: 'Give this user the right to read and write there, or configure another place.',
  EROFS: 'The file system is read-only: configure another place.',
  ENOSPC: 'The disk is full: make room (`skein clean` removes leftovers), or configure another place.',
  EDQUOT: 'The quota of this user is used up: make room, or configure another place.',
  EMFILE: 'Too many open files: raise the limit (`ulimit -n 4096`).',
  ENOTDIR: 'A part of the path is a file where a folder was expected: correct the address.',
  ENOTFOUND: 'The host has no address: correct its name, or look at the network.',
  ECONNREFUSED: 'Nothing listens there: start the service, or correct host and port.',
  ETIMEDOUT: 'There is no answer: look at the network, proxies and firewalls between.',
};

/** By the code of the error, or of what caused it. */
function adviceFor(error: unknown): string | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    const code: unknown = Reflect.get(at, 'code');
    const advice = typeof code === 'string' && Object.hasOwn(ADVICE, code) ? ADVICE[code] : undefined;
    if (advice !== undefined) return advice;
  }
  return undefined;
}
