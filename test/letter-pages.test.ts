/** A letter put together: what stands on its pages, and that its tags and its archive marks are whole. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { inflateSync } from 'node:zlib';
import {
  PDFArray,
  PDFDict,
  PDFDocument,
  PDFName,
  PDFNumber,
  type PDFObject,
  PDFRawStream,
  PDFRef,
} from '@cantoo/pdf-lib';
import { PDFiumLibrary } from '@hyzyla/pdfium';
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';
import { sampleNotice, sampleNoticeFacts } from '../sample/notice/document.ts';
import { openTypesetter } from '../src/adapters/typst.ts';
import { composeCommon, composePersonal, isolate, type LetterPersonal, lineOf } from '../src/domain/letter.ts';
import { noticeLanguages } from '../src/domain/notice.ts';
import { renderNotice } from '../src/domain/notice-render.ts';
import { translator } from '../src/http/translate.ts';
import { findPdfAFaults, preflightThere } from './helpers/preflight.ts';

const typesetter = openTypesetter({ threads: 1 });
after(() => typesetter.close());

function common(language: string, paper: 'a4' | 'us-letter' = 'a4') {
  const notice = renderNotice(sampleNotice, 'dx-recall', language, sampleNoticeFacts);
  const about = { facts: sampleNoticeFacts, audience: 'dx-recall', kind: 'notice', paper, dates: 'language' } as const;
  return composeCommon(
    { ...about, notice, number: 'M-AMR-00496', version: 1, day: '2022-05-04', ivd: true },
    translator(language),
  );
}

function reader(nth: number, units: number, language = 'de'): LetterPersonal {
  return composePersonal(
    {
      address: `Labor ${nth}, Musterstadt\nErika Musterfrau\nMusterstraße ${nth}\n12345 Musterstadt\nDE`,
      link: `https://fieldfix.example/p/0123456789abcdefghjkmnpq${10 + nth}`,
      replyBy: '11. Mai 2022',
      units: Array.from({ length: units }, (_, i) => ({
        product: 'NextSeq 550Dx',
        serial: `NB55${nth}${String(i).padStart(3, '0')}`,
        site: 'Hauptlabor',
        environments: ['Dx', 'RUO'],
      })),
    },
    translator(language),
  );
}

/** The words of each page, as a viewer finds them. */
async function textOf(pdf: Uint8Array): Promise<string[]> {
  const library = await PDFiumLibrary.init();
  const document = await library.loadDocument(pdf);
  const texts = [...document.pages()].map((page) => page.getText());
  document.destroy();
  library.destroy();
  return texts;
}

/** What is drawn on a page between its header and two thirds of its height. */
async function middleOf(pdf: Uint8Array, place: number): Promise<Buffer> {
  const library = await PDFiumLibrary.init();
  const document = await library.loadDocument(pdf);
  const { data, width, height } = await document.getPage(place).render({ scale: 1, render: 'bitmap' });
  document.destroy();
  library.destroy();
  return Buffer.from(data.subarray(width * 4 * Math.round(height * 0.08), width * 4 * Math.round(height * 0.66)));
}

const N = (name: string) => PDFName.of(name);

/** Every mark in the content of pages and of what is laid over them, checked against the tree of tags. */
async function checkTags(pdf: Uint8Array): Promise<{ marks: number; roles: Set<string> }> {
  const { context, catalog } = await PDFDocument.load(pdf, { updateMetadata: false });
  const root = catalog.lookup(N('StructTreeRoot'), PDFDict);
  const numbers = root.lookup(N('ParentTree'), PDFDict).lookup(N('Nums'), PDFArray);
  const parents = new Map<number, PDFObject | undefined>();
  for (let i = 0; i < numbers.size(); i += 2) {
    parents.set(numbers.lookup(i, PDFNumber).asNumber(), numbers.lookup(i + 1));
  }
  assert.equal(parents.size, numbers.size() / 2, 'each number once');
  // Marks the tree speaks of: `object of the content / number`.
  const spoken = new Set<string>();
  const roles = new Set<string>();
  const visit = (element: PDFDict, parent: PDFRef): void => {
    roles.add(element.lookup(N('S'), PDFName).asString());
    const own = context.getObjectRef(element) as PDFRef;
    assert.equal((element.get(N('P')) as PDFRef).tag, parent.tag, 'an element names its parent');
    const kids = element.lookup(N('K'));
    for (const kid of kids instanceof PDFArray ? kids.asArray() : kids ? [kids] : []) {
      const value = context.lookup(kid);
      const page = element.get(N('Pg')) as PDFRef | undefined;
      if (value instanceof PDFNumber) spoken.add(`${page?.objectNumber}/${value.asNumber()}`);
      else if (value instanceof PDFDict && value.get(N('MCID'))) {
        const at = (value.get(N('Stm')) ?? value.get(N('Pg')) ?? page) as PDFRef;
        spoken.add(`${at.objectNumber}/${(value.get(N('MCID')) as PDFNumber).asNumber()}`);
      } else if (value instanceof PDFDict && value.get(N('S'))) visit(value, own);
    }
  };
  for (const top of root.lookup(N('K'), PDFArray).asArray()) {
    visit(context.lookup(top, PDFDict), context.getObjectRef(root) as PDFRef);
  }
  let marks = 0;
  const checkContent = (holder: PDFDict, ref: PDFRef, streams: PDFRawStream[]): void => {
    const text = streams
      .map((stream) => {
        const bytes = Buffer.from(stream.contents);
        return (stream.dict.get(N('Filter')) ? inflateSync(bytes) : bytes).toString('latin1');
      })
      .join('\n');
    const ids = [...text.matchAll(/\/MCID (\d+)/g)].map((match) => Number(match[1]));
    assert.equal(new Set(ids).size, ids.length, 'a mark is used once');
    const entry = holder.get(N('StructParents')) as PDFNumber | undefined;
    const list = entry && parents.get(entry.asNumber());
    if (ids.length > 0) assert.ok(list instanceof PDFArray, 'content with marks is in the parent tree');
    for (const id of ids) {
      assert.ok(spoken.has(`${ref.objectNumber}/${id}`), `mark ${id} of object ${ref.objectNumber} is in the tree`);
      assert.ok((list as PDFArray).lookup(id) instanceof PDFDict, `mark ${id} has a parent`);
      marks++;
    }
  };
  for (const [ref, object] of context.enumerateIndirectObjects()) {
    if (object instanceof PDFRawStream && object.dict.get(N('Subtype')) === N('Form')) {
      checkContent(object.dict, ref, [object]);
    }
    if (object instanceof PDFDict && object.get(N('Type')) === N('Page')) {
      const contents = object.lookup(N('Contents'));
      const streams = contents instanceof PDFArray ? contents.asArray().map((one) => context.lookup(one)) : [contents];
      checkContent(object, ref, streams as PDFRawStream[]);
    }
    // Nothing refers to what is not there.
    for (const target of refsIn(object)) assert.ok(context.lookup(target), `${ref.tag} speaks of ${target.tag}`);
  }
  return { marks, roles };
}

function refsIn(object: PDFObject): PDFRef[] {
  if (object instanceof PDFRef) return [object];
  if (object instanceof PDFRawStream) return refsIn(object.dict);
  if (object instanceof PDFArray) return object.asArray().flatMap(refsIn);
  return object instanceof PDFDict ? object.values().flatMap(refsIn) : [];
}

describe('a letter', () => {
  test('carries address, link and list on the pages of the notice, numbered in its language', async () => {
    const letters = await typesetter.letters({ common: common('de'), letters: [reader(1, 2), reader(2, 1)] });
    assert.equal(letters.length, 2);
    for (const [i, letter] of letters.entries()) {
      const pages = await textOf(letter.pdf);
      assert.equal(pages.length, letter.pages);
      assert.match(pages[0] ?? '', new RegExp(`Labor ${i + 1}, Musterstadt[^]*Musterstraße ${i + 1}[^]*GERMANY`));
      assert.match(pages[0] ?? '', /DRINGENDER RÜCKRUF EINES MEDIZINPRODUKTS/);
      for (const [at, text] of pages.entries()) {
        assert.ok(text.includes(`Seite ${at + 1} von ${pages.length}`), `page ${at + 1}`);
        assert.match(text, /FSN2022-1230 DEU/);
        assert.match(text, /M-AMR-00496/);
        assert.match(text, /Für In-vitro-Diagnostik/);
      }
      assert.ok(pages.join('').includes(`NB55${i + 1}000`));
      assert.ok(!pages.join('').includes(`NB55${2 - i}000`), 'nothing of another reader');
    }
  });

  test('goes on for a long list, and counts those pages too', async () => {
    const [short, long] = await typesetter.letters({ common: common('de'), letters: [reader(1, 1), reader(2, 120)] });
    assert.ok(short && long && long.pages > short.pages);
    const pages = await textOf(long.pdf);
    assert.equal(pages.length, long.pages);
    for (const [at, text] of pages.entries()) assert.ok(text.includes(`Seite ${at + 1} von ${pages.length}`));
    assert.ok(pages.at(-1)?.includes('NB552119'));
    assert.ok(pages.at(-1)?.includes('Seriennummer'), 'the headings stand on each page');
  });

  test('is the right reader’s, whichever lists before it or beside it went on', async () => {
    const counts = [60, 2, 0, 120, 1, 45, 3];
    const shared = common('fr');
    // The second time it is known how long a list may be.
    for (const _ of ['first', 'again']) {
      const letters = await typesetter.letters({
        common: shared,
        letters: counts.map((count, i) => reader(i + 1, count, 'fr')),
      });
      for (const [i, letter] of letters.entries()) {
        const pages = await textOf(letter.pdf);
        const count = counts[i] ?? 0;
        assert.equal(pages.length, letter.pages);
        assert.ok(pages[0]?.includes(`Labor ${i + 1}, Musterstadt`));
        for (const [at, text] of pages.entries()) assert.ok(text.includes(`${at + 1} sur ${pages.length}`), text);
        const serials = [...pages.join('\n').matchAll(/NB55\d{4}\b/g)].map(([serial]) => serial);
        assert.deepEqual(
          serials,
          Array.from({ length: count }, (_unit, k) => `NB55${i + 1}${String(k).padStart(3, '0')}`),
        );
      }
    }
  });

  test('never sets its list over the words of the notice, however much room is left', async () => {
    const shared = common('it');
    const counts = [0, 1, 2, 3, 4, 5, 8];
    const letters = await typesetter.letters({
      common: shared,
      letters: counts.map((count) => reader(1, count, 'it')),
    });
    const [bare, ...listed] = letters;
    const last = (bare?.pages ?? 1) - 1;
    const words = await middleOf(bare?.pdf ?? new Uint8Array(), last);
    for (const [i, letter] of listed.entries()) {
      assert.deepEqual(await middleOf(letter.pdf, last), words, `a list of ${counts[i + 1]}`);
    }
  });

  test('keeps every tag, in the order it is read, and says that it is PDF/A-1a', async () => {
    const [letter] = await typesetter.letters({ common: common('it'), letters: [reader(3, 40, 'it')] });
    assert.ok(letter);
    const { marks, roles } = await checkTags(letter.pdf);
    assert.ok(marks > 300, `${marks} marks`);
    for (const role of ['/H1', '/H2', '/P', '/L', '/Table', '/TH', '/TD', '/Link', '/Figure'])
      assert.ok(roles.has(role), role);
    const { context, catalog } = await PDFDocument.load(letter.pdf, { updateMetadata: false });
    const metadata = Buffer.from((catalog.lookup(N('Metadata')) as PDFRawStream).contents).toString();
    assert.match(metadata, /<pdfaid:part>1<.*<pdfaid:conformance>A</s);
    assert.ok(catalog.lookup(N('OutputIntents'), PDFArray).size() === 1);
    assert.equal(catalog.get(N('Lang'))?.toString(), '(it)');
    for (const [, object] of context.enumerateIndirectObjects()) {
      if (!(object instanceof PDFDict) || object.get(N('Type')) !== N('FontDescriptor')) continue;
      assert.ok(object.has(N('FontFile2')) || object.has(N('FontFile3')), 'each face is in the file');
    }
  });

  test('is PDF/A to a validator that did not make it, in each language and with lists of any length', async () => {
    if (!preflightThere) {
      console.log('  PDF/A not validated here: Debian’s libpdfbox2-java is not installed (test/helpers/preflight.ts)');
      return;
    }
    for (const [i, language] of noticeLanguages(sampleNotice, 'dx-recall').entries()) {
      const [letter] = await typesetter.letters({
        common: common(language),
        letters: [reader(1, [0, 3, 40][i % 3] ?? 0, language)],
      });
      assert.deepEqual(await findPdfAFaults(letter?.pdf ?? new Uint8Array()), [], language);
    }
    const [letter] = await typesetter.letters({ common: common('en'), letters: [reader(1, 1, 'en')] });
    const otherPart = Buffer.from(letter?.pdf ?? [])
      .toString('latin1')
      .replace('pdfaid:part>1<', 'pdfaid:part>2<');
    assert.match((await findPdfAFaults(Buffer.from(otherPart, 'latin1'))).join('\n'), /not a valid PDF\/A-1b/);
  });

  test('is the same file when it is made again, alone or among others', async () => {
    const [alone] = await typesetter.letters({ common: common('en'), letters: [reader(1, 2, 'en')] });
    const [again] = await typesetter.letters({ common: common('en'), letters: [reader(1, 2, 'en')] });
    assert.deepEqual(Buffer.from(alone?.pdf ?? []), Buffer.from(again?.pdf ?? []));
  });

  test('has a code that a telephone reads as the link', async () => {
    const personal = reader(7, 1);
    const [letter] = await typesetter.letters({ common: common('de'), letters: [personal] });
    const library = await PDFiumLibrary.init();
    const document = await library.loadDocument(letter?.pdf ?? new Uint8Array());
    const { data, width, height } = await document.getPage(0).render({ scale: 2, render: 'bitmap' });
    // BGRA to RGBA does not matter for black and white.
    const pixels = { data: new Uint8ClampedArray(data), width, height, colorSpace: 'srgb' as const };
    await prepareZXingModule({
      overrides: {
        wasmBinary: readFileSync(fileURLToPath(import.meta.resolve('zxing-wasm/reader/zxing_reader.wasm'))).buffer,
      },
      fireImmediately: true,
    });
    const found = await readBarcodes(pixels as ImageData, { formats: ['QRCode'] });
    document.destroy();
    library.destroy();
    assert.deepEqual(
      found.map((code) => code.text),
      [personal.link],
    );
  });

  test('is set on US Letter where the country prints on it', async () => {
    const [letter] = await typesetter.letters({ common: common('en', 'us-letter'), letters: [reader(1, 1, 'en')] });
    const { pages } = { pages: (await PDFDocument.load(letter?.pdf ?? '')).getPages() };
    for (const page of pages) assert.deepEqual([Math.round(page.getWidth()), Math.round(page.getHeight())], [612, 792]);
  });

  test('comes from the WebAssembly engine alike', async () => {
    const wasm = openTypesetter({ threads: 1, wasm: true });
    try {
      const [native] = await typesetter.letters({ common: common('de'), letters: [reader(1, 3)] });
      const [other] = await wasm.letters({ common: common('de'), letters: [reader(1, 3)] });
      assert.equal(other?.pages, native?.pages);
      assert.deepEqual(await textOf(other?.pdf ?? new Uint8Array()), await textOf(native?.pdf ?? new Uint8Array()));
      await checkTags(other?.pdf ?? new Uint8Array());
      await assert.rejects(
        wasm.letters({ common: common('de'), letters: [{ ...reader(1, 1), address: [lineOf('ไทย')] }] }),
        /glyph/,
      );
    } finally {
      await wasm.close();
    }
  });
});

test('characters without a picture are found by themselves', async () => {
  assert.deepEqual(await typesetter.undrawable('Größe Ωμ Київ 東京 서울 台灣 القاهرة שלום\n\t\u200b'), []);
  assert.deepEqual(await typesetter.undrawable('ไทย 🙂'), ['ไ', 'ท', 'ย', '🙂']);
});

test('the fixed words and the example’s texts are drawn in every language', async () => {
  const folder = new URL('../locales/', import.meta.url);
  for (const file of readdirSync(folder)) {
    const words = readFileSync(new URL(file, folder), 'utf8');
    assert.deepEqual(await typesetter.undrawable(words), [], file);
  }
  for (const [language, texts] of Object.entries(sampleNotice.texts)) {
    assert.deepEqual(await typesetter.undrawable(Object.values(texts).join('')), [], language);
  }
});

test('what is written in Latin letters keeps its order where the text runs from right to left', () => {
  assert.equal(isolate('FSN2022-1230', 'rtl'), '\u2066FSN2022-1230\u2069');
  assert.equal(isolate('+1 555 0100', 'rtl'), '\u2066+1 555 0100\u2069');
  assert.equal(isolate('مختبر', 'rtl'), 'مختبر');
  assert.equal(isolate('FSN2022-1230', 'ltr'), 'FSN2022-1230');
  // A name with marks that turn what follows: they are taken out, and it is set by its own letters.
  assert.deepEqual(lineOf('\u202eLabor\u202c\u200f 7\n'), { text: 'Labor 7', direction: 'ltr' });
  assert.deepEqual(lineOf('מעבדה 7'), { text: 'מעבדה 7', direction: 'rtl' });
});
