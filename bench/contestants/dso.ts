/** Skein's shared objects, at a server in a process of its own. */
import { serveSkein } from './objects/serve-skein.ts';

await serveSkein({ onDisk: false });
