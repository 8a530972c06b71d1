/** A Google Cloud Storage for tests and benchmarks. Google gives no server away: this one speaks its JSON API. */
import { answers } from './answers.ts';
import { freePort } from './free-port.ts';
import { goServer } from './go.ts';
import { findProgram, NoServerError, type Program, type Recipe } from './program.ts';
import { type Server, startServer } from './server.ts';

/** It asks for no credentials. */
export interface FakeGcs extends Server {
  /** Such as `http://127.0.0.1:41234`: the `apiEndpoint` of a client. */
  readonly endpoint: string;
  readonly port: number;
  /** Any will do; this one is as good. */
  readonly projectId: string;
}

export class NoFakeGcsError extends NoServerError {
  override readonly name = 'NoFakeGcsError';
}

const recipe: Recipe = goServer({
  name: 'fake-gcs-server',
  path: 'github.com/fsouza/fake-gcs-server',
  version: 'v1.56.1',
  takes: '3 minutes',
  ask: '-h',
  answer: /^Usage of fake-gcs-server/m,
  Missing: NoFakeGcsError,
});

/** Finds fake-gcs-server, or builds it if that is asked for: {@link findProgram}. */
export function findFakeGcs(options: { readonly install: boolean }): Promise<Program> {
  return findProgram(recipe, options);
}

/** Starts it with no bucket in it, on loopback only. It keeps all in memory, where names need not be names of files. */
export function startFakeGcs({ command, args, env }: Program): Promise<FakeGcs> {
  return startServer('fake-gcs-server', async () => {
    const port = await freePort();
    const endpoint = `http://127.0.0.1:${port}`;
    const settings = {
      scheme: 'http',
      host: '127.0.0.1',
      port: String(port),
      backend: 'memory',
      // Where it sends those who upload in parts.
      'external-url': endpoint,
      // Without a port: a proxy has another one.
      'public-host': '127.0.0.1',
      'log-level': 'warn',
    };
    const options = Object.entries(settings).flatMap(([name, value]) => [`-${name}`, value]);
    return {
      facts: { endpoint, port, projectId: 'skein-test' },
      commands: [{ command, args: [...args, ...options], env }],
      ready: () => answers(`${endpoint}/_internal/healthcheck`),
    };
  });
}
