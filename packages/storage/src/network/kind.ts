import { ConfigError, number, type Schema, size, text, type ValueField } from '@skein/config';
import type { PortableConfig, StorageDriver } from '../driver.ts';

/** Options that every store in a network has. */
export interface NetworkOptions {
  /** The bucket in which Skein's own data lies, such as that of executors. @default 'skein' */
  readonly bucket?: string | undefined;
  /** Bytes of a part, where large objects are written or read in parts: a number, or text such as '16MiB'. @default 8 MiB */
  readonly partSize?: number | undefined;
  /** Parts of one object that are under way at a time. @default 4 */
  readonly concurrency?: number | undefined;
  /** How often a request is tried in all before its failure is told. @default 5 */
  readonly attempts?: number | undefined;
  /** How long a connection may be silent, or be made, milliseconds. @default 60000 */
  readonly timeoutMs?: number | undefined;
}

export const networkSchema: {
  readonly bucket: ValueField<string>;
  readonly partSize: ValueField<number>;
  readonly concurrency: ValueField<number>;
  readonly attempts: ValueField<number>;
  readonly timeoutMs: ValueField<number>;
} = {
  bucket: text(),
  partSize: size(),
  concurrency: number({ min: 1, whole: true }),
  attempts: number({ min: 1, whole: true }),
  timeoutMs: number({ min: 1 }),
};

export const DEFAULTS: Readonly<Record<'partSize' | 'concurrency' | 'attempts' | 'timeoutMs', number>> = {
  partSize: 8 * 2 ** 20,
  concurrency: 4,
  attempts: 5,
  timeoutMs: 60_000,
};

/** What a driver is opened with: its options, and what its handles carry. */
export type Opening<Options> = Options & { readonly portable: PortableConfig };

/**
 * A kind of store in a network: how it is configured, and how its driver is loaded. Fields of its schema that are
 * `secret` never leave the process in a handle; a receiver of the handle is given them by its executor, else it finds
 * its own in the vendor's usual places.
 */
export interface NetworkKind<Options extends NetworkOptions = NetworkOptions> {
  readonly kind: string;
  readonly schemes: readonly string[];
  /** For messages, such as 's3://bucket?region=eu-west-1'. */
  readonly example: string;
  readonly schema: Schema;
  /** The options that an address says before its query; the query gives others by their names. */
  fromUrl(url: URL): Readonly<Record<string, unknown>>;
  /** Throws what a schema cannot say: options that contradict each other, or one that is missing. */
  check?(options: Options): void;
  /** Where the service is, for messages and as part of the account's name: a URL without user info. */
  address(options: Options): string;
  /** Loads the driver. Nothing is connected yet. */
  open(options: Opening<Options>): Promise<StorageDriver>;
}

/** What a kind's `check` throws: an option, and what is wrong with it. */
export function wrongOption(path: string, message: string): ConfigError {
  return new ConfigError([{ kind: 'wrong-value', path, source: 'a storage configuration', message }]);
}
