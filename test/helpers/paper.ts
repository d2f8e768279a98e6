/** Forms on paper for tests: made without a database, and looked at as a scanner would. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { PDFiumLibrary } from '@hyzyla/pdfium';
import sharp from 'sharp';
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';
import type { FormFiller } from '../../src/adapters/paper-form.ts';
import type { Typesetter } from '../../src/adapters/typst.ts';
import type { FormContext, FormDefinition, FormUnit } from '../../src/domain/form.ts';
import { standardForm } from '../../src/domain/form-standard.ts';
import type { FormLayout, PaperSize } from '../../src/domain/paper-form.ts';
import { writeFormCode } from '../../src/domain/paper-form-code.ts';
import { makePaperContent } from '../../src/domain/paper-form-content.ts';
import { plateOf } from '../../src/domain/paper-form-page.ts';
import type { PaperContent } from '../../src/domain/paper-form-parts.ts';
import { hasText, translator } from '../../src/http/translate.ts';

export const definition: FormDefinition = standardForm({ reference: 'FSN2022-1230', software: 'Local Run Manager' });
export const secret = Buffer.alloc(32, 7);
export const formName = '7K2M9XW0AB';

const environments = [
  { code: 'dx', name: 'Dx' },
  { code: 'ruo', name: 'RUO' },
];

/** A party with units of two products, each with two environments. */
export function contextOf(
  units: number,
  wishes: { role?: FormContext['role']; kind?: FormUnit['kind'] } = {},
): FormContext {
  return {
    role: wishes.role ?? 'customer',
    products: [
      { id: 1, name: 'MiSeqDx', environments },
      { id: 2, name: 'NextSeq 550Dx', environments },
    ],
    noticeDate: '2022-05-04',
    units: Array.from({ length: units }, (_, i) => ({
      id: i + 1,
      kind: wishes.kind ?? 'serial',
      productId: 1 + (i % 2),
      product: i % 2 ? 'NextSeq 550Dx' : 'MiSeqDx',
      serial: `M${70_000 + i}`,
      quantity: wishes.kind === 'lot' ? 12 : 1,
      connected: null,
      corrections: environments.map(({ code, name }, j) => ({
        id: 1 + i * 2 + j,
        environment: code,
        environmentName: name,
        remedy: 'Patch 1.0',
        remedyKind: 'interim-patch',
        state: 'open',
      })),
    })),
  };
}

export function contentOf(context: FormContext, language = 'en', paper: PaperSize = 'a4'): PaperContent {
  const presets = { organisation: 'Labor 0421, Musterstadt', 'organisation-address': 'Musterstraße 1, 01234 Łódź' };
  return makePaperContent({ definition, context, say: translator(language), hasWords: hasText, paper, presets });
}

export interface MadeForm {
  pdf: Uint8Array<ArrayBuffer>;
  layout: FormLayout;
  codes: string[];
  content: PaperContent;
}

/** Makes a form with the real typesetter. */
export async function makeForm(
  parts: { typesetter: Typesetter; filler: FormFiller },
  context: FormContext,
  language = 'en',
  paper: PaperSize = 'a4',
): Promise<MadeForm> {
  const t = translator(language);
  const content = contentOf(context, language, paper);
  const { direction } = t;
  const email = 'techsupport@maker.example';
  const page = {
    language,
    direction,
    paper,
    title: t('form.paper.title'),
    reference: 'FSN2022-1230',
    who: 'Labor 0421, Musterstadt · Erika Muster',
    back: `${t('form.paper.back', { day: '2022-05-11', email })} ${t('form.paper.how')}`,
    foot: t('form.paper.foot', { version: 1, code: '{code}' }),
    pageWords: t('form.paper.page', { page: '{page}', pages: '{pages}' }),
    day: '2022-05-04',
    content,
  };
  const { data, inks } = plateOf(page, formName);
  const set = await parts.typesetter.typeset({ template: 'paper-form.typ', data });
  const codes = Array.from({ length: set.pages }, (_, i) =>
    writeFormCode({ form: formName, page: i + 1, pages: set.pages, language }, secret),
  );
  const shape = JSON.stringify(data);
  const filled = await parts.filler.fill({
    shape,
    parts: [set.pdf],
    paper,
    direction,
    boxes: content.boxes,
    inks,
    codes,
  });
  return { ...filled, codes, content };
}

let prepared = false;

/** Texts of the QR codes in a picture. */
export async function readCodes(picture: Buffer): Promise<string[]> {
  if (!prepared) {
    // Else the library fetches its own from afar.
    const wasm = createRequire(import.meta.url).resolve('zxing-wasm/reader/zxing_reader.wasm');
    prepareZXingModule({ overrides: { wasmBinary: new Uint8Array(readFileSync(wasm)).buffer } });
    prepared = true;
  }
  const found = await readBarcodes(new Uint8Array(picture), { formats: ['QRCode'] });
  return found.map((code) => code.text);
}

/** Pages as grey pictures at a resolution, with what stands in the fields. */
export async function renderPages(
  pdf: Uint8Array,
  dpi: number,
): Promise<{ data: Buffer; width: number; height: number }[]> {
  const library = await PDFiumLibrary.init();
  try {
    const document = await library.loadDocument(pdf);
    const pages: { data: Buffer; width: number; height: number }[] = [];
    for (const page of document.pages()) {
      const picture = await page.render({
        scale: dpi / 72,
        renderFormFields: true,
        render: async ({ data, width, height }) =>
          sharp(data, { raw: { width, height, channels: 4 } })
            .flatten({ background: 'white' })
            .greyscale()
            .raw()
            .toBuffer(),
      });
      pages.push({ data: Buffer.from(picture.data), width: picture.width, height: picture.height });
    }
    document.destroy();
    return pages;
  } finally {
    library.destroy();
  }
}
