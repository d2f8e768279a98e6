/** A language's way: out to the translator, back, looked at, taken, read and signed. With JavaScript and without. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { importField, prepareAction } from '../../sample/action.ts';
import { samplePassword } from '../../src/app/accounts.ts';
import { closeBrowser, withBrowser } from '../helpers/browser.ts';
import {
  checkAccess,
  checkWidth,
  follow,
  type Journey,
  open,
  openJourney,
  press,
  quiet,
  said,
  signIn,
  smallField,
} from './journey-house.ts';

let journey: Journey;
let actionId = 0;
let noticeId = 0;
before(async () => {
  journey = await openJourney();
  await importField(journey.cast, quiet, smallField({ DE: 2, IT: 1 }));
  ({ actionId, noticeId } = await prepareAction(journey.cast, quiet));
});
after(async () => {
  await closeBrowser();
  await journey.close();
  assert.deepEqual(journey.errors, []);
});

/** Rules of axe and the width; both ask the page itself, which takes JavaScript. */
async function checkPage(page: Page, where: string, javaScript = true): Promise<void> {
  if (!javaScript) return;
  await checkAccess(page, where);
  await checkWidth(page, where);
}

/** Makes the file, downloads it, changes it as a translator would, and gives it back. */
async function sendRound(
  page: Page,
  language: string,
  javaScript: boolean,
  change: (xml: string) => string,
): Promise<void> {
  await open(page, journey, `/notices/${noticeId}/languages`);
  await checkPage(page, 'the languages', javaScript);
  await follow(page, language);
  await checkPage(page, 'a language', javaScript);
  await press(page, 'Make the file');
  await said(page, 'is made. Download it');
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page
      .getByRole('link', { name: /\.xlf$/ })
      .first()
      .click(),
  ]);
  const xml = change(await readFile(await download.path(), 'utf8'));
  await page.getByLabel('Translated file').setInputFiles({
    name: 'back.xlf',
    mimeType: 'application/xliff+xml',
    buffer: Buffer.from(xml),
  });
  await press(page, 'Upload and check');
}

describe('a language', () => {
  for (const javaScript of [true, false]) {
    it(`goes out, comes back and is signed off, JavaScript ${javaScript ? 'on' : 'off'}`, async () => {
      const [language, code] = javaScript ? (['German', 'de'] as const) : (['Italian', 'it'] as const);
      await withBrowser(
        { javaScript, width: javaScript ? 1280 : 390, expectedErrors: [/status of 422/] },
        async (page) => {
          await signIn(page, journey, 'Quality');
          await sendRound(page, language, javaScript, (xml) =>
            xml
              .replaceAll('state="translated"', 'state="final"')
              .replace(/(<unit id="reply"[\s\S]*?<target>)/, '$15 km: ')
              .replace(/(<unit id="results"[\s\S]*?<target>)/, '$1CVE-2020-0001 '),
          );
          await said(page, 'is not in the source');
          await said(page, 'Needs a look');
          await checkPage(page, 'what came back', javaScript);
          await press(page, 'Take these texts');
          await said(page, 'tick that you have looked');
          await page.getByLabel(/I have looked at/).check();
          await press(page, 'Take these texts');
          await said(page, javaScript ? '1 text taken. 2 approvals given on the old text are void.' : '1 text taken.');
          await page.getByLabel('Title or function').fill('Reader');
          await page.getByRole('radio', { name: 'No', exact: true }).check();
          await page.getByLabel('Your password again').fill(samplePassword);
          await press(page, `Sign ${language} off`);
          await said(page, 'No native reader yet');
          await open(page, journey, `/actions/${actionId}/notice`);
          await said(page, 'not yet reviewed by a native reader');
          await checkPage(page, 'the notice', javaScript);
          await open(page, journey, `/notices/${noticeId}/beside?right=${code}`);
          await said(page, '5 km: ');
        },
      );
    });
  }

  it('of the fixed words says who has read it, and a document becomes a draft', async () => {
    await withBrowser({ width: 390 }, async (page) => {
      await signIn(page, journey, 'Administrator');
      await open(page, journey, '/settings/languages');
      await said(page, 'No language has been reviewed by a native reader yet');
      await checkWidth(page, 'the fixed words');
      await open(page, journey, `/actions/${actionId}/notice/start`);
      await page.getByLabel('Document').setInputFiles({
        name: 'letter.txt',
        mimeType: 'text/plain',
        buffer: Buffer.from('Dear customer,\n\nContact\n\nCall +1 555 0100 about FSN2022-1230.'),
      });
      await press(page, 'Upload and read');
      await said(page, '{contact.phone}');
      await checkPage(page, 'what a document holds');
    });
  });
});
