/** Makes the files that go with letters by mail, ahead: a letter without files never waits for one with them. */
import { sql } from 'kysely';
import type { MailFile } from '../adapters/mail-message.ts';
import { isRefusal, type Refusal } from '../domain/refusal.ts';
import { type Context, transact } from './context.ts';
import { ensurePaperForm } from './paper-forms.ts';
import { openPaperLetter } from './paper-letters.ts';
import { once } from './stored-files.ts';

/** Letters made ready at a time, between two looks at whether the server is to stop. */
const BATCH = 20;
/** Files travel as base64, four signs for three bytes with line ends; the words of a letter come on top. */
const BASE64 = 1.37;
const WORDS = 100_000;
/** Corrections on a form that goes by mail: some ten pages. */
const MOST_ROWS = 120;

interface Wanted {
  id: number;
  action_id: number;
  contact_id: number;
  languages: string[];
  most: number;
  /** Rows of its form, one for each correction. */
  rows: number;
}

/**
 * Makes the files that letters wait for, and lets the letters go. A safety notice never waits for a file that cannot be
 * made: it then goes with its links alone, and the log says why. Safe to run on several servers and to be killed.
 */
export async function makeMailFiles(ctx: Context, signal?: AbortSignal): Promise<{ made: number; without: number }> {
  const total = { made: 0, without: 0 };
  while (!signal?.aborted) {
    const { rows } = await sql<Wanted>`
      select d.id, d.action_id, d.contact_id, d.languages,
             coalesce(c.attachment_limit, m.attachment_limit, ${ctx.settings.attachmentLimit}::int) as most,
             coalesce((select o.corrections_total from obligation o
                        where o.action_id = d.action_id and o.party_id = d.party_id), 0)::int as rows
        from delivery d join contact c on c.id = d.contact_id
        left join mail_domain m on m.domain = split_part(lower(c.email), '@', 2)
       where d.files = 'wanted' order by d.id limit ${BATCH}`.execute(ctx.db);
    if (rows.length === 0) break;
    const made = await Promise.all(rows.map(async (row) => ({ row, files: await filesOf(ctx, row) })));
    for (const { row, files } of made) {
      await keepFiles(ctx, row.id, files);
      total[files.length > 0 ? 'made' : 'without']++;
    }
  }
  if (total.made + total.without > 0)
    await transact(ctx, (tx) => ctx.queue.enqueue(tx, 'send-deliveries', {}, { key: 'due' }));
  return total;
}

/** The letter first, then the form, as far as they fit. */
async function filesOf(ctx: Context, row: Wanted): Promise<MailFile[]> {
  const files: MailFile[] = [];
  let left = row.most - WORDS;
  const add = (name: string, made: { pdf: Uint8Array } | Refusal): void => {
    if (isRefusal(made)) {
      ctx.log('warn', `delivery ${row.id} goes without ${name}: ${made.code}`);
      return;
    }
    const size = made.pdf.byteLength * BASE64;
    if (size > left) return;
    left -= size;
    files.push({ name, mediaType: 'application/pdf', content: made.pdf });
  };
  try {
    const letter = await openPaperLetter(ctx, row.id);
    add(isRefusal(letter) ? 'its letter' : letter.name, letter);
    // Large forms would not fit, and take minutes to make: their readers fetch them from their page.
    if (row.rows > MOST_ROWS) return files;
    const order = { actionId: row.action_id, contactId: row.contact_id, deliveryId: row.id };
    const form = await ensurePaperForm(ctx, { ...order, language: row.languages[0] });
    add(isRefusal(form) ? 'its form' : form.name, form);
  } catch (error) {
    ctx.log('error', `delivery ${row.id} goes without files: ${String(error)}`);
  }
  return files;
}

/** Files first, rows after: what is ready is there. */
async function keepFiles(ctx: Context, deliveryId: number, files: readonly MailFile[]): Promise<void> {
  const kept = await Promise.all(
    files.map(async (file) => ({ ...file, ...(await ctx.files.put(once(file.content))) })),
  );
  await transact(ctx, async (tx) => {
    const { rows } = await sql<{ id: number }>`
      update delivery set files = 'ready' where id = ${deliveryId} and files = 'wanted' returning id`.execute(tx);
    if (rows.length === 0) return;
    for (const [position, file] of kept.entries()) {
      await sql`
        with kept as (
          insert into file (sha256, size, name, media_type, created_at)
          values (${file.sha256}, ${file.size}, ${file.name}, ${file.mediaType}, ${ctx.now()})
          on conflict (sha256, name) do update set size = excluded.size returning id)
        insert into delivery_file (delivery_id, position, file_id) select ${deliveryId}::bigint, ${position}::int, id from kept
        on conflict do nothing`.execute(tx);
    }
  });
}
