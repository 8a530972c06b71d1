/** A server of shared objects in a process of its own: `dso-server.ts <path of its Unix socket> [<data directory>]`. */
import { startServer } from '@skein/dso-server';

const [, , unix, data] = process.argv;
const server = await startServer({
  listen: '127.0.0.1:0',
  unix: unix!,
  allowUserClasses: true,
  ...(data === undefined ? {} : { data }),
});
process.send!(server.urls);
process.once('disconnect', () => void server.close());
