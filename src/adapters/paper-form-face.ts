/** The faces of what is drawn into a form: made once, as objects that every form copies. */
import { readFileSync } from 'node:fs';
import { PDFDocument } from '@cantoo/pdf-lib';
import * as fontkit from 'fontkit';
import { drawnRanges } from '../domain/paper-form-ink.ts';
import { isDict, isRef, type PdfFile, type PdfValue, readPdf } from './pdf-objects.ts';
import { fontFiles } from './typst-fonts.ts';

export interface Face {
  /** Its name in the resources of pages and fields. */
  name: string;
  /** Its dictionary in `file`. */
  number: number;
  has(text: string): boolean;
  /** As hexadecimal digits between `<` and `>`. */
  encode(text: string): string;
  /** In points at a size. */
  widthOf(text: string, size: number): number;
}

export interface Faces {
  regular: Face;
  bold: Face;
  file: PdfFile;
  /** Every object that belongs to them. */
  numbers: number[];
}

const LETTERS = drawnRanges.flatMap(([from, to]) =>
  Array.from({ length: to - from + 1 }, (_, i) => String.fromCodePoint(from + i)),
);

/** Both faces as a file of their own, each with the letters that forms draw. */
export async function makeFaces(): Promise<Faces> {
  const document = await PDFDocument.create({ updateMetadata: false });
  document.registerFontkit(fontkit as unknown as Parameters<PDFDocument['registerFontkit']>[0]);
  const [regularFile = '', boldFile = ''] = fontFiles('Noto Sans');
  const regular = await embed(document, regularFile, 'NotoSans');
  const bold = await embed(document, boldFile, 'NotoSansBold');
  await document.flush();
  const file = readPdf(await document.save({ useObjectStreams: false, addDefaultPage: false }));
  return { regular, bold, file, numbers: [...reachable(file, [regular.number, bold.number])] };
}

async function embed(document: PDFDocument, path: string, name: string): Promise<Face> {
  const bytes = readFileSync(path);
  const drawn = fontkit.create(bytes) as fontkit.Font;
  const letters = LETTERS.filter((letter) => drawn.hasGlyphForCodePoint(letter.codePointAt(0) ?? 0));
  const font = await document.embedFont(bytes, { subset: true, features: { liga: false }, customName: name });
  // Each letter by itself, so that none melts into another; encoding puts it into the subset.
  const codes = new Map(letters.map((letter) => [letter, font.encodeText(letter).asString()]));
  const widths = new Map(letters.map((letter) => [letter, font.widthOfTextAtSize(letter, 1)]));
  return {
    name,
    number: font.ref.objectNumber,
    has: (text) => [...text].every((letter) => codes.has(letter)),
    encode: (text) => [...text].map((letter) => codes.get(letter) ?? '').join(''),
    widthOf: (text, size) => [...text].reduce((sum, letter) => sum + (widths.get(letter) ?? 0), 0) * size,
  };
}

/** The numbers of these objects and of all that they point at. */
function reachable(file: PdfFile, from: readonly number[]): Set<number> {
  const found = new Set(from);
  const look = (value: PdfValue): void => {
    if (isRef(value)) found.add(value.ref);
    else if (Array.isArray(value)) value.forEach(look);
    else if (isDict(value)) [...value.values()].forEach(look);
  };
  // A set grows while it is walked.
  for (const number of found) look(file.get(number).value);
  return found;
}
