/** Asking for a kit, by the customer or for them, and saying where it goes while it has not left. */
import { isDeepStrictEqual } from 'node:util';
import { sql } from 'kysely';
import { z } from 'zod';
import { json } from '../db/values.ts';
import type { CorrectionState } from '../domain/correction.ts';
import { type ShipTo, shipToSchema } from '../domain/kit.ts';
import { forbid } from '../domain/permission.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { type Context, type Reader, type Tx, transact } from './context.ts';
import { recordEvent } from './event.ts';
import { type Kit, lockKit } from './kit-rows.ts';
import { kitOnItsWay } from './queries/kits.ts';

const correctionIds = z
  .array(z.int().positive())
  .min(1, 'Choose at least one unit.')
  .max(500)
  .describe('Each gets a ticket in the kit.');
const way = z
  .enum(['post', 'visit'])
  .describe('By a carrier, or by an engineer who brings it and installs it; by post when left out.');
const note = z.string().trim().max(500).describe('Where it goes, who asked, what to mind.');

export const requestKitInput = z.object({
  correctionIds: correctionIds.describe('Corrections of one party and one remedy: each gets a ticket in the kit.'),
  note: note.default(''),
  way: way.optional(),
  shipTo: shipToSchema.optional().describe('Left out: the site of the units, as we know it.'),
  contactId: z
    .int()
    .positive()
    .optional()
    .describe('Who gets it, in their languages; the first contact when left out.'),
});

/** What the customer says in the portal. Unlike at the desk, the address is always said. */
export const askForKitInput = z.object({
  correctionIds,
  way,
  shipTo: shipToSchema,
  note: note.default(''),
});

/** Corrections a kit can be for: still owed, and not held because somebody may have got in. */
const OWED: readonly CorrectionState[] = ['open', 'stated', 'blocked'];

/** A correction as a request needs it. */
interface Wanted {
  id: number;
  action_id: number;
  party_id: number;
  remedy_id: number;
  site_id: number;
  state: CorrectionState;
  serial: string;
}

/**
 * Sets down that a party needs a kit for these corrections. Nothing is made yet. Asked again for the very same, the kit
 * that waits already is given back.
 */
export async function requestKit(
  ctx: Context,
  input: z.infer<typeof requestKitInput>,
): Promise<{ id: number } | Refusal> {
  const no = forbid(ctx.actor, 'kit.work');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const rows = await lockWanted(tx, input.correctionIds);
    const ids = new Set(input.correctionIds);
    if (rows.length < ids.size) return refuse('correction.unknown', { count: ids.size - rows.length });
    const [first] = rows;
    if (rows.some((row) => row.party_id !== first?.party_id || row.remedy_id !== first.remedy_id))
      return refuse('kit.mixed', {}, 'correctionIds');
    return requestIn(tx, ctx, rows, input);
  });
}

/**
 * The customer's own request, by the holder of a personal link: for corrections of their party in the action of the link.
 * Those of several remedies become a kit each.
 */
export async function askForKit(
  ctx: Context,
  input: z.infer<typeof askForKitInput>,
): Promise<{ ids: number[] } | Refusal> {
  const no = forbid(ctx.actor, 'kit.ask');
  if (no) return no;
  const { actor } = ctx;
  if (actor.kind !== 'contact') return refuse('forbidden', { permission: 'kit.ask', who: actor.kind, roles: '' });
  return transact(ctx, async (tx) => {
    const link = await tx.selectFrom('link').select('action_id').where('id', '=', actor.linkId).executeTakeFirst();
    const rows = await lockWanted(tx, input.correctionIds);
    // Somebody else's correction and one that does not exist are told alike: nobody learns what there is.
    const own = rows.filter((row) => row.party_id === actor.partyId && row.action_id === link?.action_id);
    if (own.length < new Set(input.correctionIds).size) return refuse('kit.not-yours', {}, 'correctionIds');
    const ids: number[] = [];
    for (const [, ofRemedy] of Map.groupBy(own, (row) => row.remedy_id)) {
      const asked = await requestIn(tx, ctx, ofRemedy, { ...input, contactId: actor.contactId, linkId: actor.linkId });
      if (isRefusal(asked)) return asked;
      ids.push(asked.id);
    }
    return { ids };
  });
}

/** Locked, so that two requests at once do not both find that there is no kit yet. */
async function lockWanted(tx: Tx, correctionIds: readonly number[]): Promise<Wanted[]> {
  const { rows } = await sql<Wanted>`
    select c.id, c.action_id, c.party_id, c.remedy_id, c.site_id, c.state, u.serial
      from correction c join unit u on u.id = c.unit_id
     where c.id = any(${[...new Set(correctionIds)]}::bigint[]) order by c.id for update of c`.execute(tx);
  return rows;
}

async function requestIn(
  tx: Tx,
  ctx: Context,
  rows: readonly Wanted[],
  input: Pick<z.infer<typeof requestKitInput>, 'way' | 'shipTo' | 'contactId'> & { note: string; linkId?: number },
): Promise<{ id: number } | Refusal> {
  const [first] = rows;
  if (!first) return refuse('correction.unknown', { count: 1 });
  const done = rows.find((row) => !OWED.includes(row.state));
  if (done) return refuse('kit.not-owed', { serial: done.serial }, 'correctionIds');
  const ids = rows.map((row) => row.id);
  const twin = await findTwin(tx, ctx, ids);
  if (twin && !twin.same) return refuse('kit.already', { kit: twin.id }, 'correctionIds');
  if (twin) {
    // The last word about where it goes counts.
    const kit = await lockKit(tx, twin.id);
    if (!isRefusal(kit)) await changeIn(tx, ctx, kit, { way: input.way, shipTo: input.shipTo });
    return { id: twin.id };
  }
  const contact = await findContact(tx, first, input.contactId);
  if (isRefusal(contact)) return contact;
  const shipTo =
    input.shipTo ??
    (await proposeShipTo(tx, { partyId: first.party_id, siteId: first.site_id, contactId: contact?.id ?? null }));
  const { id } = await tx
    .insertInto('kit')
    .values({
      action_id: first.action_id,
      party_id: first.party_id,
      remedy_id: first.remedy_id,
      state_since: ctx.now(),
      note: input.note,
      language: ctx.say(contact?.languages[0] ?? 'en').language,
      requested_at: ctx.now(),
      requested_by: ctx.actor.name,
      package_id: null,
      prepared_at: null,
      good_until: null,
      way: input.way ?? 'post',
      contact_id: contact?.id ?? null,
      link_id: input.linkId ?? contact?.link_id ?? null,
      ship_to: json(shipTo),
      visit_on: null,
      shipped_at: null,
      received_at: null,
      ended_at: null,
      papers: null,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await tx
    .insertInto('kit_correction')
    .values(ids.map((correction_id) => ({ kit_id: id, correction_id })))
    .execute();
  await recordEvent(tx, ctx, {
    action: 'kit.request',
    subject: 'kit',
    subjectId: id,
    actionId: first.action_id,
    partyId: first.party_id,
    after: { corrections: ids, way: input.way ?? 'post', shipTo, note: input.note },
  });
  return { id };
}

/**
 * A kit that has one of these on its way already. `same`: it waits still, and is for these and no others. One that should
 * have arrived long ago may be lost: it stands in nobody's way.
 */
async function findTwin(
  tx: Tx,
  ctx: Pick<Context, 'now'>,
  ids: readonly number[],
): Promise<{ id: number; same: boolean } | undefined> {
  const { rows } = await sql<{ id: number; same: boolean }>`
    select t.id, t.state = 'requested' and (select count(*) from kit_correction y where y.kit_id = t.id) = ${ids.length}
        and count(*) = ${ids.length} as same
      from kit t join kit_correction x on x.kit_id = t.id
     where x.correction_id = any(${[...ids]}::bigint[]) and ${kitOnItsWay(ctx.now())}
     group by t.id order by t.id limit 1`.execute(tx);
  return rows[0];
}

/** Who gets it: the one named, else the party's first contact; with their newest link that still opens. */
async function findContact(tx: Tx, about: Pick<Wanted, 'party_id' | 'action_id'>, contactId: number | undefined) {
  const { rows } = await sql<{ id: number; languages: string[]; link_id: number | null }>`
    select c.id, c.languages, (select max(l.id) from link l where l.contact_id = c.id
        and l.action_id = ${about.action_id} and l.revoked_at is null) as link_id
      from contact c where c.party_id = ${about.party_id} and c.status = 'active'
        ${contactId === undefined ? sql`` : sql`and c.id = ${contactId}`}
     order by c.id limit 1`.execute(tx);
  const [contact] = rows;
  return contact ?? (contactId === undefined ? undefined : refuse('kit.contact-unknown', {}, 'contactId'));
}

/** The address a kit would go to, as far as we know it: that of the site, else of the party. What is unknown is empty. */
export async function proposeShipTo(
  reader: Reader,
  about: { partyId: number; siteId: number | null; contactId: number | null },
): Promise<ShipTo> {
  const { rows } = await sql<ShipTo>`
    select p.name, coalesce(c.name, '') as attention, coalesce(nullif(c.phone, ''), p.phone) as phone, w.*
      from party p
      left join contact c on c.id = ${about.contactId}::bigint
      left join site s on s.id = ${about.siteId}::bigint and s.street <> ''
      cross join lateral (select coalesce(s.street, p.street) as street, coalesce(s.postcode, p.postcode) as postcode,
        coalesce(s.city, p.city) as city, coalesce(s.region, p.region) as region, coalesce(s.country, p.country) as country) w
     where p.id = ${about.partyId}`.execute(reader);
  return rows[0] ?? { name: '', attention: '', street: '', postcode: '', city: '', region: '', country: '', phone: '' };
}

/** {@link proposeShipTo} while the kit is asked for: the site of the first correction ticked, else of the first there is. */
export function proposeFirstShipTo(
  reader: Reader,
  who: { partyId: number; contactId: number | null },
  choices: readonly { id: number; siteId: number }[],
  ticked: readonly string[],
): Promise<ShipTo> {
  const first = choices.find((one) => ticked.includes(String(one.id))) ?? choices[0];
  return proposeShipTo(reader, { ...who, siteId: first?.siteId ?? null });
}

export const changeKitInput = z
  .object({ way, shipTo: shipToSchema, note, contactId: z.int().positive() })
  .partial()
  .refine((input) => Object.keys(input).length > 0, 'Say what changes.');

/** Changes where a kit goes, how and to whom, while it has not left. */
export async function changeKit(
  ctx: Context,
  kitId: number,
  input: z.infer<typeof changeKitInput>,
): Promise<{ id: number } | Refusal> {
  const no = forbid(ctx.actor, 'kit.work');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const kit = await lockKit(tx, kitId);
    if (isRefusal(kit)) return kit;
    if (kit.state !== 'requested' && kit.state !== 'prepared') return refuse('kit.left', { state: kit.state });
    const other = input.contactId !== undefined && input.contactId !== kit.contact_id;
    // Its papers are in this person's languages, and lead to their page.
    if (other && kit.state === 'prepared') return refuse('kit.papers-made', {}, 'contactId');
    const contact = other ? await findContact(tx, kit, input.contactId) : undefined;
    if (isRefusal(contact)) return contact;
    await changeIn(tx, ctx, kit, { ...input, contact });
    return { id: kitId };
  });
}

/** Writes what is new about a kit that has not left; nothing, where nothing is. */
async function changeIn(
  tx: Tx,
  ctx: Context,
  kit: Kit,
  input: Pick<z.infer<typeof requestKitInput>, 'way' | 'shipTo'> & {
    note?: string | undefined;
    contact?: { id: number; languages: string[]; link_id: number | null } | undefined;
  },
): Promise<void> {
  const { contact } = input;
  const before = { way: kit.way, shipTo: kit.ship_to, note: kit.note, contactId: kit.contact_id };
  const after = {
    way: input.way ?? kit.way,
    shipTo: input.shipTo ?? kit.ship_to,
    note: input.note ?? kit.note,
    contactId: contact?.id ?? kit.contact_id,
  };
  if (isDeepStrictEqual(before, after)) return;
  await tx
    .updateTable('kit')
    .set({
      way: after.way,
      note: after.note,
      contact_id: after.contactId,
      ship_to: json(after.shipTo),
      ...(contact ? { link_id: contact.link_id, language: ctx.say(contact.languages[0] ?? 'en').language } : {}),
    })
    .where('id', '=', kit.id)
    .execute();
  await recordEvent(tx, ctx, {
    action: 'kit.change',
    subject: 'kit',
    subjectId: kit.id,
    actionId: kit.action_id,
    partyId: kit.party_id,
    before,
    after,
  });
}
