/** Makes a typeset form fillable: real AcroForm fields over its boxes, and each page's QR code. Runs in a worker thread. */
import { readFileSync } from 'node:fs';
import {
  PDFArray,
  type PDFContext,
  PDFDict,
  PDFDocument,
  PDFHexString,
  PDFName,
  PDFNumber,
  PDFObjectCopier,
  type PDFPage,
  PDFRef,
  PDFString,
} from '@cantoo/pdf-lib';
import bwip from 'bwip-js';
import * as fontkit from 'fontkit';
import { type PaperField, type PaperRect, round } from '../domain/paper-form.ts';
import { type BoxPlace, makeLayout } from '../domain/paper-form-layout.ts';
import type { PaperBox } from '../domain/paper-form-parts.ts';
import type { FillableForm, FilledForm } from './paper-form.ts';
import { fontFiles } from './typst-fonts.ts';

/** Flags of fields and widgets (ISO 32000-1, 12.7.3 and 12.5.3). */
const RADIO = 1 << 15;
const MULTILINE = 1 << 12;
const DO_NOT_SPELL_CHECK = 1 << 22;
const PRINT = 4;
const SIZE = 9;
/** Forms of more objects than these are not packed. */
const MOST_PACKED = 8_000;
const FONT = 'NotoSans';

/** What people write into a form in Latin, Greek and Cyrillic letters: the face of the fields draws these. */
const REPERTOIRE = (
  [
    [0x20, 0x7e],
    [0xa0, 0x17f],
    [0x18f, 0x18f],
    [0x192, 0x192],
    [0x1cd, 0x1dc],
    [0x1e6, 0x1e7],
    [0x218, 0x21b],
    [0x370, 0x3ff],
    [0x400, 0x45f],
    [0x490, 0x491],
    [0x1e80, 0x1e85],
    [0x1e9e, 0x1e9e],
    [0x1ea0, 0x1ef9],
    [0x2010, 0x2026],
    [0x20ac, 0x20ac],
    [0x2116, 0x2116],
  ] as const
).flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, i) => String.fromCodePoint(from + i)));

/** The face of the fields, made once: which letters it has, their codes in it, and the objects that every form copies. */
interface FieldFont {
  context: PDFContext;
  ref: PDFRef;
  letters: ReadonlySet<string>;
  encode(text: string): string;
  widthOf(text: string): number;
}
let fieldFont: Promise<FieldFont> | undefined;

async function makeFieldFont(): Promise<FieldFont> {
  const [file = ''] = fontFiles('Noto Sans');
  const bytes = readFileSync(file);
  const face = fontkit.create(bytes) as fontkit.Font;
  const letters = REPERTOIRE.filter((letter) => face.hasGlyphForCodePoint(letter.codePointAt(0) ?? 0));
  const document = await PDFDocument.create({ updateMetadata: false });
  document.registerFontkit(fontkit as unknown as Parameters<PDFDocument['registerFontkit']>[0]);
  const font = await document.embedFont(bytes, { subset: true, features: { liga: false }, customName: FONT });
  // Each letter by itself, so that none melts into another; encoding puts it into the subset.
  const codes = new Map(letters.map((letter) => [letter, font.encodeText(letter).asString()]));
  await font.embed();
  await document.flush();
  return {
    context: document.context,
    ref: font.ref,
    letters: new Set(letters),
    encode: (text) => [...text].map((letter) => codes.get(letter) ?? '').join(''),
    widthOf: (text) => font.widthOfTextAtSize(text, SIZE),
  };
}

/**
 * Turns the links over a form's boxes into fields, and draws the codes. The fields keep the links' places in the
 * structure of the document, so a screen reader meets them where they are printed. The same form gives the same bytes.
 */
export async function addFormFields(form: FillableForm): Promise<FilledForm> {
  fieldFont ??= makeFieldFont();
  const face = await fieldFont;
  const document = await joinParts(form.parts);
  const { context } = document;
  const found = findBoxes(document);
  const layout = makeLayout(
    form.boxes,
    found.map(({ place }) => place),
    { size: form.paper, pages: document.getPageCount(), direction: form.direction },
  );
  const widgets = new Map(found.map((one) => [one.place.box, one]));
  const font = PDFObjectCopier.for(face.context, context).copy(face.context.lookup(face.ref) as PDFDict);
  const pen: Pen = {
    context,
    face,
    fontRef: context.register(font),
    tree: makeNameTree(context),
    radios: new Map(),
    rightToLeft: form.direction === 'rtl',
  };
  layout.fields.forEach((field, index) => {
    const box = form.boxes[index];
    const widget = widgets.get(index);
    if (box && widget) addField(pen, widget.link, widget.ref, field, box);
  });
  markAsForms(context, new Set(found.map(({ ref }) => ref)));
  const acroForm = context.obj({
    Fields: pen.tree.roots,
    DR: { Font: { [FONT]: pen.fontRef } },
    DA: PDFString.of(`/${FONT} ${SIZE} Tf 0 g`),
    SigFlags: 1,
  });
  document.catalog.set(PDFName.of('AcroForm'), context.register(acroForm));
  document.getPages().forEach((page, index) => {
    drawCode(context, page, form.codes[index] ?? '', layout.code);
  });
  withdrawArchiveClaim(document);
  // Packing many objects takes the library time that grows with their square.
  const useObjectStreams = context.largestObjectNumber < MOST_PACKED;
  const pdf = await document.save({ updateFieldAppearances: false, addDefaultPage: false, useObjectStreams });
  return { pdf: pdf as Uint8Array<ArrayBuffer>, layout };
}

async function joinParts([first = new Uint8Array(), ...others]: readonly Uint8Array[]): Promise<PDFDocument> {
  const document = await PDFDocument.load(first, { updateMetadata: false });
  for (const other of others) {
    const part = await PDFDocument.load(other, { updateMetadata: false });
    for (const page of await document.copyPages(part, part.getPageIndices())) document.addPage(page);
  }
  return document;
}

interface FoundBox {
  place: BoxPlace;
  link: PDFDict;
  ref: PDFRef;
}

/** The template lays a link `box:<number>` over each box. Each page's are put in the order of reading. */
function findBoxes(document: PDFDocument): FoundBox[] {
  const all: FoundBox[] = [];
  document.getPages().forEach((page, index) => {
    const height = page.getHeight();
    const found: FoundBox[] = [];
    for (const ref of page.node.Annots()?.asArray() ?? []) {
      const link = document.context.lookup(ref);
      if (!(ref instanceof PDFRef) || !(link instanceof PDFDict)) continue;
      const action = link.lookup(PDFName.of('A'));
      const address = action instanceof PDFDict ? action.lookup(PDFName.of('URI')) : undefined;
      const number = address instanceof PDFString ? /^box:(\d+)$/.exec(address.asString())?.[1] : undefined;
      if (number === undefined) continue;
      const [left = 0, low = 0, right = 0, high = 0] = (link.lookup(PDFName.of('Rect')) as PDFArray)
        .asArray()
        .map((one) => (one as PDFNumber).asNumber());
      const rect = { x: left, y: height - high, width: right - left, height: high - low };
      found.push({ place: { box: Number(number), page: index + 1, rect }, link, ref });
    }
    found.sort((a, b) => a.place.box - b.place.box);
    if (found.length > 0) page.node.set(PDFName.of('Annots'), document.context.obj(found.map(({ ref }) => ref)));
    all.push(...found);
  });
  return all;
}

/** In the structure of the document a link that became a field is called a form. */
function markAsForms(context: PDFContext, refs: ReadonlySet<PDFRef>): void {
  const link = PDFName.of('Link');
  for (const [, element] of context.enumerateIndirectObjects()) {
    if (!(element instanceof PDFDict) || element.get(PDFName.of('S')) !== link) continue;
    const kids = element.lookup(PDFName.of('K'));
    const first = kids instanceof PDFArray ? kids.lookup(0) : undefined;
    const target = first instanceof PDFDict ? first.get(PDFName.of('Obj')) : undefined;
    if (target instanceof PDFRef && refs.has(target)) element.set(PDFName.of('S'), PDFName.of('Form'));
  }
}

/** What all fields of a form share. */
interface Pen {
  context: PDFContext;
  face: FieldFont;
  fontRef: PDFRef;
  tree: ReturnType<typeof makeNameTree>;
  radios: Map<string, { ref: PDFRef; kids: PDFArray }>;
  rightToLeft: boolean;
}

function addField(pen: Pen, widget: PDFDict, ref: PDFRef, field: PaperField, box: PaperBox): void {
  for (const name of ['A', 'Border', 'Contents']) widget.delete(PDFName.of(name));
  widget.set(PDFName.of('Subtype'), PDFName.of('Widget'));
  widget.set(PDFName.of('F'), PDFNumber.of(PRINT));
  if (field.kind === 'tick') {
    addTick(pen, widget, ref, field, box);
    return;
  }
  addName(widget, box.label);
  pen.tree.put(field.pdfName, widget, ref);
  if (field.kind === 'signature') {
    widget.set(PDFName.of('FT'), PDFName.of('Sig'));
    widget.set(PDFName.of('AP'), pen.context.obj({ N: emptyForm(pen.context, field.rect) }));
  } else addText(pen, widget, field, box);
}

/** Fields by their full names: what stands before a dot is a field above, as the standard has it. */
function makeNameTree(context: PDFContext): {
  roots: PDFArray;
  put(name: string, field: PDFDict, ref: PDFRef): void;
} {
  const roots = context.obj([]) as PDFArray;
  const known = new Map<string, { ref: PDFRef; kids: PDFArray }>();
  const above = (path: string[]): { ref: PDFRef; kids: PDFArray } | undefined => {
    if (path.length === 0) return undefined;
    const name = path.join('.');
    const before = known.get(name);
    if (before) return before;
    const kids = context.obj([]) as PDFArray;
    const node = context.obj({ T: PDFHexString.fromText(path.at(-1) ?? ''), Kids: kids }) as PDFDict;
    const ref = context.register(node);
    const parent = above(path.slice(0, -1));
    if (parent) node.set(PDFName.of('Parent'), parent.ref);
    (parent?.kids ?? roots).push(ref);
    const made = { ref, kids };
    known.set(name, made);
    return made;
  };
  return {
    roots,
    put(name, field, ref) {
      const path = name.split('.');
      const parent = above(path.slice(0, -1));
      field.set(PDFName.of('T'), PDFHexString.fromText(path.at(-1) ?? ''));
      if (parent) field.set(PDFName.of('Parent'), parent.ref);
      (parent?.kids ?? roots).push(ref);
    },
  };
}

function addName(field: PDFDict, label: string): void {
  field.set(PDFName.of('TU'), PDFHexString.fromText(label));
}

/** A tick by itself is a check box; ticks that exclude each other are one radio field, which can be emptied again. */
function addTick(pen: Pen, widget: PDFDict, ref: PDFRef, field: PaperField, box: PaperBox): void {
  const { context, tree, radios } = pen;
  const states = { [field.value ?? 'yes']: crossForm(context, field.rect), Off: emptyForm(context, field.rect) };
  widget.set(PDFName.of('AP'), context.obj({ N: states }));
  widget.set(PDFName.of('AS'), PDFName.of('Off'));
  widget.set(PDFName.of('MK'), context.obj({ CA: PDFString.of('8') }));
  addName(widget, box.label);
  if (!box.exclusive) {
    widget.set(PDFName.of('FT'), PDFName.of('Btn'));
    widget.set(PDFName.of('V'), PDFName.of('Off'));
    tree.put(field.pdfName, widget, ref);
    return;
  }
  let radio = radios.get(field.pdfName);
  if (!radio) {
    const kids = context.obj([]) as PDFArray;
    const above = context.obj({ FT: 'Btn', Ff: RADIO, V: 'Off', Kids: kids }) as PDFDict;
    radio = { ref: context.register(above), kids };
    radios.set(field.pdfName, radio);
    tree.put(field.pdfName, above, radio.ref);
    addName(above, box.label.split(' – ')[0] ?? box.label);
  }
  widget.set(PDFName.of('Parent'), radio.ref);
  radio.kids.push(ref);
}

function addText(
  { context, face, fontRef, rightToLeft }: Pen,
  widget: PDFDict,
  field: PaperField,
  box: PaperBox,
): void {
  widget.set(PDFName.of('FT'), PDFName.of('Tx'));
  widget.set(PDFName.of('Ff'), PDFNumber.of((box.long ? MULTILINE : 0) | DO_NOT_SPELL_CHECK));
  widget.set(PDFName.of('DA'), PDFString.of(`/${FONT} ${SIZE} Tf 0 g`));
  if (rightToLeft) widget.set(PDFName.of('Q'), PDFNumber.of(2));
  if (box.maxLength) widget.set(PDFName.of('MaxLen'), PDFNumber.of(box.maxLength));
  const preset = field.preset ?? '';
  if (preset === '' || ![...preset].every((letter) => face.letters.has(letter))) {
    widget.set(PDFName.of('AP'), context.obj({ N: emptyForm(context, field.rect) }));
    return;
  }
  widget.set(PDFName.of('V'), PDFHexString.fromText(preset));
  const { width, height } = field.rect;
  // What is longer than its box is drawn smaller, as a viewer would do.
  const size = round(Math.min(SIZE, (SIZE * (width - 4)) / face.widthOf(preset)));
  const at = rightToLeft ? width - 2 - (face.widthOf(preset) * size) / SIZE : 2;
  const text = `/Tx BMC q BT /${FONT} ${size} Tf 0 g ${round(at)} ${round((height - size * 0.72) / 2)} Td <${face.encode(preset)}> Tj ET Q EMC`;
  const resources = { Font: { [FONT]: fontRef } };
  widget.set(PDFName.of('AP'), context.obj({ N: drawnForm(context, field.rect, text, resources) }));
}

function emptyForm(context: PDFContext, rect: PaperRect): PDFRef {
  return drawnForm(context, rect, '/Tx BMC EMC');
}

/** A cross as a pen makes it: it stays a cross in black and white, and smaller than its box. */
function crossForm(context: PDFContext, { width, height }: PaperRect): PDFRef {
  const [low, right, high] = [1.6, round(width - 1.6), round(height - 1.6)];
  const cross = `q 1.4 w 1 J 0 G ${low} ${low} m ${right} ${high} l S ${low} ${high} m ${right} ${low} l S Q`;
  return drawnForm(context, { width, height, x: 0, y: 0 }, cross);
}

function drawnForm(context: PDFContext, rect: PaperRect, operators: string, resources: object = {}): PDFRef {
  const key = `${rect.width} ${rect.height} ${operators}`;
  const known = forms.get(context) ?? new Map<string, PDFRef>();
  forms.set(context, known);
  const before = known.get(key);
  if (before) return before;
  const stream = context.stream(operators, {
    Type: 'XObject',
    Subtype: 'Form',
    BBox: [0, 0, rect.width, rect.height],
    Resources: context.obj({ ...resources } as Record<string, never>),
  });
  const ref = context.register(stream);
  known.set(key, ref);
  return ref;
}
/** Boxes of one size look alike: thousands of them share a picture. */
const forms = new WeakMap<PDFContext, Map<string, PDFRef>>();

/** Draws a QR code with a quarter of its signs to spare, as black rectangles: sharp at any size, no picture to shrink. */
function drawCode(context: PDFContext, page: PDFPage, text: string, at: PaperRect): void {
  const symbol = bwip.raw('qrcode', text, 'eclevel=Q')[0];
  if (!symbol || !('pixs' in symbol)) throw new Error('no QR code could be made');
  const { pixs, pixx, pixy } = symbol;
  const quiet = 4;
  const step = at.width / (pixx + 2 * quiet);
  const top = page.getHeight() - at.y;
  const parts: string[] = [];
  for (let row = 0; row < pixy; row++) {
    for (let from = 0; from < pixx; from++) {
      if (!pixs[row * pixx + from]) continue;
      let to = from;
      while (to < pixx && pixs[row * pixx + to]) to++;
      const x = at.x + (quiet + from) * step;
      const y = top - (quiet + row + 1) * step;
      parts.push(`${x.toFixed(3)} ${y.toFixed(3)} ${((to - from) * step).toFixed(3)} ${step.toFixed(3)} re`);
      from = to;
    }
  }
  const drawn = `/Artifact BMC q 0 g ${parts.join(' ')} f Q EMC`;
  const start = context.register(context.stream('q'));
  const end = context.register(context.stream('Q'));
  page.node.wrapContentStreams(start, end);
  page.node.addContentStream(context.register(context.flateStream(drawn)));
}

/** The typesetter's file says it is PDF/A. Fields were added, so the file says so no more: nobody has checked it. */
function withdrawArchiveClaim(document: PDFDocument): void {
  document.catalog.delete(PDFName.of('Metadata'));
}
