/**
 * The stand-in as the verifier meets it: a sequencer of the example, with the Windows of its mode (registry, services,
 * installer) and a network of two loopback addresses. All that the manifest of sample/patch.ts asks for can be looked at.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Machine, thisMachine } from '../../verifier/machine.ts';
import { type Instrument, OUTSIDE } from './instrument.ts';

const RUN_MANAGER = 'LocalRunManager';
/** Where the run manager of the example listens. The stand-in takes a free port instead, so that it is in nobody's way. */
const RUN_MANAGER_PORT = 8080;
/** What the patch of the example leaves in the registry. */
const PATCH_ENTRY = { name: `HKLM\\SOFTWARE\\Muster\\${RUN_MANAGER}\\SecurityPatch`, text: '1.0' };

/** Windows' installer: done, or a fatal error. */
const INSTALLED = 0;
const NOT_INSTALLED = 1603;
const PATIENCE_MS = 3_000;

/** The registry is a file on the disk of each mode: `KEY\VALUE` → text. */
const registryFile = (disk: string) => join(disk, 'registry.json');

function readRegistry(disk: string): Record<string, string> {
  if (!existsSync(registryFile(disk))) return {};
  return JSON.parse(readFileSync(registryFile(disk), 'utf8')) as Record<string, string>;
}

/** What the installer of the patch does: enters it, and has the run manager start again for this machine only. */
async function installPatch(disk: string): Promise<number> {
  writeFileSync(registryFile(disk), JSON.stringify({ ...readRegistry(disk), [PATCH_ENTRY.name]: PATCH_ENTRY.text }));
  writeFileSync(join(disk, 'patch.txt'), 'SecurityPatch=1.0\n');
  const began = performance.now();
  while (performance.now() - began < PATIENCE_MS) {
    if (existsSync(join(disk, 'restarted.txt'))) return INSTALLED;
    await new Promise((next) => setTimeout(next, 20));
  }
  return NOT_INSTALLED;
}

/** The machine of a stand-in instrument, by its own clock. */
export function sequencerMachine(instrument: Instrument, now: () => Date): Machine {
  const here = thisMachine([OUTSIDE]);
  return {
    ...here,
    platform: 'win32',
    now,
    env: (name) => (name === 'INSTRUMENT_DISK' ? instrument.disk() : undefined),
    async run(program, args) {
      const [verb, name = '', , value = ''] = args;
      if (program === 'reg' && verb === 'query') {
        const found = readRegistry(instrument.disk())[`${name}\\${value}`];
        if (found === undefined) return { ok: false, out: '' };
        return { ok: true, out: `\r\n${name}\r\n    ${value}    REG_SZ    ${found}\r\n\r\n` };
      }
      if (program !== 'sc' || name !== RUN_MANAGER) return { ok: false, out: '' };
      const line = verb === 'qc' ? 'START_TYPE         : 2   AUTO_START' : 'STATE              : 4  RUNNING';
      return { ok: true, out: `\r\nSERVICE_NAME: ${name}\r\n        ${line}\r\n` };
    },
    async install(program, args) {
      if (program !== 'msiexec' || !args.some((arg) => existsSync(arg)))
        return { error: `${program}: there is nothing to install` };
      return { status: await installPatch(instrument.disk()) };
    },
    answers: (host, port) => here.answers(host, port === RUN_MANAGER_PORT ? instrument.port : port),
    fetchPage: (url) => here.fetchPage(url.replace(`:${RUN_MANAGER_PORT}/`, `:${instrument.port}/`)),
  };
}
