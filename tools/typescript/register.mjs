/**
 * `node --import` this: the process then reads TypeScript, as it does by tsx, but starts in a quarter of the time, which the
 * hundreds of programs that tests start do at each run. What was made of a file is kept in `.cache`.
 */
import { register } from 'node:module';

process.setSourceMapsEnabled(true);
register('./hooks.mjs', import.meta.url);
