import type { CapturedCode, EncodedSourceMap } from '../captured-code.ts';
import { filesLine, sha256 } from '../include/code-file.ts';
import { collectFiles, validInclude } from '../include/collect.ts';
import type { IncludedFile } from '../include/included-file.ts';
import type { Built } from './built.ts';
import { BuildCache } from './cache.ts';
import { isSelfContained, writeDirectly } from './direct.ts';
import { packBundle } from './pack.ts';
import { rootFolder } from './root.ts';
import { composeMap, locate } from './tracing.ts';
import type { Bundle, BundleOptions, External, FunctionBundle, SourcePosition } from './types.ts';

/**
 * Makes captured code, with everything that it imports, one self-contained ES module.
 *
 * The bundler is loaded and started only when there is something to import. The result is kept while no input file
 * changes, so that a second call costs a look at the files' status.
 *
 * @throws {BundleError} (rejects) when an import cannot be found or a file does not parse, at the user's line; or
 * when a file of `include` is not there.
 */
export function bundle<C extends CapturedCode | Captured>(
  captured: C,
  options: BundleOptions = {},
): Promise<C extends Captured ? FunctionBundle : Bundle> {
  return made(captured, options) as Promise<C extends Captured ? FunctionBundle : Bundle>;
}

/** What bundling needs of a captured function. */
interface Captured {
  readonly code: CapturedCode;
  readonly values: { toBytes(): Uint8Array };
  /** Given to `capture`, for when the function is bundled. */
  readonly external?: readonly string[] | undefined;
  readonly include?: readonly string[] | undefined;
}

/** What is known of where the code is bundled, and where it runs. */
type Place = Pick<BundleOptions, 'provided' | 'conditions'>;

async function made(
  captured: CapturedCode | Captured,
  options: BundleOptions,
): Promise<Bundle | FunctionBundle> {
  const { external = [], include = [] } = options;
  if (!('code' in captured)) return bundleWithFiles(captured, external, include, options);
  const finished = await bundleWithFiles(
    captured.code,
    [...(captured.external ?? []), ...external],
    [...(captured.include ?? []), ...validInclude(include)],
    options,
  );
  return new BundleWithValues(finished, captured.values);
}

async function bundleWithFiles(
  code: CapturedCode,
  external: readonly string[],
  include: readonly string[],
  place: Place,
): Promise<FinishedBundle> {
  if (validInclude(include).length === 0) return bundleCode(code, external, place);
  const [finished, files] = await Promise.all([
    bundleCode(code, external, place),
    collectFiles(include, rootFolder(code)),
  ]);
  return finished.with(files);
}

function bundleCode(code: CapturedCode, external: readonly string[], place: Place): Promise<FinishedBundle> {
  const names = validExternal(external);
  const { provided = [], conditions } = place;
  const key = JSON.stringify([code.key, names, provided.map(({ entry }) => entry), conditions]);
  return cache.get(
    key,
    async () => new FinishedBundle(await build(code, names, place), rootFolder(code), []),
  );
}

const cache = new BuildCache<FinishedBundle>();

async function build(
  code: CapturedCode,
  external: readonly string[],
  { provided, conditions }: Place,
): Promise<Built> {
  if (isSelfContained(code)) return writeDirectly(code);
  const { buildWithImports } = await import('./build.ts');
  return buildWithImports(code, {
    external,
    ...(provided && { provided }),
    ...(conditions && { conditions }),
  });
}

function validExternal(external: readonly string[]): readonly string[] {
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
  readonly files: readonly IncludedFile[];
  readonly base: string;
  readonly inputs: readonly string[];
  readonly built: Built;

  constructor(built: Built, base: string, files: readonly IncludedFile[]) {
    this.built = built;
    this.base = base;
    this.files = files;
    this.code = built.text + filesLine(files);
    this.hash = sha256(this.code);
    this.externals = built.externals;
    this.inputs = built.inputs;
  }

  with(files: readonly IncludedFile[]): FinishedBundle {
    return new FinishedBundle(this.built, this.base, files);
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

/** One bundle serves every capture of the same code; the values are each capture's own. */
class BundleWithValues implements FunctionBundle {
  readonly #bundle: FinishedBundle;
  readonly #values: { toBytes(): Uint8Array };
  #bytes: Uint8Array | undefined;

  constructor(bundle: FinishedBundle, values: { toBytes(): Uint8Array }) {
    this.#bundle = bundle;
    this.#values = values;
  }

  get hash(): string {
    return this.#bundle.hash;
  }
  get code(): string {
    return this.#bundle.code;
  }
  get externals(): readonly External[] {
    return this.#bundle.externals;
  }
  get files(): readonly IncludedFile[] {
    return this.#bundle.files;
  }
  get base(): string {
    return this.#bundle.base;
  }
  get inputs(): readonly string[] {
    return this.#bundle.inputs;
  }
  get bytes(): Uint8Array {
    this.#bytes ??= packBundle(this, this.#values.toBytes(), (file) => (file as IncludedFile).readSync());
    return this.#bytes;
  }
  map(): EncodedSourceMap {
    return this.#bundle.map();
  }
  locate(line: number, column: number): SourcePosition | undefined {
    return this.#bundle.locate(line, column);
  }
  originalName(name: string): string {
    return this.#bundle.originalName(name);
  }
}
