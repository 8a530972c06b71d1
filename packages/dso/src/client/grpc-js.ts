/** Loads `@grpc/grpc-js`, which is optional: only `grpc:` and `grpcs:` addresses need it. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { ConnectionError } from '../errors.ts';

type GrpcJs = typeof import('@grpc/grpc-js');

/** Kept out of reach of bundlers: they would put it into every function that uses a shared object. */
const GRPC_JS = '@grpc/grpc-js';

let loaded: GrpcJs | undefined;

/** @throws {ConnectionError} saying how to get it */
export function loadGrpcJs(): GrpcJs {
  if (loaded !== undefined) return loaded;
  let failure: unknown;
  for (const from of places()) {
    try {
      loaded = createRequire(from)(GRPC_JS) as GrpcJs;
      return loaded;
    } catch (error) {
      // The first reason is the one to tell, unless it was only not there.
      if (failure === undefined || isMissing(failure)) failure = error;
    }
  }
  throw new ConnectionError(
    'not-connected',
    'grpc: and grpcs: addresses are served by @grpc/grpc-js, which could not be loaded: npm install @grpc/grpc-js ' +
      '(dso: and dsos: addresses work without)',
    { cause: failure },
  );
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND';
}

/** Where it may be installed: beside this package, else in the project, when this code was bundled into a file elsewhere. */
function places(): string[] {
  const here: string | undefined = import.meta.url;
  return [...(here?.startsWith('file:') ? [here] : []), join(process.cwd(), 'package.json')];
}
