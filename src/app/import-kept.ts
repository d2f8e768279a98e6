/** What a check keeps for a person to decide by: refused rows, changes field by field, the first rows that are new. */
import { sql } from 'kysely';
import { insertRows } from '../db/insert-rows.ts';
import { json } from '../db/values.ts';
import type { Database } from './context.ts';
import type { Judgement } from './import-records.ts';

/** Rows kept for people to read; counts go on beyond. */
const REJECTS_KEPT = 100_000;
const CREATES_SHOWN = 20;

/** Keeps of batch after batch what a person decides by: refused rows, changes, the first rows that are new. */
export function keeperOf(db: Database, id: number, subject: string): (judged: Judgement[]) => Promise<void> {
  let creates = 0;
  let rejects = 0;
  return async (judged) => {
    const refused = judged.filter(({ verdict }) => verdict === 'reject').slice(0, REJECTS_KEPT - rejects);
    rejects += refused.length;
    const created = judged.filter(({ verdict }) => verdict === 'create').slice(0, CREATES_SHOWN - creates);
    creates += created.length;
    const changed = judged.filter(({ verdict }) => verdict === 'change');
    await keepRejects(db, id, refused);
    await keepChanges(db, id, subject, [...created, ...changed]);
  };
}

/** A run that was superseded may still have written a batch. */
const ONCE = { suffix: sql`on conflict do nothing` };

/** Keeps refused rows with their own cells: mended, they make the next file. */
async function keepRejects(db: Database, id: number, judged: Judgement[]): Promise<void> {
  if (judged.length === 0) return;
  await insertRows(
    db,
    'import_reject',
    {
      import_id: ['bigint', judged.map(() => id)],
      row: ['int', judged.map(({ number }) => number)],
      // PostgreSQL's texts hold everything but the zero character.
      cells: ['text[]', judged.map(({ cells }) => cells.map((cell) => cell.replaceAll('\0', '\ufffd')))],
      findings: ['jsonb', judged.map(({ findings }) => json(findings))],
    },
    ONCE,
  );
}

/** Keeps what rows change (field, before, after), or what a new record holds. */
async function keepChanges(db: Database, id: number, subject: string, judged: Judgement[]): Promise<void> {
  if (judged.length === 0) return;
  await insertRows(
    db,
    'import_change',
    {
      import_id: ['bigint', judged.map(() => id)],
      row: ['int', judged.map(({ number }) => number)],
      verdict: ['text', judged.map(({ verdict }) => verdict)],
      subject: ['text', judged.map(() => subject)],
      subject_id: ['bigint', judged.map((one) => (one.id === 0 ? null : one.id))],
      label: ['text', judged.map(({ label }) => label)],
      party_id: ['bigint', judged.map(({ partyId }) => partyId)],
      before: ['jsonb', judged.map(({ before }) => json(before))],
      after: ['jsonb', judged.map((one) => json(one.verdict === 'create' ? shownFields(one.fields) : one.after))],
    },
    ONCE,
  );
}

/** Of a new record, what is filled in. */
function shownFields(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).filter(
      ([name, value]) =>
        value !== undefined && value !== null && value !== '' && !name.endsWith('_id') && !name.startsWith('typed'),
    ),
  );
}
