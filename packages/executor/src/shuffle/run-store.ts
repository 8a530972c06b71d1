import type { Storage } from '@skein/storage';
import { patiently } from '../patience.ts';

export interface RunStoreOptions {
  readonly storage: Storage;
  readonly bucket: string;
  /** Of all runs of the shuffle. */
  readonly folder: string;
  /**
   * What names of the call's runs begin with. No two attempts share it, not even those that have the same number: what
   * one has stored is not to be replaced by what another stores.
   */
  readonly prefix: string;
}

/** The runs of a shuffle, as one attempt of a call sees them: it reads those of others, and stores its own. */
export class RunStore {
  readonly #options: RunStoreOptions;
  #stored = 0;

  constructor(options: RunStoreOptions) {
    this.#options = options;
  }

  /**
   * Stores a run.
   *
   * @param blocks begins anew when the storage was away
   * @returns its name
   */
  async put(blocks: () => AsyncIterable<Uint8Array>): Promise<string> {
    const { storage, bucket, folder, prefix } = this.#options;
    const name = `${prefix}/${this.#stored++}`;
    await patiently(() => storage.putObject(bucket, `${folder}/${name}`, blocks()));
    return name;
  }

  /** Bytes of a run, `end` not included. */
  readonly read = (name: string, start: number, end: number): Promise<Buffer> => {
    const { storage, bucket, folder } = this.#options;
    return patiently(() =>
      storage.getObject(bucket, `${folder}/${name}`, { range: { start, end: end - 1 } }),
    );
  };
}
