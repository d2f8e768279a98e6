import { sql } from 'kysely';
import { z } from 'zod';
import { forbid } from '../domain/permission.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { recordConfirmations } from './confirmations.ts';
import { type Context, type Tx, transact } from './context.ts';
import { planForParty } from './deliveries.ts';
import { recordEvent } from './event.ts';
import { refreshObligation } from './obligations.ts';
import { endTaskIn } from './task-work.ts';

const reason = z.string().trim().min(3, 'Write how you know, so that the next person understands.').max(2_000);

export const moveUnitInput = z.discriminatedUnion('to', [
  /** To a party that is known; at which of its sites, or its only one. */
  z.object({
    to: z.literal('party'),
    partyRef: z.string().trim().min(1, 'Write the number of the party.').max(60),
    siteRef: z.string().trim().max(60).default(''),
    reason,
  }),
  /** To somebody new, with one site. */
  z.object({
    to: z.literal('new'),
    name: z.string().trim().min(1, 'Write the name of the organisation.').max(200),
    country: z
      .string()
      .trim()
      .toUpperCase()
      .regex(/^[A-Z]{2}$/, 'Write the country as two letters, e.g. DE.'),
    city: z.string().trim().max(120).default(''),
    street: z.string().trim().max(200).default(''),
    postcode: z.string().trim().max(20).default(''),
    reason,
  }),
  /** To nobody: it was scrapped. */
  z.object({ to: z.literal('scrapped'), reason }),
]);
export type MoveUnit = z.infer<typeof moveUnitInput>;

/**
 * Settles where a unit went. At another party the unit and its corrections follow: those that ended as *gone* at the old
 * place are owed again at the new one, the new party is told, and the old one owes nothing for it any more. A scrapped
 * unit ends its corrections.
 * @param options.taskId the task that asked for it, ended with it
 * @returns the party the unit is at now, and how many letters were planned there
 */
export async function moveUnit(
  ctx: Context,
  unitId: number,
  input: MoveUnit,
  options: { taskId?: number } = {},
): Promise<{ unitId: number; partyId: number; letters: number } | Refusal> {
  const no = forbid(ctx.actor, 'unit.change');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const unit = await tx.selectFrom('unit').selectAll().where('id', '=', unitId).forUpdate().executeTakeFirst();
    if (!unit) return refuse('unit.unknown', { id: unitId });
    const result =
      input.to === 'scrapped' ? await scrap(tx, ctx, unit, input.reason) : await carry(tx, ctx, unit, input);
    if (isRefusal(result)) return result;
    if (options.taskId !== undefined) {
      const outcome = `${input.to === 'scrapped' ? 'scrapped' : `moved to ${result.party}`}: ${input.reason}`;
      const ended = await endTaskIn(tx, ctx, options.taskId, { state: 'done', outcome });
      if (isRefusal(ended)) return ended;
    }
    return { unitId, partyId: result.partyId, letters: result.letters };
  });
}

interface MovingUnit {
  id: number;
  party_id: number;
  site_id: number;
  serial: string;
  status: string;
}

async function scrap(tx: Tx, ctx: Context, unit: MovingUnit, why: string) {
  const corrections = await tx
    .selectFrom('correction')
    .select(['id', 'action_id'])
    .where('unit_id', '=', unit.id)
    .where('state', 'in', ['open', 'blocked', 'isolated'])
    .orderBy('id')
    .execute();
  await tx.updateTable('unit').set({ status: 'scrapped', changed_at: ctx.now() }).where('id', '=', unit.id).execute();
  for (const [actionId, ofAction] of Map.groupBy(corrections, (row) => row.action_id)) {
    const done = await staffSays(
      tx,
      ctx,
      actionId,
      ofAction.map((row) => row.id),
      'gone',
      why,
    );
    if (isRefusal(done)) return done;
    await refreshObligation(tx, ctx, actionId, unit.party_id);
  }
  await recordEvent(tx, ctx, {
    action: 'unit.scrap',
    subject: 'unit',
    subjectId: unit.id,
    partyId: unit.party_id,
    unitId: unit.id,
    before: { status: unit.status },
    after: { status: 'scrapped', corrections: corrections.length },
    reason: why,
  });
  return { partyId: unit.party_id, party: '', letters: 0 };
}

async function carry(tx: Tx, ctx: Context, unit: MovingUnit, input: Exclude<MoveUnit, { to: 'scrapped' }>) {
  const place = input.to === 'new' ? await makePlace(tx, ctx, input) : await findPlace(tx, input);
  if (isRefusal(place)) return place;
  if (place.siteId === unit.site_id) return refuse('unit.there-already', { serial: unit.serial }, 'partyRef');
  await tx
    .updateTable('unit')
    .set({ party_id: place.partyId, site_id: place.siteId, status: 'in-field', changed_at: ctx.now() })
    .where('id', '=', unit.id)
    .execute();
  const corrections = await tx
    .selectFrom('correction')
    .select(['id', 'action_id', 'state'])
    .where('unit_id', '=', unit.id)
    .orderBy('id')
    .execute();
  const actionIds = [...new Set(corrections.map((row) => row.action_id))];
  // Before the corrections follow: the triggers that count what a party owes find its row.
  for (const actionId of actionIds)
    await oweThere(tx, ctx, actionId, { from: unit.party_id, to: place.partyId, country: place.country });
  await tx
    .updateTable('correction')
    .set({ party_id: place.partyId, site_id: place.siteId, country: place.country })
    .where('unit_id', '=', unit.id)
    .execute();
  for (const actionId of actionIds) {
    const gone = corrections.filter((row) => row.action_id === actionId && row.state === 'gone').map((row) => row.id);
    const done = await staffSays(
      tx,
      ctx,
      actionId,
      gone,
      'not-yet',
      `the unit is at ${place.party} now: ${input.reason}`,
    );
    if (isRefusal(done)) return done;
    await refreshObligation(tx, ctx, actionId, unit.party_id);
    await refreshObligation(tx, ctx, actionId, place.partyId);
  }
  await recordEvent(tx, ctx, {
    action: 'unit.move',
    subject: 'unit',
    subjectId: unit.id,
    partyId: place.partyId,
    unitId: unit.id,
    before: { partyId: unit.party_id, siteId: unit.site_id },
    after: { partyId: place.partyId, siteId: place.siteId, corrections: corrections.length },
    reason: input.reason,
  });
  const { deliveries } = await planForParty(tx, ctx, place.partyId);
  return { partyId: place.partyId, party: place.party, letters: deliveries };
}

interface Place {
  partyId: number;
  party: string;
  siteId: number;
  country: string;
}

async function findPlace(tx: Tx, input: Extract<MoveUnit, { to: 'party' }>): Promise<Place | Refusal> {
  const party = await tx
    .selectFrom('party')
    .select(['id', 'name'])
    .where('ref', '=', input.partyRef)
    .executeTakeFirst();
  if (!party) return refuse('unit.party-unknown', { ref: input.partyRef }, 'partyRef');
  const sites = await tx
    .selectFrom('site')
    .select(['id', 'ref', 'name', 'country'])
    .where('party_id', '=', party.id)
    .orderBy('id')
    .limit(200)
    .execute();
  const site = input.siteRef === '' && sites.length === 1 ? sites[0] : sites.find((one) => one.ref === input.siteRef);
  if (!site) {
    const known = sites.slice(0, 10).map((one) => `${one.ref} (${one.name})`);
    return refuse('unit.which-site', { party: party.name, sites: known.join(', ') || '–' }, 'siteRef');
  }
  return { partyId: party.id, party: party.name, siteId: site.id, country: site.country };
}

/** A party nobody knew of yet, with its one site. Its contact is added next: a task asks for it. */
async function makePlace(tx: Tx, ctx: Context, input: Extract<MoveUnit, { to: 'new' }>): Promise<Place | Refusal> {
  const at = ctx.now();
  const { name, country, city, street, postcode } = input;
  const address = { country, city, street, postcode, created_at: at, changed_at: at };
  const twin = await tx
    .selectFrom('party')
    .select('ref')
    .where(sql<boolean>`lower(name) = ${name.toLowerCase()}`)
    .where('country', '=', country)
    .executeTakeFirst();
  if (twin) return refuse('unit.party-taken', { name, ref: twin.ref }, 'name');
  const party = await tx
    .insertInto('party')
    .values({
      ref: sql<string>`'F' || nextval(pg_get_serial_sequence('party', 'id'))`,
      kind: 'customer',
      name,
      distributor_id: null,
      ...address,
    })
    .returning(['id', 'ref'])
    .executeTakeFirstOrThrow();
  const site = await tx
    .insertInto('site')
    .values({ ref: `${party.ref}-1`, party_id: party.id, name, ...address })
    .returning('id')
    .executeTakeFirstOrThrow();
  await recordEvent(tx, ctx, {
    action: 'party.add',
    subject: 'party',
    subjectId: party.id,
    partyId: party.id,
    after: { ref: party.ref, name, country, city, street, postcode },
    reason: input.reason,
  });
  return { partyId: party.id, party: name, siteId: site.id, country };
}

/** The new party must be told, by the letter the old one got. */
async function oweThere(
  tx: Tx,
  ctx: Context,
  actionId: number,
  place: { from: number; to: number; country: string },
): Promise<void> {
  await sql`
    insert into obligation (action_id, party_id, country, audience, created_at)
      select ${actionId}, p.id, p.country,
          case when p.kind in ('distributor', 'importer') then 'distributor'
            else coalesce((select nullif(audience, 'distributor') from obligation where action_id = ${actionId} and party_id = ${place.from}), 'dx-recall') end,
          ${ctx.now()}
        from party p where p.id = ${place.to}
      on conflict (action_id, party_id) do nothing`.execute(tx);
}

function staffSays(tx: Tx, ctx: Context, actionId: number, ids: number[], claim: 'gone' | 'not-yet', why: string) {
  return recordConfirmations(
    tx,
    ctx,
    { actionId, partyId: null, replyId: null, door: 'desk', kind: 'staff' },
    ids.map((correctionId) => ({ correctionId, claim, doneOn: null, backedUp: null, reason: why, detail: {} })),
  );
}
