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
const WORKING = new Set(['checking', 'applying']);
/** Refused rows that are printed; the rest is at the desk. */
const ROWS_SHOWN = 10;

/**
 * Uploads a file, waits for its check, and applies it when told to.
 * @returns exit code: 1 when rows were refused and nothing was applied
 */
export async function importFile(
  server: Server,
  terminal: Terminal,
  input: { kind: string; file: string; folder: string; mode: 'check' | 'all' | 'valid'; asProposed: boolean },
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
  const page = `${server.url}/imports/${id}`;
  if (state === 'uploaded') await mapColumns(server, terminal, id, page, input.asProposed);

  const checked = await follow(server, terminal, id, 'Checking');
  terminal.out(`${summary(checked)}\n`);
  if (checked.rejected > 0) {
    await printRefused(server, terminal, id);
    terminal.err(`All refused rows: ${page}\n`);
    if (input.mode !== 'valid') return 1;
  }
  if (input.mode === 'check') {
    terminal.out('Nothing was changed. Add --apply to apply all of it, --valid-only to leave refused rows out.\n');
    return 0;
  }
  await server.json('POST', `/imports/${id}/apply`, { mode: input.mode });
  const applied = await follow(server, terminal, id, 'Applying');
  if (applied.state !== 'applied') throw new CommandError(`The import was not applied (${applied.state}). See ${page}`);
  terminal.out('Applied.\n');
  return 0;
}

interface Columns {
  headings: string[];
  columns: { key: string; label: string; required: boolean }[];
  mapping: Record<string, number>;
  /** null: nobody can tell from the file. */
  dateOrder: string | null;
}

/** Headings that were never seen: takes what the server proposes when told to, else shows it and stops. */
async function mapColumns(
  server: Server,
  terminal: Terminal,
  id: number,
  page: string,
  asProposed: boolean,
): Promise<void> {
  const { headings, columns, mapping, dateOrder } = await server.json<Columns>('GET', `/imports/${id}/columns`);
  const labels = new Map(columns.map(({ key, label }) => [key, label]));
  const meant = new Map(Object.entries(mapping).map(([key, index]) => [index, labels.get(key) ?? key]));
  for (const [index, heading] of headings.entries())
    terminal.err(`${JSON.stringify(heading)}: ${meant.get(index) ?? 'left out'}\n`);
  const missing = columns.filter(({ key, required }) => required && mapping[key] === undefined);
  for (const { label } of missing) terminal.err(`No column was recognised for ${label}.\n`);
  const clear = missing.length === 0 && dateOrder !== null;
  if (asProposed && clear) {
    await server.json('POST', `/imports/${id}/mapping`, { mapping, dateOrder });
    return;
  }
  throw new CommandError(
    clear
      ? `Its headings are new here. If the above is right, run this again with --as-proposed; else say which column means what at ${page}`
      : `Its headings are new here. Say once which column means what at ${page}; then run this again.`,
  );
}

async function follow(server: Server, terminal: Terminal, id: number, doing: string): Promise<ImportProgress> {
  let told = false;
  for (;;) {
    const now = await server.json<ImportProgress>('GET', `/imports/${id}`);
    if (!WORKING.has(now.state)) {
      if (terminal.live && told) terminal.err('\r\x1b[K');
      if (now.state === 'failed')
        throw new CommandError(`The import failed (${now.problem}). See ${server.url}/imports/${id}`);
      return now;
    }
    if (terminal.live) terminal.err(`\r\x1b[K${doing}: ${now.seen.toLocaleString('en-GB')} rows`);
    else if (!told) terminal.err(`${doing} …\n`);
    told = true;
    await new Promise((done) => setTimeout(done, ASK_AGAIN_MS));
  }
}

interface RefusedRow {
  row: number;
  findings: { heading: string; value: string; reason: string; mend: string }[];
}

async function printRefused(server: Server, terminal: Terminal, id: number): Promise<void> {
  const { rows } = await server.json<{ rows: RefusedRow[] }>('GET', `/imports/${id}/rejected?size=${ROWS_SHOWN}`);
  for (const { row, findings } of rows) {
    for (const { heading, value, reason, mend } of findings) {
      terminal.err(`Row ${row}, ${heading} ${JSON.stringify(value)}: ${reason} ${mend}\n`);
    }
  }
}

function summary({ seen, created, changed, same, rejected }: ImportProgress): string {
  return `${seen} rows: ${created} new, ${changed} changed, ${same} as they are, ${rejected} refused.`;
}
