import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { closeBrowser, withBrowser } from './helpers/browser.ts';
import { openPortalHouse, type PortalHouse } from './portal-house.ts';
import { addSampleAction, addSampleParty, type SampleHouse } from './portal-sample.ts';

const axe = readFileSync(new URL('../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');

/** Nothing serious for a screen reader, and nothing to scroll sideways for. */
async function expectAccessible(page: Page): Promise<void> {
  const found = await page.evaluate(`${axe};axe.run(document, {resultTypes: ['violations']}).then((result) =>
    result.violations.filter((one) => ['serious', 'critical'].includes(one.impact)).map((one) => one.id + ' ' + one.nodes[0].html))`);
  assert.deepEqual(found, [], page.url());
  const sideways = await page.evaluate('document.documentElement.scrollWidth > innerWidth + 1');
  assert.equal(sideways, false, `${page.url()} scrolls sideways`);
}

describe('the portal in a real browser', () => {
  let house: PortalHouse;
  let sample: SampleHouse;
  let origin: string;
  before(async () => {
    house = await openPortalHouse();
    sample = await addSampleAction(house.ctx);
    origin = await house.listen();
  });
  after(async () => {
    await closeBrowser();
    await house.close();
  });

  for (const javaScript of [false, true]) {
    it(`leads from the letter to the receipt at 390 px, JavaScript ${javaScript ? 'on' : 'off'}`, async () => {
      const lab = await addSampleParty(house.ctx, sample, { units: 1 });
      const [dx, ruo] = lab.correctionIds;
      await withBrowser({ javaScript, width: 390, expectedErrors: [/422/] }, async (page) => {
        const goOn = () => page.getByRole('button', { name: 'Save and go on' }).click();
        await page.goto(`${origin}/p/${lab.token}`);
        await page.getByRole('button', { name: 'Open the notice' }).click();
        await page.getByRole('link', { name: 'Or answer the whole form now' }).click();
        await page.getByLabel(/I have received notice/).check();
        await page.locator('[name="q.understood"][value="yes"]').check();
        await page.locator('[name="q.compromise"][value="no"]').check();
        await goOn();
        await page.locator(`[name="u${lab.unitIds[0]}.software-installed"][value="yes"]`).check();
        await goOn();
        // Only what an answer needs shows with it.
        const day = page.locator(`[name="c${dx}.done-on"]`);
        assert.equal(await day.isVisible(), false);
        await page.locator(`[name="c${dx}.status"]`).selectOption('done');
        assert.equal(await day.isVisible(), true);
        assert.equal(await page.locator(`[name="c${ruo}.done-on"]`).isVisible(), false);
        await goOn();
        await page.getByRole('link', { name: /On which day was it installed/ }).click();
        await day.fill('2022-05-04');
        await page.locator(`[name="c${dx}.backed-up"][value="yes"]`).check();
        await page.locator(`[name="c${ruo}.status"]`).selectOption('not-yet');
        await page.locator(`[name="c${ruo}.reason"]`).selectOption('waiting-for-it');
        await goOn();
        await page.getByRole('button', { name: 'Add a unit' }).click();
        await page.locator('[name="x0.product"]').selectOption({ label: 'NextSeq 550Dx' });
        await page.locator('[name="x0.serial"]').fill('NB-FOUND-1');
        await goOn();
        await page.locator('[name="q.acknowledge"]').check();
        await page.locator('[name="q.statement"]').check();
        await goOn();
        await page.getByRole('button', { name: 'Sign and send' }).click();
        assert.match(await page.locator('h1').innerText(), /What we have from you/);
        assert.match(await page.locator('main').innerText(), /One correction is still open/);
      });
      const reply = await house.ctx.db
        .selectFrom('reply')
        .select('id')
        .where('party_id', '=', lab.partyId)
        .executeTakeFirst();
      assert.ok(reply);
    });
  }

  for (const [width, language] of [
    [390, 'de'],
    [1280, 'it'],
  ] as const) {
    it(`every page is accessible at ${width} px in ${language}`, async () => {
      const lab = await addSampleParty(house.ctx, sample, { units: 3, languages: [language] });
      await withBrowser({ width, expectedErrors: [/422|404/] }, async (page) => {
        const pages = [
          '',
          '/notice',
          '/units',
          '/contact',
          '/incident',
          '/incident/report',
          '/review',
          '/scan',
          '/paper',
        ];
        const steps = ['receipt', 'units', 'corrections', 'others', 'sign'].map((step) => `/form/${step}`);
        for (const path of [...pages, ...steps, '/form/others?add=extra']) {
          await page.goto(`${origin}/p/${lab.token}${path}`);
          await expectAccessible(page);
        }
        await page.goto(`${origin}/p/${lab.token}/contact`);
        await page.locator('main form button[type=submit]').click();
        await expectAccessible(page);
        await page.goto(`${origin}/p/0`);
        await expectAccessible(page);
      });
    });
  }

  it('pages through many units and answers them all at once', async () => {
    const lab = await addSampleParty(house.ctx, sample, { units: 60 });
    await withBrowser({ javaScript: false, expectedErrors: [/422/] }, async (page) => {
      await page.goto(`${origin}/p/${lab.token}/form/corrections`);
      await page.locator('[name="all.status"]').selectOption('not-yet');
      await page.locator('[name="all.reason"]').selectOption('in-use');
      await page.getByRole('button', { name: 'Copy to all that have no answer' }).click();
      const last = lab.correctionIds.at(-1);
      assert.equal(await page.locator(`[name="c${lab.correctionIds[0]}.status"]`).inputValue(), 'not-yet');
      await page.goto(`${origin}/p/${lab.token}/form/corrections?page=3`);
      assert.equal(await page.locator(`[name="c${last}.status"]`).inputValue(), 'not-yet');
      await page.locator(`[name="c${last}.status"]`).selectOption('unknown');
      await page.getByRole('button', { name: 'Save and go on' }).click();
      assert.match(page.url(), /form\/others$/);
      // The other pages of the step keep what they had.
      await page.goto(`${origin}/p/${lab.token}/form/corrections?page=2`);
      assert.equal(await page.locator(`[name="c${lab.correctionIds[60]}.status"]`).inputValue(), 'not-yet');
    });
  });
});
