import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { openPortalHouse, type PortalHouse } from './portal-house.ts';
import { addSampleAction, addSampleParty, type SampleHouse, type SampleParty } from './portal-sample.ts';

/** Value of a hidden field on a page. */
function hidden(text: string, name: string): string {
  return new RegExp(`name="${name}" value="([^"]*)"`).exec(text)?.[1] ?? '';
}

/** Sends one step as a browser would: with the hash of what the page had shown. */
async function answer(
  house: PortalHouse,
  lab: SampleParty,
  step: string,
  form: Record<string, string | string[]>,
  go = 'next',
): Promise<Response> {
  const page = await (await house.get(`/p/${lab.token}/form/${step}`)).text();
  return house.post(`/p/${lab.token}/form/${step}`, { seen: hidden(page, 'seen'), go, ...form });
}

const receipt = { 'q.received': 'yes', 'q.understood': 'yes', 'q.compromise': 'no', 'q.users-informed': 'yes' };
const sign = {
  'q.organisation': 'Labor',
  'q.organisation-address': 'Weg 1',
  'q.signer-name': 'Erika Muster',
  'q.signer-title': 'Laborleitung',
  'q.signer-email': 'erika@lab.example',
  'q.signer-phone': '+49 30 1',
  'q.signed-on': '2022-05-04',
  'q.acknowledge': 'yes',
  'q.statement': 'yes',
};

async function sendAll(house: PortalHouse, lab: SampleParty, anyhow: string[] = []): Promise<Response> {
  const page = await (await house.get(`/p/${lab.token}/review`)).text();
  return house.post(`/p/${lab.token}/review`, { seen: hidden(page, 'seen'), once: hidden(page, 'once'), anyhow });
}

describe('the form, from the first step to the receipt', () => {
  let house: PortalHouse;
  let sample: SampleHouse;
  let lab: SampleParty;
  before(async () => {
    house = await openPortalHouse();
    sample = await addSampleAction(house.ctx);
    lab = await addSampleParty(house.ctx, sample);
  });
  after(() => house.close());
  const states = async (): Promise<string[]> =>
    (
      await house.ctx.db
        .selectFrom('correction')
        .select('state')
        .where('party_id', '=', lab.partyId)
        .orderBy('id')
        .execute()
    ).map((row) => row.state);

  it('leads from step to step and keeps what was said', async () => {
    const first = await answer(house, lab, 'receipt', receipt);
    assert.equal(first.status, 303);
    assert.equal(first.headers.get('location'), `/p/${lab.token}/form/units`);
    const again = await (await house.get(`/p/${lab.token}/form/receipt`)).text();
    assert.match(again, /name="q.received"[^>]*checked/);
  });

  it('says what is missing beside the field, and keeps what was typed', async () => {
    const [dx] = lab.correctionIds;
    const response = await answer(house, lab, 'corrections', {
      [`c${dx}.status`]: 'done',
      [`c${dx}.done-on`]: '31.02.2022',
    });
    assert.equal(response.status, 422);
    const text = await response.text();
    assert.match(text, new RegExp(`href="#f-c${dx}-done-on"`));
    assert.match(text, /value="31\.02\.2022"/);
  });

  it('is sent with two modes patched and two not, and the ledger says so', async () => {
    const [a, b, c, d] = lab.correctionIds;
    const units = Object.fromEntries(
      lab.unitIds.flatMap((id) => [
        [`u${id}.connected`, 'yes'],
        [`u${id}.software-installed`, 'yes'],
      ]),
    );
    assert.equal((await answer(house, lab, 'units', units)).status, 303);
    const corrections = {
      [`c${a}.status`]: 'done',
      [`c${a}.done-on`]: '2022-05-04',
      [`c${a}.backed-up`]: 'yes',
      [`c${b}.status`]: 'not-yet',
      [`c${b}.reason`]: 'needs-web-interface',
      [`c${c}.status`]: 'gone',
      [`c${c}.gone-how`]: 'moved',
      [`c${c}.gone-to`]: 'Labor Neu, Berlin',
      [`c${d}.status`]: 'gone',
      [`c${d}.gone-how`]: 'moved',
      [`c${d}.gone-to`]: 'Labor Neu, Berlin',
      'q.all-patched': 'no',
    };
    const saved = await answer(house, lab, 'corrections', corrections);
    assert.equal(saved.status, 303, await saved.text());
    assert.equal((await answer(house, lab, 'others', { 'q.passed-on': 'no' })).status, 303);
    const signed = await answer(house, lab, 'sign', sign);
    assert.equal(signed.headers.get('location'), `/p/${lab.token}/review`);
    const sent = await sendAll(house, lab);
    assert.equal(sent.status, 303, await sent.text());
    assert.deepEqual(await states(), ['stated', 'blocked', 'gone', 'gone']);
    const tasks = await house.ctx.db.selectFrom('task').select('kind').orderBy('kind').execute();
    assert.deepEqual(
      tasks.map((task) => task.kind),
      ['blocked', 'moved'],
    );
    const receiptPage = await (await house.get(`/p/${lab.token}/sent`)).text();
    assert.match(receiptPage, /What we have from you/);
    assert.match(receiptPage, /One correction is still open/);
  });

  it('keeps who signed what, when, in which words', async () => {
    const reply = await house.ctx.db
      .selectFrom('reply')
      .select(['signature', 'language', 'once_key'])
      .executeTakeFirstOrThrow();
    const signature = reply.signature as Record<string, string>;
    assert.equal(signature.name, 'Erika Muster');
    assert.equal(signature.zone, 'Europe/Berlin');
    assert.match(signature.meaning ?? '', /I sign for my organisation/);
    assert.match(signature.answersHash ?? '', /^[0-9a-f]{64}$/);
  });

  it('comes back: the same answers again add no evidence, a new one does', async () => {
    const count = async (): Promise<number> =>
      (await house.ctx.db.selectFrom('confirmation').select('id').execute()).length;
    const before = await count();
    assert.equal((await answer(house, lab, 'sign', sign)).status, 303);
    assert.equal((await sendAll(house, lab)).status, 303);
    assert.equal(await count(), before);
    const b = lab.correctionIds[1];
    const page = await (await house.get(`/p/${lab.token}/form/corrections`)).text();
    assert.match(
      page,
      new RegExp(`name="c${lab.correctionIds[0]}.status"[\\s\\S]{0,400}selected value="done"|value="done" selected`),
    );
    const [a, , c, d] = lab.correctionIds;
    const done = { status: 'done', 'done-on': '2022-05-04', 'backed-up': 'yes' };
    const gone = { status: 'gone', 'gone-how': 'moved', 'gone-to': 'Labor Neu, Berlin' };
    const form = Object.fromEntries(
      [
        [a, done],
        [b, done],
        [c, gone],
        [d, gone],
      ].flatMap(([id, set]) =>
        Object.entries(set as Record<string, string>).map(([question, value]) => [`c${id}.${question}`, value]),
      ),
    );
    assert.equal((await answer(house, lab, 'corrections', { ...form, 'q.all-patched': 'yes' })).status, 303);
    assert.equal((await answer(house, lab, 'sign', sign)).status, 303);
    const sent = await sendAll(house, lab);
    assert.equal(sent.status, 303, await sent.text());
    assert.equal(await count(), before + 1);
    assert.deepEqual(await states(), ['stated', 'stated', 'gone', 'gone']);
    const obligation = await house.ctx.db
      .selectFrom('obligation')
      .select(['state', 'next_reminder_at'])
      .where('party_id', '=', lab.partyId)
      .executeTakeFirst();
    assert.deepEqual(obligation, { state: 'done', next_reminder_at: null });
  });
});

describe('contradictions', () => {
  let house: PortalHouse;
  let lab: SampleParty;
  before(async () => {
    house = await openPortalHouse();
    lab = await addSampleParty(house.ctx, await addSampleAction(house.ctx), { units: 1 });
  });
  after(() => house.close());

  it('are shown with a way to mend, and sent only with a tick for each', async () => {
    const [dx, ruo] = lab.correctionIds;
    await answer(house, lab, 'receipt', receipt);
    const said = {
      [`c${dx}.status`]: 'done',
      [`c${dx}.done-on`]: '2022-05-04',
      [`c${dx}.backed-up`]: 'yes',
      [`c${ruo}.status`]: 'unknown',
      'q.all-patched': 'yes',
    };
    assert.equal((await answer(house, lab, 'corrections', said)).status, 303);
    await answer(house, lab, 'sign', sign);
    const page = await (await house.get(`/p/${lab.token}/review`)).text();
    assert.match(page, /These answers do not fit together/);
    assert.match(page, new RegExp(`form/corrections#f-c${ruo}-status`));
    assert.equal((await sendAll(house, lab)).status, 422);
    assert.equal((await house.ctx.db.selectFrom('reply').selectAll().execute()).length, 0);
    const key = /name="anyhow" value="([^"]+)"/.exec(page)?.[1] ?? '';
    assert.equal((await sendAll(house, lab, [key])).status, 303);
    const task = await house.ctx.db.selectFrom('task').select(['kind', 'detail']).executeTakeFirst();
    assert.equal(task?.kind, 'contradiction');
  });
});

describe('two presses, two windows', () => {
  let house: PortalHouse;
  let lab: SampleParty;
  before(async () => {
    house = await openPortalHouse();
    lab = await addSampleParty(house.ctx, await addSampleAction(house.ctx), { units: 1 });
  });
  after(() => house.close());

  it('makes one reply of two presses at once', async () => {
    await answer(house, lab, 'receipt', receipt);
    await answer(house, lab, 'sign', sign);
    const page = await (await house.get(`/p/${lab.token}/review`)).text();
    const form = { seen: hidden(page, 'seen'), once: hidden(page, 'once') };
    const both = await Promise.all([1, 2].map(() => house.post(`/p/${lab.token}/review`, form)));
    assert.deepEqual(
      both.map((response) => response.status),
      [303, 303],
    );
    assert.equal((await house.post(`/p/${lab.token}/review`, form)).status, 303);
    assert.equal((await house.ctx.db.selectFrom('reply').select('id').execute()).length, 1);
  });

  it('shows both answers before one window replaces the other', async () => {
    const old = hidden(await (await house.get(`/p/${lab.token}/form/receipt`)).text(), 'seen');
    await answer(house, lab, 'receipt', { ...receipt, 'q.others-told-text': 'Dr. Eins' });
    const late = await house.post(`/p/${lab.token}/form/receipt`, {
      ...receipt,
      'q.others-told-text': 'Dr. Zwei',
      seen: old,
      go: 'next',
    });
    assert.equal(late.status, 409);
    const text = await late.text();
    assert.ok(text.includes('Dr. Eins') && text.includes('Dr. Zwei'));
    const kept = await house.ctx.db.selectFrom('reply_draft').select('answers').executeTakeFirst();
    assert.match(JSON.stringify(kept?.answers), /Dr. Eins/);
    const anyhow = await house.post(`/p/${lab.token}/form/receipt`, {
      ...receipt,
      'q.others-told-text': 'Dr. Zwei',
      seen: hidden(text, 'seen'),
      go: 'next',
    });
    assert.equal(anyhow.status, 303);
  });

  it('sends nothing that was not read back', async () => {
    const page = await (await house.get(`/p/${lab.token}/review`)).text();
    await answer(house, lab, 'sign', { ...sign, 'q.department': 'Genetik' });
    const response = await house.post(`/p/${lab.token}/review`, {
      seen: hidden(page, 'seen') || '0'.repeat(64),
      once: 'other',
    });
    assert.equal(response.status, 409);
  });
});

describe('hostile forms', () => {
  let house: PortalHouse;
  let lab: SampleParty;
  let other: SampleParty;
  before(async () => {
    house = await openPortalHouse();
    const sample = await addSampleAction(house.ctx);
    lab = await addSampleParty(house.ctx, sample, { units: 1 });
    other = await addSampleParty(house.ctx, sample, { units: 1 });
  });
  after(() => house.close());

  for (const [why, form] of [
    [
      'somebody else’s correction',
      () => ({ [`c${other.correctionIds[0]}.status`]: 'done', [`c${other.correctionIds[0]}.done-on`]: '2022-05-04' }),
    ],
    [
      'ids that are none',
      () => ({ 'c0.status': 'done', 'c99999999999999999.status': 'done', 'c-1.status': 'done', 'c1e3.status': 'x' }),
    ],
    [
      'names of the prototype',
      () => ({ '__proto__.status': 'done', 'q.__proto__': 'x', constructor: 'x', 'q.constructor': 'x' }),
    ],
    ['markup', () => ({ 'q.others-told-text': '<script>alert(1)</script>' })],
    ['two of everything', () => ({ 'q.received': ['yes', 'no'], go: ['next', 'later'] })],
    ['a book', () => ({ 'q.others-told-text': 'x'.repeat(200_000) })],
    ['ten thousand rows', () => Object.fromEntries(Array.from({ length: 9_999 }, (_, n) => [`x${n}.serial`, 'S']))],
    ['control characters', () => ({ 'q.others-told-text': 'a\u0000b\u202ec' })],
  ] as [string, () => Record<string, string | string[]>][]) {
    it(`takes no harm from ${why}`, async () => {
      for (const step of ['receipt', 'corrections', 'others', 'nowhere']) {
        const response = await answer(house, lab, step, form());
        assert.ok([303, 409, 422].includes(response.status), `${step}: ${response.status}`);
        assert.ok(!(await response.text()).includes('<script>alert'));
      }
      for (const page of ['form/receipt', 'form/others', 'review']) {
        const shown = await house.get(`/p/${lab.token}/${page}`);
        assert.equal(shown.status, 200);
        assert.ok(!(await shown.text()).includes('<script>alert'));
      }
      const states = await house.ctx.db.selectFrom('correction').select('state').execute();
      assert.ok(states.every((row) => row.state === 'open'));
    });
  }
});

describe('receipt alone', () => {
  let house: PortalHouse;
  let lab: SampleParty;
  before(async () => {
    house = await openPortalHouse();
    lab = await addSampleParty(house.ctx, await addSampleAction(house.ctx), { languages: ['de'] });
  });
  after(() => house.close());

  it('shows the notice in the reader’s language with the reader’s own facts', async () => {
    const text = await (await house.get(`/p/${lab.token}/notice`)).text();
    assert.match(text, /lang="de"/);
    assert.ok(!text.includes('fact.invalid') && !text.includes('\u{e000}'));
    assert.ok(text.includes('Erika Muster'));
  });

  it('needs the tick and a name', async () => {
    const response = await house.post(`/p/${lab.token}/receipt`, {});
    assert.equal(response.status, 422);
    const text = await response.text();
    assert.match(text, /Setzen Sie das Häkchen/);
    assert.match(text, /Geben Sie Ihren Namen an/);
  });

  it('is one reply however often it is pressed, and the patch is still owed', async () => {
    const form = { received: 'yes', name: 'Erika Muster', title: 'Leitung' };
    for (let n = 0; n < 2; n++) assert.equal((await house.post(`/p/${lab.token}/receipt`, form)).status, 303);
    const { db } = house.ctx;
    const replies = await db.selectFrom('reply').select(['language', 'signature']).execute();
    assert.equal(replies.length, 1);
    assert.equal(replies[0]?.language, 'de');
    const obligation = await db
      .selectFrom('obligation')
      .select(['state', 'corrections_open', 'next_reminder_at'])
      .executeTakeFirst();
    assert.deepEqual(obligation, { state: 'received', corrections_open: 4, next_reminder_at: null });
  });
});
