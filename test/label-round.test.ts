/** A round through the laboratory: each label ticks its unit in the form that is being filled in, by hand and by camera. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import bwip from 'bwip-js/node';
import sharp from 'sharp';
import type { Answers } from '../src/domain/form.ts';
import { type LabelRound, readRound } from '../src/domain/label-round.ts';
import { closeBrowser, setCamera, withBrowser } from './helpers/browser.ts';
import { openPortalHouse, type PortalHouse } from './portal-house.ts';
import { addSampleAction, addSampleParty, type SampleHouse, type SampleParty } from './portal-sample.ts';

const GTIN = '00816270020125';
const done = { 'all.status': 'done', 'all.done-on': '2022-05-04', 'all.backed-up': 'yes' };
let house: PortalHouse;
let sample: SampleHouse;
const folder = mkdtempSync(join(tmpdir(), 'fieldfix-labels-'));

before(async () => {
  house = await openPortalHouse();
  sample = await addSampleAction(house.ctx);
  await house.ctx.db
    .insertInto('product_identifier')
    .values({ product_id: sample.productId, scheme: 'udi-di', issuer: 'GS1', value: GTIN, printed: '' })
    .execute();
});
after(async () => {
  await closeBrowser();
  await house.close();
  rmSync(folder, { recursive: true, force: true });
});

async function draftOf(lab: SampleParty): Promise<{ answers: Answers; round: LabelRound } | undefined> {
  const row = await house.ctx.db
    .selectFrom('reply_draft')
    .select(['answers', 'label_round'])
    .where('link_id', '=', lab.linkId)
    .executeTakeFirst();
  return row && { answers: row.answers as Answers, round: readRound(row.label_round) };
}

const statusOf = async (lab: SampleParty): Promise<unknown[]> => {
  const draft = await draftOf(lab);
  return lab.correctionIds.map((id) => draft?.answers.corrections[id]?.status);
};

async function serialsOf(lab: SampleParty): Promise<string[]> {
  const rows = await house.ctx.db.selectFrom('unit').select(['id', 'serial']).orderBy('id').execute();
  return lab.unitIds.map((id) => rows.find((row) => row.id === id)?.serial ?? '');
}

describe('a scan that is sent', () => {
  let lab: SampleParty;
  let serials: string[];
  const scan = (code: string, wish: Record<string, string | string[]> = {}) =>
    house.post(`/p/${lab.token}/scan`, { code, environment: ['Dx', 'RUO'], ...wish });
  const pageAfter = async (answer: Response): Promise<string> => {
    assert.equal(answer.status, 303);
    return (await house.get(answer.headers.get('location') ?? '')).text();
  };
  before(async () => {
    lab = await addSampleParty(house.ctx, sample, { units: 3 });
    serials = await serialsOf(lab);
  });

  it('without an answer looks the label up and writes nothing', async () => {
    const page = await pageAfter(await scan(serials[0] ?? ''));
    assert.match(page, /It is on your list/);
    assert.match(page, /1 label scanned/);
    assert.match(page, /2 units on your list have not been scanned yet/);
    assert.deepEqual(await statusOf(lab), Array(6).fill(undefined));
  });

  it('ticks that unit in the wished modes, and remembers the wish for the next one', async () => {
    // As a hand-held scanner types it: symbology in front, the separator of its program, a line end behind.
    const first = await pageAfter(await scan(`]d201${GTIN}21${serials[0]}\r`, { ...done, environment: ['Dx'] }));
    assert.match(first, /In your form: Done: the patch is installed/);
    assert.deepEqual(await statusOf(lab), ['done', undefined, undefined, undefined, undefined, undefined]);
    assert.match(first, /value="done" selected/);
    const [, second] = serials;
    await pageAfter(await scan(`]C101${GTIN}21${second}<GS>10LOT7`, done));
    await pageAfter(await scan(`]Q301${GTIN}21${serials[2]}\u001d10LOT7`, done));
    assert.deepEqual(await statusOf(lab), ['done', undefined, 'done', 'done', 'done', 'done']);
    const draft = await draftOf(lab);
    assert.equal(draft?.answers.corrections[lab.correctionIds[0] ?? 0]?.['done-on'], '2022-05-04');
    assert.equal(draft?.round.scanned.length, 3);
    const page = await (await house.get(`/p/${lab.token}/scan`)).text();
    assert.match(page, /Every unit on your list has been scanned/);
    // The form has it, too.
    assert.match(await (await house.get(`/p/${lab.token}/form/corrections`)).text(), /value="done" selected/);
  });

  it('asks for what the answer needs, and writes nothing until then', async () => {
    const before = await statusOf(lab);
    const missing = await scan(serials[0] ?? '', { 'all.status': 'done', environment: [] });
    assert.equal(missing.status, 422);
    const page = await missing.text();
    assert.match(page, /href="#f-all-done-on"/);
    assert.match(page, /href="#f-environment"/);
    assert.match(page, new RegExp(`value="${serials[0]}"`), 'what was scanned stays');
    assert.deepEqual(await statusOf(lab), before);
  });

  it('is taken back to what the form said before, once', async () => {
    await pageAfter(await scan(serials[1] ?? '', { 'all.status': 'unknown' }));
    assert.deepEqual((await statusOf(lab)).slice(2, 4), ['unknown', 'unknown']);
    const [row] = (await draftOf(lab))?.round.scanned ?? [];
    const undo = () => house.post(`/p/${lab.token}/scan/undo`, { number: String(row?.number) });
    assert.equal((await undo()).status, 303);
    assert.deepEqual(
      (await statusOf(lab)).slice(2, 4),
      [undefined, undefined],
      'before its first scan nothing was said',
    );
    assert.equal((await undo()).status, 303);
    assert.equal((await draftOf(lab))?.round.scanned.length, 2);
  });

  it('notes labels that are not affected, not known or not readable', async () => {
    assert.match(await pageAfter(await scan('NB-NOBODY', done)), /do not know this instrument as yours yet: NB-NOBODY/);
    assert.match(await pageAfter(await scan('(01)00816270020124(21)X', done)), /cannot be read/);
    assert.match(await pageAfter(await scan(`(01)${GTIN}(21)NEW1`, done)), /form\/others\?add=extra/);
    const outcomes = (await draftOf(lab))?.round.scanned.slice(0, 3).map((one) => one.outcome);
    assert.deepEqual(outcomes, ['unknown', 'unreadable', 'unknown']);
    assert.equal((await scan('   ')).status, 303);
  });
});

/** A film of labels, each held before the camera for a while: a little turned, on a grey desk. */
async function filmOf(texts: readonly string[]): Promise<string> {
  const frames: Buffer[] = [];
  for (const text of texts) {
    const code = await bwip.toBuffer({ bcid: 'gs1datamatrix', text, scale: 6, backgroundcolor: 'FFFFFF', padding: 8 });
    const turned = await sharp(code).rotate(7, { background: '#ffffff' }).png().toBuffer();
    const frame = await sharp({ create: { width: 640, height: 480, channels: 3, background: '#b8b8b0' } })
      .composite([{ input: turned, gravity: 'centre' }])
      .jpeg({ quality: 85 })
      .toBuffer();
    frames.push(...Array<Buffer>(45).fill(frame));
  }
  const film = join(folder, 'labels.mjpeg');
  writeFileSync(film, Buffer.concat(frames));
  return film;
}

describe('the page in a real browser', () => {
  let origin: string;
  let byCamera: SampleParty;
  before(async () => {
    origin = await house.listen();
    byCamera = await addSampleParty(house.ctx, sample, { units: 2, languages: ['de'] });
    const serials = await serialsOf(byCamera);
    setCamera(await filmOf(serials.map((serial) => `(01)${GTIN}(21)${serial}(10)LOT7`)));
  });

  it('goes on scanning by camera with our own reader, and ticks each unit', async () => {
    await withBrowser({ width: 390 }, async (page) => {
      await page.goto(`${origin}/p/${byCamera.token}/scan`);
      assert.equal(await page.evaluate("'BarcodeDetector' in window"), false);
      await page.locator('[name="all.status"]').selectOption('done');
      await page.locator('[name="all.done-on"]').fill('2022-05-04');
      await page.locator('[name="all.backed-up"][value="yes"]').check();
      await page.getByRole('button', { name: 'Kamera benutzen' }).click();
      await page.getByText('2 Etiketten gescannt').waitFor();
      assert.match(await page.locator('#round').innerText(), /Alle Geräte Ihrer Liste sind gescannt/);
      assert.ok(await page.locator('video').isVisible(), 'the camera goes on');
      await page.getByRole('button', { name: 'Kamera anhalten' }).click();
    });
    assert.deepEqual(await statusOf(byCamera), ['done', 'done', 'done', 'done']);
  });

  for (const javaScript of [false, true]) {
    it(`takes a scanner that types, and takes a scan back, JavaScript ${javaScript ? 'on' : 'off'}`, async () => {
      const lab = await addSampleParty(house.ctx, sample, { units: 2 });
      const serials = await serialsOf(lab);
      await withBrowser({ javaScript }, async (page) => {
        await page.goto(`${origin}/p/${lab.token}/scan`);
        await page.locator('[name="all.status"]').selectOption('unknown');
        for (const [index, serial] of serials.entries()) {
          // The cursor is in the field by itself; a scanner types and presses Enter.
          await page.locator('[name=code]').focus();
          await page.keyboard.type(`]d201${GTIN}21${serial}`);
          await page.keyboard.press('Enter');
          await page.getByText(`${index + 1} label${index > 0 ? 's' : ''} scanned`).waitFor();
        }
        assert.deepEqual(await statusOf(lab), Array(4).fill('unknown'));
        await page.locator('.ff-scanned').getByRole('button', { name: 'Take back' }).last().click();
        await page.getByText('1 label scanned').waitFor();
      });
      assert.deepEqual(await statusOf(lab), [undefined, undefined, 'unknown', 'unknown']);
    });
  }
});
