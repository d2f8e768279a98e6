/** What support finds out about corrections that stand still, and writes down. */
import { sql } from 'kysely';
import { type AnswerFollowUp, answerFollowUp } from '../src/app/follow-ups.ts';
import { followUpList } from '../src/app/queries/follow-ups.ts';
import type { FollowUpQueue } from '../src/domain/follow-up.ts';
import { type Cast, done } from './action.ts';
import { shownSerials } from './tour.ts';

/** On this day support goes through the queues; the rest of each is left for whoever looks at the demo. */
const ASKING_DAY = 31;

type Found = Pick<AnswerFollowUp, 'outcome' | 'note'> & { inDays?: number };

/** What came of asking, a party at a time. */
const ANSWERS: Readonly<Partial<Record<FollowUpQueue, readonly Found[]>>> = {
  'remote-interface': [
    { outcome: 'way-found', note: 'They start their runs at the instrument and take results from a shared folder.' },
    { outcome: 'permanent-fix', note: 'Five sites work with one instrument; without remote access it stands still.' },
    { outcome: 'waiting', note: 'Their IT sets up a jump host.', inDays: 10 },
  ],
  'stated-without-file': [
    { outcome: 'field-engineer', note: 'Service visit; the report is on file.' },
    { outcome: 'kit-from-colleague', note: 'The laboratory next door gave them the file.' },
    { outcome: 'distributor-installed', note: '' },
  ],
  downloaded: [{ outcome: 'waiting', note: 'A long run ends next week.', inDays: 8 }],
};

/** Support asks a few parties of each queue why they stand still. */
export async function playFollowUps(cast: Cast, actionId: number, day: number): Promise<void> {
  if (day !== ASKING_DAY) return;
  const { support } = cast;
  for (const [queue, answers] of Object.entries(ANSWERS) as [FollowUpQueue, readonly Found[]][]) {
    const list = followUpList.rows({ filters: { days: '7' }, q: '' }, { actionId, now: support.now(), queue });
    const { rows } = await sql<{ ids: number[] }>`
      select array_agg(x.id order by x.id) as ids from (${list}) x
       where not exists (select 1 from unit s where s.party_id = x.party_id and s.serial = any(${[...shownSerials]}::text[]))
       group by x.party_id order by x.party_id limit ${answers.length}`.execute(support.db);
    for (const [index, { ids }] of rows.entries()) {
      const found = answers[index];
      if (!found) continue;
      const until =
        found.inDays === undefined
          ? null
          : new Date(support.now().getTime() + found.inDays * 86_400_000).toISOString().slice(0, 10);
      const { outcome, note } = found;
      done(await answerFollowUp(support, { queue, correctionIds: ids, outcome, note, until }), `answer ${queue}`);
    }
  }
}
