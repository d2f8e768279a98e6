/** How a sender writes its lists, kept by version: the next list with the same headings is read without asking. */
import { createHash } from 'node:crypto';
import type { ImportDateOrder } from '../db/schema-imports.ts';
import type { NoMode } from '../db/schema-spreadsheets.ts';
import { json } from '../db/values.ts';
import { headerSignature } from '../domain/import-mapping.ts';
import type { SheetMapping, SheetWords } from '../domain/spreadsheet-columns.ts';
import type { Context, Reader, Tx } from './context.ts';

/** How a list is read, as far as it is the same for every list of its sender. */
export interface KeptReading {
  mapping: SheetMapping;
  words: SheetWords;
  dateOrder: ImportDateOrder;
  noMode: NoMode;
}

const signatureOf = (header: readonly string[]): string =>
  createHash('sha256').update(headerSignature(header)).digest('hex');

/** The newest version for a sender's lists with these headings. */
export async function keptReading(
  reader: Reader,
  partyId: number,
  header: readonly string[],
): Promise<(KeptReading & { version: number }) | undefined> {
  const row = await reader
    .selectFrom('spreadsheet_mapping')
    .selectAll()
    .where('party_id', '=', partyId)
    .where('signature', '=', signatureOf(header))
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst();
  return (
    row && {
      mapping: row.mapping,
      words: row.words,
      dateOrder: row.date_order,
      noMode: row.no_mode,
      version: row.version,
    }
  );
}

/** Keeps a reading as the next version, unless it is that of the newest. @returns its version */
export async function keepReading(
  tx: Tx,
  ctx: Pick<Context, 'actor' | 'now'>,
  partyId: number,
  header: readonly string[],
  reading: KeptReading,
): Promise<number> {
  const last = await keptReading(tx, partyId, header);
  if (last && sameReading(last, reading)) return last.version;
  const version = (last?.version ?? 0) + 1;
  await tx
    .insertInto('spreadsheet_mapping')
    .values({
      party_id: partyId,
      signature: signatureOf(header),
      version,
      mapping: json(reading.mapping),
      words: json(reading.words),
      date_order: reading.dateOrder,
      no_mode: reading.noMode,
      confirmed_by: ctx.actor.name,
      confirmed_at: ctx.now(),
    })
    .onConflict((clash) => clash.columns(['party_id', 'signature', 'version']).doNothing())
    .execute();
  return version;
}

function sameReading(a: KeptReading, b: KeptReading): boolean {
  const sign = ({ mapping, words, dateOrder, noMode }: KeptReading): string =>
    JSON.stringify([mapping, words.status, words.mode].map((one) => Object.entries(one).sort())) + dateOrder + noMode;
  return sign(a) === sign(b);
}
