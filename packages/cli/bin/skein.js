#!/usr/bin/env node
// Committed, so that package managers can link the command before anything is built.
import { main } from '../dist/index.js';

await main(process.argv.slice(2));
