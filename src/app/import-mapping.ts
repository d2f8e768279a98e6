/** Which column of a file is which: proposed, checked, and kept for the next file with the same headings. */
import { createHash } from 'node:crypto';
import type { ImportDateOrder, ImportFound } from '../db/schema-imports.ts';
import { json } from '../db/values.ts';
import {
  headerSignature,
  IMPORT_COLUMNS,
  type ImportKind,
  type ImportMapping,
  type MappingProposal,
  proposeMapping,
} from '../domain/import.ts';
import { type Refusal, refuse } from '../domain/refusal.ts';
import type { Context, Tx } from './context.ts';

function signatureOf(header: readonly string[]): string {
  return createHash('sha256').update(headerSignature(header)).digest('hex');
}

/** The mapping confirmed for an earlier file with these headings. */
export async function keptMapping(
  tx: Tx,
  kind: ImportKind,
  header: readonly string[],
): Promise<{ mapping: ImportMapping; date_order: ImportDateOrder } | undefined> {
  return tx
    .selectFrom('import_mapping')
    .select(['mapping', 'date_order'])
    .where('kind', '=', kind)
    .where('signature', '=', signatureOf(header))
    .executeTakeFirst();
}

/** What we think the columns are. Environments of the catalogue help with headings such as `Software Dx`. */
export async function proposeFor(
  db: Pick<Context, 'db'>['db'] | Tx,
  kind: ImportKind,
  found: Pick<ImportFound, 'header' | 'samples'>,
): Promise<MappingProposal> {
  if (kind !== 'units') return proposeMapping(kind, found.header, found.samples);
  const rows = await db.selectFrom('environment').select('code').distinct().limit(1000).execute();
  const environments = rows.map(({ code }) => code);
  return proposeMapping(kind, found.header, found.samples, environments.length > 0 ? { environments } : {});
}

/** What must be mapped is, each column of the file once at most, and dates that could be two days have an order. */
export function checkMapping(
  kind: ImportKind,
  mapping: ImportMapping,
  found: Pick<ImportFound, 'header' | 'samples'>,
  dateOrder: ImportDateOrder,
): Refusal | undefined {
  const taken = new Map<number, string>();
  for (const [key, index] of Object.entries(mapping)) {
    const base = key.startsWith('software:') && kind === 'units' ? 'software' : key;
    const column = IMPORT_COLUMNS[kind].find((one) => one.key === base);
    if (!column || index >= found.header.length) return refuse('import.column-unknown', { column: key });
    if (taken.has(index))
      return refuse(
        'import.column-twice',
        { heading: found.header[index] ?? '', first: taken.get(index) ?? '', second: column.label },
        `column-${index}`,
      );
    taken.set(index, column.label);
  }
  for (const column of IMPORT_COLUMNS[kind])
    if (column.required && mapping[column.key] === undefined)
      return refuse('import.column-missing', { label: column.label }, 'mapping');
  const dates = IMPORT_COLUMNS[kind].filter((column) => column.type === 'date' && mapping[column.key] !== undefined);
  if (dates.length === 0 || dateOrder !== '') return undefined;
  const proposal = proposeMapping(kind, found.header, found.samples);
  return proposal.dateOrder === 'ask' || proposal.dateOrder === 'mixed'
    ? refuse('import.date-order', {}, 'dateOrder')
    : undefined;
}

/** Remembers which column is which for files with these headings. */
export async function keepMapping(
  tx: Tx,
  ctx: Pick<Context, 'actor' | 'now'>,
  kind: ImportKind,
  header: readonly string[],
  mapping: ImportMapping,
  dateOrder: ImportDateOrder,
): Promise<void> {
  const values = {
    mapping: json(mapping),
    date_order: dateOrder,
    confirmed_by: ctx.actor.name,
    confirmed_at: ctx.now(),
  };
  await tx
    .insertInto('import_mapping')
    .values({ kind, signature: signatureOf(header), ...values })
    .onConflict((oc) => oc.columns(['kind', 'signature']).doUpdateSet(values))
    .execute();
}
