/** The office's way with an action: from the first line to letters in the mailbox, each signature by another person. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { importField } from '../../sample/action.ts';
import { sampleActionFacts, sampleNotice } from '../../sample/notice/document.ts';
import { samplePassword } from '../../src/app/accounts.ts';
import { describeAction } from '../../src/app/actions.ts';
import { editNotice } from '../../src/app/notices.ts';
import { addPackage } from '../../src/app/packages.ts';
import { isRefusal, type Refusal } from '../../src/domain/refusal.ts';
import { closeBrowser, withBrowser } from '../helpers/browser.ts';
import {
  checkAccess,
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

before(async () => {
  journey = await openJourney();
  await importField(journey.cast, quiet, smallField({ DE: 2, IT: 1, GB: 2 }));
});
after(async () => {
  await closeBrowser();
  await journey.close();
});

/** A use case that stands for typing twenty pages of text must not be refused. */
function done<T>(result: T | Refusal): T {
  if (isRefusal(result)) assert.fail(`${result.code} ${JSON.stringify(result.params)}`);
  return result;
}

async function approve(page: Page, as: 'quality' | 'regulatory'): Promise<void> {
  const card = page.locator(`#approve-${as}`);
  await card.getByLabel('Your password again').fill(samplePassword);
  await Promise.all([page.waitForNavigation(), card.getByRole('button', { name: 'Sign and approve' }).click()]);
}

describe('an action, from its first line to its letters', () => {
  it('is described, scoped, written, signed by two, released and delivered', async () => {
    // Forms that are sent empty on purpose are refused with 422.
    await withBrowser({ expectedErrors: [/status of 422/] }, async (page) => {
      await signIn(page, journey, 'Quality');
      const actionId = await describeIt(page);
      await findUnits(page, actionId);
      await writeIt(page, actionId);
      await signIt(page, actionId);
      await releaseIt(page, actionId);
    });
    assert.deepEqual(journey.errors, []);
  });
});

async function describeIt(page: Page): Promise<number> {
  await open(page, journey, '/actions');
  await follow(page, /create an action/i);
  await press(page, 'Create the draft');
  await page.getByRole('alert').first().waitFor();
  await page.getByLabel('Reference').fill('FSN2022-1230');
  await page.getByLabel('Title').fill('Local Run Manager can be taken over from the network');
  await press(page, 'Create the draft');
  await said(page, 'FSN2022-1230 is created');
  const actionId = Number(/\/actions\/(\d+)\//.exec(page.url())?.[1]);

  await page.getByLabel('What is wrong').fill('Somebody without an account can take over the instrument.');
  await page.getByLabel(/Hazard/).fill('Results can be wrong, and data of patients can be read.');
  await page.getByLabel('Aware of the problem since').fill('2022-03-30');
  await page.locator('#about').getByRole('button', { name: 'Save' }).click();
  await said(page, 'Saved.');
  for (const box of await page.locator('#environments input[type=checkbox]').all()) {
    const label = await page.locator(`label[for="${await box.getAttribute('id')}"]`).innerText();
    if (!label.includes('Bench reader')) await box.check();
  }
  await press(page, 'Save the environments');
  await page.locator('summary', { hasText: 'Add a remedy' }).click();
  await page.locator('#remedies').getByLabel('Name').fill('Local Run Manager Security Patch 1.0');
  await page.getByLabel('Side effects').fill('Remote access to the web interface stops.');
  await page.getByLabel('It is available now').check();
  await press(page, 'Add the remedy');
  await said(page, 'Local Run Manager Security Patch 1.0');
  await page.locator('[name="cve-0"]').fill('CVE-2022-1517');
  await page.locator('[name="score-0"]').fill('10.0');
  await page.locator('[name="versions-0"]').fill('1.3–3.1');
  await press(page, 'Save the vulnerabilities');
  return actionId;
}

async function findUnits(page: Page, actionId: number): Promise<void> {
  await open(page, journey, `/actions/${actionId}/scope`);
  for (const product of ['NextSeq 550Dx', 'MiSeqDx']) {
    await page.getByLabel('Product', { exact: true }).selectOption({ label: product });
    await page.getByLabel('Software from version').fill('1.3');
    await page.getByLabel('Software to version').fill('3.1');
    await page.getByLabel('Reason').fill('Local Run Manager 1.3 to 3.1 is vulnerable');
    await press(page, 'Add the rule');
    await said(page, 'The rule is added');
  }
  await press(page, 'Find the affected units');
  await page.getByRole('button', { name: 'Create the corrections' }).waitFor();
  await checkAccess(page, 'the scope');
  await press(page, 'Create the corrections');
  await said(page, /corrections are created/);
  await open(page, journey, `/actions/${actionId}/describe`);
  await press(page, 'Fill in from the affected units');
  await said(page, '3 countries are set');
}

async function writeIt(page: Page, actionId: number): Promise<void> {
  await open(page, journey, `/actions/${actionId}/notice`);
  await page.getByLabel('Document control number').fill('M-AMR-00496');
  await press(page, 'Start the notice');
  await page.getByLabel('What is corrected').fill('Local Run Manager');
  await press(page, 'Make the form');
  await said(page, 'Version 1 of the form is made');
  // Three languages of a whole letter are not typed here: they come as another system would send them.
  const { quality } = journey.cast;
  const notice = await quality.db.selectFrom('notice').selectAll().executeTakeFirstOrThrow();
  const remedy = await quality.db.selectFrom('remedy').select('id').executeTakeFirstOrThrow();
  done(await describeAction(quality, actionId, { facts: sampleActionFacts }));
  done(
    await addPackage(quality, remedy.id, {
      version: '1.0',
      fileName: 'Patch.msi',
      sha256: 'ab'.repeat(32),
      sha512: 'cd'.repeat(64),
    }),
  );
  done(await editNotice(quality, notice.id, { document: sampleNotice, basedOn: notice.content_hash }));
  await page.reload();
  await checkAccess(page, 'the notice');
  await press(page, 'Hand in for review');
  await said(page, 'The notice is in review');
  await open(page, journey, `/actions/${actionId}/stage`);
  await press(page, 'Hand in for review');
  await said(page, 'The action is now in-review');
}

async function signIt(page: Page, actionId: number): Promise<void> {
  const notice = `/actions/${actionId}/notice`;
  await open(page, journey, notice);
  await press(page, 'Sign and approve');
  assert.equal(await page.getByText('The other approval is still missing').count(), 0, 'signed without a credential');
  await approve(page, 'quality');
  await said(page, 'The other approval is still missing');
  // The same person is not even offered the other signature.
  assert.equal(await page.getByRole('button', { name: 'Sign and approve' }).count(), 0);

  await signIn(page, journey, 'Regulatory affairs');
  await open(page, journey, notice);
  await approve(page, 'regulatory');
  await said(page, 'The notice is approved by both');

  await follow(page, 'Edit the text');
  const title = page.locator('textarea[name="text.title"]');
  await title.fill(`${await title.inputValue()}`.replace(/\s*$/, ' (corrected)'));
  await press(page, 'Save');
  await said(page, '2 approvals given on the old text are void');
  await said(page, 'Void');
  if (await page.getByRole('button', { name: 'Hand in for review' }).isVisible())
    await press(page, 'Hand in for review');
  await approve(page, 'regulatory');
  await signIn(page, journey, 'Quality');
  await open(page, journey, notice);
  await approve(page, 'quality');
  await said(page, 'The notice is approved by both');
}

async function releaseIt(page: Page, actionId: number): Promise<void> {
  journey.setNow('2022-05-04T07:00:00Z');
  await open(page, journey, `/actions/${actionId}/stage`);
  await press(page, 'Approve');
  await said(page, 'The action is now approved');
  await open(page, journey, `/actions/${actionId}/release`);
  await checkAccess(page, 'the release');
  assert.equal(await page.getByText('Blocks the release').count(), 0, await page.locator('main').innerText());
  const reason = page.getByLabel('Why it may go out with these findings');
  if (await reason.isVisible()) await reason.fill('The three languages of these countries are there.');
  await page.getByLabel('Your password again').fill(samplePassword);
  await press(page, /^Release to/);
  await said(page, /letters are on their way/);
  // The job sends them; the reader looks again.
  for (let look = 0; look < 40; look++) {
    const left = await journey.system.db
      .selectFrom('delivery')
      .select('id')
      .where('state', 'in', ['queued', 'sending'])
      .execute();
    if (left.length === 0) break;
    await page.waitForTimeout(250);
  }
  await page.reload();
  await checkAccess(page, 'the deliveries');
  await open(page, journey, '/mailbox');
  await checkAccess(page, 'the mailbox');
  assert.ok((await page.getByRole('row').count()) > 5, 'the letters are in the mailbox');
}
