/** The portal by keyboard alone, and each of its pages looked over by the rules of axe, at a desk and on a telephone. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { linkUrl } from '../../src/app/links.ts';
import { translator } from '../../src/http/translate.ts';
import { closeBrowser, withBrowser } from '../helpers/browser.ts';
import { checkAccess, checkWidth, type Journey, open, openJourney, releaseSample, said } from './journey-house.ts';

let journey: Journey;
let link: string;

before(async () => {
  journey = await openJourney();
  await releaseSample(journey, { DE: 2 });
  const row = await journey.system.db
    .selectFrom('link as l')
    .innerJoin('party as p', 'p.id', 'l.party_id')
    .select('l.id')
    .where('p.country', '=', 'DE')
    .orderBy('l.id')
    .executeTakeFirstOrThrow();
  link = linkUrl(journey.system.settings, row.id);
});
after(async () => {
  await closeBrowser();
  await journey.close();
});

const focused = (page: Page) => page.locator(':focus');

/** Presses Tab until the wanted element has the focus, and checks that a reader can see where the focus is. */
async function tabTo(page: Page, selector: string): Promise<void> {
  for (let presses = 0; presses < 150; presses++) {
    await page.keyboard.press('Tab');
    if (await page.evaluate<boolean>(`document.activeElement.matches(${JSON.stringify(selector)})`)) {
      const box = await focused(page).boundingBox();
      assert.ok(box && box.width > 0 && box.height > 0, `${selector} has the focus but cannot be seen`);
      return;
    }
  }
  assert.fail(`${selector} is not reached by the keyboard on ${page.url()}`);
}

/** Reaches a field and answers it as a keyboard does. */
async function type(page: Page, name: string, text: string): Promise<void> {
  await tabTo(page, `[name="${name}"]`);
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type(text);
}

async function space(page: Page, selector: string): Promise<void> {
  await tabTo(page, selector);
  await page.keyboard.press('Space');
}

async function enter(page: Page, selector: string): Promise<void> {
  await tabTo(page, selector);
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
}

describe('the portal', () => {
  it('gives receipt by keyboard alone', async () => {
    const t = translator('de');
    await withBrowser({ locale: 'de-DE', width: 390 }, async (page) => {
      await open(page, journey, link);
      await page.keyboard.press('Tab');
      assert.match((await focused(page).getAttribute('href')) ?? '', /^#/, 'the first stop leads to the content');
      await enter(page, 'form[action$="/open"] button');
      await space(page, '[name="received"]');
      await type(page, 'name', 'Toni Muster');
      await enter(page, 'form[action$="/receipt"] button');
      await said(page, t('portal.receipt.thanks'));

      await open(page, journey, `${link}/form/receipt`);
      await space(page, '[name="q.received"]');
      // One of several answers: the first is reached by Tab, the others by the arrows.
      await space(page, '[name="q.understood"]');
      await tabTo(page, '[name="q.compromise"]');
      await page.keyboard.press('ArrowRight');
      await enter(page, '.ff-form [name="go"][value="later"]');
      await said(page, t('portal.form.saved'));
    });
    const draft = await journey.system.db.selectFrom('reply_draft').select('answers').executeTakeFirstOrThrow();
    assert.deepEqual((draft.answers as { party: Record<string, string> }).party.understood, 'yes');
    assert.deepEqual((draft.answers as { party: Record<string, string> }).party.compromise, 'no');
  });

  for (const [width, locale] of [
    [1280, 'en-GB'],
    [390, 'de-DE'],
  ] as const) {
    it(`has no serious obstacle at ${width} px (${locale})`, async () => {
      const pages = ['', '/notice', '/units', '/contact', '/incident', '/incident/report', '/review'];
      const steps = ['receipt', 'units', 'corrections', 'others', 'sign'].map((step) => `/form/${step}`);
      await withBrowser({ width, locale }, async (page) => {
        for (const path of [...pages, ...steps]) {
          await open(page, journey, link + path);
          await checkAccess(page, `${path || 'the first page'} at ${width} px`);
          await checkWidth(page, `${path || 'the first page'} at ${width} px`);
        }
      });
    });
  }

  it('keeps its width, and identifiers their direction, in a language written from right to left', async () => {
    await withBrowser({ width: 390 }, async (page) => {
      await open(page, journey, `${link}/form/corrections`);
      // No such language yet: the same page, mirrored as its sheet would mirror it.
      await page.evaluate("document.documentElement.dir = 'rtl'");
      await checkWidth(page, 'the mirrored form');
      assert.equal(await page.locator('bdi.ff-code').first().getAttribute('dir'), 'ltr');
    });
  });
});
