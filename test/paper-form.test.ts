/** The verification form on paper: its codes, its layouts, and the PDF as viewers, pens and scanners meet it. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { PDFCheckBox, PDFDict, PDFDocument, PDFName, PDFRadioGroup, PDFSignature, PDFTextField } from '@cantoo/pdf-lib';
import fc from 'fast-check';
import sharp from 'sharp';
import { type FormFiller, openFormFiller } from '../src/adapters/paper-form.ts';
import { openTypesetter, type Typesetter } from '../src/adapters/typst.ts';
import { emptyAnswers } from '../src/domain/form.ts';
import { checkAnswers } from '../src/domain/form-check.ts';
import { parseFormBody, readFieldName } from '../src/domain/form-fields.ts';
import { bodyOfPaper, type FormLayout, marksOf, paperKey, paperOf, paperSizes } from '../src/domain/paper-form.ts';
import { makeFormName, readFormCode, writeFormCode } from '../src/domain/paper-form-code.ts';
import { faultsOf, makeLayout } from '../src/domain/paper-form-layout.ts';
import { isRefusal } from '../src/domain/refusal.ts';
import { contentOf, contextOf, definition, makeForm, readCodes, renderPages, secret } from './helpers/paper.ts';

describe('the code of a page', () => {
  const code = { form: makeFormName(Buffer.from('0123456')), page: 2, pages: 13, language: 'zh-Hant' };

  it('says form, page and language, and comes back from capitals', () => {
    const text = writeFormCode(code, secret);
    assert.match(text, /^[0-9A-Z.-]{20,47}$/, 'fits the small alphanumeric kind');
    assert.deepEqual(readFormCode(text.toLowerCase(), secret), code);
  });

  it('is refused when one sign was changed, and under another secret', () => {
    const text = writeFormCode(code, secret);
    for (let i = 0; i < text.length; i++) {
      const other = text[i] === '2' ? '3' : '2';
      assert.ok(isRefusal(readFormCode(text.slice(0, i) + other + text.slice(i + 1), secret)), `sign ${i}`);
    }
    const stranger = readFormCode(text, Buffer.alloc(32, 8));
    assert.ok(isRefusal(stranger) && stranger.code === 'paper-form.code-altered');
  });

  it('is refused when it is none', () => {
    for (const text of [
      '',
      'https://fieldfix.example',
      'FF1.X',
      `FF1.${'0'.repeat(500)}`,
      'FF2.7K2M9XW0AB.1.1.DE.00000000',
    ]) {
      const answer = readFormCode(text, secret);
      assert.ok(isRefusal(answer) && answer.code === 'paper-form.code-unreadable', text.slice(0, 30));
    }
  });
});

describe('what a form asks on paper', () => {
  it('is every question its definition puts to the party, about each of its units, once', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 12 }),
        fc.constantFrom('customer' as const, 'distributor' as const),
        fc.constantFrom('serial' as const, 'lot' as const, 'standalone' as const),
        fc.constantFrom('en', 'de', 'it'),
        (count, role, kind, language) => {
          const context = contextOf(count, { role, kind });
          const { boxes } = contentOf(context, language);
          const keys = boxes.map(paperKey);
          assert.equal(new Set(keys).size, keys.length, 'two boxes mean the same');
          const names = new Set(boxes.map((box) => box.name));
          for (const name of names) assert.ok(readFieldName(name), name);
          for (const question of definition.questions) {
            const forRole = !question.roles || question.roles.includes(role);
            const forKind = !question.unitKinds || question.unitKinds.includes(kind);
            const about =
              question.scope === 'unit'
                ? context.units.map((unit) => `u${unit.id}`)
                : question.scope === 'correction'
                  ? context.units.flatMap((unit) => unit.corrections.map((one) => `c${one.id}`))
                  : question.scope === 'product'
                    ? ['p1', 'p2']
                    : question.scope === 'party'
                      ? ['q']
                      : question.scope === 'extra'
                        ? ['x0', 'x1']
                        : ['s0', 's1'];
            for (const place of about)
              assert.equal(names.has(`${place}.${question.id}`), forRole && forKind, `${place}.${question.id}`);
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it('goes through the same door as an answer by the web', () => {
    const context = contextOf(2);
    const { boxes } = contentOf(context);
    const layout: FormLayout = {
      paper: 'a4',
      pages: [],
      marks: [],
      code: { x: 0, y: 0, width: 0, height: 0 },
      fields: boxes.map((box) => ({ ...box, page: 1, rect: { x: 0, y: 0, width: 9, height: 9 } })),
    };
    const found = new Map<string, string | true>([
      ['q.received=yes', true],
      ['q.others-told.it=it', true],
      ['q.others-told.users=users', true],
      ['u1.connected=no', true],
      ['c1.status=done', true],
      ['c1.done-on', '05.05.2022'],
      ['c2.status=done', true],
      ['c2.status=not-yet', true],
      ['p1.quantity', '2'],
      ['x0.product=2', true],
      ['x0.serial', 'NB1'],
      ['q.signature', true],
      ['q.signer-name', 'Erika Muster'],
    ]);
    const body = bodyOfPaper(layout, found);
    const answers = parseFormBody(definition, context, body);
    assert.deepEqual(answers, {
      ...emptyAnswers(),
      party: { received: 'yes', 'others-told': ['users', 'it'], 'signer-name': 'Erika Muster' },
      products: { 1: { quantity: 2 } },
      units: { 1: { connected: 'no' } },
      // Two ticks where one is asked: nobody guesses which was meant.
      corrections: { 1: { status: 'done', 'done-on': '2022-05-05' }, 2: { status: 'done / not-yet' } },
      extra: [{ product: '2', serial: 'NB1' }],
    });
    const { errors } = checkAnswers(definition, context, answers, { today: '2022-05-06' });
    assert.ok(errors.some((error) => error.field === 'c2.status' && error.code === 'choice'));
  });
});

describe('a layout', () => {
  it('has three solid marks and one ring inside the page, and paper by country', () => {
    for (const size of ['a4', 'letter'] as const) {
      const marks = marksOf(size);
      assert.deepEqual(
        marks.filter((mark) => mark.odd).map((mark) => mark.corner),
        ['bottom-right'],
      );
      for (const { rect } of marks) {
        assert.ok(rect.width >= 14 && rect.x >= 17 && rect.y >= 17, 'large enough, and clear of a fax’s edge');
        assert.ok(
          rect.x + rect.width <= paperSizes[size].width - 17 && rect.y + rect.height <= paperSizes[size].height - 17,
        );
      }
    }
    assert.deepEqual(['US', 'ca', 'DE', 'JP'].map(paperOf), ['letter', 'letter', 'a4', 'a4']);
  });

  it('is refused when a box has no place, lies over another or hangs over the edge', () => {
    const { boxes } = contentOf(contextOf(1));
    const paper = { size: 'a4', pages: 1, direction: 'ltr' } as const;
    assert.throws(() => makeLayout(boxes, [], paper), /is on no page/);
    const places = boxes.map((_, box) => ({ box, page: 1, rect: { x: 100, y: 300, width: 30, height: 13 } }));
    assert.throws(() => makeLayout(boxes, places, paper), /overlaps/);
    const [first] = boxes;
    assert.ok(first);
    assert.throws(
      () => makeLayout([first], [{ box: 0, page: 1, rect: { x: 580, y: 300, width: 30, height: 13 } }], paper),
      /over the margin/,
    );
  });
});

describe('the form as PDF', () => {
  let typesetter: Typesetter;
  let filler: FormFiller;
  before(() => {
    typesetter = openTypesetter({ threads: 1 });
    filler = openFormFiller();
  });
  after(async () => {
    await typesetter.close();
    await filler.close();
  });
  const make = (...args: Parameters<typeof makeForm> extends [unknown, ...infer Rest] ? Rest : never) =>
    makeForm({ typesetter, filler }, ...args);

  it('is one page for a customer with two instruments, in every language tried, and the same bytes again', async () => {
    const american = await make(contextOf(2), 'en', 'letter');
    assert.equal(american.layout.pages.length, 1, 'US Letter');
    for (const language of ['en', 'de', 'it', 'ar']) {
      const form = await make(contextOf(2), language);
      assert.equal(form.layout.pages.length, 1, language);
      const again = await make(contextOf(2), language);
      assert.ok(Buffer.from(form.pdf).equals(again.pdf), `${language} differs from itself`);
      assert.ok(form.pdf.byteLength < 200_000, `${form.pdf.byteLength} bytes`);
    }
  });

  it('keeps its boxes apart, inside the margins and large enough for a pen, whoever gets it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 9 }),
        fc.constantFrom('customer' as const, 'distributor' as const),
        fc.constantFrom('serial' as const, 'lot' as const),
        fc.constantFrom('en', 'de', 'it', 'ar', 'ja'),
        fc.constantFrom('a4' as const, 'letter' as const),
        async (count, role, kind, language, paper) => {
          const form = await make(contextOf(count, { role, kind }), language, paper);
          assert.deepEqual(faultsOf(form.layout), []);
          assert.equal(form.layout.fields.length, form.content.boxes.length);
          assert.ok(form.layout.fields.every((field) => field.page <= form.layout.pages.length));
        },
      ),
      { numRuns: 12 },
    );
  });

  it('has real fields whose names say what they are, spoken names, a place to sign, and an order', async () => {
    const { pdf, layout } = await make(contextOf(2), 'de');
    const document = await PDFDocument.load(pdf);
    const form = document.getForm();
    const byName = new Map(form.getFields().map((field) => [field.getName(), field]));
    assert.ok(byName.get('c1.status') instanceof PDFRadioGroup);
    assert.ok(byName.get('q.received') instanceof PDFCheckBox);
    assert.ok(byName.get('q.others-told.it') instanceof PDFCheckBox);
    assert.ok(byName.get('c1.done-on') instanceof PDFTextField);
    assert.ok(byName.get('q.signature') instanceof PDFSignature);
    for (const field of layout.fields) assert.ok(byName.has(field.pdfName), field.pdfName);
    const [page] = document.getPages();
    const widgets =
      page?.node
        .Annots()
        ?.asArray()
        .map((ref) => document.context.lookup(ref, PDFDict)) ?? [];
    assert.equal(widgets.length, layout.fields.length);
    for (const widget of widgets) {
      assert.match(String(widget.lookup(PDFName.of('TU'))), /^<FEFF/, 'a spoken name');
      assert.ok(widget.has(PDFName.of('StructParent')), 'a place in the structure');
    }
    // Tab follows the structure, and the annotations stand in the order of reading.
    const rects = widgets.map((widget) => String(widget.lookup(PDFName.of('Rect'))));
    const read = layout.fields.map(({ rect }) => rect.y);
    assert.equal(new Set(rects).size, rects.length);
    assert.ok((read[0] ?? 0) < (read.at(-1) ?? 0));
    assert.equal(document.getLanguage?.() ?? 'de', 'de');
  });

  it('is filled, saved and read again, with letters of Polish and Greek', async () => {
    const context = contextOf(2);
    const { pdf, layout } = await make(context, 'en');
    const document = await PDFDocument.load(pdf);
    const form = document.getForm();
    form.getCheckBox('q.received').check();
    form.getCheckBox('q.others-told.it').check();
    form.getRadioGroup('q.compromise').select('no');
    form.getRadioGroup('c1.status').select('done');
    form.getRadioGroup('c1.backed-up').select('yes');
    form.getRadioGroup('c4.status').select('not-yet');
    form.getTextField('c1.done-on').setText('5 May 2022');
    form.getTextField('q.signer-name').setText('Łucja Żółć, Ελένη');
    const saved = await document.save({ updateFieldAppearances: false });
    const found = new Map<string, string | true>();
    const again = (await PDFDocument.load(saved)).getForm();
    for (const field of again.getFields()) {
      const name = field.getName();
      if (field instanceof PDFTextField) found.set(name, field.getText() ?? '');
      else if (field instanceof PDFRadioGroup && field.getSelected()) found.set(`${name}=${field.getSelected()}`, true);
      else if (field instanceof PDFCheckBox && field.isChecked()) {
        const box = layout.fields.find((one) => one.pdfName === name);
        if (box) found.set(paperKey(box), true);
      }
    }
    const answers = parseFormBody(definition, context, bodyOfPaper(layout, found));
    assert.deepEqual(answers.corrections, {
      1: { status: 'done', 'backed-up': 'yes', 'done-on': '2022-05-05' },
      4: { status: 'not-yet' },
    });
    assert.equal(answers.party['signer-name'], 'Łucja Żółć, Ελένη');
    assert.equal(answers.party.organisation, 'Labor 0421, Musterstadt');
    assert.equal(answers.party.received, 'yes');
    assert.deepEqual(answers.party['others-told'], ['it']);
  });

  it('shows boxes, marks and code at 150 dots an inch in black and white', async () => {
    const { pdf, layout, codes } = await make(contextOf(6), 'de');
    assert.ok(layout.pages.length > 1);
    const pages = await renderPages(pdf, 150);
    const scale = 150 / 72;
    for (const [i, page] of pages.entries()) {
      // As a fax has it: every point black or white.
      const bits = await sharp(page.data, { raw: { width: page.width, height: page.height, channels: 1 } })
        .threshold(128)
        .png()
        .toBuffer();
      const [code] = await readCodes(bits);
      assert.equal(code, codes[i]);
      const read = readFormCode(code ?? '', secret);
      assert.ok(!isRefusal(read) && read.page === i + 1 && read.language === 'de');
      const at = (x: number, y: number): number =>
        page.data[Math.round(y * scale) * page.width + Math.round(x * scale)] ?? 255;
      for (const { rect, odd } of layout.marks) {
        const middle = at(rect.x + rect.width / 2, rect.y + rect.height / 2);
        assert.equal(middle < 60, !odd, 'the ring is empty inside, the others are solid');
        assert.ok(at(rect.x + 2.5, rect.y + rect.height / 2) < 60);
      }
    }
    const tick = layout.fields.find((field) => field.pdfName === 'q.received');
    const [first] = pages;
    assert.ok(tick && first);
    const { rect } = tick;
    const row = (y: number) => Math.round(y * scale) * first.width;
    const line = Array.from(
      { length: 12 },
      (_, k) => first.data[row(rect.y + 4.5) + Math.round((rect.x - 2 + k) * scale)],
    );
    assert.ok(
      line.some((grey) => (grey ?? 255) < 120),
      'the side of the box is printed',
    );
    assert.ok((first.data[row(rect.y + 4.5) + Math.round((rect.x + 4.5) * scale)] ?? 0) > 200, 'and it is empty');
  });
});
