/**
 * Scans and photos of forms: how many tick boxes are read right, how many are handed to a person, and how long a page takes
 * against rasterising it alone. Forms, pens, scanners and stains are made here, from one seed.
 */
import { join } from 'node:path';
import { PDFDocument } from '@cantoo/pdf-lib';
import { PDFiumLibrary } from '@hyzyla/pdfium';
import { seededRandom } from '../../sample/random.ts';
import { printPages, type ScanWishes, scanPage, tickable } from '../../sample/scan.ts';
import { openFormFiller } from '../../src/adapters/paper-form.ts';
import { readPages } from '../../src/adapters/paper-reader-pages.ts';
import { openTypesetter } from '../../src/adapters/typst.ts';
import { paperKey } from '../../src/domain/paper-form.ts';
import { readFormCode } from '../../src/domain/paper-form-code.ts';
import { isRefusal } from '../../src/domain/refusal.ts';
import { contextOf, type MadeForm, makeForm, secret } from '../helpers/paper.ts';
import { type PhotoWishes, photograph } from '../helpers/photo.ts';
import { type Bench, type BenchContext, type BenchResult, judgeRatio } from './bench.ts';

/** Tick boxes of the first set; the others are a part of it. */
const BOXES = 10_000;
const handFont = join(
  import.meta.dirname,
  '../../node_modules/@expo-google-fonts/caveat/400Regular/Caveat_400Regular.ttf',
);

const random = seededRandom(20_220_504);
const next = (): number => random.next();

interface Score {
  boxes: number;
  wrong: number;
  doubtful: number;
  unplaced: number;
  crossed: number;
  crossedCertain: number;
}

async function run({ scale, say }: BenchContext): Promise<BenchResult[]> {
  const most = Math.max(500, Math.round(BOXES * scale));
  const typesetter = openTypesetter({ threads: 1 });
  const filler = openFormFiller();
  const form = await makeForm({ typesetter, filler }, contextOf(3), 'de');
  const sets: [string, ScanWishes, number, PhotoWishes?][] = [
    ['200 dpi, 3° askew', { dpi: 200, tilt: 3, noise: 6, blur: 0.5 }, most],
    ['200 dpi, -3°, coffee', { dpi: 200, tilt: -3, noise: 8, blur: 0.5, stain: true }, most / 5],
    ['150 dpi, 1°, upside down', { dpi: 150, tilt: 1, turns: 2, noise: 6, blur: 0.4 }, most / 10],
    ['300 dpi, lying on its side', { dpi: 300, tilt: 2, turns: 1, noise: 10, blur: 0.8 }, most / 10],
    ['600 dpi', { dpi: 600, tilt: 0.5, noise: 10, blur: 1 }, most / 10],
    ['200 dpi, fax', { dpi: 200, tilt: 1, noise: 10, fax: true }, most / 10],
    ['photo, held carelessly', { dpi: 200, tilt: 2, noise: 8, blur: 0.6 }, most / 10, { slant: 0.05, shadow: 0.3 }],
    ['photo, from the side', { dpi: 200, tilt: 4, noise: 8, blur: 0.6 }, most / 10, { slant: 0.15, shadow: 0.5 }],
  ];
  const rows: Record<string, string | number>[] = [];
  const scores: Score[] = [];
  for (const [name, wishes, count, photo] of sets) {
    const score = await scoreSet(form, wishes, count, photo);
    scores.push(score);
    rows.push({
      set: name,
      boxes: score.boxes,
      'wrong, certain': score.wrong,
      'to a person %': ((100 * score.doubtful) / Math.max(1, score.boxes)).toFixed(2),
      'pages not placed': score.unplaced,
      'blackened, certain': `${score.crossedCertain} of ${score.crossed}`,
    });
  }
  for (const row of rows)
    say(
      Object.entries(row)
        .map(([name, value]) => `${name}: ${value}`)
        .join(', '),
    );
  const speed = await measureSpeed(form);
  await typesetter.close();
  await filler.close();
  const all = scores.reduce((sum, one) => sum + one.wrong, 0);
  const [first] = scores;
  return [
    judgeRatio(
      'tick boxes on scans: wrong, though certain',
      all,
      { kind: 'at-most', value: 0 },
      `${scores.reduce((sum, one) => sum + one.boxes, 0)} boxes in ${scores.length} sets`,
    ),
    judgeRatio(
      'tick boxes handed to a person, 200 dpi, 3° askew',
      Number(((first?.doubtful ?? 0) / Math.max(1, first?.boxes ?? 0)).toFixed(4)),
      { kind: 'at-most', value: 0.02 },
      `${first?.doubtful} of ${first?.boxes}`,
    ),
    judgeRatio(
      'a scanned form of two pages, read / rasterised',
      Number((speed.readMs / speed.rasterMs).toFixed(2)),
      { kind: 'at-most', value: 3 },
      `${speed.readMs.toFixed(0)} ms / ${speed.rasterMs.toFixed(0)} ms`,
    ),
  ];
}

export const bench: Bench = { name: 'scan', run };

function layoutOf(form: MadeForm) {
  return async (text: string) => {
    const code = readFormCode(text, secret);
    return isRefusal(code) ? undefined : { layout: form.layout, page: code.page };
  };
}

async function scoreSet(form: MadeForm, wishes: ScanWishes, count: number, photo?: PhotoWishes): Promise<Score> {
  const score: Score = { boxes: 0, wrong: 0, doubtful: 0, unplaced: 0, crossed: 0, crossedCertain: 0 };
  const printed = await printPages(form.pdf, wishes.dpi);
  const ticks = tickable(form.layout);
  while (score.boxes < count) {
    const values = new Map<string, true | 'crossed' | string>();
    for (const field of form.layout.fields) {
      const chance = next();
      if (field.kind === 'tick' && chance < 0.3) values.set(paperKey(field), chance < 0.01 ? 'crossed' : true);
      else if (field.kind === 'text' && chance < 0.3) values.set(paperKey(field), 'Musterfrau 12.5.');
    }
    for (const [index, page] of printed.entries()) {
      const fields = form.layout.fields.filter((field) => field.page === index + 1);
      const scanned = await scanPage(page, fields, { values, signature: 'x' }, { ...wishes, handFont }, next);
      const picture = photo ? await photograph(scanned.jpeg, photo, next) : scanned.jpeg;
      const found = await readPages(picture, layoutOf(form));
      const boxes = isRefusal(found) ? [] : (found.pages[0]?.boxes ?? []);
      if (boxes.length === 0) score.unplaced++;
      const byKey = new Map(boxes.map((box) => [box.key, box]));
      for (const field of ticks.filter((one) => one.page === index + 1)) {
        const truth = values.get(paperKey(field));
        const box = byKey.get(paperKey(field));
        if (truth === 'crossed') {
          score.crossed++;
          if (box?.sure) score.crossedCertain++;
          continue;
        }
        score.boxes++;
        if (!box?.sure) score.doubtful++;
        else if ((box.value === true) !== (truth === true)) score.wrong++;
      }
    }
  }
  return score;
}

/** A scanned form of two pages: all of reading it against rendering its pages alone. */
async function measureSpeed(form: MadeForm): Promise<{ readMs: number; rasterMs: number }> {
  const printed = await printPages(form.pdf, 200);
  const document = await PDFDocument.create();
  for (const [index, page] of printed.entries()) {
    const fields = form.layout.fields.filter((field) => field.page === index + 1);
    const values = new Map(
      fields
        .filter(() => next() < 0.2)
        .map((field) => [paperKey(field), field.kind === 'tick' ? (true as const) : 'Muster']),
    );
    const scanned = await scanPage(page, fields, { values }, { dpi: 200, tilt: 2, noise: 6, handFont }, next);
    const sheet = document.addPage([(scanned.width * 72) / 200, (scanned.height * 72) / 200]);
    sheet.drawImage(await document.embedJpg(scanned.jpeg), {
      x: 0,
      y: 0,
      width: sheet.getWidth(),
      height: sheet.getHeight(),
    });
  }
  const pdf = await document.save();
  const library = await PDFiumLibrary.init();
  const raster = async (): Promise<void> => {
    const open = await library.loadDocument(pdf);
    for (const page of open.pages()) await page.render({ scale: 200 / 72, colorSpace: 'Gray' });
    open.destroy();
  };
  const best = async (work: () => Promise<unknown>): Promise<number> => {
    let least = Number.POSITIVE_INFINITY;
    for (let round = 0; round < 7; round++) {
      const start = performance.now();
      await work();
      least = Math.min(least, performance.now() - start);
    }
    return least;
  };
  const rasterMs = await best(raster);
  const readMs = await best(() => readPages(pdf, layoutOf(form)));
  library.destroy();
  return { readMs, rasterMs };
}
