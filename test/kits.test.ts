/** Kits for machines without Internet: asked for in the portal, prepared, sent, accounted for. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { unzipSync } from 'fflate';
import { sampleForm } from '../sample/form.ts';
import { type Context, transact } from '../src/app/context.ts';
import { sendDueDeliveries } from '../src/app/delivery-send.ts';
import { issueTicket } from '../src/app/installation-tickets.ts';
import { makeKitFile } from '../src/app/kit-files.ts';
import { moveKit, receiveKit, shipKit, shipKits, undoKitMove } from '../src/app/kit-moves.ts';
import { printKits } from '../src/app/kit-print.ts';
import { askForKit, changeKit, requestKit } from '../src/app/kit-requests.ts';
import { prepareKit } from '../src/app/kits.ts';
import { withdrawPackage } from '../src/app/package-withdrawal.ts';
import { countKits, kitList } from '../src/app/queries/kits.ts';
import { readList } from '../src/app/queries/list.ts';
import { openTask } from '../src/app/tasks.ts';
import { json } from '../src/db/values.ts';
import { emptyAnswers } from '../src/domain/form.ts';
import { isRefusal, type Refusal } from '../src/domain/refusal.ts';
import { type House, openHouse, publicUrl } from './helpers/house.ts';
import { asPerson, type Gate, given, type Person, plantGate, releasePackage, sampleBytes } from './helpers/packages.ts';

const address = {
  name: 'Labor owner',
  attention: 'Kim',
  street: 'Musterweg 1',
  postcode: '12345',
  city: 'Musterstadt',
  region: '',
  country: 'DE',
  phone: '+49 30 55',
};

describe('kits', () => {
  let house: House;
  let gate: Gate;
  let support: Context;
  let owner: Person;
  let other: Person;
  let mine: number;
  let second: number;
  let theirs: number;
  let packageId: number;

  before(async () => {
    house = await openHouse();
    support = await house.staff('support');
    gate = await plantGate(house.ctx, 'FSN-KITS-1');
    ({ owner, other } = gate.people);
    const { db } = house.ctx;
    const far = new Date('2099-01-01');
    await db.updateTable('link').set({ expires_at: far }).execute();
    await db
      .updateTable('contact')
      .set({ languages: ['de'] })
      .where('id', '=', owner.contactId)
      .execute();
    await db
      .updateTable('contact')
      .set({ languages: ['ar', 'de'] })
      .where('id', '=', other.contactId)
      .execute();
    await db
      .updateTable('site')
      .set({ street: 'Musterweg 1', postcode: '12345', city: 'Musterstadt' })
      .where('party_id', '=', owner.partyId)
      .execute();
    await db
      .insertInto('form')
      .values({ action_id: gate.actionId, version: 1, definition: json(sampleForm), created_at: new Date() })
      .execute();
    const found = await db.selectFrom('correction').selectAll().orderBy('id').execute();
    mine = found.find((one) => one.party_id === owner.partyId)?.id ?? 0;
    theirs = found.find((one) => one.party_id === other.partyId)?.id ?? 0;
    const [dx] = found;
    if (!dx) throw new Error('no correction');
    const ruo = await db
      .insertInto('environment')
      .values({ product_id: dx.product_id, code: 'RUO', name: 'Research mode', position: 2 })
      .returning('id')
      .executeTakeFirstOrThrow();
    const { action_id, unit_id, remedy_id, product_id, party_id, site_id, country, state_since, created_at } = dx;
    const like = { action_id, unit_id, remedy_id, product_id, party_id, site_id, country, state_since, created_at };
    const row = await db
      .insertInto('correction')
      .values({ ...like, because_id: null, environment_id: ruo.id })
      .returning('id')
      .executeTakeFirstOrThrow();
    second = row.id;
    packageId = await releasePackage(house, gate.remedyId, sampleBytes(300_000));
  });
  after(async () => {
    await house.close();
    assert.deepEqual(house.errors, []);
  });

  const kim = () => asPerson(house.ctx, owner);
  const refused = (value: unknown, code: string): Refusal => {
    if (!isRefusal(value)) assert.fail(`not refused: ${JSON.stringify(value)}`);
    assert.equal(value.code, code);
    return value;
  };
  const wish = (correctionIds: number[], more: object = {}) => ({
    correctionIds,
    way: 'post' as const,
    shipTo: address,
    note: '',
    ...more,
  });
  const kitRow = (id: number) =>
    house.ctx.db.selectFrom('kit').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
  const get = (path: string, language = 'en') =>
    house.app.request(`/p/${owner.token}${path}`, { headers: { cookie: `ff_lang=${language}` } });
  const post = (path: string, form: [string, string][], token = owner.token) =>
    house.app.request(`/p/${token}${path}`, {
      method: 'POST',
      body: new URLSearchParams(form),
      headers: { origin: publicUrl },
    });
  async function zipOf(kitId: number): Promise<Record<string, Uint8Array>> {
    const file = given(await makeKitFile(support, kitId));
    const parts: Uint8Array[] = [];
    for await (const part of file.bytes) parts.push(part);
    const bytes = Buffer.concat(parts);
    assert.equal(file.size, bytes.length);
    return unzipSync(bytes);
  }
  async function tasks(): Promise<string[]> {
    const rows = await house.ctx.db.selectFrom('task').select('state').where('kind', '=', 'medium').execute();
    return rows.map((row) => row.state);
  }
  async function mails(person: Person): Promise<string[]> {
    await sendDueDeliveries(house.ctx);
    const rows = await house.ctx.db
      .selectFrom('mailbox_message')
      .select('raw')
      .where('recipient', '=', person.email)
      .orderBy('id')
      .execute();
    const texts: string[] = [];
    for (const row of rows) {
      const mail = await house.ctx.mailer.read(row.raw);
      texts.push(`${mail.subject}\n${mail.text}`);
    }
    return texts;
  }

  describe('asked for', () => {
    it('shows the units and the address of their site, in the reader’s language', async () => {
      const page = await (await get('/kit', 'de')).text();
      assert.match(page, /Datenträger für Geräte ohne Internet/);
      assert.match(page, /value="Musterweg 1"/);
      assert.match(page, new RegExp(`value="${mine}"`));
      assert.doesNotMatch(page, new RegExp(`name="correctionIds" value="${theirs}"`));
    });

    it('says what is missing, beside its field, and keeps what was typed', async () => {
      const answer = await post('/kit', [
        ['way', 'post'],
        ['street', 'Hauptstr. 7'],
        ['country', 'XX'],
      ]);
      assert.equal(answer.status, 422);
      const page = await answer.text();
      for (const field of ['correctionIds', 'name', 'city', 'country'])
        assert.match(page, new RegExp(`href="#f-${field}"`));
      assert.match(page, /value="Hauptstr. 7"/);
    });

    it('refuses what is not the reader’s, whether it exists or not', async () => {
      refused(await askForKit(kim(), wish([theirs])), 'kit.not-yours');
      refused(await askForKit(kim(), wish([mine, 99_999])), 'kit.not-yours');
      refused(await requestKit(support, { correctionIds: [99_999], note: '' }), 'correction.unknown');
      refused(await requestKit(support, { correctionIds: [mine, theirs], note: '' }), 'kit.mixed');
      refused(
        await requestKit(support, { correctionIds: [mine], note: '', contactId: other.contactId }),
        'kit.contact-unknown',
      );
      refused(await requestKit(kim(), { correctionIds: [mine], note: '' }), 'forbidden');
      refused(await askForKit(support, wish([mine])), 'forbidden');
    });

    it('is led to by an answer that says no Internet, in the portal and at the desk', async () => {
      const { db } = house.ctx;
      const reply = await db
        .insertInto('reply')
        .values({
          action_id: gate.actionId,
          party_id: owner.partyId,
          contact_id: owner.contactId,
          link_id: owner.linkId,
          form_id: null,
          door: 'web',
          source_file_id: null,
          received_at: new Date(),
          answers: json(emptyAnswers()),
          recorded_by: 'Kim',
          once_key: null,
        })
        .returning('id')
        .executeTakeFirstOrThrow();
      assert.doesNotMatch(await (await get('/sent', 'de')).text(), /kein Internet/);
      await db
        .updateTable('unit')
        .set({ connected: false })
        .where('id', '=', owner.unitId ?? 0)
        .execute();
      const sent = await (await get('/sent', 'de')).text();
      assert.match(sent, /Einige Ihrer Geräte haben kein Internet/);
      assert.match(sent, new RegExp(`href="/p/${owner.token}/kit"`));
      assert.match(await (await get('/kit')).text(), new RegExp(`value="${mine}" checked`));
      await transact(house.ctx, (tx) =>
        openTask(tx, house.ctx, {
          kind: 'medium',
          key: 'medium-0',
          actionId: gate.actionId,
          partyId: owner.partyId,
          unitId: owner.unitId ?? null,
          replyId: reply.id,
        }),
      );
      const { id } = await db.selectFrom('task').select('id').executeTakeFirstOrThrow();
      const cookie = await house.signIn('support');
      const desk = async (path: string) => (await house.app.request(path, { headers: { cookie } })).text();
      assert.match(await desk(`/tasks/${id}`), new RegExp(`/parties/${owner.partyId}/kit\\?unit=${owner.unitId}`));
      const kit = given(await requestKit(support, { correctionIds: [mine], note: '' })).id;
      assert.match(await desk(`/tasks/${id}`), new RegExp(`href="/kits/${kit}"`));
      assert.match(await desk(`/parties/${owner.partyId}/kit`), new RegExp(`Kit ${kit} is for it already`));
      given(await moveKit(support, kit, { to: 'cancelled', carrier: '', tracking: '', reason: 'Not yet.' }));
      await db.deleteFrom('task').execute();
    });

    it('is one kit however often it is asked for, and none for what is on its way already', async () => {
      const [first, again] = await Promise.all([
        askForKit(kim(), wish([mine, second])),
        askForKit(kim(), wish([second, mine])),
      ]);
      assert.deepEqual(given(first), given(again));
      const [kit] = given(first).ids;
      // The last word about where it goes counts, and is an event; the same said again is none.
      given(await askForKit(kim(), wish([mine, second], { shipTo: { ...address, city: 'Neustadt' } })));
      given(await askForKit(kim(), wish([mine, second], { shipTo: { ...address, city: 'Neustadt' } })));
      assert.equal((await kitRow(kit ?? 0)).ship_to.city, 'Neustadt');
      const changes = await house.ctx.db.selectFrom('event').select('seq').where('action', '=', 'kit.change').execute();
      assert.equal(changes.length, 1);
      assert.equal(refused(await askForKit(kim(), wish([mine])), 'kit.already').params.kit, kit);
      refused(await requestKit(support, { correctionIds: [second], note: '' }), 'kit.already');
      assert.match(await (await get('/kit')).text(), /requested, we will prepare it/);
      // Its own page says so, too: nothing is left to ask for.
      assert.doesNotMatch(await (await get('/kit')).text(), /name="correctionIds"/);
    });

    it('is called off by the reader while it waits', async () => {
      const { id } = await house.ctx.db
        .selectFrom('kit')
        .select('id')
        .where('state', '=', 'requested')
        .executeTakeFirstOrThrow();
      assert.equal((await post(`/kit/${id}`, [['to', 'cancelled']], other.token)).status, 422);
      assert.equal((await kitRow(id)).state, 'requested');
      assert.equal((await post(`/kit/${id}`, [['to', 'cancelled']])).status, 303);
      assert.equal((await kitRow(id)).state, 'cancelled');
      assert.equal((await post(`/kit/${id}`, [['to', 'cancelled']])).status, 303);
      assert.match(await (await get('/kit')).text(), /name="correctionIds"/);
    });
  });

  describe('sent', () => {
    let kitId: number;

    it('is prepared once, and cannot be called off by its reader any more', async () => {
      const asked = await post('/kit', [
        ['correctionIds', String(mine)],
        ['correctionIds', String(second)],
        ['way', 'post'],
        ...(Object.entries(address) as [string, string][]),
      ]);
      assert.equal(asked.headers.get('location'), `/p/${owner.token}/kit`);
      kitId = (
        await house.ctx.db.selectFrom('kit').select('id').where('state', '=', 'requested').executeTakeFirstOrThrow()
      ).id;
      refused(await makeKitFile(support, kitId), 'kit.not-prepared');
      refused(await shipKit(support, kitId, { carrier: 'Post' }), 'kit.wrong-move');
      given(await prepareKit(support, kitId));
      refused(await prepareKit(support, kitId), 'kit.wrong-move');
      refused(await moveKit(kim(), kitId, { to: 'cancelled', carrier: '', tracking: '', reason: '' }), 'kit.too-late');
    });

    it('holds its papers in the reader’s language, and lists every file with its hash', async () => {
      const files = await zipOf(kitId);
      const names = Object.keys(files);
      for (const name of [
        'SHA256SUMS.txt',
        'START-HERE.txt',
        'START-HERE.html',
        'instructions/de.pdf',
        'instructions/de.txt',
        'instructions/en.pdf',
        'tickets.pdf',
        'form/FSN-KITS-1-form-de.pdf',
        'form/FSN-KITS-1-form-de.txt',
        'tickets.json',
        'package/patch.msi',
        'verifier/fieldfix-verifier.js',
      ])
        assert.ok(names.includes(name), `${name} of ${names.join(' ')}`);
      const text = (name: string) => Buffer.from(files[name] ?? []).toString('utf8');
      for (const pdf of names.filter((name) => name.endsWith('.pdf'))) assert.match(text(pdf), /^%PDF-/);
      assert.match(text('START-HERE.txt'), /Sichern Sie die Daten des Geräts\.\r\n/);
      assert.match(text('START-HERE.txt'), /Installationsscheine: tickets\.pdf\r\n/);
      assert.match(text('START-HERE.html'), /<a href="form\/FSN-KITS-1-form-de\.pdf" dir="ltr">/);
      assert.match(
        text('form/FSN-KITS-1-form-de.txt'),
        /\[ \] Erledigt: der Patch ist installiert {2}a: _+ {2}b {2}\[ \] Ja/,
      );
      const code = await (await get(`/code?ticket=${JSON.parse(text('tickets.json'))[0].number}`)).text();
      assert.match(code, /FSN-KITS-1-owner/);
      assert.match(text('form/FSN-KITS-1-form-de.txt'), /FSN-KITS-1-owner/);
      const sums = text('SHA256SUMS.txt').trimEnd().split('\n');
      assert.equal(sums.length, names.length - 1);
      for (const line of sums) {
        const [sum, name = ''] = line.split('  ');
        assert.equal(
          createHash('sha256')
            .update(files[name] ?? '')
            .digest('hex'),
          sum,
          name,
        );
      }
      const { contents_sha256 } = await kitRow(kitId);
      assert.equal(
        createHash('sha256')
          .update(files['SHA256SUMS.txt'] ?? '')
          .digest('hex'),
        contents_sha256,
      );
    });

    it('stays the same while the ledger goes on, and is not given out when it could not', async () => {
      const first = await zipOf(kitId);
      await house.ctx.db
        .updateTable('unit')
        .set({ serial: 'RENAMED' })
        .where('id', '=', owner.unitId ?? 0)
        .execute();
      await house.ctx.db.updateTable('party').set({ name: 'Labor Neu' }).where('id', '=', owner.partyId).execute();
      assert.deepEqual(await zipOf(kitId), first);
      await house.ctx.db
        .updateTable('unit')
        .set({ serial: 'FSN-KITS-1-owner' })
        .where('id', '=', owner.unitId ?? 0)
        .execute();
      const { contents_sha256 } = await kitRow(kitId);
      await house.ctx.db.updateTable('kit').set({ contents_sha256: 'x' }).where('id', '=', kitId).execute();
      refused(await makeKitFile(support, kitId), 'kit.changed');
      await house.ctx.db.updateTable('kit').set({ contents_sha256 }).where('id', '=', kitId).execute();
    });

    it('is not sent with metadata that ends soon; prepared again it is', async () => {
      const later = { ...support, wallClock: () => new Date(Date.now() + 100 * 86_400_000) };
      refused(await shipKit(later, kitId, { carrier: 'Post' }), 'kit.expired');
      const before = (await kitRow(kitId)).good_until;
      given(await prepareKit(support, kitId, { again: true }));
      assert.ok(((await kitRow(kitId)).good_until ?? 0) >= (before ?? 0));
    });

    it('does not leave for a unit that went to somebody else, nor with a ticket that was replaced', async () => {
      const { db } = house.ctx;
      const move = (party_id: number) =>
        db.updateTable('correction').set({ party_id }).where('id', '=', mine).execute();
      await move(other.partyId);
      refused(await shipKit(support, kitId, { carrier: 'Post' }), 'kit.unit-moved');
      refused(await prepareKit(support, kitId, { again: true }), 'kit.unit-moved');
      await move(owner.partyId);
      given(await issueTicket(support, { correctionId: mine, replace: 'It was copied.' }));
      refused(await shipKit(support, kitId, { carrier: 'Post' }), 'kit.ticket-replaced');
      given(await prepareKit(support, kitId, { again: true }));
    });

    it('ends the request for another medium, tells the reader, and both are taken back with the move', async () => {
      await transact(house.ctx, (tx) =>
        openTask(tx, house.ctx, {
          kind: 'medium',
          key: 'medium-1',
          actionId: gate.actionId,
          partyId: owner.partyId,
          unitId: owner.unitId ?? null,
        }),
      );
      refused(await shipKit(support, kitId, { carrier: '' }), 'kit.carrier-missing');
      given(await shipKit(support, kitId, { carrier: 'Post', tracking: 'RR 1' }));
      assert.deepEqual(await tasks(), ['done']);
      given(await undoKitMove(support, kitId, { reason: 'It lies here still.' }));
      assert.deepEqual(await tasks(), ['open']);
      assert.equal((await mails(owner)).length, 0);
      given(await shipKit(support, kitId, { carrier: 'Post', tracking: 'RR 2 DE' }));
      const [mail = '', ...more] = await mails(owner);
      assert.equal(more.length, 0);
      assert.match(mail, new RegExp(`^Datenträger ${kitId} ist unterwegs, FSN-KITS-1`));
      assert.match(mail, /Sendungsnummer: RR 2 DE/);
      assert.ok(mail.includes(`/p/${owner.token}/kit`));
      refused(await undoKitMove(house.as({ kind: 'visitor', name: 'visitor' }), kitId, { reason: 'no' }), 'forbidden');
    });

    it('is said to have arrived by its reader: a rung of evidence, once', async () => {
      const rung = async () =>
        (
          await house.ctx.db
            .selectFrom('correction')
            .select('has_file_at')
            .where('id', '=', mine)
            .executeTakeFirstOrThrow()
        ).has_file_at;
      assert.equal(await rung(), null);
      assert.match(await (await get('/kit')).text(), /RR 2 DE/);
      await house.ctx.db.updateTable('link').set({ opened_at: new Date() }).where('id', '=', owner.linkId).execute();
      assert.match(await (await get('')).text(), new RegExp(`Kit ${kitId}: on its way`));
      assert.equal((await post(`/kit/${kitId}`, [['to', 'received']])).status, 303);
      assert.equal((await post(`/kit/${kitId}`, [['to', 'received']])).status, 303);
      assert.notEqual(await rung(), null);
      assert.doesNotMatch(await (await get('')).text(), /on its way/);
      given(await undoKitMove(support, kitId, { reason: 'Pressed by mistake.' }));
      assert.equal(await rung(), null);
      given(await receiveKit(kim(), kitId));
      const events = await house.ctx.db
        .selectFrom('event')
        .select('actor_name')
        .where('subject', '=', 'kit')
        .where('action', '=', 'kit.received')
        .execute();
      assert.equal(events.length, 2);
    });

    it('is asked back when its package is withdrawn; one that has not left does not leave', async () => {
      const { id } = given(
        await requestKit(support, { correctionIds: [theirs], note: '', contactId: other.contactId, shipTo: address }),
      );
      given(await prepareKit(support, id));
      const quality = await house.staff('quality');
      given(await withdrawPackage(quality, packageId, { reason: 'It stops the instrument.' }));
      refused(await shipKit(support, id, { carrier: 'Post' }), 'kit.package-withdrawn');
      refused(await shipKits(support, { carrier: 'Post', kits: [{ id, tracking: '' }] }), 'kit.not-shipped');
      const mail = (await mails(owner)).at(-1) ?? '';
      assert.match(mail, new RegExp(`Datenträger ${kitId}`));
      assert.match(await (await get('/kit')).text(), /The file in this kit was withdrawn/);
      const held = await readList(
        house.ctx.db,
        kitList,
        { page: 1, size: 10, sort: 'id', direction: 'asc', filters: { attention: 'withdrawn' }, q: '' },
        { now: new Date() },
      );
      assert.deepEqual(
        held.rows.map((row) => row.id),
        [kitId, id],
      );
      given(await moveKit(kim(), kitId, { to: 'destroyed', carrier: '', tracking: '', reason: '' }));
      assert.ok((await kitRow(kitId)).received_at);
      refused(await prepareKit(support, id, { again: true }), 'kit.no-package');
      packageId = await releasePackage(house, gate.remedyId, sampleBytes(1_000, 2), { version: '1.1' });
      given(await prepareKit(support, id, { again: true }));
      assert.equal((await kitRow(id)).package_id, packageId);
    });

    it('speaks Arabic and German to who reads both, and English to who helps', async () => {
      const { id } = await house.ctx.db
        .selectFrom('kit')
        .select('id')
        .where('party_id', '=', other.partyId)
        .executeTakeFirstOrThrow();
      const files = await zipOf(id);
      for (const name of ['instructions/ar.pdf', 'instructions/de.pdf', 'instructions/en.txt', 'tickets.pdf'])
        assert.ok(files[name], name);
      assert.match(
        Buffer.from(files['START-HERE.html'] ?? []).toString('utf8'),
        /<div lang="ar" dir="rtl" align="right">/,
      );
    });
  });

  describe('worked on at the desk', () => {
    it('is printed: slips in the reader’s language, labels for those with an address', async () => {
      const rows = await house.ctx.db.selectFrom('kit').select('id').orderBy('id').execute();
      const kitIds = rows.map((row) => row.id);
      for (const what of ['slips', 'labels'] as const) {
        const { pdf } = given(await printKits(support, { kitIds, what, skip: 0 }));
        assert.equal(Buffer.from(pdf.subarray(0, 5)).toString(), '%PDF-');
      }
      refused(await printKits(support, { kitIds: [99_999], what: 'slips', skip: 0 }), 'kit.unknown');
      const { id } = given(await requestKit(support, { correctionIds: [mine], note: '' }));
      await house.ctx.db
        .updateTable('kit')
        .set({ ship_to: json({}) })
        .where('id', '=', id)
        .execute();
      refused(await printKits(support, { kitIds: [id], what: 'labels', skip: 0 }), 'kit.no-address');
      given(await changeKit(support, id, { shipTo: address, way: 'visit' }));
      given(await prepareKit(support, id));
      given(await changeKit(support, id, { note: 'Ring twice.' }));
      refused(await changeKit(support, id, { contactId: owner.contactId + 999 }), 'kit.papers-made');
      given(await shipKit(support, id, { carrier: 'E. Engineer', visitOn: '2026-12-01' }));
      refused(await changeKit(support, id, { note: 'x' }), 'kit.left');
      assert.match(await (await get('/kit', 'it')).text(), /E\. Engineer/);
      given(await moveKit(support, id, { to: 'returned', carrier: '', tracking: '', reason: '' }));
      assert.equal((await kitRow(id)).received_at, null);
      given(await undoKitMove(support, id, { reason: 'It was received.' }));
      assert.equal((await kitRow(id)).state, 'shipped');
      given(await receiveKit(support, id));
    });

    it('shows its queue with what waits too long, and ships a round at once', async () => {
      const cookie = await house.signIn('support');
      const desk = (path: string, form?: [string, string][]) =>
        house.app.request(path, {
          method: form ? 'POST' : 'GET',
          ...(form ? { body: new URLSearchParams(form) } : {}),
          headers: { cookie, origin: publicUrl },
        });
      const late = new Date(Date.now() + 90 * 86_400_000);
      assert.equal((await countKits(house.ctx.db, new Date())).overdue, 0);
      assert.ok((await countKits(house.ctx.db, late)).overdue > 0);
      const round = await (await desk('/kits/ship')).text();
      const [, id = ''] = /name="kit\.(\d+)"/.exec(round) ?? [];
      assert.notEqual(id, '');
      assert.equal((await desk('/kits/ship', [[`kit.${id}`, 'yes']])).status, 422);
      assert.equal((await desk('/kits/ship', [['carrier', 'Post']])).status, 422);
      const both: [string, string][] = [
        ['carrier', 'Post'],
        [`kit.${id}`, 'yes'],
        [`tracking.${id}`, 'RR 9'],
      ];
      assert.equal((await desk('/kits/ship', [...both, ['kit.99999', 'yes']])).status, 422);
      assert.equal((await kitRow(Number(id))).state, 'prepared');
      assert.equal((await desk('/kits/ship', both)).status, 303);
      assert.equal((await kitRow(Number(id))).tracking, 'RR 9');
      for (const path of ['/kits', '/kits?attention=overdue', '/kits?q=RR', `/kits/${id}`, `/kits/${id}/change`])
        assert.equal((await desk(path)).status, 200, path);
      assert.match(await (await desk(`/kits?q=${encodeURIComponent('FSN-KITS-1-other')}`)).text(), /Labor other/);
      assert.equal((await desk(`/kits/print?kit=${id}&what=slips`)).headers.get('content-type'), 'application/pdf');
      assert.equal((await desk('/kits/print?kit=x&what=slips')).status, 404);
      assert.equal((await desk(`/kits/${id}/undo`, [['reason', '']])).status, 422);
      assert.equal((await desk(`/kits/${id}/undo`, [['reason', 'Still here.']])).status, 303);
      const csv = await (await desk('/kits?state=prepared&export=csv')).text();
      assert.match(csv, /Labor other/);
    });

    it('is done by the API as by hand', async () => {
      const key = await house.key('kit.work', 'action.read');
      const list = (await (await house.api(key, 'GET', '/kits?state=prepared')).json()) as { rows: { id: number }[] };
      const id = list.rows[0]?.id ?? 0;
      assert.equal((await house.api(key, 'PATCH', `/kits/${id}`, { note: 'Third floor.' })).status, 200);
      assert.equal((await house.api(key, 'PATCH', `/kits/${id}`, {})).status, 422);
      const shipped = await house.api(key, 'POST', '/kits/shipments', { carrier: 'Post', kits: [{ id }] });
      assert.deepEqual(await shipped.json(), { shipped: 1 });
      const kit = (await (await house.api(key, 'GET', `/kits/${id}`)).json()) as { state: string; note: string };
      assert.deepEqual([kit.state, kit.note], ['shipped', 'Third floor.']);
      assert.equal((await house.api(key, 'POST', `/kits/${id}/undo`, { reason: 'Not yet.' })).status, 200);
      assert.equal((await house.api(key, 'POST', '/kits/print', { kitIds: [id], what: 'labels' })).status, 200);
      assert.equal((await house.api(key, 'GET', '/kits/99999')).status, 404);
      const reader = await house.key('action.read');
      assert.equal((await house.api(reader, 'POST', `/kits/${id}/undo`, { reason: 'Not yet.' })).status, 403);
    });
  });
});
