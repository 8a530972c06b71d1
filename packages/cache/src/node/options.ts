/** The section `node` of a cache's options. */
import { totalmem } from 'node:os';
import { flag, size, text, type Values } from '@skein/config';
import type { OpenTier } from '../tier.ts';
import { defaultDirectory } from './folder.ts';
import { NodeTier } from './node-tier.ts';

export interface NodeOptions {
  /**
   * Where entries lie: a folder of this user's alone.
   * @default what SKEIN_CACHE_DIRECTORY says, else in /dev/shm, else in the system's folder for temporary files
   */
  readonly directory?: string | undefined;
  /** Of all entries of the namespace on this machine; a number, or text such as '2GiB'. @default 1 GiB, at most an eighth of the memory */
  readonly maxBytes?: number | string | undefined;
  /**
   * Bodies of 64 KiB and more lie in memory that all threads of a process read: arrays within a value are then views of a
   * SharedArrayBuffer, which functions cannot return or close over. @default false
   */
  readonly sharedAmongThreads?: boolean | undefined;
}

export const nodeSchema: {
  readonly directory: ReturnType<typeof text>;
  readonly maxBytes: ReturnType<typeof size>;
  readonly sharedAmongThreads: ReturnType<typeof flag>;
} = { directory: text(), maxBytes: size(), sharedAmongThreads: flag() };

const GIB = 2 ** 30;

export function openNode({
  directory,
  maxBytes,
  sharedAmongThreads,
}: Values<typeof nodeSchema> = {}): OpenTier {
  const options = {
    directory: directory ?? defaultDirectory(),
    maxBytes: maxBytes ?? Math.min(GIB, Math.floor(totalmem() / 8)),
    sharedAmongThreads: sharedAmongThreads ?? false,
  };
  return (context) => new NodeTier(options, context);
}
