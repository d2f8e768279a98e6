/**
 * Makes a set form fillable for one reader: real AcroForm fields over its boxes, the reader's own words in its blanks, and
 * each page's QR code. Runs in a worker thread.
 */
import { type PaperField, type PaperRect, round } from '../domain/paper-form.ts';
import type { Ink } from '../domain/paper-form-ink.ts';
import { makeLayout } from '../domain/paper-form-layout.ts';
import type { PaperBox } from '../domain/paper-form-parts.ts';
import { drawCode, type QrCode } from '../domain/qr-code.ts';
import type { FillableForm, ShapePlaces } from './paper-form.ts';
import { type Face, type Faces, makeFaces } from './paper-form-face.ts';
import { makePlate, type Plate, type PlateBlank, type PlateBox, sizeOf } from './paper-form-plate.ts';
import { type Pack, packFile } from './pdf-pack.ts';

/** Flags of fields and widgets (ISO 32000-1, 12.7.3 and 12.5.3). */
const RADIO = 1 << 15;
const MULTILINE = 1 << 12;
const DO_NOT_SPELL_CHECK = 1 << 22;
const PRINT = 4;
const SIZE = 9;

type FormToFill = Omit<FillableForm, 'parts'> & { parts: FillableForm['parts'] | undefined };

let faces: Promise<Faces> | undefined;
/** Plates of the shapes used last. One of a large form takes megabytes. */
const plates = new Map<string, Promise<Plate>>();
const MOST_PLATES = 64;

/** A form of a shape that is not known here came without its parts. */
export class MissingShape extends Error {}

function plateFor({ shape, parts }: FormToFill, known: Promise<Faces>): Promise<Plate> {
  let plate = plates.get(shape);
  plates.delete(shape);
  if (!plate && !parts) throw new MissingShape();
  plate ??= known.then((both) => makePlate(parts ?? [], both));
  plates.set(shape, plate);
  const [oldest] = plates.keys();
  if (plates.size > MOST_PLATES && oldest !== undefined) plates.delete(oldest);
  return plate;
}

/**
 * Turns the links over a form's boxes into fields, draws what is the reader's own, and the codes. The fields keep the
 * links' places in the structure of the document, so a screen reader meets them where they are printed. The same form
 * gives the same bytes.
 */
export async function addFormFields(form: FormToFill): Promise<{ pdf: Uint8Array<ArrayBuffer>; places: ShapePlaces }> {
  faces ??= makeFaces();
  const both = await faces;
  const plate = await plateFor(form, faces);
  const layout = makeLayout(form.boxes, plate.places, {
    size: form.paper,
    pages: plate.heights.length,
    direction: form.direction,
    ...(plate.checked ? { checked: 'places' } : {}),
  });
  plate.checked = true;
  const codes = form.codes.map((text) => drawCode(text, 'Q'));
  const pdf = packFile(plate.base, plate.root, (pack) => {
    const pen: Pen = { pack, plate, faces: both, radios: new Map(), rightToLeft: form.direction === 'rtl' };
    const tree = openNameTree(pack);
    for (const [index, field] of layout.fields.entries()) {
      const box = form.boxes[index];
      const place = plate.boxes[index];
      if (box && place) addField(pen, tree, place, field, box);
    }
    for (const radio of pen.radios.values())
      tree.add(radio.name, radio.number, `${radio.text}/Kids[${radio.kids.join(' ')}]`);
    const fonts = `/${both.regular.name} ${plate.faces.regular} 0 R`;
    pack.put(
      plate.acroForm,
      `<</Fields[${tree.close()}]/DR<</Font<<${fonts}>>>>/DA(/${both.regular.name} ${SIZE} Tf 0 g)/SigFlags 1>>`,
    );
    for (const [index, number] of plate.drawings.entries()) {
      const blanks = plate.blanks.filter((blank) => blank.page === index + 1);
      const height = plate.heights[index] ?? 0;
      const words = blanks.map((blank) => drawInk(pen, blank, form.inks[blank.ink], height));
      const code = codes[index];
      if (!code) throw new Error(`page ${index + 1} of the form has no code`);
      pack.stream(number, '', Buffer.from([...words, drawDots(code, layout.code, height)].join('\n'), 'latin1'));
    }
  });
  return { pdf, places: { places: plate.places, pages: plate.heights.length } };
}

/** What all fields of a form share. */
interface Pen {
  pack: Pack;
  plate: Plate;
  faces: Faces;
  radios: Map<string, { name: string; number: number; text: string; kids: string[] }>;
  rightToLeft: boolean;
}

/** Text as hexadecimal digits of UTF-16 with its mark (ISO 32000-1, 7.9.2.2). */
function hexText(text: string): string {
  return `<FEFF${Buffer.from(text, 'utf16le').swap16().toString('hex').toUpperCase()}>`;
}

/** Fields by their full names: what stands before a dot is a field above, as the standard has it. */
interface NameTree {
  /** Gives a field its place; @returns what it says of its name and of the field above. */
  place(name: string, number: number): string;
  /** {@link place} for a field that is written at once. */
  add(name: string, number: number, text: string): void;
  /** Writes the fields above. @returns references to those at the top */
  close(): string;
}

function openNameTree(pack: Pack): NameTree {
  const roots: number[] = [];
  const nodes = new Map<string, { number: number; text: string; kids: number[] }>();
  const above = (path: readonly string[]): { number: number; kids: number[] } | undefined => {
    if (path.length === 0) return undefined;
    const name = path.join('.');
    let node = nodes.get(name);
    if (!node) {
      const parent = above(path.slice(0, -1));
      const text = `/T${hexText(path.at(-1) ?? '')}${parent ? `/Parent ${parent.number} 0 R` : ''}`;
      node = { number: pack.next(), text, kids: [] };
      nodes.set(name, node);
      (parent?.kids ?? roots).push(node.number);
    }
    return node;
  };
  const refs = (numbers: readonly number[]): string => numbers.map((number) => `${number} 0 R`).join(' ');
  const place = (name: string, number: number): string => {
    const path = name.split('.');
    const parent = above(path.slice(0, -1));
    (parent?.kids ?? roots).push(number);
    return `/T${hexText(path.at(-1) ?? '')}${parent ? `/Parent ${parent.number} 0 R` : ''}`;
  };
  return {
    place,
    add: (name, number, text) => pack.put(number, `<<${place(name, number)}${text}>>`),
    close() {
      for (const { number, text, kids } of nodes.values()) pack.put(number, `<<${text}/Kids[${refs(kids)}]>>`);
      return refs(roots);
    },
  };
}

function addField(pen: Pen, tree: NameTree, { kept, number }: PlateBox, field: PaperField, box: PaperBox): void {
  const { pack } = pen;
  const widget = `${kept}/Subtype/Widget/F ${PRINT}`;
  const name = `/TU${hexText(box.label)}`;
  const looks = pen.plate.looks.get(sizeOf(field.rect));
  if (!looks) throw new Error(`${field.pdfName} has a size that no picture was drawn for`);
  if (field.kind === 'signature') {
    pack.put(number, `<<${widget}${tree.place(field.pdfName, number)}${name}/FT/Sig/AP<</N ${looks.empty} 0 R>>>>`);
    return;
  }
  if (field.kind !== 'tick') {
    pack.put(number, `<<${widget}${tree.place(field.pdfName, number)}${name}${textOf(pen, field, box, looks.empty)}>>`);
    return;
  }
  // A tick by itself is a check box; ticks that exclude each other are one radio field, which can be emptied again.
  const look = `/AP<</N<</${field.value ?? 'yes'} ${looks.cross} 0 R/Off ${looks.empty} 0 R>>>>/AS/Off/MK<</CA(8)>>`;
  if (!box.exclusive) {
    pack.put(number, `<<${widget}${tree.place(field.pdfName, number)}${name}/FT/Btn/V/Off${look}>>`);
    return;
  }
  let radio = pen.radios.get(field.pdfName);
  if (!radio) {
    const asked = hexText(box.label.split(' – ')[0] ?? box.label);
    const text = `/FT/Btn/Ff ${RADIO}/V/Off/TU${asked}`;
    radio = { name: field.pdfName, number: pack.next(), text, kids: [] };
    pen.radios.set(field.pdfName, radio);
  }
  radio.kids.push(`${number} 0 R`);
  pack.put(number, `<<${widget}/Parent ${radio.number} 0 R${name}${look}>>`);
}

function textOf({ pack, plate, faces, rightToLeft }: Pen, field: PaperField, box: PaperBox, empty: number): string {
  const face = faces.regular;
  const flags = (box.long ? MULTILINE : 0) | DO_NOT_SPELL_CHECK;
  const looks = `/FT/Tx/Ff ${flags}/DA(/${face.name} ${SIZE} Tf 0 g)${rightToLeft ? '/Q 2' : ''}`;
  const most = box.maxLength ? `/MaxLen ${box.maxLength}` : '';
  const preset = field.preset ?? '';
  if (preset === '' || !face.has(preset)) return `${looks}${most}/AP<</N ${empty} 0 R>>`;
  const { width, height } = field.rect;
  // What is longer than its box is drawn smaller, as a viewer would do.
  const size = sizeFor(face, preset, SIZE, width - 4);
  const at = rightToLeft ? width - 2 - face.widthOf(preset, size) : 2;
  const text = `/Tx BMC q BT /${face.name} ${size} Tf 0 g ${round(at)} ${round((height - size * 0.72) / 2)} Td <${face.encode(preset)}> Tj ET Q EMC`;
  const number = pack.next();
  const resources = `/Resources<</Font<</${face.name} ${plate.faces.regular} 0 R>>>>`;
  pack.stream(number, `/Type/XObject/Subtype/Form/BBox[0 0 ${sizeOf(field.rect)}]${resources}`, Buffer.from(text));
  return `${looks}${most}/V${hexText(preset)}/AP<</N ${number} 0 R>>`;
}

const sizeFor = (face: Face, text: string, size: number, width: number): number =>
  round(Math.min(size, (size * width) / Math.max(0.01, face.widthOf(text, size))));

/** Words in a blank of the page, marked as the text that they are. */
function drawInk({ faces, rightToLeft }: Pen, blank: PlateBlank, ink: Ink | undefined, height: number): string {
  if (!ink || ink.text === '') return '';
  const face = ink.bold ? faces.bold : faces.regular;
  const size = sizeFor(face, ink.text, ink.size, blank.rect.width);
  const { x, y, width } = blank.rect;
  const left = rightToLeft ? x + width - face.widthOf(ink.text, size) : x;
  const begin = blank.mark === undefined ? '/Artifact BMC' : `/Span <</MCID ${blank.mark}>> BDC`;
  return `${begin} BT /${face.name} ${size} Tf 0 g ${round(left)} ${round(height - y - blank.rect.height)} Td <${face.encode(ink.text)}> Tj ET EMC`;
}

/** A QR code as black rectangles: sharp at any size, no picture to shrink. */
function drawDots({ side, dots }: QrCode, at: PaperRect, pageHeight: number): string {
  const quiet = 4;
  const step = at.width / (side + 2 * quiet);
  const left = (at.x + quiet * step).toFixed(3);
  const low = (pageHeight - at.y - (quiet + side) * step).toFixed(3);
  const parts: string[] = [];
  for (let row = 0; row < side; row++) {
    for (let from = 0; from < side; from++) {
      if (dots[row * side + from] !== 0) continue;
      let to = from;
      while (to < side && dots[row * side + to] === 0) to++;
      parts.push(`${from} ${side - row - 1} ${to - from} 1 re`);
      from = to;
    }
  }
  return `/Artifact BMC q 0 g ${step.toFixed(4)} 0 0 ${step.toFixed(4)} ${left} ${low} cm ${parts.join(' ')} f Q EMC`;
}
