import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { createOTP } from '@better-auth/utils/otp';
import { sampleAccounts, samplePassword } from '../src/app/accounts.ts';
import { ATTEMPT_LIMITS } from '../src/app/credentials.ts';
import { ensureFirstAdministrator, inviteStaff, offerRecovery } from '../src/app/invitations.ts';
import { isRefusal } from '../src/domain/refusal.ts';
import { newVisitor, type Visitor } from './helpers/browser-of-one.ts';
import { type House, openHouse, publicUrl } from './helpers/house.ts';

const PASSWORD = 'a long enough sentence';
let house: House;
let visitor: Visitor;
before(async () => {
  house = await openHouse();
});
after(() => house.close());
beforeEach(async () => {
  visitor = newVisitor(house.app, publicUrl);
  await house.ctx.db.deleteFrom('sign_in_attempt').execute();
});

/** The path of a link this server made. */
const pathOf = (url: string): string => url.slice(publicUrl.length);
const location = (answer: Response): string | null => answer.headers.get('location');
const SESSION = 'fieldfix.session_token';
let people = 0;

/** Somebody who was invited and has a password, not yet a second step. */
async function invited(role: 'quality' | 'administrator' = 'quality'): Promise<{ email: string; id: string }> {
  const email = `person-${++people}@maker.example`;
  const link = await inviteStaff(await house.staff('administrator'), { email, name: `Person ${people}`, role });
  assert.ok(!isRefusal(link));
  const answer = await newVisitor(house.app, publicUrl).post(pathOf(link.url), {
    name: `Person ${people}`,
    password: PASSWORD,
    again: PASSWORD,
  });
  assert.equal(answer.status, 303);
  const { id } = await house.ctx.db
    .selectFrom('staff')
    .select('id')
    .where('email', '=', email)
    .executeTakeFirstOrThrow();
  return { email, id };
}

/** The key that the page of the second step shows. */
async function shownKey(page: Response): Promise<string> {
  const text = await page.text();
  const key = /otpauth:[^"]*secret=([A-Z2-7]+)/.exec(text)?.[1];
  assert.ok(key, text.slice(0, 500));
  return key;
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
/** An app's code for the key, as RFC 6238 makes it; `steps` half minutes from now. */
async function codeFor(key: string, steps = 0): Promise<string> {
  let bits = '';
  for (const sign of key) bits += BASE32.indexOf(sign).toString(2).padStart(5, '0');
  const bytes = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  return createOTP(bytes.toString('latin1'), { period: 30, digits: 6 }).hotp(Math.floor(Date.now() / 30_000) + steps);
}

/** Signs in with a password and sets up codes. @returns the key of the app */
async function enrol(who: Visitor, email: string): Promise<string> {
  await who.post('/sign-in', { email, password: PASSWORD });
  const key = await shownKey(await who.get('/account/second-step'));
  const answer = await who.post('/account/second-step', { code: await codeFor(key, -1) });
  assert.equal(answer.status, 303, await answer.text());
  return key;
}

async function eventsOf(id: string): Promise<string[]> {
  const rows = await house.ctx.db
    .selectFrom('event')
    .select('action')
    .where('subject', '=', 'staff')
    .where('subject_id', '=', id)
    .orderBy('seq')
    .execute();
  return rows.map((row) => row.action);
}

describe('the first administrator', () => {
  it('has a link only while there is nobody', async () => {
    assert.equal(await ensureFirstAdministrator(house.ctx), undefined);
  });

  it('comes in by the link once, with the role', async () => {
    const empty = await openHouse({ people: false });
    try {
      const first = await ensureFirstAdministrator(empty.ctx);
      const second = await ensureFirstAdministrator(empty.ctx);
      assert.ok(first && second);
      const browser = newVisitor(empty.app, publicUrl);
      assert.equal((await browser.get(pathOf(first.url))).status, 422, 'a later start ends the earlier link');
      assert.match(await (await browser.get(pathOf(second.url))).text(), /administrator/);
      const form = { name: 'Ada First', email: 'Ada@Maker.example', password: PASSWORD, again: PASSWORD };
      assert.equal(
        (await browser.post(pathOf(second.url), { ...form, password: 'short', again: 'short' })).status,
        422,
      );
      assert.equal((await browser.post(pathOf(second.url), { ...form, again: 'another long sentence' })).status, 422);
      const made = await Promise.all([
        browser.post(pathOf(second.url), form),
        browser.post(pathOf(second.url), { ...form, email: 'b@maker.example' }),
      ]);
      assert.deepEqual(made.map((answer) => answer.status).sort(), [303, 422], 'two at once make one account');
      const staff = await empty.ctx.db.selectFrom('staff').select(['email', 'role', 'totp_exempt']).execute();
      assert.equal(staff.length, 1);
      assert.equal(staff[0]?.role, 'administrator');
      assert.equal(staff[0]?.totp_exempt, false);
      assert.equal(await ensureFirstAdministrator(empty.ctx), undefined);
    } finally {
      await empty.close();
    }
  });
});

describe('a password', () => {
  it('leads to the second step and nowhere else', async () => {
    const { email } = await invited();
    const answer = await visitor.post('/sign-in', { email, password: PASSWORD });
    assert.equal(answer.status, 303);
    for (const path of ['/', '/parties', '/account', '/settings/keys']) {
      assert.equal(location(await visitor.get(path)), '/account/second-step', path);
    }
    assert.equal((await visitor.get('/api/v1/me')).status, 401);
    const page = await visitor.get('/account/second-step');
    assert.equal(page.status, 200);
    assert.match(await page.clone().text(), /<bdi class="ff-code" dir="ltr">(?:[A-Z2-7]{4} ){5,}/);
    assert.equal((await visitor.post('/account/second-step', { code: '000000' })).status, 422);
    const key = await shownKey(page);
    assert.equal(
      await shownKey(await visitor.get('/account/second-step')),
      key,
      'the key stays while it is not confirmed',
    );
    const before = visitor.cookies.get(SESSION);
    assert.equal((await visitor.post('/account/second-step', { code: await codeFor(key) })).status, 303);
    assert.notEqual(visitor.cookies.get(SESSION), before, 'a session of more rights has another identifier');
    assert.equal((await visitor.get('/account')).status, 200);
  });

  it('asks for a code at each sign-in, and takes each code once', async () => {
    const { email, id } = await invited();
    const key = await enrol(visitor, email);
    const other = newVisitor(house.app, publicUrl);
    const code = await codeFor(key);
    const first = await visitor.post('/sign-in', { email, password: PASSWORD, next: '/parties?q=1' });
    assert.equal(location(first), '/sign-in/code?next=%2Fparties%3Fq%3D1');
    assert.equal((await visitor.post('/sign-in/code', { code: '123', next: '/parties' })).status, 422);
    const inside = await visitor.post('/sign-in/code', { code, next: '/parties?q=1' });
    assert.equal(location(inside), '/parties?q=1');
    await other.post('/sign-in', { email, password: PASSWORD });
    assert.equal(location(await other.get('/parties')), '/sign-in?next=%2Fparties', 'half a sign-in is none');
    const again = await other.post('/sign-in/code', { code });
    assert.match(location(again) ?? '', /^\/sign-in/);
    assert.equal(location(await other.get('/parties')), '/sign-in?next=%2Fparties', 'a code opens once');
    assert.ok((await eventsOf(id)).includes('account.sign-in'));
  });

  it('takes a backup code instead, once', async () => {
    const { email } = await invited();
    await visitor.post('/sign-in', { email, password: PASSWORD });
    const page = await (await visitor.get('/account/second-step')).text();
    const backup = /ff-backup-codes.*?([A-Za-z0-9]{5}-[A-Za-z0-9]{5})/s.exec(page)?.[1] ?? '';
    const key = /secret=([A-Z2-7]+)/.exec(page)?.[1] ?? '';
    await visitor.post('/account/second-step', { code: await codeFor(key) });
    for (const expected of ['/', null]) {
      const browser = newVisitor(house.app, publicUrl);
      await browser.post('/sign-in', { email, password: PASSWORD });
      assert.equal(location(await browser.post('/sign-in/code', { code: backup })), expected);
    }
  });

  it('is changed against the old one, and ends the other sessions', async () => {
    const { email } = await invited();
    const key = await enrol(visitor, email);
    const other = newVisitor(house.app, publicUrl);
    await other.post('/sign-in', { email, password: PASSWORD });
    await other.post('/sign-in/code', { code: await codeFor(key) });
    assert.equal((await other.get('/account')).status, 200);
    const wanted = 'another long sentence';
    assert.equal((await visitor.post('/account/password', { current: 'wrong', wanted })).status, 422);
    assert.equal((await visitor.post('/account/password', { current: PASSWORD, wanted: 'short' })).status, 422);
    assert.equal((await visitor.post('/account/password', { current: PASSWORD, wanted })).status, 303);
    assert.equal((await visitor.get('/account')).status, 200);
    assert.match(location(await other.get('/account')) ?? '', /^\/sign-in/);
    assert.equal((await newVisitor(house.app, publicUrl).post('/sign-in', { email, password: PASSWORD })).status, 422);
  });
});

describe('wrong tries', () => {
  const wrong = (who: Visitor, email: string) => who.post('/sign-in', { email, password: 'not this one' });

  it('say the same whether the account exists, is shut, or the password is wrong', async () => {
    const { email, id } = await invited();
    const shut = await invited();
    await house.ctx.db.updateTable('staff').set({ disabled_at: new Date() }).where('id', '=', shut.id).execute();
    const bodyOf = async (who: string, password: string) => {
      const answer = await visitor.post('/sign-in', { email: who, password });
      assert.equal(answer.status, 422);
      return (await answer.text()).replaceAll(who, 'X').replace(/\d+\.\d+\.\d+/g, '');
    };
    const expected = await bodyOf(email, 'not this one');
    assert.equal(await bodyOf('nobody@maker.example', 'not this one'), expected);
    assert.equal(await bodyOf(shut.email, PASSWORD), expected);
    assert.ok(id);
  });

  it('end after a few, with the time to wait, and begin again when it is over', async () => {
    const { email } = await invited();
    for (let n = 0; n < ATTEMPT_LIMITS.accountAndAddress; n++) assert.equal((await wrong(visitor, email)).status, 422);
    const locked = await visitor.post('/sign-in', { email, password: PASSWORD });
    assert.equal(locked.status, 429);
    assert.match(await locked.text(), /1[45] minutes/);
    assert.equal((await wrong(visitor, 'somebody-else@maker.example')).status, 422, 'others are not locked out');
    await house.ctx.db
      .updateTable('sign_in_attempt')
      .set({ at: new Date(Date.now() - ATTEMPT_LIMITS.windowMinutes * 60_000 - 1000) })
      .execute();
    assert.equal((await visitor.post('/sign-in', { email, password: PASSWORD })).status, 303);
  });

  it('are counted before they are checked: many at one moment do not slip through', async () => {
    const { email } = await invited();
    const answers = await Promise.all(Array.from({ length: 30 }, () => wrong(newVisitor(house.app, publicUrl), email)));
    const tried = answers.filter((answer) => answer.status === 422).length;
    assert.ok(tried <= ATTEMPT_LIMITS.accountAndAddress + 2, `${tried} of 30 were tried`);
    assert.equal((await wrong(visitor, email)).status, 429);
  });

  it('of the second step end as well', async () => {
    const { email } = await invited();
    await enrol(visitor, email);
    const seen = new Set<number>();
    for (let n = 0; n < 4; n++) {
      const browser = newVisitor(house.app, publicUrl);
      await browser.post('/sign-in', { email, password: PASSWORD });
      for (let k = 0; k < 4; k++) seen.add((await browser.post('/sign-in/code', { code: '000000' })).status);
    }
    assert.ok(seen.has(429), [...seen].join());
  });
});

describe('a session', () => {
  it('gets a new identifier at sign-in, and the one before ends', async () => {
    const quality = sampleAccounts[0]?.email ?? '';
    await visitor.post('/sign-in', { email: quality, password: samplePassword });
    const planted = visitor.cookies.get(SESSION) ?? '';
    await visitor.post('/sign-in', { email: sampleAccounts[1]?.email ?? '', password: samplePassword });
    assert.notEqual(visitor.cookies.get(SESSION), planted);
    const thief = newVisitor(house.app, publicUrl);
    thief.cookies.set(SESSION, planted);
    assert.match(location(await thief.get('/parties')) ?? '', /^\/sign-in/);
  });

  it('cannot be forged', async () => {
    for (const value of ['x', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.bbbb', encodeURIComponent('a.b='), '%']) {
      visitor.cookies.set(SESSION, value);
      assert.match(location(await visitor.get('/parties')) ?? '', /^\/sign-in/, value);
    }
  });

  it('ends when it is left alone, when it is old, and at sign-out', async () => {
    const email = sampleAccounts[2]?.email ?? '';
    const change = async (column: 'updated_at' | 'expires_at', hours: number) => {
      await visitor.post('/sign-in', { email, password: samplePassword });
      assert.equal((await visitor.get('/account')).status, 200);
      await house.ctx.db
        .updateTable('staff_session')
        .set({ [column]: new Date(Date.now() + hours * 3_600_000) })
        .execute();
    };
    await change('updated_at', -3);
    assert.match(location(await visitor.get('/account')) ?? '', /^\/sign-in/);
    await change('expires_at', -0.1);
    assert.match(location(await visitor.get('/account')) ?? '', /^\/sign-in/);
    await change('updated_at', -1);
    assert.equal((await visitor.get('/account')).status, 200);
    const kept = visitor.cookies.get(SESSION) ?? '';
    assert.equal(location(await visitor.post('/sign-out')), '/sign-in');
    assert.equal(visitor.cookies.has(SESSION), false);
    visitor.cookies.set(SESSION, kept);
    assert.match(location(await visitor.get('/account')) ?? '', /^\/sign-in/);
  });

  it('cookie is for this server only', async () => {
    const answer = await visitor.post('/sign-in', { email: sampleAccounts[0]?.email ?? '', password: samplePassword });
    const cookie = answer.headers.getSetCookie().find((line) => line.startsWith(SESSION)) ?? '';
    assert.match(cookie, /HttpOnly/i);
    assert.match(cookie, /SameSite=Lax/i);
    assert.match(cookie, /Path=\//i);
    assert.doesNotMatch(cookie, /Domain=/i);
  });

  it('is not made for another site: neither forms nor JSON', async () => {
    const form = { email: sampleAccounts[0]?.email ?? '', password: samplePassword };
    for (const headers of [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': '', origin: 'https://evil.example' },
    ]) {
      const answer = await visitor.post('/sign-in', form, headers as Record<string, string>);
      assert.equal(answer.status, 403);
      assert.equal(visitor.cookies.has(SESSION), false);
    }
  });

  const wayOut = [
    '//evil.example',
    '/\\evil.example',
    'https://evil.example',
    'javascript:alert(1)',
    '/\t/evil.example',
    '\\\\evil.example',
    '/%0d%0aset-cookie:x=1',
    '',
  ];
  for (const next of wayOut) {
    it(`leads nowhere else: ${JSON.stringify(next)}`, async () => {
      const answer = await visitor.post('/sign-in', {
        email: sampleAccounts[0]?.email ?? '',
        password: samplePassword,
        next,
      });
      const goal = new URL(location(answer) ?? '', publicUrl);
      assert.equal(goal.origin, publicUrl);
      assert.equal(answer.headers.get('x'), null);
    });
  }
});

describe('sample accounts', () => {
  it('open nothing where the demo is over', async () => {
    const grown = await openHouse({ demo: false });
    try {
      const answer = await newVisitor(grown.app, publicUrl).post('/sign-in', {
        email: sampleAccounts[0]?.email ?? '',
        password: samplePassword,
      });
      assert.equal(answer.status, 422);
      const page = await (await newVisitor(grown.app, publicUrl).get('/sign-in')).text();
      assert.doesNotMatch(page, new RegExp(samplePassword));
    } finally {
      await grown.close();
    }
  });
});

describe('an administrator', () => {
  it('shuts an account, which ends its sessions at once', async () => {
    const { email, id } = await invited();
    await enrol(visitor, email);
    const administrator = newVisitor(house.app, publicUrl);
    await administrator.post('/sign-in', { email: 'administrator@fieldfix.example', password: samplePassword });
    assert.equal((await administrator.post(`/settings/accounts/${id}`, { disabled: 'yes' })).status, 303);
    assert.match(location(await visitor.get('/account')) ?? '', /^\/sign-in/);
    assert.equal((await visitor.post('/sign-in', { email, password: PASSWORD })).status, 422);
    await administrator.post(`/settings/accounts/${id}`, { disabled: 'no', role: 'viewer' });
    await house.ctx.db.deleteFrom('sign_in_attempt').execute();
    assert.equal((await visitor.post('/sign-in', { email, password: PASSWORD })).status, 303);
    assert.deepEqual((await eventsOf(id)).filter((action) => action === 'account.change').length, 2);
  });

  it('cannot shut or demote the last administrator', async () => {
    const administrator = await house.ctx.db
      .selectFrom('staff')
      .select('id')
      .where('role', '=', 'administrator')
      .execute();
    const browser = newVisitor(house.app, publicUrl);
    await browser.post('/sign-in', { email: 'administrator@fieldfix.example', password: samplePassword });
    for (const { id } of administrator) await browser.post(`/settings/accounts/${id}`, { role: 'viewer' });
    const left = await house.ctx.db.selectFrom('staff').select('id').where('role', '=', 'administrator').execute();
    assert.equal(left.length, 1);
  });

  it('alone may see and change accounts', async () => {
    await visitor.post('/sign-in', { email: 'quality@fieldfix.example', password: samplePassword });
    assert.equal((await visitor.get('/settings/accounts')).status, 403);
    assert.equal(
      (await visitor.post('/settings/accounts', { name: 'X Y', email: 'x@y.example', role: 'administrator' })).status,
      403,
    );
    assert.equal((await visitor.get('/settings/keys')).status, 403);
  });

  it('gives somebody who lost everything a new start, once', async () => {
    const { email, id } = await invited();
    await enrol(visitor, email);
    const link = await offerRecovery(await house.staff('administrator'), id);
    assert.ok(!isRefusal(link));
    const wanted = 'a wholly new sentence';
    const browser = newVisitor(house.app, publicUrl);
    assert.match(await (await browser.get(pathOf(link.url))).text(), /old password, one-time codes and passkeys end/);
    assert.equal((await visitor.get('/account')).status, 200, 'until the link is used, all stays as it is');
    assert.equal((await browser.post(pathOf(link.url), { password: wanted, again: wanted })).status, 303);
    assert.match(location(await visitor.get('/account')) ?? '', /^\/sign-in/);
    assert.equal((await browser.post(pathOf(link.url), { password: wanted, again: wanted })).status, 422);
    assert.equal(location(await browser.post('/sign-in', { email, password: wanted })), '/');
    assert.equal(location(await browser.get('/')), '/account/second-step', 'the second step is set up anew');
    assert.deepEqual((await eventsOf(id)).slice(-3), ['account.offer-recovery', 'account.recover', 'account.sign-in']);
  });
});

describe('the pages', () => {
  const pages = [
    '/account',
    '/account/second-step',
    '/settings/accounts',
    '/settings/keys',
    '/sign-in',
    '/sign-in/code',
    '/api',
  ];
  for (const path of pages) {
    it(`${path} has no inline script or style and labels its fields`, async () => {
      if (!path.startsWith('/sign-in')) {
        await visitor.post('/sign-in', { email: 'administrator@fieldfix.example', password: samplePassword });
      }
      const answer = await visitor.get(path);
      assert.equal(answer.status, 200, location(answer) ?? '');
      const text = await answer.text();
      assert.doesNotMatch(text, /<script(?![^>]*src=)|\sstyle="|\son[a-z]+="/);
      const labelled = new Set([...text.matchAll(/<label[^>]* for="([^"]+)"/g)].map((match) => match[1]));
      for (const [tag] of text.matchAll(/<(?:input|select|textarea)[^>]*>/g)) {
        if (/type="(hidden|submit|radio|checkbox)"/.test(tag)) continue;
        const id = / id="([^"]+)"/.exec(tag)?.[1];
        assert.ok(id && labelled.has(id), tag);
      }
    });
  }
});
