/** Skein's shared objects, at a server in a process of its own, where an answer leaves when it is on the disk. */
import { serveSkein } from './objects/serve-skein.ts';

await serveSkein({ onDisk: true });
