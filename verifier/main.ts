/** The verifier as a program: what was typed, the screen, and the machine it runs on. What it does is in verify.ts. */
import './old-node.ts';
import { basename, dirname, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { thisMachine } from './machine.ts';
import { type Question, verify } from './verify.ts';
import { speaker } from './words.ts';

type Options = Record<string, string>;

/** `--name value` pairs; a name without a value is `yes`. */
function readOptions(args: readonly string[]): Options {
  const options: Options = {};
  args.forEach((arg, at) => {
    if (!arg.startsWith('--')) return;
    const value = args[at + 1];
    options[arg.slice(2)] = value === undefined || value.startsWith('--') ? 'yes' : value;
  });
  // A serial that was given is the answer to "is it this one?" too.
  if (options.serial !== undefined && options['right-serial'] === undefined) options['right-serial'] = 'no';
  return options;
}

const options = readOptions(process.argv.slice(2));
const language =
  options.language ?? process.env.LC_ALL ?? process.env.LANG ?? Intl.DateTimeFormat().resolvedOptions().locale;
const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

/** The kit lies around the program: beside it, or one folder up. */
function findKit(): string {
  const script = process.argv[1] ?? '';
  const here = dirname(basename(script).endsWith('.js') ? script : process.execPath);
  return basename(here) === 'verifier' ? dirname(here) : here;
}

/** Asks on the screen unless the answer was given as an option. */
function askOnScreen(): { ask(option: Question, question: string): Promise<string>; close(): void } {
  const lines = createInterface({ input: process.stdin });
  const typed: string[] = [];
  let waiting: ((line: string) => void) | undefined;
  let over = false;
  lines.on('line', (line) => {
    if (waiting) waiting(line);
    else typed.push(line);
  });
  lines.on('close', () => {
    over = true;
    waiting?.('');
  });
  return {
    ask(option, question) {
      const given = options[option];
      if (given !== undefined) return Promise.resolve(given);
      process.stdout.write(question);
      const line = typed.shift();
      if (line !== undefined || over) return Promise.resolve((line ?? '').trim());
      return new Promise((answer) => {
        waiting = (text) => {
          waiting = undefined;
          answer(text.trim());
        };
      });
    },
    close: () => lines.close(),
  };
}

async function main(): Promise<void> {
  if (options.help !== undefined) {
    say(speaker(language)('usage'));
    return;
  }
  const screen = askOnScreen();
  try {
    const outside = options.outside === undefined ? undefined : options.outside.split(',');
    const person = { language, say, ask: screen.ask };
    const { status } = await verify(resolve(options.kit ?? findKit()), thisMachine(outside), person);
    process.exitCode = status;
  } finally {
    screen.close();
  }
}

main().catch((error: unknown) => {
  // Said by hand: an old Node would end with 0.
  process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
  process.exitCode = 4;
});
