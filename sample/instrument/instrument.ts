/**
 * The stand-in instrument: a sequencer that boots into Dx or RUO. Each mode has a disk folder of its own, and a run manager
 * whose web page answers the whole network until that mode is patched, and this machine alone afterwards.
 */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, get, type Server } from 'node:http';
import { join } from 'node:path';
import type { PackageManifest } from '../../src/domain/package-manifest.ts';

export type Mode = 'Dx' | 'RUO';
export const modes: readonly Mode[] = ['Dx', 'RUO'];

/**
 * The instrument itself, and the address its neighbours reach it by. Linux and Windows answer all of 127.0.0.0/8, macOS only
 * the first of them: there the other protocol stands for the network.
 */
const INSIDE = '127.0.0.1';
export const OUTSIDE = process.platform === 'darwin' ? '::1' : '127.0.0.2';
const EVERYWHERE = process.platform === 'darwin' ? '::' : '0.0.0.0';

/** What an inside and an outside request got. */
export interface Reach {
  inside: 'open' | 'closed';
  outside: 'open' | 'closed';
}

export interface Instrument {
  readonly port: number;
  /** Starts a mode; the other one is off then. */
  boot(mode: Mode): Promise<void>;
  /** The disk of the mode it runs in; programs on it find it as INSTRUMENT_DISK. */
  disk(): string;
  reach(): Promise<Reach>;
  stop(): Promise<void>;
}

const marker = (disk: string) => join(disk, 'patch.txt');
/** The run manager writes it once it has started again with the patch. */
const restarted = (disk: string) => join(disk, 'restarted.txt');

function listen(host: string, port: number): Promise<Server> {
  const server = createServer((_request, answer) => {
    answer.end('Run manager: no runs in progress.\n');
  });
  return new Promise((resolve, reject) => {
    server.on('error', reject);
    server.listen(port, host, () => resolve(server));
  });
}

const close = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.closeAllConnections();
    server.close(() => resolve());
  });

function ask(host: string, port: number): Promise<'open' | 'closed'> {
  return new Promise((resolve) => {
    get({ host, port, agent: false, timeout: 2_000 }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200 ? 'open' : 'closed');
    })
      .on('error', () => resolve('closed'))
      .on('timeout', function (this: { destroy(): void }) {
        this.destroy();
      });
  });
}

/**
 * Sets an instrument up in an empty folder, on a free port, switched off. A standalone computer has one mode.
 * @param has.serial what it says its serial number is; without one it says none
 */
export async function buildInstrument(
  folder: string,
  has: { modes?: readonly Mode[]; serial?: string } = {},
): Promise<Instrument> {
  const own = has.modes ?? modes;
  for (const mode of own) {
    mkdirSync(join(folder, mode), { recursive: true });
    const serial = has.serial === undefined ? '' : `SerialNumber=${has.serial}\n`;
    writeFileSync(join(folder, mode, 'mode.txt'), `BootMode=${mode}\n${serial}`);
  }
  const probe = await listen(EVERYWHERE, 0);
  const address = probe.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  await close(probe);
  let disk = join(folder, own[0] ?? 'Dx');
  let server: Server | undefined;
  let watch: NodeJS.Timeout | undefined;

  async function start(): Promise<void> {
    const patched = existsSync(marker(disk));
    server = await listen(patched ? INSIDE : EVERYWHERE, port);
    if (patched) writeFileSync(restarted(disk), 'ok\n');
  }
  async function off(): Promise<void> {
    clearInterval(watch);
    if (server) await close(server);
    server = undefined;
  }
  return {
    port,
    async boot(mode) {
      await off();
      disk = join(folder, mode);
      rmSync(restarted(disk), { force: true });
      await start();
      let busy = false;
      // The installer leaves its mark; the run manager starts again and reads it.
      watch = setInterval(() => {
        if (busy || !server || !existsSync(marker(disk)) || existsSync(restarted(disk))) return;
        busy = true;
        void close(server)
          .then(start)
          .finally(() => {
            busy = false;
          });
      }, 20);
    },
    disk: () => disk,
    reach: async () => ({ inside: await ask(INSIDE, port), outside: await ask(OUTSIDE, port) }),
    stop: off,
  };
}

/** The patch of the stand-in: leaves its mark on the disk it runs on, and waits until the run manager is back. */
export const standInPatch = Buffer.from(`#!/bin/sh
# The patch of the stand-in instrument. It corrects nothing else.
echo 'SecurityPatch=1.0' > "$INSTRUMENT_DISK/patch.txt" || exit 1
for turn in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30; do
  [ -e "$INSTRUMENT_DISK/restarted.txt" ] && exit 0
  sleep 0.1
done
exit 1
`);

/** How the patch is installed and how to see that it was, as its package says it. */
export function standInManifest(port: number): PackageManifest {
  const common = { environments: [] };
  return {
    install: { linux: ['sh', '{file}'] },
    environment: {
      path: '%INSTRUMENT_DISK%/mode.txt',
      values: { 'BootMode=Dx': 'Dx', 'BootMode=RUO': 'RUO' },
    },
    serial: { path: '%INSTRUMENT_DISK%/mode.txt', after: 'SerialNumber=' },
    checks: [
      {
        ...common,
        id: 'patch-marker',
        kind: 'file',
        label: { en: 'The patch has left its mark', de: 'Der Patch ist eingetragen' },
        path: '%INSTRUMENT_DISK%/patch.txt',
        absent: false,
      },
      {
        ...common,
        id: 'closed-outside',
        kind: 'port',
        label: { en: 'The web page answers this machine only', de: 'Die Weboberfläche antwortet nur diesem Rechner' },
        port,
        remote: 'closed',
        local: 'open',
      },
      {
        ...common,
        id: 'answers-inside',
        kind: 'http',
        label: { en: 'The run manager works', de: 'Der Run Manager läuft' },
        url: `http://127.0.0.1:${port}/`,
        status: 200,
        contains: 'Run manager',
      },
    ],
  };
}
