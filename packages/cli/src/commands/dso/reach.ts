/** How the commands reach the servers of shared objects. */
import { type ConnectOptions, open } from '@skein/dso';
import { configuredUrl, Operator } from '@skein/dso/operator';
import { CommandError } from '../../failure.ts';
import { count } from '../../units.ts';
import { UsageError } from '../../usage-error.ts';

export interface ReachOptions {
  readonly address?: string;
  readonly tokenFile?: string;
  readonly caFile?: string;
  readonly json?: true;
}

/** Where `skein-dso-server` listens when it is told nothing. */
const DEFAULT = 'dso://127.0.0.1:7600';

/** Has work done with the servers, and ends the connection. */
export async function withOperator<T>(
  { address, tokenFile, caFile }: ReachOptions,
  work: (operator: Operator) => Promise<T>,
): Promise<T> {
  const url = urlOf(address ?? (await configuredUrl()) ?? DEFAULT);
  const options: ConnectOptions = {
    ...(tokenFile !== undefined && { tokenFile }),
    ...(caFile !== undefined && { caFile }),
  };
  // Not connect(): that would load what captures classes.
  await using dso = open(url, options);
  try {
    // A server that says nothing is given up after some seconds.
    await dso.ready();
  } catch (error) {
    if (!(error instanceof AggregateError)) throw error;
    const reasons = error.errors.map(
      (one: unknown) => `  ${one instanceof Error ? one.message : String(one)}`,
    );
    throw new CommandError([error.message, ...reasons].join('\n'));
  }
  return await work(new Operator(dso));
}

/** Told after what the others have answered. */
export function tellUnreachable(
  all: readonly { readonly member: string; readonly unreachable: string | undefined }[],
): void {
  const silent = all.filter(({ unreachable }) => unreachable !== undefined);
  if (silent.length === 0) return;
  const lines = silent.map(({ member, unreachable }) => `  ${member}: ${unreachable}`);
  throw new CommandError([`${count(silent.length, 'member')} cannot be reached`, ...lines].join('\n'));
}

function urlOf(address: string): string {
  if (address === 'embedded:')
    throw new UsageError(
      'embedded objects are within the program that uses them: name a server with --address host:port',
    );
  return /^(?:dsos?|grpcs?|dso\+unix):/.test(address) ? address : `dso://${address}`;
}
