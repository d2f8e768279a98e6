/** One laboratory from the letter to verified in both modes: without JavaScript on a telephone, and with it at a desk. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { type Translate, translator } from '../../src/http/translate.ts';
import { closeBrowser, withBrowser } from '../helpers/browser.ts';
import { checkWidth, type Journey, open, openJourney, press, releaseSample, signIn } from './journey-house.ts';

/** A laboratory with one instrument, which boots into two modes, and nothing else. */
interface Laboratory {
  partyId: number;
  party: string;
  email: string;
  unitId: number;
  serial: string;
  /** Corrections by environment. */
  dx: number;
  ruo: number;
}

let journey: Journey;
let actionId: number;

before(async () => {
  journey = await openJourney();
  ({ actionId } = await releaseSample(journey, { DE: 5, GB: 5 }));
});
after(async () => {
  await closeBrowser();
  await journey.close();
});

async function findLaboratory(country: string): Promise<Laboratory> {
  const { db } = journey.system;
  const rows = await db
    .selectFrom('correction as c')
    .innerJoin('unit as u', 'u.id', 'c.unit_id')
    .innerJoin('environment as e', 'e.id', 'c.environment_id')
    .innerJoin('party as p', 'p.id', 'c.party_id')
    .innerJoin('delivery as d', (join) => join.onRef('d.party_id', '=', 'p.id').on('d.kind', '=', 'notice'))
    .select(['c.id', 'c.party_id', 'p.name', 'u.id as unit', 'u.serial', 'e.code', 'd.address'])
    .where('p.country', '=', country)
    .where('d.state', '=', 'sent')
    .where('d.address', 'like', 'recall@%')
    .orderBy('c.id')
    .execute();
  const parties = new Map<number, typeof rows>();
  for (const row of rows) parties.set(row.party_id, [...(parties.get(row.party_id) ?? []), row]);
  const [partyId, own] = [...parties].find(
    ([, of]) => of.length === 2 && of[0]?.unit === of[1]?.unit && of.some((row) => row.code === 'Dx'),
  ) ?? [0, []];
  const [first] = own;
  assert.ok(first, `no laboratory with one instrument in ${country}`);
  return {
    partyId,
    party: first.name,
    email: first.address,
    unitId: first.unit,
    serial: first.serial,
    dx: own.find((row) => row.code === 'Dx')?.id ?? 0,
    ruo: own.find((row) => row.code === 'RUO')?.id ?? 0,
  };
}

/** Finds the letter in the built-in mailbox, as support does, and follows the personal link in it to its first page. */
async function readLetter(page: Page, laboratory: Laboratory): Promise<string> {
  await signIn(page, journey, 'Support');
  await open(page, journey, `/mailbox?q=${encodeURIComponent(laboratory.email)}`);
  await page.getByRole('row').filter({ hasText: laboratory.email }).getByRole('link').first().click();
  const letter = page.frameLocator('iframe');
  assert.ok(await letter.getByText('FSN2022-1230').first().isVisible());
  const link: string | null = await letter.locator('a[href*="/p/"]').first().getAttribute('href');
  const [opened] = await Promise.all([page.waitForEvent('popup'), letter.locator('a[href*="/p/"]').first().click()]);
  await opened.getByRole('heading', { level: 1 }).waitFor();
  assert.equal(opened.url(), link);
  await opened.close();
  if (!link?.startsWith(`${journey.url}/p/`)) assert.fail(`the letter leads to ${link}`);
  return link;
}

/** What the desk's dashboard counts as verified. */
async function figureVerified(page: Page): Promise<number> {
  await open(page, journey, `/actions/${actionId}`);
  return Number((await page.locator('a[href$="/corrections?state=verified"]').first().innerText()).match(/\d+/)?.[0]);
}

async function stateOf(correction: number): Promise<string> {
  const row = await journey.system.db
    .selectFrom('correction')
    .select('state')
    .where('id', '=', correction)
    .executeTakeFirstOrThrow();
  return row.state;
}

/** Chooses one of a question's answers by its field name, as a click on its label does. */
async function choose(page: Page, name: string, value: string): Promise<void> {
  const id = await page.locator(`input[name="${name}"][value="${value}"]`).getAttribute('id');
  await page.locator(`label[for="${id}"]`).click();
}

async function arrive(page: Page, title: string): Promise<void> {
  await page.getByRole('heading', { level: 1, name: title }).waitFor();
  await checkWidth(page, title);
}

interface Report {
  /** 'YYYY-MM-DD' on which the mode was patched; undefined: not yet. */
  dx: string;
  ruo: string | undefined;
}

/** Fills the form from the first step to the signature. */
async function fillForm(page: Page, laboratory: Laboratory, t: Translate, report: Report): Promise<void> {
  await arrive(page, t('form.step.receipt'));
  await page.locator('[name="q.received"]').check();
  await choose(page, 'q.understood', 'yes');
  await choose(page, 'q.compromise', 'no');
  await choose(page, 'q.users-informed', 'yes');
  await press(page, t('portal.form.next'));

  await arrive(page, t('form.step.units'));
  await choose(page, `u${laboratory.unitId}.connected`, 'yes');
  await choose(page, `u${laboratory.unitId}.software-installed`, 'yes');
  await press(page, t('portal.form.next'));

  await arrive(page, t('form.step.corrections'));
  const answer = async (correction: number, day: string | undefined) => {
    await page.locator(`[name="c${correction}.status"]`).selectOption(day ? 'done' : 'not-yet');
    if (day) {
      await page.locator(`[name="c${correction}.done-on"]`).fill(day);
      await choose(page, `c${correction}.backed-up`, 'yes');
    } else {
      await page.locator(`[name="c${correction}.reason"]`).selectOption('in-use');
    }
  };
  await answer(laboratory.dx, report.dx);
  await answer(laboratory.ruo, report.ruo);
  await choose(page, 'q.all-patched', report.ruo ? 'yes' : 'no');
  await press(page, t('portal.form.next'));

  await arrive(page, t('form.step.others'));
  await choose(page, 'q.passed-on', 'no');
  await press(page, t('portal.form.next'));

  await arrive(page, t('form.step.sign'));
  await page.locator('[name="q.organisation-address"]').fill('1 Sample Road');
  await page.locator('[name="q.signer-name"]').fill('Toni Muster');
  await page.locator('[name="q.signer-title"]').fill('Laboratory manager');
  await page.locator('[name="q.signer-phone"]').fill('+00 000 0000');
  await page.locator('[name="q.acknowledge"]').check();
  await page.locator('[name="q.statement"]').check();
  await press(page, t('portal.form.next'));
}

async function walk(country: string, t: Translate, options: Parameters<typeof withBrowser>[0]): Promise<void> {
  const laboratory = await findLaboratory(country);
  const { link, before } = await withBrowser({}, async (page) => ({
    link: await readLetter(page, laboratory),
    before: await figureVerified(page),
  }));

  await withBrowser(options, async (page) => {
    journey.setNow('2022-05-05T08:00:00Z');
    const events = () =>
      journey.system.db
        .selectFrom('event')
        .select((eb) => eb.fn.countAll<number>().as('n'))
        .executeTakeFirstOrThrow();
    const quietBefore = await events();
    // What a mail scanner does: it opens the link, twice, and presses nothing.
    await open(page, journey, link);
    await open(page, journey, link);
    assert.deepEqual(await events(), quietBefore, 'a GET recorded something');
    await checkWidth(page, 'the first page');
    await press(page, t('portal.landing.open'));
    assert.notDeepEqual(await events(), quietBefore);
    await checkWidth(page, 'the notice');
    assert.ok(await page.getByText('FSN2022-1230').first().isVisible());

    await page.getByRole('link', { name: t('portal.receipt.whole') }).click();
    await fillForm(page, laboratory, t, { dx: '2022-05-05', ruo: undefined });
    await press(page, t('portal.review.send'));
    await page.waitForURL('**/sent');
    await checkWidth(page, 'the receipt');
    assert.deepEqual([await stateOf(laboratory.dx), await stateOf(laboratory.ruo)], ['stated', 'open']);

    journey.setNow('2022-05-09T08:00:00Z');
    await page.getByRole('link', { name: t('portal.sent.again') }).click();
    await fillForm(page, laboratory, t, { dx: '2022-05-05', ruo: '2022-05-09' });
    await press(page, t('portal.review.send'));
    await page.waitForURL('**/sent');
    assert.deepEqual([await stateOf(laboratory.dx), await stateOf(laboratory.ruo)], ['stated', 'stated']);
  });

  await withBrowser({ javaScript: options.javaScript ?? true }, async (page) => {
    await signIn(page, journey, 'Quality');
    await verifyBoth(page, laboratory);
    await open(page, journey, `/units/${laboratory.unitId}`);
    const modes = page.getByRole('region', { name: 'Local Run Manager Security Patch 1.0' });
    assert.equal(await modes.count(), 2);
    for (const mode of await modes.all()) assert.match((await mode.innerText()).toLowerCase(), /verified\s+since/);
    await checkHistory(page, [
      'Dx: done (statement, by web)',
      'RUO: not yet (statement, by web)',
      'RUO: done (statement, by web)',
      'Dx: done (staff, by desk)',
      'RUO: done (staff, by desk)',
    ]);
    await open(page, journey, `/parties/${laboratory.partyId}`);
    await checkHistory(page, [
      `notice to ${laboratory.email}`,
      'letter opened',
      'reply received',
      'reply by web',
      'reply received',
      'reply by web',
      'verified',
    ]);
    assert.equal(await figureVerified(page), before + 2);
    await open(page, journey, '/history/verify');
    assert.match(await page.locator('main').innerText(), /whole/i);
  });
  assert.deepEqual(journey.errors, []);
}

/** The steps stand in the timeline of the page that is open, the newest first. */
async function checkHistory(page: Page, steps: string[]): Promise<void> {
  const text = (await page.locator('.ff-timeline').last().innerText()).toLowerCase();
  let before = text.length;
  for (const step of steps) {
    const at = text.lastIndexOf(step.toLowerCase(), before);
    assert.ok(at >= 0, `${step} does not stand where it should in\n${text}`);
    before = at;
  }
}

/** Quality looks at the unit and verifies each mode by itself. */
async function verifyBoth(page: Page, laboratory: Laboratory): Promise<void> {
  for (const [correction, at] of [
    [laboratory.dx, '2022-05-10T08:00:00Z'],
    [laboratory.ruo, '2022-05-10T08:30:00Z'],
  ] as const) {
    journey.setNow(at);
    await open(page, journey, `/corrections/${correction}`);
    await page.locator('[name="evidence"]').fill('Patch level read from the instrument.');
    await press(page, 'Verify');
    assert.equal(await stateOf(correction), 'verified');
  }
}

describe('a laboratory, from the letter to verified in both modes', () => {
  it('in German on a telephone without JavaScript', () =>
    walk('DE', translator('de'), { javaScript: false, width: 390, locale: 'de-DE' }));
  it('in English at a desk with JavaScript', () => walk('GB', translator('en'), {}));
});
