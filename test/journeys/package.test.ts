/** The way of a package: uploaded at the desk, signed by two, and had by a laboratory without JavaScript. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { samplePassword } from '../../src/app/accounts.ts';
import { closeBrowser, withBrowser } from '../helpers/browser.ts';
import { type Gate, plantGate, readCode, sampleBytes, temporaryFolder } from '../helpers/packages.ts';
import {
  checkAccess,
  checkWidth,
  follow,
  type Journey,
  open,
  openJourney,
  press,
  said,
  signIn,
} from './journey-house.ts';

// More than two of the pieces that the page sends.
const bytes = sampleBytes(40_000_000, 3);
const sha256 = createHash('sha256').update(bytes).digest('hex');

describe('a package', () => {
  let journey: Journey;
  let gate: Gate;
  let file: string;
  before(async () => {
    journey = await openJourney('2022-05-04T08:00:00Z');
    gate = await plantGate(journey.system, 'FSN-PATCH');
    file = join(temporaryFolder(), 'patch.msi');
    writeFileSync(file, bytes);
  });
  after(async () => {
    await closeBrowser();
    await journey.close();
    assert.deepEqual(journey.errors, []);
  });

  it('is uploaded in pieces, described, and released by two people', async () => {
    await withBrowser({ expectedErrors: [/status of 4(22|60)/] }, async (page) => {
      await signIn(page, journey, 'Quality');
      await open(page, journey, `/actions/${gate.actionId}/packages`);
      await checkAccess(page, 'the packages of an action');
      await page.getByLabel('Version').fill('1.0');
      await page.getByLabel('Name of the file').fill('Run Manager Patch.msi');
      await press(page, 'Add the package');
      await said(page, 'Upload its file');
      await checkAccess(page, 'a package without a file');

      // Not the file that was built: refused in words, nothing kept.
      await page.getByLabel('SHA-256, if you know it').fill('ab'.repeat(32));
      await page.getByLabel('The file').setInputFiles(file);
      await page.getByRole('button', { name: 'Upload' }).click();
      await said(page, 'This is not the expected file');
      await page.getByLabel('SHA-256, if you know it').fill(sha256);
      await page.getByLabel('The file').setInputFiles(file);
      await Promise.all([page.waitForNavigation(), page.getByRole('button', { name: 'Upload' }).click()]);
      await said(page, sha256);

      await page.getByLabel('Before installing', { exact: true }).fill('Back up your data.\nClose every run.');
      await page.getByLabel('Another language').selectOption('de');
      await page.getByLabel('Instructions in it').fill('1. **Sichern** Sie Ihre Daten.\n2. Starten Sie die Datei.');
      await press(page, 'Save the description');
      await said(page, 'Saved.');
      await sign(page, 'quality');
      await said(page, 'The other signature is still missing');
      await signIn(page, journey, 'Regulatory affairs');
      await open(page, journey, `/actions/${gate.actionId}/packages`);
      await follow(page, 'Run Manager Patch.msi');
      await sign(page, 'regulatory');
      await said(page, 'Signed and released');
      await checkAccess(page, 'a released package');
      await page.setViewportSize({ width: 390, height: 844 });
      await checkWidth(page, 'a released package');
    });
  });

  async function sign(page: Page, as: 'quality' | 'regulatory'): Promise<void> {
    const card = page.locator(`#sign-${as}`);
    await card.getByLabel('Your password again').fill(samplePassword);
    await Promise.all([page.waitForNavigation(), card.getByRole('button', { name: /^Sign/ }).click()]);
  }

  for (const javaScript of [true, false]) {
    it(`reaches a laboratory on a telephone ${javaScript ? 'with' : 'without'} JavaScript`, async () => {
      const { owner } = gate.people;
      const options = { javaScript, width: 390, locale: 'de-DE', expectedErrors: [/status of 422/] };
      await withBrowser(options, async (page) => {
        await open(page, journey, `/p/${owner.token}/patch?lang=de`);
        await said(page, 'Sichern Sie Ihre Daten.');
        await press(page, 'Code an mich senden');
        await said(page, 'Ein Code ist unterwegs an o•••@fsn-patch.example');
        await page.getByLabel('Code aus der E-Mail').fill('00000000');
        await press(page, 'Download öffnen');
        await said(page, 'Das ist nicht der Code aus der E-Mail');
        if (javaScript) {
          await checkAccess(page, 'the gate');
          await checkWidth(page, 'the gate');
        }
        await page.getByLabel('Code aus der E-Mail').fill(await readCode(journey.system, owner));
        await press(page, 'Download öffnen');
        await said(page, 'Ihr Download ist bereit');
        if (javaScript) {
          await checkAccess(page, 'the download');
          await checkWidth(page, 'the download');
        }
        const [download] = await Promise.all([
          page.waitForEvent('download'),
          page.getByRole('link', { name: 'Run Manager Patch.msi speichern' }).click(),
        ]);
        assert.equal(download.suggestedFilename(), 'Run Manager Patch.msi');
        assert.ok(readFileSync(await download.path()).equals(bytes));
      });
    });
  }
});
