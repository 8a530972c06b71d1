/** Bundles code and stores it once: what has been shipped is named by its hash and never sent again. */
import { type Bundle, bundle, type CapturedCode, type LoadableFile } from '@skein/closure';
import type { PutOptions } from '@skein/storage';
import { providedPackages } from '../backend/own-package.ts';
import { BundleError } from '../errors.ts';
import { type CodePlace, keys } from '../wire/payload.ts';

/** Where code is stored. */
export interface CodePlaces {
  readonly prefix: string;
  /** Agents that see this machine's files import this package from where it is. */
  readonly backend: { readonly reach: 'host' | 'network' };
  /** Conditions of `exports` maps. */
  readonly conditions: readonly string[];
  put(key: string, bytes: Uint8Array | string, options?: PutOptions): Promise<void>;
}

/** What goes with code; see `MapOptions`. */
export interface ShipOptions {
  readonly external?: readonly string[] | undefined;
  readonly include?: readonly string[] | undefined;
}

/** Files that are read and stored at a time. */
const STORING = 8;

export class CodeStore {
  readonly #places: CodePlaces;
  /** By key. */
  readonly #stored = new Map<string, Promise<void>>();
  readonly #bundles = new Map<string, Bundle>();
  /** What is being removed must not be stored meanwhile. */
  #clearing: Promise<unknown> = Promise.resolve();

  constructor(places: CodePlaces) {
    this.#places = places;
  }

  /** Everything shipped so far, to put remote stacks back on the user's lines. */
  get bundles(): Iterable<Bundle> {
    return this.#bundles.values();
  }

  async ship(code: CapturedCode, { external = [], include = [] }: ShipOptions): Promise<CodePlace> {
    let made: Bundle;
    try {
      const provided = this.#places.backend.reach === 'host' ? providedPackages() : [];
      made = await bundle(code, { external, include, provided, conditions: this.#places.conditions });
    } catch (cause) {
      throw new BundleError(`the function could not be bundled: ${messageOf(cause)}`, { cause });
    }
    const { prefix } = this.#places;
    const key = keys.code(prefix, made.hash);
    await this.#once(key, `the function's code`, () =>
      this.#places.put(key, made.code, { contentType: 'text/javascript' }),
    );
    for (let i = 0; i < made.files.length; i += STORING)
      await Promise.all(made.files.slice(i, i + STORING).map((file) => this.#storeFile(file)));
    this.#bundles.set(made.hash, made);
    const files = made.files.map(({ path, hash, size, executable }) => ({
      path,
      hash,
      size,
      executable,
      key: keys.file(prefix, hash),
    }));
    return { hash: made.hash, key, externals: made.externals, base: made.base, files };
  }

  /**
   * Forgets what is stored: a job to come stores its code again, when `remove` has ended. Only while no job needs it.
   *
   * @param remove is told the names below the prefix
   */
  clear<T>(remove: (names: readonly string[]) => Promise<T>): Promise<T> {
    this.#stored.clear();
    const clearing = this.#clearing.then(() => remove(['code']));
    this.#clearing = clearing.catch(() => {});
    return clearing;
  }

  #storeFile(file: LoadableFile): Promise<void> {
    const key = keys.file(this.#places.prefix, file.hash);
    return this.#once(key, `the included file ${file.path}`, async () =>
      this.#places.put(key, await file.read()),
    );
  }

  #once(key: string, what: string, store: () => Promise<void>): Promise<void> {
    const known = this.#stored.get(key);
    if (known !== undefined) return known;
    const storing = this.#clearing.then(store).catch((cause: unknown) => {
      throw new BundleError(`${what} could not be stored as ${key}: ${messageOf(cause)}`, { cause });
    });
    this.#stored.set(key, storing);
    storing.catch(() => this.#stored.delete(key));
    return storing;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
