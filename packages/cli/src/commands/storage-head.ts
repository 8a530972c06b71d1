import { openStorage } from '../settings.ts';
import { paint, print, printJson, visible } from '../terminal.ts';
import { bytes, moment } from '../units.ts';
import { parsePlace } from './place.ts';

export async function storageHead(place: string, options: { storage?: string; json?: true }): Promise<void> {
  const { bucket, key } = parsePlace(place);
  await using storage = await openStorage(options.storage);
  const { size, etag, lastModified, contentType, metadata } = await storage.headObject(bucket, key);
  if (options.json) {
    printJson({ bucket, key, size, etag, lastModified, contentType, metadata });
    return;
  }
  const lines: [string, string][] = [
    ['object', `${bucket}/${key}`],
    ['size', size < 1024 ? bytes(size) : `${bytes(size)} (${size.toLocaleString('en')} bytes)`],
    ['written', moment(lastModified)],
    ['etag', etag],
    ...(contentType === undefined ? [] : [['type', contentType] as [string, string]]),
    ...Object.entries(metadata),
  ];
  const width = Math.max(...lines.map(([name]) => name.length));
  for (const [name, value] of lines) print(`${paint('dim', name.padEnd(width))}  ${visible(value)}`);
}
