import { sql } from 'kysely';
import { climbLadder, type LadderLine, type Proof, type Rung, rungs } from '../../domain/evidence-ladder.ts';
import type { Reader } from '../context.ts';

/**
 * How many corrections of an action stand on each rung of the ladder of evidence, each counted once, on its highest. From
 * the tally: costs the same for two thousand and for two million. countAtLeast (domain/evidence-ladder.ts) makes the
 * funnel of it.
 */
export async function countRungs(reader: Reader, actionId: number): Promise<Record<Rung, number>> {
  const { rows } = await sql<{ state: string; n: number }>`
    select state, sum(n)::int as n from tally where action_id = ${actionId} and subject = 'rung' group by 1`.execute(
    reader,
  );
  return rungCounts(rows);
}

/** Sums of lines of the tally by rung; rungs without a line are 0. */
export function rungCounts(lines: readonly { state: string; n: number }[]): Record<Rung, number> {
  const count = (rung: Rung) => lines.reduce((sum, line) => (line.state === rung ? sum + line.n : sum), 0);
  return Object.fromEntries(rungs.map((rung) => [rung, count(rung)])) as Record<Rung, number>;
}

/** Letters named on the ladder of one correction: the first ones that left and the first that a person opened. */
const MOST_LETTERS = 5;

/** What was read of the originals for one correction. */
interface ProofRow {
  correction_id: number;
  state: string;
  notified_at: Date | null;
  letters: (StoredProof & { channel: string; kind: string; state: string })[];
  files: (StoredProof & { what: string })[];
  claims: (StoredProof & { kind: string; claim: string; door: string; reply_id: number | null })[];
}
interface StoredProof {
  source: Proof['source'];
  id: number;
  at: string;
  who: string;
}

const channelWords: Record<string, string> = { email: 'e-mail', post: 'post', phone: 'telephone' };
const claimWays: Record<string, string> = {
  statement: 'statement',
  import: 'system of record',
  code: 'confirmation code',
  staff: 'seen by our staff',
  instrument: 'read from the instrument',
};

const doorWords: Record<string, string> = {
  web: 'on the web',
  pdf: 'in a filled PDF',
  email: 'by e-mail',
  scan: 'on scanned paper',
  spreadsheet: 'in a spreadsheet',
  telephone: 'on the telephone',
  post: 'by post',
  api: 'by a program',
  instrument: 'by the machine itself',
  desk: 'at the desk',
};

/** The ladder of one correction: its rung, and each step with the originals it rests on. */
export interface CorrectionLadder {
  correctionId: number;
  rung: Rung;
  /** Since when its party counts as told. */
  notifiedAt: Date | null;
  lines: LadderLine[];
}

/**
 * The ladders of some corrections, e.g. those of one unit, in one round trip. Ids that are none are left out.
 * @param correctionIds at most some hundred
 */
export async function loadLadders(reader: Reader, correctionIds: readonly number[]): Promise<CorrectionLadder[]> {
  const { rows } = await sql<ProofRow>`
    select c.id as correction_id, c.state, c.notified_at,
      (select coalesce(jsonb_agg(x), '[]') from (
        select 'delivery' as source, d.id, coalesce(t.left_at, d.state_since) as at, coalesce(n.name, d.address) as who, d.channel, d.kind, d.state
          from delivery d left join contact n on n.id = d.contact_id
            left join lateral (select min(at) as left_at from delivery_attempt where delivery_id = d.id
              and outcome in ('accepted', 'posted', 'telephoned')) t on true
         where d.action_id = c.action_id and d.party_id = c.party_id and d.kind in ('notice', 'reminder')
           and d.state in ('sent', 'delivered', 'opened')
         order by d.state <> 'opened', d.id limit ${MOST_LETTERS}) x) as letters,
      (select coalesce(jsonb_agg(x), '[]') from (
        select 'download' as source, d.id, coalesce(d.finished_at, d.started_at, d.changed_at) as at, coalesce(n.name, '') as who,
            k.file_name || ' ' || k.version as what
          from download d join package k on k.id = d.package_id left join contact n on n.id = d.contact_id
            join environment e on e.id = c.environment_id join product p on p.id = e.product_id
         where d.party_id = c.party_id and k.remedy_id = c.remedy_id and (d.state = 'finished' or d.handed_over)
           and package_is_for(k.applies, p.code, e.code)
        union all
        select 'kit', t.id, t.received_at, coalesce(v.actor_name, ''), concat_ws(', ', t.state, nullif(t.carrier, ''), nullif(t.tracking, ''))
          from kit_correction x join kit t on t.id = x.kit_id
            left join lateral (select actor_name from event where subject = 'kit' and subject_id = t.id::text
              and action = 'kit.received' order by seq desc limit 1) v on true
         where x.correction_id = c.id and t.party_id = c.party_id and t.received_at is not null
        ) x) as files,
      (select coalesce(jsonb_agg(x), '[]') from (
        select 'confirmation' as source, f.id, f.at, coalesce(y.signature ->> 'name', f.by_name) as who, f.kind, f.claim, f.door, f.reply_id
          from confirmation f left join reply y on y.id = f.reply_id where f.correction_id = c.id) x) as claims
      from correction c where c.id = any(${[...correctionIds]}::bigint[]) order by c.id`.execute(reader);
  return rows.map((row) => {
    const { rung, lines } = climbLadder({
      state: row.state,
      notified: row.notified_at !== null,
      letters: row.letters.map((one) => proofOf(one, letterWords(one))),
      files: row.files.map((one) => proofOf(one, one.source === 'kit' ? `kit ${one.what}` : `download of ${one.what}`)),
      claims: row.claims.map(({ kind, claim, door, reply_id, ...one }) => ({
        ...proofOf(one, claimWords(kind, door)),
        kind,
        claim,
        replyId: reply_id,
      })),
    });
    return { correctionId: row.correction_id, rung, notifiedAt: row.notified_at, lines };
  });
}

/** The ladder of one correction; undefined when there is none of this number. */
export async function loadLadder(reader: Reader, correctionId: number): Promise<CorrectionLadder | undefined> {
  return (await loadLadders(reader, [correctionId]))[0];
}

function proofOf({ source, id, at, who }: StoredProof, how: string): Proof {
  return { source, id, at: new Date(at), who, how };
}

function letterWords(letter: { channel: string; kind: string; state: string }): string {
  const how = `${letter.kind} by ${channelWords[letter.channel] ?? letter.channel}`;
  return letter.state === 'opened' ? `${how}, opened by a person` : how;
}

function claimWords(kind: string, door: string): string {
  const way = claimWays[kind] ?? kind;
  return kind === 'staff' || kind === 'instrument' ? way : `${way} ${doorWords[door] ?? door}`;
}
