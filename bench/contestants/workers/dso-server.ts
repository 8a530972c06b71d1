/**
 * A server of shared objects in a process of its own. Says first that it is loaded, then gets its options and gives its
 * addresses; whatever it gets afterwards it answers with the processor time that it has used. SIGTERM ends it in peace.
 */
import { once } from 'node:events';
import { type ServerOptions, startServer } from '@skein/dso-server';

process.send!('loaded');
const [options] = (await once(process, 'message')) as [ServerOptions];
const server = await startServer(options);
process.once('disconnect', () => void server.close());
process.once('SIGTERM', () => void server.drain().then(() => process.disconnect()));
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send!((user + system) / 1_000);
});
process.send!(server.urls);
