/** A server of shared objects in a process of its own: `dso-server.ts <path of its Unix socket>`. */
import { startServer } from '@skein/dso-server';

const server = await startServer({ listen: '127.0.0.1:0', unix: process.argv[2]!, allowUserClasses: true });
process.send!(server.urls);
process.once('disconnect', () => void server.close());
