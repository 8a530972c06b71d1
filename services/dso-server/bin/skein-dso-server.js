#!/usr/bin/env node
// Committed, so that package managers can link the command before anything is built.
import { run } from '../dist/index.js';

await run(process.argv.slice(2));
