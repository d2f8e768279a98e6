import { fixedCalendar } from '../src/adapters/calendar.ts';
import { documentReader } from '../src/adapters/document-reader.ts';
import { memoryFiles } from '../src/adapters/files.ts';
import { kitMaker } from '../src/adapters/kit.ts';
import { builtInMailbox, type Mailer } from '../src/adapters/mail.ts';
import { openMailReader } from '../src/adapters/mail-reader.ts';
import { openFormFiller } from '../src/adapters/paper-form.ts';
import { openPaperReader } from '../src/adapters/paper-reader.ts';
import { tableFiles } from '../src/adapters/table-file.ts';
import { openTypesetter } from '../src/adapters/typst.ts';
import { type Context, transact } from '../src/app/context.ts';
import { planDeliveries } from '../src/app/deliveries.ts';
import type { DatabaseHandle } from '../src/db/client.ts';
import { json } from '../src/db/values.ts';
import type { Actor } from '../src/domain/actor.ts';
import { contentHash, type NoticeDocument } from '../src/domain/notice.ts';
import type { NoticeFacts } from '../src/domain/notice-facts.ts';
import { translator } from '../src/http/translate.ts';
import { type FakeQueue, fakeQueue } from '../src/jobs/fake-queue.ts';
import { openTestDatabase } from './helpers/database.ts';
import { testPackages } from './helpers/packages.ts';

export const regulatory: Actor = { kind: 'staff', id: 's1', name: 'Rita Regulatory', role: 'regulatory' };
export const support: Actor = { kind: 'staff', id: 's2', name: 'Sam Support', role: 'support' };

export interface DeliveryHouse {
  handle: DatabaseHandle;
  ctx: Context;
  queue: FakeQueue;
  setNow(iso: string): void;
  as(actor: Actor): Context;
  /** The same house seen by another server, with its own way out. */
  server(instance: string, mailer?: Mailer, settings?: Partial<Context['settings']>): Context;
  close(): Promise<void>;
}

/** A part that these tests must never reach. */
function nobody<T extends object>(name: string): T {
  return new Proxy({} as T, {
    get: (_target, key) => {
      throw new Error(`${name}.${String(key)} was used`);
    },
  });
}

/** A house with a database of its own, a clock that stands still, and no job that runs by itself. */
export async function openDeliveryHouse(): Promise<DeliveryHouse> {
  const handle = await openTestDatabase();
  const queue = fakeQueue();
  let now = new Date('2022-05-04T08:00:00Z');
  const ctx: Context = {
    db: handle.db,
    dbKind: handle.kind,
    now: () => now,
    settings: {
      publicUrl: 'https://fieldfix.example',
      mailFrom: 'Muster Sequencing <notices@muster.example>',
      mailDomain: 'muster.example',
      secret: Buffer.alloc(32, 7),
      version: '0.0.0',
      demo: false,
      instance: 'server-1',
      pacePerDomain: 0,
      attachmentLimit: 0,
      trustProxy: 0,
    },
    queue,
    mailer: builtInMailbox(),
    mailReader: openMailReader(),
    files: memoryFiles(),
    evidence: memoryFiles(),
    ...testPackages(),
    tables: tableFiles,
    documents: documentReader,
    typesetter: openTypesetter({ threads: 1 }),
    formFiller: openFormFiller(),
    kits: kitMaker,
    paperReader: openPaperReader(),
    calendar: fixedCalendar({ DE: { '2022-05-26': 'Ascension Day' } }),
    say: translator,
    webhooks: nobody('webhooks'),
    credentials: nobody('credentials'),
    wallClock: () => new Date(),
    log: () => {},
    actor: { kind: 'system', name: 'test' },
  };
  return {
    handle,
    ctx,
    queue,
    setNow: (iso) => {
      now = new Date(iso);
    },
    as: (actor) => ({ ...ctx, actor }),
    server: (instance, mailer = ctx.mailer, settings = {}) => ({
      ...ctx,
      mailer,
      settings: { ...ctx.settings, ...settings, instance },
    }),
    close: () => handle.close(),
  };
}

const text = (language: string, urgent: string): Record<string, string> => ({
  title: urgent,
  subject: `${urgent}: {action.reference}`,
  salutation: `${language}: {recipient.name}, {recipient.party}`,
  reply: `# ${language} reply\n\n${language}: {deadline.reply}. {portal.link}`,
});

export const sampleDocument: NoticeDocument = {
  layout: 'letter',
  sourceLanguage: 'en',
  dates: 'language',
  variants: {
    'dx-recall': { sections: ['salutation', 'reply'], overrides: {} },
    distributor: { sections: ['salutation', 'reply'], overrides: {} },
  },
  texts: {
    en: text('English', 'URGENT MEDICAL DEVICE RECALL'),
    de: text('Deutsch', 'DRINGENDER RÜCKRUF'),
    fr: text('Français', 'RAPPEL URGENT'),
    nl: text('Nederlands', 'DRINGENDE TERUGROEPING'),
  },
};

export const sampleNoticeFacts: NoticeFacts = {
  values: {
    'action.reference': 'FSN2022-1230',
    'deadline.reply-days': 5,
    'contact.phone': '+49 30 1234567',
    'contact.email': 'help@muster.example',
    'contact.corrections': 'contacts@muster.example',
  },
  groups: {},
};

export interface Released {
  actionId: number;
  noticeId: number;
  environmentIds: number[];
  remedyId: number;
  productId: number;
}

let made = 0;

/** A released action with one product of two modes and a notice in four languages. */
export async function addReleased(ctx: Context): Promise<Released> {
  const { db } = ctx;
  const at = ctx.now();
  made++;
  const product = await db
    .insertInto('product')
    .values({ code: `NB${made}`, name: 'NextSeq 550Dx', kind: 'instrument', created_at: at })
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
  const action = await db
    .insertInto('action')
    .values({
      reference: `FSN2022-${1229 + made}`,
      title: 'Local Run Manager can be taken over from the network',
      stage: 'released',
      stage_since: at,
      delivery_state: 'running',
      released_at: at,
      created_at: at,
      changed_at: at,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  const remedy = await db
    .insertInto('remedy')
    .values({
      action_id: action.id,
      position: 1,
      kind: 'interim-patch',
      name: 'Patch 1.0',
      status: 'available',
      created_at: at,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  const notice = await db
    .insertInto('notice')
    .values({
      action_id: action.id,
      number: 'M-AMR-00496',
      version: 1,
      state: 'released',
      state_since: at,
      document: json(sampleDocument),
      content_hash: contentHash(sampleDocument),
      released_facts: json(sampleNoticeFacts),
      released_at: at,
      created_at: at,
      changed_at: at,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return {
    actionId: action.id,
    noticeId: notice.id,
    environmentIds: environments.map((environment) => environment.id),
    remedyId: remedy.id,
    productId: product.id,
  };
}

export interface PartyWishes {
  country?: string;
  kind?: 'customer' | 'distributor';
  units?: number;
  connected?: boolean | null;
  contacts?: {
    name?: string;
    email?: string;
    languages?: string[];
    channel?: 'email' | 'post' | 'phone';
    role?: string;
    phone?: string;
  }[];
  street?: string;
}

export interface SampleParty {
  partyId: number;
  contactIds: number[];
  unitIds: number[];
}

/** A party with a site, contacts, units with a correction per mode, and what it owes. */
export async function addParty(ctx: Context, released: Released, wishes: PartyWishes = {}): Promise<SampleParty> {
  const { db } = ctx;
  const at = ctx.now();
  const n = ++made;
  const country = wishes.country ?? 'DE';
  const place = { country, street: wishes.street ?? '', postcode: '10115', city: 'Musterstadt' };
  const party = await db
    .insertInto('party')
    .values({
      ref: `P${n}`,
      kind: wishes.kind ?? 'customer',
      name: `Labor ${n}`,
      ...place,
      created_at: at,
      changed_at: at,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  const site = await db
    .insertInto('site')
    .values({ ref: `S${n}`, party_id: party.id, name: `Hauptlabor ${n}`, ...place, created_at: at, changed_at: at })
    .returning('id')
    .executeTakeFirstOrThrow();
  const contactIds: number[] = [];
  for (const [i, contact] of (wishes.contacts ?? [{}]).entries()) {
    const row = await db
      .insertInto('contact')
      .values({
        party_id: party.id,
        site_id: site.id,
        key: `contact-${n}-${i}`,
        name: contact.name ?? 'Erika Muster',
        role: contact.role ?? 'laboratory',
        languages: contact.languages ?? ['en'],
        email: contact.email ?? `leitung${i}@lab-${n}.example`,
        phone: contact.phone ?? '+49 30 555',
        channel: contact.channel ?? 'email',
        created_at: at,
        changed_at: at,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    contactIds.push(row.id);
  }
  await db
    .insertInto('obligation')
    .values({
      action_id: released.actionId,
      party_id: party.id,
      country,
      audience: wishes.kind === 'distributor' ? 'distributor' : 'dx-recall',
      created_at: at,
    })
    .execute();
  const unitIds: number[] = [];
  for (let i = 1; i <= (wishes.units ?? 1); i++) {
    const unit = await db
      .insertInto('unit')
      .values({
        kind: 'serial',
        product_id: released.productId,
        site_id: site.id,
        party_id: party.id,
        serial: `NB${n}${String(i).padStart(4, '0')}`,
        serial_key: `NB${n}${String(i).padStart(4, '0')}`,
        connected: wishes.connected === undefined ? true : wishes.connected,
        created_at: at,
        changed_at: at,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    unitIds.push(unit.id);
    await db
      .insertInto('correction')
      .values(
        released.environmentIds.map((environmentId) => ({
          action_id: released.actionId,
          unit_id: unit.id,
          environment_id: environmentId,
          remedy_id: released.remedyId,
          product_id: released.productId,
          party_id: party.id,
          site_id: site.id,
          country,
          state_since: at,
          created_at: at,
        })),
      )
      .execute();
  }
  return { partyId: party.id, contactIds, unitIds };
}

/** Plans the letters of a released notice, as its release does. */
export function plan(ctx: Context, released: Released): Promise<{ deliveries: number; tasks: number }> {
  return transact(ctx, (tx) => planDeliveries(tx, ctx, released.actionId, released.noticeId));
}
