/**
 * A child of crash.test.ts: a real house on a folder (or a PostgreSQL database) that imports, finds units, releases,
 * sends and takes replies until it is killed. Before it works it looks at what its predecessor left behind. Everything it
 * was told "done" about goes to standard output, one JSON line each, before it does the next thing.
 */
import { writeSync } from 'node:fs';
import { importField, prepareAction, release } from '../../sample/action.ts';
import { makeSampleField, type SampleField } from '../../sample/field.ts';
import { createSampleAccounts } from '../../src/app/accounts.ts';
import { asActor, type Context } from '../../src/app/context.ts';
import { sendDueDeliveries } from '../../src/app/delivery-send.ts';
import { recoverDeliveries } from '../../src/app/delivery-unsure.ts';
import { applyImport, importFile, resumeImports, uploadImport } from '../../src/app/imports.ts';
import { loadFormContext } from '../../src/app/queries/portal.ts';
import { recordReply, sendReply } from '../../src/app/replies.ts';
import { readProcessConfig } from '../../src/config.ts';
import { emptyAnswers } from '../../src/domain/form.ts';
import { isRefusal, type Refusal } from '../../src/domain/refusal.ts';
import { StartError } from '../../src/domain/start-error.ts';
import { openHouse } from '../../src/main.ts';
import { type Line, lookAround } from './crash-report.ts';

/** `make`: fills an empty house and ends. `work`: until killed. `finish`: ends what was begun, reports, and ends. */
const mode = process.argv[2] ?? 'work';
const READY_ACTIONS = 3;

function tell(line: Line): void {
  writeSync(1, `${JSON.stringify(line)}\n`);
}

const stage = { total: () => {}, step: () => {}, end: () => {} };

interface Cast {
  quality: Context;
  regulatory: Context;
  support: Context;
  system: Context;
}

/** The people of the house. Hashing passwords would be most of the time, and is no part of what is tried here. */
async function castOf(system: Context): Promise<Cast> {
  const staff = await system.db.selectFrom('staff').select(['id', 'name', 'role']).execute();
  const person = (role: 'quality' | 'regulatory' | 'support'): Context => {
    const found = staff.find((one) => one.role === role);
    if (!found) throw new Error(`nobody for ${role}`);
    const credentials = { ...system.credentials, passwordMatches: async () => true };
    return { ...asActor(system, { kind: 'staff', id: found.id, name: found.name, role }), credentials };
  };
  return { quality: person('quality'), regulatory: person('regulatory'), support: person('support'), system };
}

function done<T>(result: T | Refusal, what: string): T {
  if (isRefusal(result)) throw new Error(`${what}: ${result.code} ${JSON.stringify(result.params)}`);
  return result;
}

const csv = (rows: string[][]): Uint8Array => Buffer.from(`${rows.map((row) => row.join(';')).join('\r\n')}\r\n`);
const UNIT_HEADINGS = ['Material', 'Serial No.', 'Site number', 'Software Dx', 'Software RUO'];

/** New instruments at a new party, each with a serial number that nothing has had. */
function unitRows(site: string, count: number): string[][] {
  const mark = `${process.pid}${Math.floor(performance.now())}`;
  return [UNIT_HEADINGS, ...Array.from({ length: count }, (_, n) => ['20005715', `X${mark}-${n}`, site, '2.4', '2.4'])];
}

/** A party with units, as two files applied at once. */
async function importParty(cast: Cast): Promise<void> {
  const ref = `N-${process.pid}-${Math.floor(performance.now())}`;
  const parties = await importFile(cast.quality, {
    kind: 'parties',
    name: 'parties.csv',
    bytes: csv([
      ['Customer number', 'Name', 'Type', 'Country', 'City'],
      [ref, `Labor ${ref}`, 'Customer', 'DE', 'Musterstadt'],
    ]),
    mode: 'all',
  });
  tell({ at: 'imported', import: done(parties, 'import a party').id });
  const sites = await importFile(cast.quality, {
    kind: 'sites',
    name: 'sites.csv',
    bytes: csv([
      ['Site number', 'Customer number', 'Site name', 'Country', 'City'],
      [`${ref}-1`, ref, `Labor ${ref}`, 'DE', 'Musterstadt'],
    ]),
    mode: 'all',
  });
  tell({ at: 'imported', import: done(sites, 'import a site').id });
  const units = await importFile(cast.quality, {
    kind: 'units',
    name: 'units.csv',
    bytes: csv(unitRows(`${ref}-1`, 40)),
    mode: 'all',
  });
  tell({ at: 'imported', import: done(units, 'import units').id });
}

/** The same by the jobs, as the desk does it: told only that it will be applied. */
async function importByJob(cast: Cast): Promise<void> {
  const site = await cast.system.db.selectFrom('site').select('ref').orderBy('id', 'desc').executeTakeFirstOrThrow();
  const bytes = csv(unitRows(site.ref, 300));
  const { id } = done(
    await uploadImport(cast.quality, {
      kind: 'units',
      name: 'units.csv',
      source: (async function* () {
        yield bytes;
      })(),
    }),
    'upload units',
  );
  for (;;) {
    const row = await cast.system.db
      .selectFrom('import')
      .select('state')
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    if (row.state === 'checked') break;
    if (row.state !== 'checking') throw new Error(`import ${id} is ${row.state}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  done(await applyImport(cast.quality, { id, mode: 'all' }), 'apply units');
  tell({ at: 'promised', import: id });
}

/** Every fortieth laboratory of the example with what it has. */
function smallField(): SampleField {
  const field = makeSampleField();
  const chosen = new Set(field.parties.filter((_, n) => n % 40 === 20).map(([ref]) => ref));
  const of = (rows: string[][], column: number): string[][] =>
    rows.filter((row, n) => n === 0 || chosen.has((row[column] ?? '').split('-').slice(0, 2).join('-')));
  const parties = of(field.parties, 0).map((row) => row.with(8, row === field.parties[0] ? 'Distributor' : ''));
  return {
    products: field.products,
    parties,
    sites: of(field.sites, 1),
    contacts: of(field.contacts, 0),
    units: of(field.units, 3),
  };
}

/** Another action over everything there is: found, written, signed. */
async function makeAction(cast: Cast): Promise<void> {
  const { n } = await cast.system.db
    .selectFrom('action')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .executeTakeFirstOrThrow();
  const { actionId } = await prepareAction(cast, stage, `FSN2022-${2000 + n}`);
  const { corrections } = await cast.system.db
    .selectFrom('correction')
    .select((eb) => eb.fn.countAll<number>().as('corrections'))
    .where('action_id', '=', actionId)
    .executeTakeFirstOrThrow();
  tell({ at: 'prepared', action: actionId, corrections });
}

async function releaseNext(cast: Cast): Promise<boolean> {
  const row = await cast.system.db
    .selectFrom('action')
    .select('id')
    .where('stage', '=', 'approved')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
  if (!row) return false;
  tell({ at: 'released', action: row.id, deliveries: await release(cast, row.id) });
  return true;
}

/** A party that was told and has said nothing yet answers: at its link, or by telephone. */
async function takeReply(cast: Cast, byTelephone: boolean): Promise<boolean> {
  const { db } = cast.system;
  const link = await db
    .selectFrom('link as l')
    .innerJoin('obligation as o', (join) =>
      join.onRef('o.party_id', '=', 'l.party_id').onRef('o.action_id', '=', 'l.action_id'),
    )
    .select(['l.id', 'l.action_id', 'l.party_id', 'l.contact_id'])
    .where('o.state', '=', 'silent')
    .orderBy('l.id')
    .limit(1)
    .executeTakeFirst();
  if (!link) return false;
  const today = cast.system.now().toISOString().slice(0, 10);
  const answers = emptyAnswers();
  answers.party = { received: 'yes', understood: 'yes', compromise: 'no' };
  if (byTelephone) {
    const form = await loadFormContext(db, link.action_id, link.party_id);
    for (const unit of form?.units ?? [])
      for (const { id } of unit.corrections)
        answers.corrections[String(id)] = { status: 'done', 'done-on': today, 'backed-up': 'yes' };
    const reply = done(
      await recordReply(cast.support, {
        actionId: link.action_id,
        partyId: link.party_id,
        contactId: link.contact_id,
        door: 'telephone',
        language: 'en',
        answers,
        sourceFileId: null,
      }),
      'record a reply',
    );
    tell({ at: 'replied', reply: reply.id });
    return true;
  }
  const contact = asActor(cast.system, {
    kind: 'contact',
    linkId: link.id,
    contactId: link.contact_id,
    partyId: link.party_id,
    name: 'Erika Muster',
  });
  answers.party = { ...answers.party, 'signer-name': 'Erika Muster', 'signer-title': 'Head', 'signed-on': today };
  const reply = done(
    await sendReply(contact, {
      answers,
      language: 'en',
      meaning: { key: 'form.question.statement', text: 'What I have stated is correct.' },
      sendAnyhow: [],
      receiptOnly: true,
      onceKey: `crash-${link.id}`,
    }),
    'send a reply',
  );
  tell({ at: 'replied', reply: reply.id });
  return true;
}

/** One thing after the other, in no order a kill could learn. */
async function workOn(cast: Cast): Promise<never> {
  for (;;) {
    const luck = Math.random();
    if (luck < 0.25 && (await releaseNext(cast))) continue;
    if (luck < 0.35) await makeAction(cast);
    else if (luck < 0.5) await importParty(cast);
    else if (luck < 0.65) await importByJob(cast);
    else if (!(await takeReply(cast, luck < 0.8))) await releaseNext(cast);
  }
}

/**
 * What was begun comes to its end: letters that are due leave, imports that were promised are applied. And it works as
 * ever: one more import, release and reply, which nobody kills.
 */
async function finish(cast: Cast): Promise<void> {
  const { system } = cast;
  // No other server is left on this database, which the start cannot know on PostgreSQL.
  await recoverDeliveries(system, { alone: true });
  await resumeImports(system, true);
  await importParty(cast);
  await makeAction(cast);
  while (await releaseNext(cast));
  await takeReply(cast, false);
  for (let tries = 0; tries < 600; tries++) {
    await sendDueDeliveries(system);
    const [letters, imports] = [
      await system.db
        .selectFrom('delivery')
        .select('id')
        .where('state', 'in', ['queued', 'sending'])
        .where('channel', '=', 'email')
        .limit(1)
        .executeTakeFirst(),
      await system.db.selectFrom('import').select('id').where('state', '=', 'applying').limit(1).executeTakeFirst(),
    ];
    if (!letters && !imports) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('Letters or imports do not come to an end');
}

async function main(): Promise<void> {
  const house = await openHouse(readProcessConfig(), { demo: true });
  const system = asActor(house.deps, { kind: 'system', name: 'crash test' });
  if (mode === 'make') {
    done(await createSampleAccounts(system, house.keeper), 'make the sample accounts');
    const cast = await castOf(system);
    await importField(cast, stage, smallField());
    await importParty(cast);
    for (let n = 0; n < READY_ACTIONS; n++) await makeAction(cast);
    await house.close();
    return;
  }
  tell({ at: 'report', report: await lookAround(system) });
  const cast = await castOf(system);
  if (mode === 'work') return workOn(cast);
  await finish(cast);
  tell({ at: 'report', report: await lookAround(system) });
  await house.close();
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    writeSync(2, error instanceof StartError ? error.message : String(error instanceof Error ? error.stack : error));
    process.exit(1);
  },
);
