import { sql } from 'kysely';
import type { Context } from '../src/app/context.ts';
import { makeLetters, orderLetters } from '../src/app/letter-making.ts';
import { recordReturn } from '../src/app/post-returns.ts';
import { recordArrivals, recordTracking } from '../src/app/post-tracking.ts';
import { letterReference } from '../src/domain/post.ts';
import { type Cast, done } from './action.ts';
import type { Stage } from './progress.ts';

/** Has the letters made that go by post, and one in each language the notice went out in. @returns how many */
export async function setLetters(cast: Cast, actionId: number, stage: Stage): Promise<number> {
  const ordered = done(await orderLetters(cast.support, actionId, { of: 'post' }), 'order the letters');
  const { rows } = await sql<{ id: number }>`
    select min(d.id) as id from delivery d cross join unnest(d.languages) language
     where d.action_id = ${actionId} and d.kind = 'notice' and d.state <> 'stopped' group by language`.execute(
    cast.system.db,
  );
  const deliveryIds = [...new Set(rows.map((row) => row.id))];
  const more = done(
    await orderLetters(cast.support, actionId, { of: 'post', deliveryIds }),
    'order one of each language',
  );
  stage.total(ordered.letters + more.letters);
  const { made } = await makeLetters(cast.system, { actionId });
  stage.step(made);
  return made;
}

/** The day on which the letters on paper are handed in, and those on which the carrier reports and brings some back. */
const HANDED_IN = 1;
const ARRIVED = 6;
const CAME_BACK = 9;
const RETURNED = ['moved', 'unclaimed', 'unknown'] as const;

/** What the post does on a day: letters are handed in with their numbers, most arrive, three come back. */
export async function playPost(cast: Cast, actionId: number, day: number): Promise<void> {
  if (day !== HANDED_IN && day !== ARRIVED && day !== CAME_BACK) return;
  const { support } = cast;
  const letters = await support.db
    .selectFrom('delivery')
    .select(['id', 'state'])
    .where('action_id', '=', actionId)
    .where('kind', '=', 'notice')
    .where('channel', '=', 'post')
    .where('state', 'in', ['queued', 'sent'])
    .orderBy('id')
    .execute();
  const rows = letters.map(({ id }) => ({ reference: letterReference(id), tracking: `SP2022${id}` }));
  if (rows.length === 0) return;
  if (day === HANDED_IN) {
    done(await recordTracking(support, actionId, { rows, carrier: 'Sample Post' }), 'hand in the letters');
  } else if (day === ARRIVED) {
    const arrived = rows.slice(RETURNED.length).map(({ reference }) => ({ reference, signedBy: 'Reception' }));
    if (arrived.length > 0) done(await recordArrivals(support, actionId, { rows: arrived }), 'note what arrived');
  } else {
    for (const [index, reason] of RETURNED.entries()) {
      const reference = rows[index]?.reference;
      if (reference) done(await recordReturn(support, actionId, { reference, reason }), 'take a letter back');
    }
  }
}

/** What became of the letters, counted from their rows; the standard is read from the files themselves. */
export interface LetterSummary {
  languages: number;
  rendered: number;
  /** Letters kept back because no face draws a character of theirs. */
  missingGlyphs: number;
  /** What every file claims, e.g. `PDF/A-1a`; `none` where one does not. */
  pdfa: string;
}

/** Counts the letters on paper of an action. */
export async function summarizeLetters(ctx: Context, actionId: number): Promise<LetterSummary> {
  const { rows } = await sql<Omit<LetterSummary, 'pdfa'> & { files: string[] | null }>`
    select count(distinct language) filter (where state = 'made')::int as languages,
           count(*) filter (where state = 'made')::int as rendered,
           count(*) filter (where state = 'failed' and detail like 'no face draws%')::int as "missingGlyphs",
           array_agg(distinct sha256) filter (where state = 'made') as files
      from letter where action_id = ${actionId}`.execute(ctx.db);
  const { files, ...counted } = rows[0] ?? { languages: 0, rendered: 0, missingGlyphs: 0, files: [] };
  const standards = new Set<string>();
  for (const sha256 of files ?? []) standards.add(await readStandard(ctx, sha256));
  const [pdfa = 'none'] = standards;
  return { ...counted, pdfa: standards.size === 1 ? pdfa : 'none' };
}

/** The conformance a file states in its metadata. */
async function readStandard(ctx: Context, sha256: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of ctx.files.read(sha256)) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString('latin1');
  const part = /<pdfaid:part>(\d)</.exec(text)?.[1];
  const level = /<pdfaid:conformance>(\w)</.exec(text)?.[1];
  return part ? `PDF/A-${part}${(level ?? '').toLowerCase()}` : 'none';
}
