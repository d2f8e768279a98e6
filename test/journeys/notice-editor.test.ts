/** The notice is written in a real browser: with JavaScript by chips and keys, without it by plain fields alone. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startUpdate } from '../../src/app/notice-updates.ts';
import { noticeDocumentSchema } from '../../src/domain/notice.ts';
import { isRefusal } from '../../src/domain/refusal.ts';
import { closeBrowser, withBrowser } from '../helpers/browser.ts';
import {
  checkAccess,
  checkWidth,
  type Journey,
  open,
  openJourney,
  press,
  releaseSample,
  said,
  signIn,
} from './journey-house.ts';

describe('writing an update of the notice', () => {
  let journey: Journey;
  let noticeId: number;
  before(async () => {
    journey = await openJourney();
    const { actionId } = await releaseSample(journey, { DE: 1, IT: 1 });
    const update = await startUpdate(journey.cast.quality, actionId, {
      number: 'M-AMR-00497',
      update: { reach: { to: 'everyone' }, asksReceipt: false },
    });
    assert.ok(!isRefusal(update));
    noticeId = update.id;
  });
  after(async () => {
    await closeBrowser();
    await journey.close();
    assert.deepEqual(journey.errors, []);
  });
  const textOf = async (language: string, name: string): Promise<string | undefined> => {
    const row = await journey.system.db
      .selectFrom('notice')
      .select('document')
      .where('id', '=', noticeId)
      .executeTakeFirstOrThrow();
    return noticeDocumentSchema.parse(row.document).texts[language]?.[name];
  };

  it('by keys and presses, with what it prints beside it', () =>
    withBrowser({}, async (page) => {
      await signIn(page, journey, 'Quality');
      await open(page, journey, `/notices/${noticeId}/edit`);
      const box = page.locator('.ff-edited[data-text="update"]');
      const area = box.locator('textarea');
      await area.focus();
      await page.keyboard.type('What is new');
      await box.getByRole('button', { name: 'Heading' }).click();
      await page.keyboard.press('End');
      await page.keyboard.type('\n\nThis notice follows {previous');
      // The list of facts opens while a name is typed; the arrow keys choose, Enter puts it in.
      await box.getByRole('option', { name: '{notice.previous-date}' }).waitFor();
      await page.keyboard.press('Enter');
      await page.keyboard.type(' of ');
      await page.getByRole('searchbox', { name: 'Find a fact' }).fill('date of the notice this one');
      await page.getByRole('button', { name: '{notice.previous-date}' }).click();
      await page.keyboard.type('. Install it in each environment, ');
      await page.keyboard.press('Control+b');
      await page.keyboard.type('also standalone');
      assert.equal(
        await area.inputValue(),
        '# What is new\n\nThis notice follows {notice.previous} of {notice.previous-date}. Install it in each environment, **also standalone**',
      );
      await box.locator('.ff-chip', { hasText: '4 May 2022' }).waitFor();
      await box.locator('strong', { hasText: 'also standalone' }).waitFor();
      await checkAccess(page, 'the editor');
      await page.keyboard.press('Control+End');
      await page.keyboard.type(' **x');
      await box.getByText(/Line 3: \*\* opens here/).waitFor();
      for (let n = 0; n < 4; n++) await page.keyboard.press('Backspace');
      await box.getByText(/Line 3/).waitFor({ state: 'detached' });
      await press(page, 'Save');
      await said(page, 'Saved.');
      assert.match((await textOf('en', 'update')) ?? '', /^# What is new\n\nThis notice follows \{notice\.previous\}/);
    }));

  it('without JavaScript, a fault shown beside its field and what was typed kept', () =>
    withBrowser({ javaScript: false, width: 390, expectedErrors: [/422/] }, async (page) => {
      await signIn(page, journey, 'Quality');
      await open(page, journey, `/notices/${noticeId}/edit?language=de`);
      await checkWidth(page, 'the editor');
      const area = page.locator('textarea[name="text.update"]');
      await area.fill('# Was neu ist\n\nFolgt auf {notice.previous vom {notice.previous-date}');
      await press(page, 'Save');
      await said(page, /is not the name of a fact/);
      await area.fill(
        '# Was neu ist\n\nFolgt auf {notice.previous} vom {notice.previous-date}. In jeder Umgebung installieren.',
      );
      await press(page, 'Save');
      await said(page, 'Saved.');
      assert.match((await textOf('de', 'update')) ?? '', /In jeder Umgebung/);
      for (const path of [
        'arrange',
        'compare',
        'beside',
        'sheet',
        'preview',
        'preview?pane=dx-recall.en.page&pane=dx-recall.de.text',
        '',
      ]) {
        await open(page, journey, `/notices/${noticeId}/${path}`.replace(/\/$/, ''));
        await checkWidth(page, path);
      }
    }));

  it('the reviewer walks through all languages with the arrow keys', () =>
    withBrowser({}, async (page) => {
      await signIn(page, journey, 'Regulatory affairs');
      await open(page, journey, '/notices/1/sheet');
      await checkAccess(page, 'all languages at a glance');
      const links = page.locator('.ff-sheet-name a');
      await links.first().focus();
      await page.keyboard.press('ArrowRight');
      await page.keyboard.press('ArrowRight');
      const focused = await page.evaluate<string>('document.activeElement.textContent');
      assert.equal(focused, await links.nth(2).textContent());
      await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
      assert.equal(await page.locator('.ff-pane').count(), 2);
      await checkAccess(page, 'two languages side by side');
    }));
});
