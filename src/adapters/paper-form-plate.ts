/**
 * A form's pages as the typesetter set them, taken apart once for all readers of the same shape: where boxes and blanks
 * are, and everything that no reader changes, packed.
 */
import { PDFDocument } from '@cantoo/pdf-lib';
import type { PaperRect } from '../domain/paper-form.ts';
import type { BoxPlace } from '../domain/paper-form-layout.ts';
import type { Faces } from './paper-form-face.ts';
import {
  dictOf,
  isDict,
  isRef,
  listOf,
  numberOf,
  type PdfDict,
  type PdfFile,
  type PdfRef,
  type PdfValue,
  pagesBelow,
  printDict,
  printValue,
  type Refer,
  readPdf,
} from './pdf-objects.ts';
import { type Pack, type PackedBase, packBase } from './pdf-pack.ts';

/** A box to fill in: the typesetter's link over it, which becomes a field. */
export interface PlateBox {
  place: BoxPlace;
  /** Its object, and what of it stays, as text between the brackets. */
  number: number;
  kept: string;
}

/** A blank to draw into. */
export interface PlateBlank {
  ink: number;
  /** From 1. */
  page: number;
  rect: PaperRect;
  /** Its mark on the page, for the structure of the document; undefined where there is none. */
  mark: number | undefined;
}

/** Numbers of the pictures of a box with a cross and without. */
export interface Looks {
  cross: number;
  empty: number;
}

export interface Plate {
  /** A form was made of it, and its boxes stood as they should. */
  checked: boolean;
  base: PackedBase;
  /** Numbers of the catalogue, of the form's own dictionary, and of what is drawn on each page. */
  root: number;
  acroForm: number;
  drawings: number[];
  /** In the order of their numbers. */
  boxes: PlateBox[];
  /** Their places, as layouts are made of them. */
  places: BoxPlace[];
  blanks: PlateBlank[];
  /** Heights of the pages. */
  heights: number[];
  /** Numbers of both faces in the file. */
  faces: { regular: number; bold: number };
  /** Numbers of the pictures of ticks and of empty boxes, by their size. */
  looks: ReadonlyMap<string, Looks>;
}

const sameNumber: Refer = (ref) => ref;
const print = (value: PdfValue): string => printValue(value, sameNumber);

/** The size of a box, as looks are found by it. */
export const sizeOf = ({ width, height }: { width: number; height: number }): string =>
  `${Math.round(width * 100) / 100} ${Math.round(height * 100) / 100}`;

/** Takes a set form apart. @param parts of a large form one behind the other */
export async function makePlate(parts: readonly Uint8Array[], faces: Faces): Promise<Plate> {
  const file = await readParts(parts);
  const catalogue = dictOf(file, file.trailer.get('/Root'));
  const root = numberOf(file.trailer.get('/Root'));
  const pages = pagesBelow(file, numberOf(catalogue.get('/Pages')));
  const marks = readStructure(file, catalogue);
  const boxes: PlateBox[] = [];
  const blanks: PlateBlank[] = [];
  /** Objects written otherwise than they stand in the file; `null`: not at all. */
  const changed = new Map<number, string | null>();
  const newKids = new Map<number, PdfValue[]>();
  for (const [index, number] of pages.entries()) {
    const page = dictOf(file, { ref: number });
    const height = pageHeight(page);
    const found = linksOf(file, page).map(({ ref, link, kind, nth }) => {
      const [left = 0, low = 0, right = 0, high = 0] = listOf(file.follow(link.get('/Rect'))).map(Number);
      const rect = { x: left, y: height - high, width: right - left, height: high - low };
      return { ref, link, kind, nth, rect };
    });
    found.sort((a, b) => a.nth - b.nth);
    for (const { ref, link, kind, nth, rect } of found) {
      const element = marks?.elements.get(ref.ref);
      if (kind === 'box') {
        const kept = new Map(link);
        for (const key of ['/A', '/Border', '/Contents', '/Subtype', '/F']) kept.delete(key);
        boxes.push({
          place: { box: nth, page: index + 1, rect },
          number: ref.ref,
          kept: printDict(kept, sameNumber).slice(2, -2),
        });
        changed.set(ref.ref, null);
        if (element) changed.set(element.number, printDict(element.dict, sameNumber, { '/S': '/Form' }));
        continue;
      }
      changed.set(ref.ref, null);
      const own = typeof page.get('/StructParents') === 'number' ? Number(page.get('/StructParents')) : undefined;
      const kids =
        own === undefined ? undefined : (newKids.get(own) ?? [...listOf(file.follow(marks?.parents.get(own)))]);
      let mark: number | undefined;
      if (element && kids && own !== undefined) {
        mark = kids.length;
        kids.push({ ref: element.number });
        newKids.set(own, kids);
        const span = { '/S': '/Span', '/K': String(mark), '/Pg': `${number} 0 R` };
        changed.set(element.number, printDict(element.dict, sameNumber, span));
      }
      marks?.parents.delete(Number(link.get('/StructParent')));
      blanks.push({ ink: nth, page: index + 1, rect, mark });
    }
  }
  const drawings: number[] = [];
  let acroForm = 0;
  const placed = new Map<number, number>();
  const looks = new Map<string, Looks>();
  const base = packBase(Math.max(...file.numbers) + 1, (pack) => {
    copyFaces(pack, faces, placed);
    for (const { place } of boxes) {
      const size = sizeOf(place.rect);
      if (!looks.has(size)) looks.set(size, drawLooks(pack, place.rect));
    }
    acroForm = pack.next();
    const [open, close] = [pack.next(), pack.next()];
    pack.stream(open, '', Buffer.from('q\n'));
    pack.stream(close, '', Buffer.from('\nQ\n'));
    for (const number of pages) {
      const drawing = pack.next();
      drawings.push(drawing);
      const page = dictOf(file, { ref: number });
      changed.set(number, printPage(file, page, boxes, drawings.length, { open, close, drawing }, placed, faces));
    }
    changed.set(root, printDict(catalogue, sameNumber, { '/Metadata': undefined, '/AcroForm': `${acroForm} 0 R` }));
    for (const [key, kids] of newKids) marks?.parents.set(key, kids);
    if (marks) {
      const nums = [...marks.parents].map(([key, entry]) => `${key} ${print(entry)}`).join(' ');
      changed.set(marks.root, printDict(marks.dict, sameNumber, { '/ParentTree': `<</Nums [${nums}]>>` }));
    }
    const metadata = catalogue.get('/Metadata');
    if (isRef(metadata)) changed.set(metadata.ref, null);
    for (const number of file.numbers) {
      const text = changed.get(number);
      if (text === null) continue;
      const { value, stream } = file.get(number);
      if (text !== undefined) pack.put(number, text);
      else if (stream) pack.copy(number, file.raw(number));
      else pack.put(number, print(value));
    }
  });
  boxes.sort((a, b) => a.place.box - b.place.box);
  const places = boxes.map(({ place }) => place);
  const heights = pages.map((number) => pageHeight(dictOf(file, { ref: number })));
  const at = (number: number): number => placed.get(number) ?? 0;
  const both = { regular: at(faces.regular.number), bold: at(faces.bold.number) };
  return { checked: false, base, root, acroForm, drawings, boxes, places, blanks, heights, faces: both, looks };
}

/** The parts as one file in the typesetter's own dialect. */
async function readParts([first = new Uint8Array(), ...others]: readonly Uint8Array[]): Promise<PdfFile> {
  if (others.length === 0) return readPdf(first);
  const document = await PDFDocument.load(first, { updateMetadata: false });
  for (const other of others) {
    const part = await PDFDocument.load(other, { updateMetadata: false });
    for (const page of await document.copyPages(part, part.getPageIndices())) document.addPage(page);
  }
  return readPdf(
    await document.save({ useObjectStreams: false, updateFieldAppearances: false, addDefaultPage: false }),
  );
}

const pageHeight = (page: PdfDict): number => Number(listOf(page.get('/MediaBox'))[3] ?? 0);

/** The template lays a link `box:<number>` over each box, and `ink:<number>` over each blank. */
function linksOf(file: PdfFile, page: PdfDict) {
  return listOf(file.follow(page.get('/Annots'))).flatMap((ref) => {
    const link = file.follow(ref);
    if (!isRef(ref) || !isDict(link)) return [];
    const action = file.follow(link.get('/A'));
    const address = isDict(action) ? action.get('/URI') : undefined;
    const [, kind, nth] = /^\((box|ink):(\d+)\)$/.exec(typeof address === 'string' ? address : '') ?? [];
    return kind === undefined ? [] : [{ ref: ref as PdfRef, link, kind, nth: Number(nth) }];
  });
}

/** The tree of tags: which element each link belongs to, and what pages and links say they are part of. */
function readStructure(file: PdfFile, catalogue: PdfDict) {
  const entry = catalogue.get('/StructTreeRoot');
  if (!isRef(entry)) return undefined;
  const dict = dictOf(file, entry);
  const parents = new Map<number, PdfValue>();
  const numbers = listOf(dictOf(file, dict.get('/ParentTree')).get('/Nums'));
  for (let i = 0; i + 1 < numbers.length; i += 2) parents.set(Number(numbers[i]), numbers[i + 1] as PdfValue);
  const elements = new Map<number, { number: number; dict: PdfDict }>();
  for (const number of file.numbers) {
    const element = file.get(number).value;
    if (!isDict(element) || element.get('/S') !== '/Link') continue;
    const [first] = listOf(file.follow(element.get('/K')));
    const kid = file.follow(first);
    const target = isDict(kid) ? kid.get('/Obj') : undefined;
    if (isRef(target)) elements.set(target.ref, { number, dict: element });
  }
  return { root: entry.ref, dict, parents, elements };
}

function copyFaces(pack: Pack, { file, numbers }: Faces, placed: Map<number, number>): void {
  for (const number of numbers) placed.set(number, pack.next());
  const refer: Refer = (ref) => placed.get(ref) ?? 0;
  for (const number of numbers) {
    const { value, stream } = file.get(number);
    const to = refer(number);
    if (!stream || !isDict(value)) pack.put(to, printValue(value, refer));
    else {
      const head = Buffer.from(`${to} 0 obj\n${printDict(value, refer)}\nstream\n`, 'latin1');
      pack.copy(to, Buffer.concat([head, stream, Buffer.from('\nendstream\nendobj\n')]));
    }
  }
}

const xObject = (rect: PaperRect): string => `/Type/XObject/Subtype/Form/Resources<<>>/BBox[0 0 ${sizeOf(rect)}]`;

/** How boxes of one size look: with a cross, which stays one in black and white and smaller than its box, and without. */
function drawLooks(pack: Pack, rect: PaperRect): Looks {
  const [low, right, high] = [1.6, (rect.width - 1.6).toFixed(2), (rect.height - 1.6).toFixed(2)];
  const drawn = `q 1.4 w 1 J 0 G ${low} ${low} m ${right} ${high} l S ${low} ${high} m ${right} ${low} l S Q`;
  const [cross, empty] = [pack.next(), pack.next()];
  pack.stream(cross, xObject(rect), Buffer.from(drawn));
  pack.stream(empty, xObject(rect), Buffer.from('/Tx BMC EMC'));
  return { cross, empty };
}

/** A page with its fields in the order of the keyboard, and with what is drawn for its reader behind all else. */
function printPage(
  file: PdfFile,
  page: PdfDict,
  boxes: readonly PlateBox[],
  nth: number,
  streams: { open: number; close: number; drawing: number },
  placed: ReadonlyMap<number, number>,
  faces: Faces,
): string {
  const fields = boxes.filter(({ place }) => place.page === nth).map(({ number }) => `${number} 0 R`);
  const contents = listOf(page.get('/Contents')).map(print);
  const resources = dictOf(file, page.get('/Resources') ?? new Map());
  const fonts = file.follow(resources.get('/Font'));
  const own = [faces.regular, faces.bold].map((face) => [`/${face.name}`, `${placed.get(face.number) ?? 0} 0 R`]);
  return printDict(page, sameNumber, {
    '/Annots': fields.length > 0 ? `[${fields.join(' ')}]` : undefined,
    '/Tabs': '/S',
    '/Contents': `[${streams.open} 0 R ${contents.join(' ')} ${streams.close} 0 R ${streams.drawing} 0 R]`,
    '/Resources': printDict(resources, sameNumber, {
      '/Font': printDict(isDict(fonts) ? fonts : new Map(), sameNumber, Object.fromEntries(own)),
    }),
  });
}
