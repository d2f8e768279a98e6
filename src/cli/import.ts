import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { Readable } from 'node:stream';
import type { Server } from './server.ts';
import { CommandError, type Terminal } from './terminal.ts';

interface ImportProgress {
  id: number;
  state: string;
  seen: number;
  created: number;
  changed: number;
  same: number;
  rejected: number;
  problem: string | null;
}

const ASK_AGAIN_MS = 500;
/** States in which the server is at work. */
const WORKING = new Set(['checking', 'applying', 'waiting']);

/**
 * Uploads a file, waits for its check, and applies it when told to.
 * @returns exit code: 1 when rows were refused and nothing was applied
 */
export async function importFile(
  server: Server,
  terminal: Terminal,
  input: { kind: string; file: string; folder: string; mode: 'check' | 'all' | 'valid' },
): Promise<number> {
  const path = resolve(input.folder, input.file);
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) throw new CommandError(`${input.file} is no file that can be read.`);
  const query = new URLSearchParams({ kind: input.kind, name: basename(path) });
  const response = await server.send('POST', `/imports?${query}`, {
    body: Readable.toWeb(createReadStream(path)) as ReadableStream,
    headers: { 'content-type': 'application/octet-stream', 'content-length': String(found.size) },
    duplex: 'half',
  } as RequestInit);
  const { id, state } = (await response.json()) as { id: number; state: string };
  if (state === 'uploaded') await server.json('POST', `/imports/${id}/map`, {});

  const checked = await follow(server, terminal, id, 'Checking');
  terminal.out(`${summary(checked)}\n`);
  if (checked.rejected > 0) {
    terminal.err(`The refused rows with reasons and mends: ${server.url}/imports/${id}\n`);
    if (input.mode !== 'valid') return 1;
  }
  if (input.mode === 'check') {
    terminal.out('Nothing was changed. Add --apply to apply all of it, --valid-only to leave refused rows out.\n');
    return 0;
  }
  await server.json('POST', `/imports/${id}/apply`, { mode: input.mode });
  const applied = await follow(server, terminal, id, 'Applying');
  if (applied.state !== 'applied')
    throw new CommandError(`The import was not applied (${applied.state}). See ${server.url}/imports/${id}`);
  terminal.out('Applied.\n');
  return 0;
}

async function follow(server: Server, terminal: Terminal, id: number, doing: string): Promise<ImportProgress> {
  let told = false;
  for (;;) {
    const now = await server.json<ImportProgress>('GET', `/imports/${id}`);
    if (!WORKING.has(now.state)) {
      if (terminal.live && told) terminal.err('\r\x1b[K');
      if (now.state === 'failed') throw new CommandError(now.problem ?? 'The import failed.');
      return now;
    }
    if (terminal.live) terminal.err(`\r\x1b[K${doing}: ${now.seen.toLocaleString('en-GB')} rows`);
    else if (!told) terminal.err(`${doing} …\n`);
    told = true;
    await new Promise((done) => setTimeout(done, ASK_AGAIN_MS));
  }
}

function summary({ seen, created, changed, same, rejected }: ImportProgress): string {
  return `${seen} rows: ${created} new, ${changed} changed, ${same} as they are, ${rejected} refused.`;
}
