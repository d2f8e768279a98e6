/** Making all letters of an action: a row for each letter and language, claimed, set and kept with its file. */
import { sql } from 'kysely';
import { z } from 'zod';
import { usLetterCountries, wordsOf } from '../domain/letter.ts';
import { forbid } from '../domain/permission.ts';
import type { Refusal } from '../domain/refusal.ts';
import { type Context, type Reader, type Tx, transact } from './context.ts';
import { recordEvent } from './event.ts';
import { composePaper, loadPaperSources, type PaperLetter, type PaperSource, setPaper } from './letter-paper.ts';
import { once } from './stored-files.ts';

/** Letters claimed at once: enough for every thread, few enough to lose little when the server dies. */
const CLAIM = 200;
/** A claim this old belongs to a server that died. */
const CLAIM_MS = 10 * 60_000;

export const orderLettersInput = z.object({
  /** Those that wait to be posted, or those of every recipient, e.g. for the file. */
  of: z.enum(['post', 'all']).default('post'),
  /** Only the letters of these deliveries, whatever way they go. */
  deliveryIds: z.array(z.number().int().positive()).min(1).max(10_000).optional(),
});

/**
 * Has the letters of an action made: a row for each letter and language that has none yet, then the job. What is made
 * stays as it is; ordering twice makes nothing twice.
 */
export async function orderLetters(
  ctx: Context,
  actionId: number,
  input: z.infer<typeof orderLettersInput>,
): Promise<{ id: number; letters: number } | Refusal> {
  const no = forbid(ctx.actor, 'attempt.record');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const letters = await planLetters(tx, ctx, actionId, input);
    const again = await tx
      .updateTable('letter')
      .set({ state: 'waiting', detail: '', claimed_by: null, claimed_at: null })
      .where('action_id', '=', actionId)
      .where('state', '=', 'failed')
      .executeTakeFirst();
    const count = letters + Number(again.numUpdatedRows);
    if (count > 0) {
      await recordEvent(tx, ctx, {
        action: 'letter.order',
        subject: 'action',
        subjectId: actionId,
        actionId,
        after: { of: input.of, letters: count },
      });
    }
    await ctx.queue.enqueue(tx, 'make-letters', { actionId }, { key: `action ${actionId}` });
    return { id: actionId, letters: count };
  });
}

/** Writes the rows of letters that are not there yet, in one statement. @returns how many */
async function planLetters(
  tx: Tx,
  ctx: Pick<Context, 'now'>,
  actionId: number,
  { of, deliveryIds }: z.infer<typeof orderLettersInput>,
): Promise<number> {
  const waits = of === 'post' ? sql`d.channel = 'post' and d.state = 'queued'` : sql`d.state <> 'stopped'`;
  const which = deliveryIds ? sql`d.id = any(${deliveryIds}::bigint[])` : waits;
  const { rows } = await sql<{ id: number }>`
    insert into letter (action_id, delivery_id, notice_id, language, position, paper, created_at)
    select d.action_id, d.id, d.notice_id, l.language, l.position::int,
           case when coalesce(s.country, p.country) = any(${[...usLetterCountries]}::text[]) then 'us-letter' else 'a4' end,
           ${ctx.now()}::timestamptz
      from delivery d join contact c on c.id = d.contact_id join party p on p.id = c.party_id
      left join site s on s.id = c.site_id
      cross join lateral unnest(case when cardinality(d.languages) = 0 then '{en}'::text[] else d.languages end)
            with ordinality as l (language, position)
     where d.action_id = ${actionId} and d.kind in ('notice', 'reminder') and d.notice_id is not null
       and ${which}
     order by d.notice_id, l.language, d.id
    on conflict (delivery_id, language) do nothing
    returning id`.execute(tx);
  return rows.length;
}

/** The letters that wait to be posted get their files, of every action; run by the clock. */
export async function sweepLetters(ctx: Context, signal?: AbortSignal): Promise<void> {
  const { rows } = await sql<{ action_id: number }>`
    select distinct d.action_id from delivery d
     where d.channel = 'post' and d.state = 'queued' and d.kind in ('notice', 'reminder') and d.notice_id is not null
       and not exists (select from letter l where l.delivery_id = d.id)`.execute(ctx.db);
  for (const { action_id } of rows) await transact(ctx, (tx) => planLetters(tx, ctx, action_id, { of: 'post' }));
  await makeLetters(ctx, { signal });
}

interface ClaimedLetter {
  id: number;
  delivery_id: number;
  language: string;
}

/**
 * Makes what waits, claim by claim, until nothing is left. Safe to run on many servers at once and to be killed at any
 * point: a letter is made when its row says so, and the same letter is the same file.
 */
export async function makeLetters(
  ctx: Context,
  options: { actionId?: number; signal?: AbortSignal | undefined } = {},
): Promise<{ made: number; failed: number }> {
  const total = { made: 0, failed: 0 };
  // Two lanes: one stores what the other has set.
  const lane = async (): Promise<void> => {
    for (;;) {
      options.signal?.throwIfAborted();
      const claimed = await claimLetters(ctx, options.actionId);
      if (claimed.length === 0) return;
      const outcomes = await makeClaimed(ctx, claimed);
      await keepOutcomes(ctx, outcomes);
      for (const outcome of outcomes) total['letter' in outcome ? 'made' : 'failed']++;
    }
  };
  await Promise.all([lane(), lane()]);
  if (total.made + total.failed > 0) {
    await transact(ctx, (tx) =>
      recordEvent(tx, ctx, {
        action: 'letter.make',
        subject: 'action',
        subjectId: options.actionId ?? '',
        actionId: options.actionId ?? null,
        after: total,
      }),
    );
  }
  return total;
}

async function claimLetters(ctx: Context, actionId: number | undefined): Promise<ClaimedLetter[]> {
  const at = ctx.wallClock();
  const stale = new Date(at.getTime() - CLAIM_MS);
  // The embedded database has one server: a claim of another one is a dead one's.
  const free = sql`(claimed_by is null or claimed_at < ${stale} ${ctx.dbKind === 'pglite' ? sql`or claimed_by <> ${ctx.settings.instance}` : sql``})`;
  const { rows } = await sql<ClaimedLetter>`
    update letter set claimed_by = ${ctx.settings.instance}, claimed_at = ${at}
     where id in (select id from letter where state = 'waiting' and ${free}
                     ${actionId === undefined ? sql`` : sql`and action_id = ${actionId}`}
                   order by action_id, notice_id, language, paper, id limit ${CLAIM} for update skip locked)
    returning id, delivery_id, language`.execute(ctx.db);
  return rows.sort((a, b) => a.id - b.id);
}

type Outcome = ClaimedLetter & ({ letter: PaperLetter } | { trouble: string });

async function makeClaimed(ctx: Context, claimed: ClaimedLetter[]): Promise<Outcome[]> {
  const sources = await loadPaperSources(ctx.db, [...new Set(claimed.map((row) => row.delivery_id))]);
  const outcomes: Outcome[] = [];
  const ready: { row: ClaimedLetter; source: PaperSource }[] = [];
  for (const row of claimed) {
    const source = sources.get(row.delivery_id)?.find((each) => each.language === row.language);
    if (source) ready.push({ row, source });
    else outcomes.push({ ...row, trouble: 'the letter is not in this language any more' });
  }
  const composed = await composePaper(
    ctx.db,
    ctx,
    ready.map(({ source }) => source),
  );
  const words = composed.map(({ common, personal }) => wordsOf(personal) + wordsOf(common.notice));
  const boxes = await ctx.typesetter.undrawable(words.join(''));
  const good: number[] = [];
  for (const [i, { row }] of ready.entries()) {
    const missing = composed[i]?.missing ?? [];
    const own = boxes.filter((character) => words[i]?.includes(character));
    if (missing.length > 0) outcomes.push({ ...row, trouble: `facts without a value: ${missing.join(', ')}` });
    else if (own.length > 0) outcomes.push({ ...row, trouble: `no face draws ${own.join(' ')}` });
    else good.push(i);
  }
  const chosen = good.flatMap((i) => composed[i] ?? []);
  try {
    const letters = await setPaper(ctx, chosen);
    for (const [nth, i] of good.entries()) {
      const row = ready[i]?.row;
      const letter = letters[nth];
      if (row && letter) outcomes.push({ ...row, letter });
    }
  } catch (error) {
    // One letter that cannot be set must not hold up the others: each by itself tells which it is.
    for (const [nth, i] of good.entries()) {
      const row = ready[i]?.row;
      const one = chosen[nth];
      if (!row || !one) continue;
      const [letter] = await setPaper(ctx, [one]).catch(() => []);
      outcomes.push(
        letter ? { ...row, letter } : { ...row, trouble: `it could not be set: ${String(error)}`.slice(0, 500) },
      );
    }
  }
  return outcomes;
}

/** Files first, rows after: a row that says “made” always has its file. */
async function keepOutcomes(ctx: Context, outcomes: Outcome[]): Promise<void> {
  const kept = await Promise.all(
    outcomes.map(async (outcome) => {
      if (!('letter' in outcome)) return { ...outcome, sha256: '', size: 0, pages: 0 };
      const { pdf, pages } = outcome.letter;
      const { sha256, size } = await ctx.files.put(once(pdf));
      return { ...outcome, sha256, size, pages, trouble: '' };
    }),
  );
  const at = ctx.now();
  const made = kept.filter((row) => row.trouble === '');
  const failed = kept.filter((row) => row.trouble !== '');
  await transact(ctx, async (tx) => {
    await sql`
      with file as (
        insert into file (sha256, size, name, media_type, created_at)
        select sha256, size, name, 'application/pdf', ${at}::timestamptz
          from unnest(${made.map((row) => row.sha256)}::text[], ${made.map((row) => row.size)}::bigint[],
                      ${made.map((row) => `letter-${row.delivery_id}-${row.language}.pdf`)}::text[]) as f (sha256, size, name)
        on conflict (sha256, name) do update set size = excluded.size
        returning id, sha256, name)
      update letter l set state = 'made', file_id = file.id, sha256 = file.sha256, pages = m.pages, made_at = ${at}, detail = ''
        from unnest(${made.map((row) => row.id)}::bigint[], ${made.map((row) => row.pages)}::int[],
                    ${made.map((row) => row.sha256)}::text[]) as m (id, pages, sha256), file
       where l.id = m.id and l.state = 'waiting' and l.claimed_by = ${ctx.settings.instance}
         and file.sha256 = m.sha256 and file.name = 'letter-' || l.delivery_id || '-' || l.language || '.pdf'`.execute(
      tx,
    );
    await sql`
      update letter l set state = 'failed', detail = f.detail
        from unnest(${failed.map((row) => row.id)}::bigint[], ${failed.map((row) => row.trouble)}::text[]) as f (id, detail)
       where l.id = f.id and l.state = 'waiting' and l.claimed_by = ${ctx.settings.instance}`.execute(tx);
  });
}

/** Letters that could not be made, oldest first, with whose they are and why. */
export async function loadFailedLetters(
  reader: Reader,
  actionId: number,
  limit: number,
): Promise<{ delivery_id: number; party: string; language: string; detail: string }[]> {
  return reader
    .selectFrom('letter as l')
    .innerJoin('delivery as d', 'd.id', 'l.delivery_id')
    .innerJoin('party as p', 'p.id', 'd.party_id')
    .select(['l.delivery_id', 'p.name as party', 'l.language', 'l.detail'])
    .where('l.action_id', '=', actionId)
    .where('l.state', '=', 'failed')
    .orderBy('l.id')
    .limit(limit)
    .execute();
}

/** How far the letters of an action are, for the page of the post. */
export async function countLetters(
  reader: Reader,
  actionId: number,
): Promise<{ waiting: number; made: number; failed: number; pages: number }> {
  const { rows } = await sql<{ waiting: number; made: number; failed: number; pages: number }>`
    select count(*) filter (where state = 'waiting')::int as waiting, count(*) filter (where state = 'made')::int as made,
           count(*) filter (where state = 'failed')::int as failed, coalesce(sum(pages), 0)::int as pages
      from letter where action_id = ${actionId}`.execute(reader);
  return rows[0] ?? { waiting: 0, made: 0, failed: 0, pages: 0 };
}
