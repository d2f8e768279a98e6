import { sampleForm } from '../sample/form.ts';
import { sampleNotice, sampleNoticeFacts, sampleNoticeHash } from '../sample/notice/document.ts';
import type { Context, Database } from '../src/app/context.ts';
import { linkHash, linkToken } from '../src/app/links.ts';
import { json } from '../src/db/values.ts';
import { serialKey } from '../src/domain/scope.ts';

export interface SampleParty {
  partyId: number;
  contactId: number;
  linkId: number;
  token: string;
  unitIds: number[];
  /** In the order of units, then Dx, RUO. */
  correctionIds: number[];
}

export interface SampleHouse {
  actionId: number;
  noticeId: number | null;
  formId: number;
  productId: number;
  remedyId: number;
}

/** An action with one product of two modes, one remedy, a form, and a released notice. */
export async function addSampleAction(
  ctx: Pick<Context, 'db' | 'now'>,
  wishes: { reference?: string; notice?: boolean } = {},
): Promise<SampleHouse> {
  const { db } = ctx;
  const at = ctx.now();
  const reference = wishes.reference ?? 'FSN2022-1230';
  const product = await db
    .insertInto('product')
    .values({ code: `NB-${reference}`, name: 'NextSeq 550Dx', kind: 'instrument', created_at: at })
    .onConflict((oc) => oc.column('code').doUpdateSet({ name: 'NextSeq 550Dx' }))
    .returning('id')
    .executeTakeFirstOrThrow();
  const action = await db
    .insertInto('action')
    .values({
      reference,
      title: 'Local Run Manager can be taken over from the network',
      kind: 'security-patch',
      stage: 'monitoring',
      stage_since: at,
      released_at: at,
      facts: json(sampleNoticeFacts.values),
      created_at: at,
      changed_at: at,
      aware_on: null,
      reportability_aware_on: null,
      embargo_until: null,
      predecessor_id: null,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  const environments = await db
    .insertInto('environment')
    .values([
      { product_id: product.id, code: 'Dx', name: 'Dx', position: 1 },
      { product_id: product.id, code: 'RUO', name: 'RUO', position: 2 },
    ])
    .returning('id')
    .execute();
  await db
    .insertInto('action_environment')
    .values(environments.map((environment) => ({ action_id: action.id, environment_id: environment.id })))
    .execute();
  const remedy = await db
    .insertInto('remedy')
    .values({
      action_id: action.id,
      position: 1,
      kind: 'interim-patch',
      name: 'LRM patch 1.0',
      status: 'available',
      created_at: at,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  const form = await db
    .insertInto('form')
    .values({ action_id: action.id, version: 1, definition: json(sampleForm), created_at: at })
    .returning('id')
    .executeTakeFirstOrThrow();
  let noticeId: number | null = null;
  if (wishes.notice !== false) {
    const notice = await db
      .insertInto('notice')
      .values({
        action_id: action.id,
        number: reference,
        version: 1,
        state: 'released',
        state_since: at,
        document: json(sampleNotice),
        content_hash: sampleNoticeHash,
        released_facts: json(sampleNoticeFacts),
        released_at: at,
        created_at: at,
        changed_at: at,
        previous_id: null,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    noticeId = notice.id;
  }
  return { actionId: action.id, noticeId, formId: form.id, productId: product.id, remedyId: remedy.id };
}

export interface PartyWishes {
  name?: string;
  kind?: 'customer' | 'distributor';
  country?: string;
  units?: number;
  languages?: string[];
  connected?: boolean | null;
}

let made = 0;

/** A party with a site, a contact with a link, units with a correction per mode, and its obligation. */
export async function addSampleParty(
  ctx: Pick<Context, 'now' | 'settings'> & { db: Database },
  house: SampleHouse,
  wishes: PartyWishes = {},
): Promise<SampleParty> {
  const { db } = ctx;
  const at = ctx.now();
  made++;
  const country = wishes.country ?? 'DE';
  const kind = wishes.kind ?? 'customer';
  const party = await db
    .insertInto('party')
    .values({
      ref: `P${made}`,
      kind,
      name: wishes.name ?? `Labor ${String(made).padStart(4, '0')}, Musterstadt`,
      country,
      city: 'Musterstadt',
      distributor_id: null,
      created_at: at,
      changed_at: at,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  const site = await db
    .insertInto('site')
    .values({
      ref: `S${made}`,
      party_id: party.id,
      name: 'Hauptlabor',
      country,
      city: 'Musterstadt',
      created_at: at,
      changed_at: at,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  const contact = await db
    .insertInto('contact')
    .values({
      party_id: party.id,
      site_id: site.id,
      key: `leitung@lab-${made}.example`,
      name: 'Erika Muster',
      title: 'Laborleitung',
      role: 'laboratory',
      languages: wishes.languages ?? ['en'],
      email: `leitung@lab-${made}.example`,
      phone: '+49 30 0000000',
      channel: 'email',
      replaced_by: null,
      created_at: at,
      changed_at: at,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await db
    .insertInto('obligation')
    .values({
      action_id: house.actionId,
      party_id: party.id,
      country,
      audience: kind === 'distributor' ? 'distributor' : 'dx-recall',
      notified_at: at,
      received_at: null,
      completed_at: null,
      last_reply_at: null,
      next_reminder_at: at,
      created_at: at,
    })
    .execute();
  const unitIds: number[] = [];
  const correctionIds: number[] = [];
  const environments = await db
    .selectFrom('environment')
    .select('id')
    .where('product_id', '=', house.productId)
    .orderBy('position')
    .execute();
  const count = wishes.units ?? 2;
  for (let n = 1; n <= count; n++) {
    const serial = `NB55${String(made).padStart(4, '0')}${String(n).padStart(4, '0')}`;
    const unit = await db
      .insertInto('unit')
      .values({
        kind: 'serial',
        product_id: house.productId,
        site_id: site.id,
        party_id: party.id,
        serial,
        serial_key: serialKey(serial),
        shipped_on: '2020-03-01',
        connected: wishes.connected === undefined ? true : wishes.connected,
        isolated_at: null,
        import_id: null,
        import_row: null,
        created_at: at,
        changed_at: at,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    unitIds.push(unit.id);
    const rows = await db
      .insertInto('correction')
      .values(
        environments.map((environment) => ({
          action_id: house.actionId,
          unit_id: unit.id,
          environment_id: environment.id,
          remedy_id: house.remedyId,
          product_id: house.productId,
          party_id: party.id,
          site_id: site.id,
          country,
          state_since: at,
          because_id: null,
          created_at: at,
        })),
      )
      .returning('id')
      .execute();
    correctionIds.push(...rows.map((row) => row.id));
  }
  const link = await db
    .insertInto('link')
    .values({
      action_id: house.actionId,
      party_id: party.id,
      contact_id: contact.id,
      // Replaced at once: the token is derived from the id.
      token_hash: linkHash(`new ${party.id}`),
      created_at: at,
      expires_at: new Date(at.getTime() + 365 * 86_400_000),
      revoked_at: null,
      opened_at: null,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  const token = linkToken(ctx.settings.secret, link.id);
  await db
    .updateTable('link')
    .set({ token_hash: linkHash(token) })
    .where('id', '=', link.id)
    .execute();
  return { partyId: party.id, contactId: contact.id, linkId: link.id, token, unitIds, correctionIds };
}
