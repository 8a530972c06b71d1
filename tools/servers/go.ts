/** Servers written in Go, built from their modules: Go knows which sources they are by their checksums. */
import { join } from 'node:path';
import { run } from '../lib/command.mjs';
import { installOnce } from './install-once.ts';
import { programAt, type Recipe, servers } from './program.ts';

/** How to build one. */
export interface GoServer {
  /** The program's. */
  readonly name: string;
  /** The package of its `main`. */
  readonly path: string;
  /** Such as `v1.8.0`. */
  readonly version: string;
  /** What the build takes on two cores that know none of it, such as `4 minutes`. */
  readonly takes: string;
  readonly ask?: string;
  readonly answer: RegExp;
  readonly Missing: Recipe['Missing'];
}

export function goServer({ name, path, version, takes, ask, answer, Missing }: GoServer): Recipe {
  const folder = join(servers, `${name}-${version}`);
  const question = { version: answer, ...(ask === undefined ? {} : { ask }) };
  return {
    name,
    folder,
    Missing,
    advice: `install Go, and it is built from its source, once, in ${takes}; or put ${name} on the PATH`,
    find: async () => {
      const installed = await programAt(name, question);
      if (installed !== undefined) return installed;
      // What `go install` has built does not know its version.
      const built = await programAt(join(folder, name), question);
      return built && { ...built, version: version.replace(/^v/, '') };
    },
    install: () =>
      installOnce(folder, async (draft) => {
        const env = { ...process.env, CGO_ENABLED: '0', GOBIN: draft };
        // It keeps all cores busy for minutes: whatever else runs goes first, but does not stop it.
        const build = ['-n', '5', 'go', 'install', '-trimpath', '-ldflags=-s -w', `${path}@${version}`];
        await run('nice', build, { env });
      }),
  };
}
