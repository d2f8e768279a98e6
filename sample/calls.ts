/** Calls of support: answers by telephone, and what else comes of one. */
import { recordCall } from '../src/app/calls.ts';
import type { CallOutcome } from '../src/domain/call.ts';
import type { Answers } from '../src/domain/form.ts';
import { type Cast, done } from './action.ts';
import type { Player } from './people.ts';
import { seededRandom } from './random.ts';

/** What comes of a call in which nobody answers the questions, and what support writes down. */
const MISSED: readonly [outcome: CallOutcome, note: string][] = [
  ['no-answer', 'Nobody answered.'],
  ['no-answer', 'An answering machine; no message left.'],
  ['call-back', 'In a meeting; asks us to call again the day after tomorrow.'],
  ['wrong-number', 'A bakery answered.'],
  ['letter-wanted', 'Does not find the letter, and asks for it once more.'],
  ['language', 'No language in common.'],
];

/**
 * Support calls a party. Where somebody is reached, the answers become a reply by telephone, confirmed in writing; otherwise something else
 * comes of it, by a random stream of the party's own.
 */
export async function callParty(cast: Cast, actionId: number, player: Player, answers: Answers | null): Promise<void> {
  const { support } = cast;
  const [missed, why] = seededRandom(413).fork(`party ${player.partyId}`).pick(MISSED);
  const outcome = answers ? 'answered' : player.linkId === null && missed === 'letter-wanted' ? 'no-answer' : missed;
  const phone = await phoneOf(cast, player);
  done(
    await recordCall(support, {
      actionId,
      partyId: player.partyId,
      contactId: player.contactId,
      outcome,
      spokeWith: answers || outcome === 'letter-wanted' ? player.contact : '',
      phone,
      language: player.language,
      note: answers ? 'Went through the form instrument by instrument.' : why,
      ...(outcome === 'call-back'
        ? { callBackAt: new Date(support.now().getTime() + 2 * 86_400_000).toISOString() }
        : {}),
      ...(answers ? { answers } : {}),
    }),
    'record a call',
  );
}

async function phoneOf(cast: Cast, player: Player): Promise<string> {
  const row = await cast.system.db
    .selectFrom('party as p')
    .leftJoin('contact as k', (join) => join.onRef('k.party_id', '=', 'p.id').on('k.id', '=', player.contactId))
    .select(['p.phone', 'k.phone as own'])
    .where('p.id', '=', player.partyId)
    .executeTakeFirstOrThrow();
  return row.own || row.phone;
}
