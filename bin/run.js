#!/usr/bin/env node
// The one door of package.json's scripts: `node bin/run.js <serve|demo|test|bench|docs|lint|any command> [arguments]`.
import { runProgram } from './boot.js';

const [command = 'help', ...args] = process.argv.slice(2);
switch (command) {
  case 'test':
    await runProgram('test/run.ts', args);
    break;
  case 'lint':
    await runProgram('test/run.ts', ['--lint', ...args]);
    break;
  case 'bench':
    await runProgram('test/bench/run.ts', args);
    break;
  default:
    await runProgram('src/cli.ts', [command, ...args], {
      production: command === 'serve' && process.env.NODE_ENV === 'production',
    });
}
