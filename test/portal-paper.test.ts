/** Sending the form back from a telephone: photos of its pages through the portal, in a real browser. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { completeAnswers } from '../sample/fill.ts';
import { seededRandom } from '../sample/random.ts';
import { scanForm } from '../sample/scan.ts';
import { ensurePaperForm, type KeptPaperForm, paperFormByCode } from '../src/app/paper-forms.ts';
import { readPaperFiles } from '../src/app/paper-replies.ts';
import { paperKey } from '../src/domain/paper-form.ts';
import { isRefusal } from '../src/domain/refusal.ts';
import { closeBrowser, withBrowser } from './helpers/browser.ts';
import { photograph } from './helpers/photo.ts';
import { openPortalHouse, type PortalHouse, qualityManager } from './portal-house.ts';
import { addSampleAction, addSampleParty, type SampleHouse, type SampleParty } from './portal-sample.ts';

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
  await house.ctx.paperReader.close();
  await house.close();
});

const random = seededRandom(21);

/** A laboratory whose form has two pages or more, and a photo of each as its telephone takes them. */
async function photos(language: string): Promise<{ lab: SampleParty; form: KeptPaperForm; files: Photo[] }> {
  const lab = await addSampleParty(house.ctx, sample, { units: 6, languages: [language] });
  const file = await ensurePaperForm(house.as(qualityManager), { actionId: sample.actionId, contactId: lab.contactId });
  assert.ok(!isRefusal(file));
  const form = await paperFormByCode(house.ctx.db, file.code);
  assert.ok(form && form.pages > 1);
  const filler = {
    name: 'Erika Muster',
    title: 'Leitung',
    email: 'e@lab.example',
    phone: '+49 30 1',
    day: '2022-05-04',
  };
  const pen = { values: completeAnswers(form.layout, filler), signature: 'x' };
  const scans = await scanForm(file.pdf, form.layout, pen, { dpi: 150, tilt: 2, noise: 4 }, random.next);
  const files: Photo[] = [];
  for (const [index, scan] of scans.entries())
    files.push({
      name: `IMG_${index}.jpg`,
      mimeType: 'image/jpeg',
      buffer: await photograph(scan.jpeg, { slant: 0.04, shadow: 0.2 }, random.next),
    });
  return { lab, form, files };
}

interface Photo {
  name: string;
  mimeType: string;
  buffer: Buffer;
}

/** One form, whole, with its ticks read: whatever pieces it came in. */
async function expectWhole(form: KeptPaperForm, pieces: number): Promise<void> {
  const rows = await house.ctx.db
    .selectFrom('paper_reply')
    .select(['state', 'reasons', 'pages', 'boxes'])
    .where('paper_form_id', '=', form.id)
    .orderBy('id')
    .execute();
  assert.deepEqual(
    rows.map((row) => row.state),
    Array.from({ length: pieces }, (_, index) => (index === 0 ? 'waiting' : 'joined')),
  );
  const [first] = rows;
  assert.equal(first?.pages.length, form.pages);
  assert.ok(!first?.reasons.some((reason) => ['pages-missing', 'doubtful', 'other-party'].includes(reason)));
  const ticked = form.layout.fields.filter(
    (field) => field.kind === 'tick' && first?.boxes.some((box) => box.key === paperKey(field) && box.value === true),
  );
  assert.ok(ticked.some((field) => field.page === 1) && ticked.some((field) => field.page === form.pages));
}

describe('photos of a form, sent from a telephone', () => {
  it('all at once, without JavaScript', async () => {
    const { lab, form, files } = await photos('ar');
    await withBrowser({ javaScript: false, width: 390, expectedErrors: [/422/] }, async (page) => {
      await page.goto(`${origin}/p/${lab.token}/paper`);
      const send = page.locator('form[action$="/paper/send"]');
      await send.locator('button').click();
      assert.equal(await page.locator('.ff-field-wrong').count(), 1, 'no file: it says so');
      await page.locator('input[type=file]').setInputFiles(files);
      await send.locator('button').click();
      assert.match(page.url(), /\/paper$/);
      assert.equal(await page.locator('html').getAttribute('dir'), 'rtl');
    });
    await readPaperFiles(house.ctx);
    await expectWhole(form, files.length);
  });

  it('one after the other, the last page first, with JavaScript', async () => {
    const { lab, form, files } = await photos('de');
    await withBrowser({ width: 390 }, async (page) => {
      for (const file of files.toReversed()) {
        await page.goto(`${origin}/p/${lab.token}/paper`);
        await page.locator('input[type=file]').setInputFiles(file);
        await page.getByRole('button', { name: 'Formular senden' }).click();
        await page.getByText('Ihr Formular ist bei uns angekommen').waitFor();
        await readPaperFiles(house.ctx);
      }
    });
    await expectWhole(form, files.length);
  });
});
