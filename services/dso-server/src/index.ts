export type { LogLevel } from './log.ts';
export { ServerOptionError, type ServerOptions } from './options.ts';
export { run } from './run.ts';
export { ListenError, type RunningServer, startServer } from './server.ts';
