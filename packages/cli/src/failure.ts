import { note, paint } from './terminal.ts';
import { UsageError } from './usage-error.ts';

/** What shells expect: the command did its part and it failed, or it was called wrongly and did nothing. */
export const exitCodes = { failure: 1, usage: 2 } as const;

/** Ends a command that failed with what there is to say. The exit code is 1. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

/**
 * Tells why a command ends early and sets the exit code. Errors that are API have a message that stands alone;
 * a stack is for what nobody has foreseen.
 */
export function tell(error: unknown): void {
  const known = error instanceof UsageError || error instanceof CommandError || codeOf(error) !== undefined;
  note(`${paint('red', 'skein:', process.stderr)} ${known ? messageOf(error) : stackOf(error)}`);
  process.exitCode =
    error instanceof UsageError || codeOf(error) === 'bad-config' ? exitCodes.usage : exitCodes.failure;
}

function messageOf(error: unknown): string {
  // Its message is for programs: it names a method.
  if (codeOf(error) === 'no-such-bucket')
    return `no bucket '${Reflect.get(error as object, 'bucket')}'; \`skein storage put\` makes one with --create-bucket`;
  return error instanceof Error ? error.message : String(error);
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** The `code` of an error of Skein or of the system. */
export function codeOf(error: unknown): string | undefined {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  return typeof code === 'string' && !code.startsWith('ERR_INTERNAL') ? code : undefined;
}
