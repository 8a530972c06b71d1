// What memory grows by while a stream of that size is written and read again: storage-memory.mjs <skein | sdk> <bytes>.
import { Readable } from 'node:stream';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { Storage } from '@skein/storage';

const [who, size] = process.argv.slice(2);
const bytes = Number(size);
const { bucket, ...server } = JSON.parse(process.env.SKEIN_BENCH_S3);
const store = { skein, sdk }[who]();
const key = `memory-${process.pid}`;

// Code and connections are there before it counts.
await there(1_000_000);
const before = process.memoryUsage.rss();
const length = await there(bytes);
const grown = Math.max(0, process.resourceUsage().maxRSS * 1024 - before);
await store.close();
console.log(JSON.stringify({ bytes: grown, answer: length / bytes }));

/** And back: how many bytes came. */
async function there(bytes) {
  await store.write(Readable.from(pieces(bytes), { objectMode: false }));
  let length = 0;
  for await (const chunk of await store.read()) length += chunk.byteLength;
  return length;
}

function* pieces(bytes) {
  const piece = Buffer.alloc(1_000_000, 'skein');
  for (let left = bytes; left > 0; left -= piece.length) yield piece.subarray(0, left);
}

function skein() {
  const storage = new Storage({ kind: 's3', ...server });
  return {
    write: (body) => storage.putObject(bucket, key, body),
    read: () => storage.getObject(bucket, key, { stream: true }),
    close: () => storage.close(),
  };
}

function sdk() {
  const { endpoint, region, ...credentials } = server;
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  return {
    write: (Body) => new Upload({ client, params: { Bucket: bucket, Key: key, Body } }).done(),
    read: async () => (await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }))).Body,
    close: async () => client.destroy(),
  };
}
