/** The program, started from its sources; packages start it by bin/skein-dso-server.js. */
import { run } from './run.ts';

await run(process.argv.slice(2));
