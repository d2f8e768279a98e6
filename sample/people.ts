/** Who acts in the sample, how, and on which days. */
import { asActor, type Context } from '../src/app/context.ts';
import type { Cast } from './action.ts';
import { type Random, seededRandom } from './random.ts';

/** How a party behaves: what it does, and on which day after the letter. */
export type Habit =
  | 'prompt'
  | 'receipt-first'
  | 'one-mode'
  | 'blocked'
  | 'contradicts'
  | 'moved'
  | 'scrapped'
  | 'telephone'
  | 'email'
  | 'post'
  | 'hospital-system'
  | 'wrong-person'
  | 'compromise'
  | 'unknown-unit'
  | 'silent';

const HABITS: readonly [habit: Habit, share: number][] = [
  ['prompt', 40],
  ['receipt-first', 16],
  ['one-mode', 9],
  ['email', 7],
  ['blocked', 5],
  ['silent', 5],
  ['telephone', 5],
  ['contradicts', 3],
  ['hospital-system', 3],
  ['wrong-person', 2],
  ['moved', 2],
  ['scrapped', 1],
  ['post', 1],
  ['unknown-unit', 1],
];

export interface Player {
  partyId: number;
  party: string;
  contactId: number | null;
  linkId: number | null;
  contact: string;
  language: string;
  email: string;
  habit: Habit;
  /** Days after the release on which it acts, in order. */
  days: number[];
  random: Random;
}

/** Casts every party of the action: the same seed gives each the same habit and days. */
export async function castPlayers(ctx: Context, actionId: number): Promise<Player[]> {
  const rows = await ctx.db
    .selectFrom('obligation as o')
    .innerJoin('party as p', 'p.id', 'o.party_id')
    .leftJoin('link as l', (join) => join.onRef('l.party_id', '=', 'o.party_id').on('l.action_id', '=', actionId))
    .leftJoin('contact as k', 'k.id', 'l.contact_id')
    .select([
      'o.party_id',
      'p.name as party',
      'o.audience',
      'l.id as link',
      'k.id as contact',
      'k.name',
      'k.email',
      'k.languages',
      'k.role',
    ])
    .where('o.action_id', '=', actionId)
    .orderBy('o.party_id')
    .orderBy('k.id')
    .execute();
  const all = seededRandom(1230);
  const players = new Map<number, Player>();
  for (const row of rows) {
    if (players.has(row.party_id)) continue;
    const random = all.fork(`party ${row.party_id}`);
    let habit = pickHabit(random);
    if (row.audience === 'distributor') habit = random.chance(0.7) ? 'prompt' : 'telephone';
    if (row.link === null) habit = 'telephone';
    const first = responseDay(random);
    const second = first + random.between(2, 9);
    const days: Record<Habit, number[]> = {
      prompt: [first],
      'receipt-first': [Math.min(first, 3), second],
      'one-mode': [first, second + 4],
      blocked: [first],
      contradicts: [first],
      moved: [first],
      scrapped: [first],
      telephone: [random.between(17, 32)],
      email: [first + 1],
      post: [random.between(9, 20)],
      'hospital-system': [first],
      'wrong-person': [random.between(1, 4), random.between(10, 20)],
      compromise: [random.between(1, 6)],
      'unknown-unit': [first],
      silent: [],
    };
    players.set(row.party_id, {
      partyId: row.party_id,
      party: row.party,
      contactId: row.contact,
      linkId: row.link,
      contact: row.name ?? 'the laboratory',
      language: row.languages?.[0] ?? 'en',
      email: row.email || 'answer@lab.example',
      habit,
      days: days[habit],
      random,
    });
  }
  // Two laboratories saw something strange: known in advance, so that the demo always shows it.
  const strange = [...players.values()]
    .filter((player) => player.habit === 'prompt' && player.linkId !== null)
    .slice(20, 22);
  for (const player of strange) Object.assign(player, { habit: 'compromise', days: [player.random.between(1, 4)] });
  return [...players.values()];
}

function pickHabit(random: Random): Habit {
  let at = random.next() * HABITS.reduce((sum, [, share]) => sum + share, 0);
  for (const [habit, share] of HABITS) {
    at -= share;
    if (at < 0) return habit;
  }
  return 'silent';
}

/** Most answer within the five working days, some after a reminder. */
function responseDay(random: Random): number {
  const luck = random.next();
  if (luck < 0.62) return random.between(0, 6);
  if (luck < 0.88) return random.between(7, 14);
  return random.between(15, 30);
}

/** The contact that holds the link, as somebody who acts. */
export function asContact(cast: Cast, player: Player): Context {
  return asActor(cast.system, {
    kind: 'contact',
    linkId: player.linkId ?? 0,
    contactId: player.contactId ?? 0,
    partyId: player.partyId,
    name: player.contact,
  });
}
