import { DataError } from '@skein/dso/server';
import { CommanderError } from 'commander';
import { optionsOf, program } from './flags.ts';
import { type Log, makeLog } from './log.ts';
import { ServerOptionError, type ServerOptions } from './options.ts';
import { JoinError, ListenError, type RunningServer, startServer } from './server.ts';

const EXIT = { failed: 1, misused: 2 } as const;
const SIGNALS = { SIGINT: 2, SIGTERM: 15 } as const;

/**
 * Runs `skein-dso-server` until a signal ends it.
 *
 * @param args - the words after it
 */
export async function run(args: readonly string[]): Promise<void> {
  let options: ServerOptions;
  try {
    const command = program();
    await command.parseAsync(args, { from: 'user' });
    options = optionsOf(command.opts(), process.env);
  } catch (error) {
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : EXIT.misused;
    else tell(error);
    return;
  }
  const log = makeLog(
    options.logLevel ?? 'info',
    (line) => void process.stdout.write(`${line}\n`),
    process.stdout.isTTY === true,
  );
  try {
    const server = await startServer(options, { log });
    endBySignal(server, log);
    void server.failed.then((error) => {
      // What is in memory and not on the disk has been answered to nobody: the next start has all that was.
      log.error(`the disk has failed, and nothing is answered any more: ${error.message}`);
      process.exit(EXIT.failed);
    });
    const { address, urls, metrics } = server;
    log.info('ready', { address, urls, metrics, pid: process.pid });
  } catch (error) {
    tell(error);
  }
}

/** The first signal ends the server in peace, the second at once. */
function endBySignal(server: RunningServer, log: Log): void {
  let isEnding = false;
  for (const [signal, number] of Object.entries(SIGNALS)) {
    process.on(signal, () => {
      if (isEnding) process.exit(128 + number);
      isEnding = true;
      log.info(`${signal}: handing over to others, answering what is in flight, then ending; again: at once`);
      server.drain().then(
        () => {
          log.info('ended');
          // What user code has left running must not keep it.
          process.exit(0);
        },
        (error: unknown) => {
          log.error(`could not end in peace: ${String(error)}`);
          process.exit(EXIT.failed);
        },
      );
    });
  }
}

/** Errors that are API have a message that stands alone; a stack is for what nobody has foreseen. */
function tell(error: unknown): void {
  if (error instanceof ServerOptionError) {
    for (const problem of error.problems) process.stderr.write(`skein-dso-server: ${problem}\n`);
    process.exitCode = EXIT.misused;
    return;
  }
  const text =
    error instanceof ListenError || error instanceof JoinError || error instanceof DataError
      ? error.message
      : error instanceof Error
        ? error.stack
        : String(error);
  process.stderr.write(`skein-dso-server: ${text}\n`);
  process.exitCode = EXIT.failed;
}
