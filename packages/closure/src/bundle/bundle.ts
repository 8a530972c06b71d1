import { createHash } from 'node:crypto';
import type { CapturedCode, EncodedSourceMap } from '../captured-code.ts';
import type { Built } from './built.ts';
import { BuildCache } from './cache.ts';
import { isSelfContained, writeDirectly } from './direct.ts';
import { composeMap, locate } from './tracing.ts';
import type { Bundle, BundleOptions, External, SourcePosition } from './types.ts';

/**
 * Makes captured code, with everything that it imports, one self-contained ES module.
 *
 * The bundler is loaded and started only when there is something to import. The result is kept while no input file
 * changes, so that a second call costs a look at the files' status.
 *
 * @throws {BundleError} (rejects) when an import cannot be found or a file does not parse, at the user's line.
 */
export async function bundle(
  captured: CapturedCode | { readonly code: CapturedCode },
  options: BundleOptions = {},
): Promise<Bundle> {
  const code = 'code' in captured ? captured.code : captured;
  const external = validExternal(options.external);
  const key = JSON.stringify([code.key, external]);
  return cache.get(key, async () => new FinishedBundle(await build(code, external)));
}

const cache = new BuildCache<FinishedBundle>();

async function build(code: CapturedCode, external: readonly string[]): Promise<Built> {
  if (isSelfContained(code)) return writeDirectly(code);
  const { buildWithImports } = await import('./build.ts');
  return buildWithImports(code, { external });
}

function validExternal(external: readonly string[] = []): readonly string[] {
  for (const name of external) {
    if (typeof name !== 'string' || !/^(@[^/\s]+\/)?[^./\s][^/\s]*$/.test(name))
      throw new TypeError(
        `external: expected names of packages such as 'sharp' or '@scope/name', got ${JSON.stringify(name)}`,
      );
  }
  return [...new Set(external)].sort();
}

class FinishedBundle implements Bundle {
  readonly hash: string;
  readonly code: string;
  readonly externals: readonly External[];
  readonly inputs: readonly string[];
  readonly built: Built;

  constructor(built: Built) {
    this.built = built;
    this.code = built.text;
    this.hash = createHash('sha256').update(built.text).digest('hex');
    this.externals = built.externals;
    this.inputs = built.inputs;
  }

  map(): EncodedSourceMap {
    return composeMap(this.built);
  }

  locate(line: number, column: number): SourcePosition | undefined {
    return locate(this.built, line, column);
  }

  originalName(name: string): string {
    return this.built.originalName(name);
  }
}
