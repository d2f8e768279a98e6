import { sql } from 'kysely';
import type { Context } from '../src/app/context.ts';
import { makeLetters, orderLetters } from '../src/app/letter-making.ts';
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
