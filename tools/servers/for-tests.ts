import { afterAll, beforeAll, beforeEach } from 'vitest';
import { NoServerError, type Program } from './program.ts';
import type { Server } from './server.ts';

/**
 * A real server for the tests of a file. In CI one that is missing is fetched, or is a failure; elsewhere its tests are
 * left out and say how to get it.
 *
 * @param options.heavy it takes too long to come by even for CI: used where it is, else left out
 * @returns what gives the server, once tests run
 */
export function serverForTests<S extends Pick<Server, 'stop'>>(
  find: (options: { readonly install: boolean }) => Promise<Program>,
  start: (program: Program) => Promise<S>,
  { heavy = false }: { readonly heavy?: boolean } = {},
): () => S {
  const required = process.env['CI'] !== undefined && !heavy;
  let started: S | undefined;
  let missing: string | undefined;
  beforeAll(async () => {
    try {
      started = await start(await find({ install: required }));
    } catch (error) {
      if (!(error instanceof NoServerError) || required) throw error;
      missing = error.message;
    }
  }, 900_000);
  beforeEach((context) => {
    if (missing !== undefined) context.skip(missing);
  });
  afterAll(() => started?.stop(), 60_000);
  return () => {
    if (started === undefined) throw new Error('the server has not been started yet');
    return started;
  };
}
