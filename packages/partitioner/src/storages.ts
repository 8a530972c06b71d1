/** Which storage an input is in: the one that is given, that of the call that runs, the configured one, or the one it names. */
import { type PortableConfig, Storage, type StorageConfig } from '@skein/storage';
import { callPlace, configuredStorage, openStorage, sharedStorage } from '@skein/storage/handles';
import { badArgument, masked } from './errors.ts';

/** Schemes whose addresses are of a bucket, 's3://bucket/key', and the kinds of stores that they are of. */
const BUCKET_SCHEMES: Readonly<Record<string, string>> = {
  s3: 's3',
  gs: 'gcs',
  gcs: 'gcs',
  oss: 'oss',
  cos: 'ibm-cos',
  swift: 'swift',
};

/** @throws {PartitionError} for a scheme whose addresses name no bucket first */
export function checkBucketScheme(scheme: string, input: string): void {
  if (Object.hasOwn(BUCKET_SCHEMES, scheme)) return;
  const known = ['https', 'http', 'file', ...Object.keys(BUCKET_SCHEMES)].map((one) => `${one}:`).join(', ');
  const expected = `a path, 'bucket/key', or an address that begins with one of ${known} (other stores are named by the option storage)`;
  throw badArgument('an input', expected, masked(input));
}

/** The storage of inputs that name none, asked for when the first one comes. */
export class InputStorage {
  readonly #given: Storage | undefined;
  #default: Promise<Storage> | undefined;

  constructor(given: Storage | StorageConfig | undefined) {
    this.#given = given === undefined ? undefined : openStorage(given);
  }

  async get(): Promise<Storage> {
    if (this.#given !== undefined) return this.#given;
    this.#default ??= Promise.resolve(callPlace()?.storage ?? configuredStorage());
    return this.#default;
  }

  /**
   * That of an address such as 's3://bucket/key': the one that was given, so that a program runs on another store by one
   * option; else the configured one if it is of that kind; else that kind as the environment sets it up, which is named
   * beside the objects found there.
   */
  async of(
    scheme: string,
    bucket: string,
  ): Promise<{ readonly storage: Storage; readonly store?: PortableConfig }> {
    const storage = await this.get();
    if (this.#given !== undefined || storage.kind === BUCKET_SCHEMES[scheme]) return { storage };
    const store = new Storage(`${scheme}://${bucket}`).config!;
    return { storage: sharedStorage(store), store };
  }
}
