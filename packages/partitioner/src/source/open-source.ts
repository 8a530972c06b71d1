import type { Storage } from '@skein/storage';
import type { DataObject } from '../data-object.ts';
import type { ByteSource } from './byte-source.ts';
import { FileSource } from './file-source.ts';
import { StorageSource } from './storage-source.ts';
import { WebSource } from './web-source.ts';

/** The bytes of an object; without I/O. A storage is what objects in buckets are in. */
export function openSource(object: DataObject, storage: Storage | undefined): ByteSource {
  switch (object.kind) {
    case 'object':
      return new StorageSource(storage!, object);
    case 'file':
      return new FileSource(object);
    case 'url':
      return new WebSource(object);
  }
}
