/** A file as a German ERP system exports it: semicolons, Windows-1252, one row that cannot be right. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import iconv from 'iconv-lite';
import type { Page } from 'playwright-core';
import { closeBrowser, withBrowser } from '../helpers/browser.ts';
import { checkAccess, follow, type Journey, open, openJourney, press, said, signIn } from './journey-house.ts';

let journey: Journey;

before(async () => {
  journey = await openJourney();
});
after(async () => {
  await closeBrowser();
  await journey.close();
});

const file = iconv.encode(
  [
    'Kundennummer;Bezeichnung;Art;Land;Straße;PLZ;Ort;Telefon',
    'K-1;Labor Süd, Größenhausen;Kunde;DE;Königstraße 1;12345;Größenhausen;+49 30 1234567',
    'K-2;Labor Nord;Kunde;Deutschland;Nordstraße 2;12346;Musterstadt;',
    'K-3;Labor Ohneland;Kunde;Nirgendwo;Feldweg 3;12347;Musterdorf;',
    'K-4;"Labor ""West""; Anbau";Kunde;AT;Weststraße 4;1010;Beispielstadt;',
    '',
  ].join('\r\n'),
  'win1252',
);

/** Uploads the file and waits until every row is checked. */
async function upload(page: Page, javaScript: boolean): Promise<void> {
  await open(page, journey, '/imports/new?kind=parties');
  await page.locator('input[type=file]').setInputFiles({ name: 'kunden.csv', mimeType: 'text/csv', buffer: file });
  await press(page, 'Upload and check');
  const check = page.getByRole('button', { name: 'Check every row' });
  if (await check.isVisible()) {
    await said(page, /windows-1252, separator semicolon/);
    assert.equal(await page.locator('select').first().inputValue(), 'ref', 'the German heading is recognised');
    if (javaScript) await checkAccess(page, 'the columns');
    await press(page, 'Check every row');
  }
  for (let look = 0; look < 40 && (await page.getByText('Checking every row').isVisible()); look++) {
    await page.waitForTimeout(250);
    await page.reload();
  }
}

const countParties = async (): Promise<string[]> =>
  (await journey.system.db.selectFrom('party').select('name').orderBy('name').execute()).map((row) => row.name);

describe('a file from a German ERP system', () => {
  for (const javaScript of [false, true]) {
    it(`${javaScript ? 'again, with JavaScript: changes nothing' : 'is checked, and its valid rows are applied, without JavaScript'}`, async () => {
      await withBrowser({ javaScript }, async (page) => {
        await signIn(page, journey, 'Quality');
        const before = await countParties();
        await upload(page, javaScript);
        if (javaScript) return changesNothing(page, before);
        assert.deepEqual(await countParties(), before, 'a check changed something');
        await said(page, /One row is refused/);
        const [download] = await Promise.all([
          page.waitForEvent('download'),
          page.getByRole('link', { name: 'as CSV' }).click(),
        ]);
        const refused = readFileSync(await download.path(), 'utf8');
        assert.match(refused, /Labor Ohneland/);
        assert.match(refused, /Nirgendwo/);
        assert.equal(refused.trim().split('\r\n').length, 2, 'the refused row and nothing else');
        await press(page, /^Apply the 3 valid rows only/);
        for (let look = 0; look < 40 && !(await page.getByText('left out').isVisible()); look++) {
          await page.waitForTimeout(250);
          await page.reload();
        }
        assert.deepEqual(await countParties(), ['Labor "West"; Anbau', 'Labor Nord', 'Labor Süd, Größenhausen']);
        await open(page, journey, '/parties');
        await follow(page, 'Labor Süd, Größenhausen');
        await said(page, 'Labor Süd, Größenhausen');
      });
      assert.deepEqual(journey.errors, []);
    });
  }

  async function changesNothing(page: Page, before: string[]): Promise<void> {
    await page.getByRole('link', { name: /already the same/ }).waitFor();
    await checkAccess(page, 'the check');
    const figure = page.locator('a, div').filter({ hasText: /^\s*3\s*already the same\s*$/ });
    assert.ok((await figure.count()) > 0, await page.locator('main').innerText());
    assert.equal(await page.getByRole('button', { name: /valid rows only/ }).count(), 0, 'nothing is left to apply');
    assert.deepEqual(await countParties(), before);
  }
});
