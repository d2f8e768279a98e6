/** Confirmation codes: laboratories that ran the verifier type them in, read them out, or have the machine send them. */
import { sql } from 'kysely';
import { enterCode } from '../src/app/confirmation-codes.ts';
import { asActor, type Context } from '../src/app/context.ts';
import { issueTicket, type Ticket } from '../src/app/installation-tickets.ts';
import { type CodeFacts, type CodeSubject, computeCode, readTicketKey } from '../src/domain/confirmation-code.ts';
import { isRefusal } from '../src/domain/refusal.ts';
import { type Cast, done } from './action.ts';
import type { PlayClock } from './clock.ts';
import { asContact, type Player } from './people.ts';
import { type Random, seededRandom } from './random.ts';
import { shownSerials } from './tour.ts';

/** A correction whose machine has just been patched, with all that a code is computed over. */
export interface Patched extends CodeSubject {
  correctionId: number;
  /** Codes of the product's environments, this one among them. */
  environments: readonly string[];
  /** Another instrument of the same laboratory, where it has one. */
  sibling: string | null;
}

/** How a code comes in. `instrument`: the machine is on a network and sends it by itself. */
export type CodeWay = 'portal' | 'telephone' | 'instrument';

/** What goes wrong before the right code is given: one in four of thirty, the others are right at once. */
const SLIPS = new Map<number, Slip>([
  [1, 'mistyped'],
  [4, 'other-mode'],
  [8, 'twice'],
  [11, 'other-serial'],
  [14, 'mistyped'],
  [18, 'failed'],
  [22, 'wrong-clock'],
  [27, 'replaced'],
]);
type Slip = 'none' | 'mistyped' | 'other-mode' | 'twice' | 'other-serial' | 'failed' | 'wrong-clock' | 'replaced';

/** The slip of the n-th code of the play. */
export const slipOf = (nth: number): Slip => SLIPS.get(nth % 30) ?? 'none';

/**
 * Computes the code as the verifier does on that machine, by the machine's own clock, and gives it in; with a slip, what
 * was wrong comes first and is refused.
 * @returns whether the correction is confirmed now
 */
export async function confirmByCode(
  cast: Cast,
  player: Player,
  patched: Patched,
  way: CodeWay,
  slip: Slip,
  random: Random,
): Promise<boolean> {
  const { support } = cast;
  const by = whoGives(cast, player, way);
  const give = (code: string) => enterCode(by, { code }, '192.0.2.77');
  const ticketNow = async (replace = '') =>
    done(await issueTicket(support, { correctionId: patched.correctionId, replace }), 'give a ticket');
  let ticket = await ticketNow();
  const today = support.wallClock();
  const code = codeOf(ticket, patched, today);
  switch (slip) {
    case 'mistyped':
      await give(mistype(code, random));
      break;
    case 'other-mode': {
      const other = patched.environments.find((one) => one !== patched.environment);
      if (other) await give(codeOf(ticket, { ...patched, environment: other }, today));
      break;
    }
    case 'other-serial':
      if (patched.sibling !== null) await give(codeOf(ticket, { ...patched, serial: patched.sibling }, today));
      break;
    case 'wrong-clock':
      await give(codeOf(ticket, patched, new Date(today.getTime() - 400 * 86_400_000)));
      break;
    case 'replaced':
      ticket = await ticketNow('The stick was lost on the way.');
      await give(code);
      break;
    case 'failed':
      await give(codeOf(ticket, patched, today, 'failed'));
      return false;
  }
  const right = codeOf(ticket, patched, today);
  const taken = await give(right);
  if (slip === 'twice') await give(right);
  return !isRefusal(taken) && taken.result === 'done';
}

function whoGives(cast: Cast, player: Player, way: CodeWay): Context {
  if (way === 'instrument') return asActor(cast.system, { kind: 'system', name: 'verifier' });
  return way === 'portal' && player.linkId !== null ? asContact(cast, player) : cast.support;
}

function codeOf(ticket: Ticket, subject: CodeSubject, at: Date, result: CodeFacts['result'] = 'done'): string {
  const key = readTicketKey(ticket.key);
  if ('fault' in key) throw new Error('A ticket was printed with a key that cannot be read');
  const doneOn = at.toISOString().slice(0, 10);
  return computeCode(key, { ticket: ticket.number, result, backedUp: true, doneOn }, subject);
}

/** One sign exchanged with another: what tired eyes do. */
function mistype(code: string, random: Random): string {
  const at = random.pick([1, 3, 8, 13, 19]);
  const sign = code[at] === '7' ? '1' : '7';
  return `${code.slice(0, at)}${sign}${code.slice(at + 1)}`;
}

/**
 * Laboratories with a network that said yesterday or today that an instrument is done: support gives them its ticket, and the
 * verifier's code comes back on the telephone or from the machine itself.
 */
export async function playCodes(
  cast: Cast,
  actionId: number,
  day: number,
  players: ReadonlyMap<number, Player>,
  clock: PlayClock,
): Promise<void> {
  if (day < 10) return;
  const random = seededRandom(412).fork(`day ${day}`);
  const { rows } = await sql<Patched & { partyId: number }>`
    select distinct on (c.party_id) c.party_id as "partyId", c.id as "correctionId", u.serial, e.code as environment, p.sha256,
        array(select code from environment where product_id = c.product_id order by position) as environments,
        (select min(s.serial) from unit s where s.party_id = c.party_id and s.id <> u.id and s.serial <> '') as sibling
      from correction c join unit u on u.id = c.unit_id join environment e on e.id = c.environment_id
        join package p on p.remedy_id = c.remedy_id and p.state = 'released'
     where c.action_id = ${actionId} and c.state = 'stated' and not c.contradicted and u.connected and u.kind = 'serial'
       and c.state_since > ${new Date(cast.system.now().getTime() - 86_400_000)} and u.serial <> all(${[...shownSerials]}::text[])
     order by c.party_id, c.id limit 2`.execute(cast.system.db);
  for (const { partyId, ...patched } of rows) {
    const player = players.get(partyId);
    if (!player) continue;
    clock.pass(random.between(4, 40));
    const way = random.pick(['telephone', 'instrument', 'portal'] as const);
    await confirmByCode(cast, player, patched, way, slipOf(await countTaken(cast)), random);
  }
}

/** Codes that were taken so far. */
export async function countTaken(cast: Cast): Promise<number> {
  const { taken } = await cast.system.db
    .selectFrom('confirmation_code')
    .select((eb) => eb.cast<number>(eb.fn.countAll(), 'integer').as('taken'))
    .where('outcome', '=', 'accepted')
    .executeTakeFirstOrThrow();
  return taken;
}
