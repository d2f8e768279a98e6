import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { openPortalHouse, type PortalHouse } from './portal-house.ts';
import { addSampleAction, addSampleParty, type SampleHouse, type SampleParty } from './portal-sample.ts';

describe('the way into the portal', () => {
  let house: PortalHouse;
  let sample: SampleHouse;
  let lab: SampleParty;
  before(async () => {
    house = await openPortalHouse();
    sample = await addSampleAction(house.ctx);
    lab = await addSampleParty(house.ctx, sample);
  });
  after(() => house.close());

  it('shows one button, and opening the page changes nothing', async () => {
    for (let n = 0; n < 3; n++) {
      const response = await house.get(`/p/${lab.token}`);
      assert.equal(response.status, 200);
      const text = await response.text();
      assert.equal(text.match(/<button/g)?.length, 1);
    }
    const link = await house.ctx.db
      .selectFrom('link')
      .select('opened_at')
      .where('id', '=', lab.linkId)
      .executeTakeFirst();
    assert.equal(link?.opened_at, null);
    const events = await house.ctx.db.selectFrom('event').select('seq').execute();
    assert.equal(events.length, 0);
  });

  it('opens by the button, once', async () => {
    for (let n = 0; n < 2; n++) {
      const response = await house.post(`/p/${lab.token}/open`, {});
      assert.equal(response.status, 303);
      assert.equal(response.headers.get('location'), `/p/${lab.token}/notice`);
    }
    const events = await house.ctx.db.selectFrom('event').select(['action', 'actor_kind']).execute();
    assert.deepEqual(events, [{ action: 'link.open', actor_kind: 'contact' }]);
    const text = await (await house.get(`/p/${lab.token}`)).text();
    assert.match(text, /Please read the notice and answer/);
  });

  it('takes a token as people type it', async () => {
    const typed = lab.token.toUpperCase().replace(/(.{5})/g, '$1-');
    assert.equal((await house.get(`/p/${typed}`)).status, 200);
  });

  it('answers unknown, expired and revoked links with one polite page', async () => {
    const pages: string[] = [];
    const unknown = await house.get('/p/00000000000000000000000000');
    assert.equal(unknown.status, 404);
    pages.push(await unknown.text());
    for (const change of [{ revoked_at: house.ctx.now() }, { expires_at: new Date('2022-05-01T00:00:00Z') }]) {
      const other = await addSampleParty(house.ctx, sample);
      await house.ctx.db.updateTable('link').set(change).where('id', '=', other.linkId).execute();
      for (const page of ['', '/notice', '/units', '/contact']) {
        const response = await house.get(`/p/${other.token}${page}`);
        assert.equal(response.status, 410);
        const text = await response.text();
        assert.ok(!text.includes('Erika') && !text.includes('Musterstadt'));
        pages.push(text);
      }
    }
    for (const text of pages) assert.match(text, /This link does not open anything/);
  });

  it('slows down who tries links that do not exist', async () => {
    let status = 0;
    for (let n = 0; n < 40 && status !== 429; n++)
      status = (await house.get(`/p/${String(n).padStart(26, '0')}`)).status;
    assert.equal(status, 429);
    house.setNow('2022-05-04T08:10:00Z');
    assert.equal((await house.get(`/p/${lab.token}`)).status, 200);
  });

  it('speaks the language asked for, then keeps it', async () => {
    const asked = await house.get(`/p/${lab.token}/units?lang=de`);
    assert.match(await asked.text(), /<html lang="de"/);
    const cookie = asked.headers.get('set-cookie') ?? '';
    assert.match(cookie, /ff_lang=de/);
    const next = await house.get(`/p/${lab.token}/units`, { cookie: 'ff_lang=de' });
    assert.match(await next.text(), /Ihre Geräte/);
    assert.equal((await house.get(`/p/${lab.token}/units?lang=%3Cscript%3E`)).status, 200);
  });

  it('lists the own units and nobody else’s', async () => {
    const other = await addSampleParty(house.ctx, sample);
    const text = await (await house.get(`/p/${lab.token}/units`)).text();
    const serials = await house.ctx.db.selectFrom('unit').select(['serial', 'party_id']).execute();
    for (const unit of serials) assert.equal(text.includes(unit.serial), unit.party_id === lab.partyId, unit.serial);
    assert.notEqual(other.partyId, lab.partyId);
  });
});

describe('“I am not the right person”', () => {
  let house: PortalHouse;
  let lab: SampleParty;
  before(async () => {
    house = await openPortalHouse();
    lab = await addSampleParty(house.ctx, await addSampleAction(house.ctx));
  });
  after(() => house.close());

  for (const [why, form, message] of [
    ['nothing chosen', {}, 'Choose what we should know'],
    ['nobody named', { kind: 'forward', email: 'a@b.example' }, 'Write the name of the person'],
    ['no way to reach them', { kind: 'forward', name: 'A' }, 'Give an e-mail address or a telephone number'],
    ['no address', { kind: 'forward', name: 'A', email: 'a b' }, 'This is not an e-mail address'],
    ['a whole book', { kind: 'left', note: 'x'.repeat(3000) }, 'This is too long'],
  ] as [string, Record<string, string>, string][]) {
    it(`says what is missing: ${why}`, async () => {
      const response = await house.post(`/p/${lab.token}/contact`, form);
      assert.equal(response.status, 422);
      const text = await response.text();
      assert.ok(text.includes(message), text.slice(text.indexOf('ff-summary'), text.indexOf('ff-summary') + 600));
    });
  }

  it('keeps a proposal as a task and leaves the contact as it is', async () => {
    const form = { kind: 'forward', name: 'Max <b>Neu</b>', email: 'Max@lab.example', languages: ['de', 'en'] };
    for (let n = 0; n < 2; n++) assert.equal((await house.post(`/p/${lab.token}/contact`, form)).status, 303);
    const { db } = house.ctx;
    const tasks = await db.selectFrom('task').select(['kind', 'party_id']).execute();
    assert.deepEqual(tasks, [{ kind: 'contact-change', party_id: lab.partyId }]);
    const contact = await db.selectFrom('contact').select(['name', 'status']).execute();
    assert.deepEqual(contact, [{ name: 'Erika Muster', status: 'active' }]);
  });
});

describe('a suspected compromise', () => {
  let house: PortalHouse;
  let lab: SampleParty;
  let other: SampleParty;
  const report = { unplugged: 'yes', summary: 'Unknown account', name: 'Erika', phone: '+49 30 1' };
  before(async () => {
    house = await openPortalHouse();
    const sample = await addSampleAction(house.ctx);
    lab = await addSampleParty(house.ctx, sample);
    other = await addSampleParty(house.ctx, sample);
  });
  after(() => house.close());

  it('says first to unplug the cable, then whom to call', async () => {
    const text = await (await house.get(`/p/${lab.token}/incident`)).text();
    assert.ok(text.indexOf('Unplug the network cable now') > 0);
    assert.ok(text.indexOf('Unplug the network cable now') < text.indexOf('Call us'));
    assert.equal((await house.get(`/p/${lab.token}/incident/report`)).status, 200);
  });

  it('refuses units of somebody else', async () => {
    const form = { ...report, units: [String(other.unitIds[0])] };
    assert.equal((await house.post(`/p/${lab.token}/incident/report`, form)).status, 422);
    assert.deepEqual(await house.ctx.db.selectFrom('incident').selectAll().execute(), []);
  });

  it('makes an incident, an urgent task, and an isolated unit', async () => {
    const form = { ...report, units: [String(lab.unitIds[0])] };
    for (let n = 0; n < 2; n++) assert.equal((await house.post(`/p/${lab.token}/incident/report`, form)).status, 303);
    const { db } = house.ctx;
    assert.equal((await db.selectFrom('incident').selectAll().execute()).length, 1);
    const task = await db.selectFrom('task').select(['kind', 'priority']).executeTakeFirst();
    assert.deepEqual(task, { kind: 'suspected-compromise', priority: 1 });
    const unit = await db
      .selectFrom('unit')
      .select('isolated_at')
      .where('id', '=', lab.unitIds[0] ?? 0)
      .executeTakeFirst();
    assert.ok(unit?.isolated_at);
    const states = await db
      .selectFrom('correction')
      .select('state')
      .where('party_id', '=', lab.partyId)
      .orderBy('id')
      .execute();
    assert.deepEqual(
      states.map((row) => row.state),
      ['isolated', 'isolated', 'open', 'open'],
    );
  });

  it('claims no isolation while the cable is in', async () => {
    const form = { ...report, summary: 'Another', unplugged: 'no', units: [String(lab.unitIds[1])] };
    assert.equal((await house.post(`/p/${lab.token}/incident/report`, form)).status, 303);
    const unit = await house.ctx.db
      .selectFrom('unit')
      .select('isolated_at')
      .where('id', '=', lab.unitIds[1] ?? 0)
      .executeTakeFirst();
    assert.equal(unit?.isolated_at, null);
  });
});
