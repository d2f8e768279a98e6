import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { unzipSync } from 'fflate';
import type { Config } from '../src/config.ts';
import { type KitTicket, readTickets } from '../verifier/kit.ts';
import { verify } from '../verifier/verify.ts';
import { buildInstrument, type Instrument, type Mode, modes } from './instrument/instrument.ts';
import { sequencerMachine } from './instrument/sequencer.ts';

const USAGE = `Usage: npm run fieldfix -- stand-in KIT.zip [--serial NUMBER]
  Starts a stand-in instrument, puts the kit into it, and goes through the verifier with you, mode by mode.\n`;

/**
 * `stand-in`: somebody without a sequencer tries a kit on a simulated one. The instrument, its registry and its network are
 * simulated; kit, verifier and code are real.
 * @returns the exit code: that of the last run of the verifier, or 2 for wrong usage
 */
export async function runStandIn(args: string[], config: Config): Promise<number> {
  let file: string | undefined;
  let serial: string | undefined;
  try {
    const parsed = parseArgs({ args, options: { serial: { type: 'string' } }, allowPositionals: true });
    [file] = parsed.positionals;
    serial = parsed.values.serial;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  }
  if (file === undefined) {
    process.stderr.write(USAGE);
    return 2;
  }
  const folder = mkdtempSync(join(tmpdir(), 'fieldfix-stand-in-'));
  const screen = createInterface({ input: process.stdin });
  // Lines that come before they are asked for are kept: answers may be piped in.
  const typed = screen[Symbol.asyncIterator]();
  try {
    const kit = join(folder, 'kit');
    const tickets = unpack(resolve(config.startedFrom, file), kit);
    if (typeof tickets === 'string') {
      process.stderr.write(`${tickets}\n`);
      return 1;
    }
    const named = serial ?? tickets[0]?.serial ?? '';
    const own = modes.filter((mode) => tickets.some((one) => one.serial === named && one.environment === mode));
    if (own.length === 0) {
      process.stderr.write(`This kit has no ticket for ${named}: ${tickets.map((one) => one.serial).join(', ')}.\n`);
      return 1;
    }
    const instrument = await buildInstrument(join(folder, 'instrument'), { serial: named });
    try {
      let status = 0;
      for (const mode of own) {
        await tell(instrument, mode, named);
        const person = {
          language: 'en',
          say: (text: string) => void process.stdout.write(`${text}\n`),
          ask: async (option: string, question: string) => {
            // It stands for a machine that reaches nobody: its code goes by hand.
            if (option === 'post') return 'no';
            process.stdout.write(question);
            const { value } = await typed.next();
            return ((value as string | undefined) ?? '').trim();
          },
        };
        status = (
          await verify(
            kit,
            sequencerMachine(instrument, () => new Date()),
            person,
          )
        ).status;
        await tell(instrument, mode, named, false);
      }
      return status;
    } finally {
      await instrument.stop();
    }
  } finally {
    screen.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @returns the tickets; or in one line why it is no kit */
function unpack(file: string, folder: string): KitTicket[] | string {
  try {
    for (const [name, bytes] of Object.entries(unzipSync(readFileSync(file)))) {
      const path = resolve(folder, name);
      if (!path.startsWith(join(folder, '/'))) return `${file} is not a kit: ${name} leads out of it.`;
      mkdirSync(dirname(path), { recursive: true });
      if (!name.endsWith('/')) writeFileSync(path, bytes);
    }
    return readTickets(folder);
  } catch (error) {
    return `${file} is not a kit: ${error instanceof Error ? error.message : error}`;
  }
}

/** Says what the network of the laboratory sees of the instrument; before the verifier, it is started first. */
async function tell(instrument: Instrument, mode: Mode, serial: string, start = true): Promise<void> {
  if (start) await instrument.boot(mode);
  const { inside, outside } = await instrument.reach();
  process.stdout.write(
    `\n── The stand-in of ${serial} runs in ${mode}. Its web page is ${outside} to the network, ${inside} to itself. ──\n\n`,
  );
}
