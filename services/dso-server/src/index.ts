export type { LogLevel } from './log.ts';
export { ServerOptionError, type ServerOptions } from './options.ts';
export { run } from './run.ts';
export { JoinError, ListenError, type RunningServer, startServer } from './server.ts';
