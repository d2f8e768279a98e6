import { parseArgs } from 'node:util';
import type { ClientEnvironment } from '../config.ts';
import { type Command, commands, type Flags } from './commands.ts';
import type { Fetch } from './server.ts';
import { CommandError, processTerminal, type Terminal, UsageError } from './terminal.ts';

/**
 * Runs one of the commands that work over HTTP.
 * @param argv the command and its arguments
 * @returns exit code: 0 done, 1 refused or failed, 2 wrong usage
 */
export async function runClient(
  argv: string[],
  env: ClientEnvironment,
  outside: { fetch?: Fetch; terminal?: Terminal } = {},
): Promise<number> {
  const terminal = outside.terminal ?? processTerminal();
  const [name = '', ...rest] = argv;
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) {
    terminal.err(`fieldfix ${name}: there is no such command. fieldfix --help lists them.\n`);
    return 2;
  }
  try {
    const { positionals, values } = parse(command, rest);
    if (values.help) {
      terminal.out(`Usage: fieldfix ${command.usage}\n\n${command.help}\n`);
      return 0;
    }
    const [least, most] = command.takes;
    if (positionals.length < least || positionals.length > most) throw new UsageError('Wrong number of arguments.');
    return await command.run({ args: positionals, flags: values, env, fetch: outside.fetch ?? fetch, terminal });
  } catch (error) {
    if (error instanceof UsageError) {
      terminal.err(`${error.message}\nUsage: fieldfix ${command.usage}\n`);
      return 2;
    }
    if (!(error instanceof CommandError)) throw error;
    terminal.err(`fieldfix ${name}: ${error.message}\n`);
    return 1;
  }
}

function parse(command: Command, args: string[]): { positionals: string[]; values: Flags } {
  const options = { ...command.options, help: { type: 'boolean' as const, short: 'h' } };
  try {
    return parseArgs({ args, options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError((error as Error).message.split('. To specify')[0] ?? 'Wrong arguments.');
  }
}
