/** Bundles code and stores it once: what has been shipped is named by its hash and never sent again. */
import { type Bundle, bundle, type CapturedCode } from '@skein/closure';
import type { Storage } from '@skein/storage';
import { BundleError } from '../errors.ts';
import { type CodePlace, keys } from '../wire/payload.ts';

/** Where code is stored. */
export interface CodePlaces {
  readonly bucket: string;
  readonly prefix: string;
  storage(): Promise<Storage>;
}

export class CodeStore {
  readonly #places: CodePlaces;
  readonly #stored = new Map<string, Promise<void>>();
  readonly #bundles = new Map<string, Bundle>();

  constructor(places: CodePlaces) {
    this.#places = places;
  }

  /** Everything shipped so far, to put remote stacks back on the user's lines. */
  get bundles(): Iterable<Bundle> {
    return this.#bundles.values();
  }

  async ship(code: CapturedCode, external: readonly string[] | undefined): Promise<CodePlace> {
    let made: Bundle;
    try {
      made = await bundle(code, external === undefined ? {} : { external: [...external] });
    } catch (cause) {
      throw new BundleError(`the function could not be bundled: ${messageOf(cause)}`, { cause });
    }
    const key = keys.code(this.#places.prefix, made.hash);
    let storing = this.#stored.get(made.hash);
    if (storing === undefined) {
      storing = this.#store(key, made.code);
      this.#stored.set(made.hash, storing);
      storing.catch(() => this.#stored.delete(made.hash));
    }
    await storing;
    this.#bundles.set(made.hash, made);
    return { hash: made.hash, key, externals: made.externals, base: made.base };
  }

  async #store(key: string, code: string): Promise<void> {
    try {
      const storage = await this.#places.storage();
      await storage.putObject(this.#places.bucket, key, code, { contentType: 'text/javascript' });
    } catch (cause) {
      throw new BundleError(`the function's code could not be stored as ${key}: ${messageOf(cause)}`, {
        cause,
      });
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
