/** Kits for instruments without a network: asked for, prepared, on their way, used, sent back. */
import { sql } from 'kysely';
import type { Context } from '../src/app/context.ts';
import type { KitMove } from '../src/app/kit-moves.ts';
import { proposeShipTo } from '../src/app/kit-requests.ts';
import { askForKit, moveKit, prepareKit, receiveKit, requestKit, shipKit } from '../src/app/kits.ts';
import type { KitState, KitWay } from '../src/domain/kit.ts';
import { type Cast, done } from './action.ts';
import type { PlayClock } from './clock.ts';
import { confirmByCode, countTaken, type Patched, slipOf } from './codes.ts';
import { asContact, type Player } from './people.ts';
import { type Random, seededRandom } from './random.ts';
import { shownSerials, tour } from './tour.ts';

/** From this day after the release on kits are asked for: the letters were read, the first questions asked. */
const FIRST_DAY = 8;
/** On this day the laboratory of the tour asks for its kit. */
const TOUR_DAY = 24;
const MS_PER_DAY = 86_400_000;

const NOTES = [
  'The instrument has no network.',
  'Our house allows no downloads.',
  'The network of this room is closed by the hospital.',
];

/** One day of the kits: new ones are asked for, those there are go on by a step, codes come back from those that arrived. */
export async function playKits(
  cast: Cast,
  actionId: number,
  day: number,
  players: ReadonlyMap<number, Player>,
  clock: PlayClock,
): Promise<void> {
  if (day < FIRST_DAY) return;
  const random = seededRandom(410).fork(`day ${day}`);
  const asking = random.chance(0.55) ? await findOffline(cast.system, actionId) : [];
  for (const one of asking) await ask(cast, one, players.get(one.partyId), random);
  if (day === TOUR_DAY) await askForTour(cast, actionId);
  for (const kit of await loadKits(cast.system, actionId)) {
    clock.pass(random.between(3, 9));
    await goOn(cast, kit, players);
  }
}

/** Most ask on their page; the others on the telephone, and a few have an engineer come. */
async function ask(
  cast: Cast,
  { partyId, correctionIds }: Asking,
  player: Player | undefined,
  random: Random,
): Promise<void> {
  const note = random.pick(NOTES);
  if (player && player.linkId !== null && random.chance(0.65)) {
    const shipTo = await proposeShipTo(cast.system.db, { partyId, siteId: null, contactId: player.contactId });
    done(await askForKit(asContact(cast, player), { correctionIds, way: 'post', shipTo, note }), 'ask for a kit');
  } else {
    const way = random.chance(0.3) ? 'visit' : 'post';
    done(await requestKit(cast.support, { correctionIds, note: `On the telephone: ${note}`, way }), 'ask for a kit');
  }
}

/** The kit of the tour goes straight to its laboratory, and lies there. */
const isShown = (kit: KitOnItsWay): boolean => kit.patched.some((one) => shownSerials.includes(one.serial));

interface Asking {
  partyId: number;
  correctionIds: number[];
}

/**
 * A laboratory that has answered, has instruments without a network that are not done, and no kit yet. Those who
 * said early that all is done are left to the service engineers.
 */
async function findOffline(ctx: Context, actionId: number): Promise<Asking[]> {
  const { rows } = await sql<Asking>`
    select c.party_id as "partyId", array_agg(c.id order by c.id) as "correctionIds"
      from correction c join unit u on u.id = c.unit_id join obligation o on o.action_id = c.action_id and o.party_id = c.party_id
     where c.action_id = ${actionId} and u.connected = false and c.state in ('open', 'blocked', 'stated') and not c.contradicted
       and o.state <> 'open' and o.audience <> 'distributor'
       and c.party_id in (select party_id from correction where action_id = ${actionId} and state in ('open', 'blocked'))
       and not exists (select 1 from kit k where k.party_id = c.party_id)
       and not exists (select 1 from unit s where s.party_id = c.party_id and s.serial = any(${[...shownSerials]}::text[]))
     group by c.party_id having count(*) <= 6 and bool_and(c.state <> 'stated' or c.state_since > ${new Date(ctx.now().getTime() - MS_PER_DAY)})
     order by md5(c.party_id::text) limit 1`.execute(ctx.db);
  return rows;
}

/** The laboratory of the tour wants a kit for the mode that is open. */
async function askForTour(cast: Cast, actionId: number): Promise<void> {
  const rows = await cast.system.db
    .selectFrom('correction as c')
    .innerJoin('unit as u', 'u.id', 'c.unit_id')
    .select('c.id')
    .where('c.action_id', '=', actionId)
    .where('u.serial', '=', tour.half.serial)
    .where('c.state', '=', 'open')
    .execute();
  if (rows.length === 0) return;
  const note = 'On the telephone: in the research mode the instrument may not go on the network.';
  done(await requestKit(cast.support, { correctionIds: rows.map((row) => row.id), note }), 'ask for a kit');
}

interface KitOnItsWay {
  id: number;
  state: KitState;
  partyId: number;
  way: KitWay;
  requestedAt: Date;
  patched: (Patched & { open: boolean })[];
}

async function loadKits(ctx: Context, actionId: number): Promise<KitOnItsWay[]> {
  const { rows } = await sql<KitOnItsWay>`
    select k.id, k.state, k.way, k.party_id as "partyId", k.requested_at as "requestedAt",
        jsonb_agg(jsonb_build_object('correctionId', c.id, 'serial', u.serial, 'environment', e.code, 'sha256', coalesce(p.sha256, ''),
          'open', c.state not in ('confirmed', 'verified'),
          'environments', (select jsonb_agg(code order by position) from environment where product_id = c.product_id),
          'sibling', (select min(s.serial) from unit s where s.party_id = c.party_id and s.id <> u.id and s.serial <> ''))
          order by c.id) as patched
      from kit k join kit_correction x on x.kit_id = k.id join correction c on c.id = x.correction_id
        join unit u on u.id = c.unit_id join environment e on e.id = c.environment_id left join package p on p.id = k.package_id
     where k.action_id = ${actionId} and k.state in ('requested', 'prepared', 'shipped', 'received')
     group by k.id order by k.id`.execute(ctx.db);
  return rows;
}

/** The way of a kit, by its age in days. One in nine does not arrive, one in seventeen is not needed any more. */
async function goOn(cast: Cast, kit: KitOnItsWay, players: ReadonlyMap<number, Player>): Promise<void> {
  const { support } = cast;
  const age = Math.floor((support.now().getTime() - kit.requestedAt.getTime()) / MS_PER_DAY);
  const random = seededRandom(411).fork(`kit ${kit.id} ${age}`);
  const move = async (to: KitMove['to'], reason: string) =>
    done(await moveKit(support, kit.id, { to, carrier: '', tracking: '', reason }), `move a kit to ${to}`);
  if (kit.state === 'requested' && age >= 1) {
    if (kit.id % 17 === 9 && !isShown(kit)) await move('cancelled', 'The laboratory has a connection after all.');
    else done(await prepareKit(support, kit.id), 'prepare a kit');
  } else if (kit.state === 'prepared' && age >= 2) {
    if (kit.way === 'visit') {
      const visitOn = new Date(support.now().getTime() + 3 * MS_PER_DAY).toISOString().slice(0, 10);
      done(await shipKit(support, kit.id, { carrier: 'Robin Beispiel, field service', visitOn }), 'send an engineer');
    } else {
      const tracking = `SP2022${String(kit.id).padStart(4, '0')}${(kit.id * 37) % 10}`;
      done(await shipKit(support, kit.id, { carrier: 'Sample Parcel', tracking }), 'send a kit');
    }
  } else if (kit.state === 'shipped' && age >= 5) {
    if (kit.id % 9 === 4 && !isShown(kit)) await move('returned', 'Came back: nobody took it at the gate.');
    else done(await receiveKit(support, kit.id), 'hand over a kit');
  } else if (kit.state === 'received' && age >= 6) await useKit(cast, kit, players, random);
}

/** Each mode is patched on a day of its own; most of those done send the stick back. */
async function useKit(
  cast: Cast,
  kit: KitOnItsWay,
  players: ReadonlyMap<number, Player>,
  random: Random,
): Promise<void> {
  const player = players.get(kit.partyId);
  const left = kit.patched.filter((one) => one.open);
  if (!player || isShown(kit) || (left.length > 0 && kit.id % 7 === 3)) return;
  for (const patched of left.slice(0, Math.ceil(kit.patched.length / 2))) {
    const way = random.chance(0.7) ? 'portal' : 'telephone';
    await confirmByCode(cast, player, patched, way, slipOf(await countTaken(cast)), random);
  }
  if (left.length === 0 && random.chance(0.3))
    done(
      await moveKit(cast.support, kit.id, {
        to: random.chance(0.6) ? 'returned' : 'destroyed',
        carrier: '',
        tracking: '',
        reason: '',
      }),
      'take a kit back',
    );
}
