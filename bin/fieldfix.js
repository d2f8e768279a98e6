#!/usr/bin/env node
// The command `fieldfix`: the same commands as `npm run fieldfix -- …`, callable from any folder.
import { runProgram } from './boot.js';

await runProgram('src/cli.ts', process.argv.slice(2), { production: process.env.NODE_ENV === 'production' });
