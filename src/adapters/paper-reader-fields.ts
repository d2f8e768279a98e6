/**
 * What is filled into the fields of a PDF, page by page and by place: names change when files are joined, places do not.
 * Only values are read; actions, scripts and XFA stay where they are.
 */
import {
  PDFArray,
  PDFDict,
  PDFDocument,
  PDFHexString,
  PDFName,
  PDFNumber,
  type PDFObject,
  PDFRawStream,
  PDFString,
} from '@cantoo/pdf-lib';
import { type PaperField, type PaperRect, paperKey } from '../domain/paper-form.ts';
import type { FoundBox } from '../domain/paper-reading.ts';

/** A field as it stands on a page. */
export interface PdfWidget {
  rect: PaperRect;
  kind: 'tick' | 'text' | 'signature';
  value: string | boolean;
  /** False where the file says two things. */
  sure: boolean;
}

/** The fields of one page, and what somebody wrote or drew beside them with the tools of a viewer: its words, '' for a drawing. */
export interface PdfPage {
  widgets: PdfWidget[];
  notes: string[];
}

/** Annotations that nobody writes: fields, links, the windows of notes, marks of print shops. */
const NOT_WRITTEN = new Set(['Widget', 'Link', 'Popup', 'PrinterMark', 'TrapNet', 'Watermark']);
/** Notes of a page that are told, and their signs. */
const MOST_NOTES = 20;
const LONGEST_NOTE = 500;

/** Longer values are cut: the form check says so. */
const LONGEST = 25_000;
/** Fields are nested two deep in our forms; a file that nests more is not followed to its end. */
const DEEPEST = 12;

/**
 * The fields and notes of each page, empty lists where a page has none, and whether the file carries a program. Undefined when the
 * file cannot be taken apart.
 */
export async function readWidgets(bytes: Uint8Array): Promise<{ pages: PdfPage[]; program: boolean } | undefined> {
  try {
    // Many programs lock a file against changes with a password of their own: reading it needs none.
    const document = await PDFDocument.load(bytes, { updateMetadata: false, ignoreEncryption: true, password: '' });
    const pages = document.getPages().map((page) => {
      const box = page.getMediaBox();
      const annotations = page.node.Annots()?.asArray() ?? [];
      const widgets: PdfWidget[] = [];
      const notes: string[] = [];
      for (const ref of annotations) {
        const found = document.context.lookup(ref);
        const kind = found instanceof PDFDict ? found.lookup(PDFName.of('Subtype')) : undefined;
        if (!(found instanceof PDFDict) || !(kind instanceof PDFName)) continue;
        const read = kind === PDFName.of('Widget') ? readWidget(found, box.x, box.y + box.height) : undefined;
        if (read) widgets.push(read);
        else if (!NOT_WRITTEN.has(kind.decodeText()) && notes.length < MOST_NOTES)
          notes.push(
            textOf(found.lookup(PDFName.of('Contents')))
              .trim()
              .slice(0, LONGEST_NOTE),
          );
      }
      return { widgets, notes };
    });
    return { pages, program: carriesProgram(document) };
  } catch {
    return undefined;
  }
}

/** A script or a program to start, wherever it hangs in the file (ISO 32000-2, 12.6.4). */
function carriesProgram(document: PDFDocument): boolean {
  const [js, s] = [PDFName.of('JS'), PDFName.of('S')];
  return document.context
    .enumerateIndirectObjects()
    .some(([, object]) => object instanceof PDFDict && startsProgram(object, 0));

  function startsProgram(dict: PDFDict, depth: number): boolean {
    const kind = dict.get(s);
    if (dict.has(js) || kind === PDFName.of('JavaScript') || kind === PDFName.of('Launch')) return true;
    // Actions may stand in the object they belong to.
    return depth < 3 && dict.values().some((value) => value instanceof PDFDict && startsProgram(value, depth + 1));
  }
}

function readWidget(widget: PDFDict, left: number, top: number): PdfWidget | undefined {
  const numbers = widget.lookup(PDFName.of('Rect'));
  if (!(numbers instanceof PDFArray)) return undefined;
  const [a = 0, b = 0, c = 0, d = 0] = numbers
    .asArray()
    .map((one) => (one instanceof PDFNumber ? one.asNumber() : Number.NaN));
  if (![a, b, c, d].every(Number.isFinite)) return undefined;
  const rect = {
    x: Math.min(a, c) - left,
    y: top - Math.max(b, d),
    width: Math.abs(c - a),
    height: Math.abs(d - b),
  };
  const type = inherited(widget, 'FT');
  if (type === PDFName.of('Btn')) return { rect, kind: 'tick', ...readTick(widget) };
  if (type === PDFName.of('Sig'))
    return { rect, kind: 'signature', value: inherited(widget, 'V') instanceof PDFDict, sure: true };
  return { rect, kind: 'text', value: textOf(inherited(widget, 'V')).slice(0, LONGEST), sure: true };
}

/**
 * Ticked is what is shown as ticked. Where the field's value names this box and the box is shown empty, or the other way
 * round, the file was written by a program that kept only one of the two: a person looks.
 */
function readTick(widget: PDFDict): { value: boolean; sure: boolean } {
  const off = PDFName.of('Off');
  const shown = widget.lookup(PDFName.of('AS'));
  const isShown = shown instanceof PDFName && shown !== off;
  const value = inherited(widget, 'V');
  const name = value instanceof PDFName ? value.decodeText() : textOf(value);
  if (name === '' || value === off) return { value: isShown, sure: !isShown || value === undefined };
  const own = onStates(widget);
  // Viewers that number the boxes of a radio field keep their words in /Opt.
  const words = inherited(widget, 'Opt');
  const numbered = words instanceof PDFArray ? textOf(words.lookup(Number(own[0] ?? -1))) : '';
  const isNamed = own.includes(name) || (numbered !== '' && numbered === name);
  return { value: isShown || isNamed, sure: isShown === isNamed };
}

/** The names under which a box is shown ticked. */
function onStates(widget: PDFDict): string[] {
  const looks = widget.lookup(PDFName.of('AP'));
  const normal = looks instanceof PDFDict ? looks.lookup(PDFName.of('N')) : undefined;
  if (!(normal instanceof PDFDict)) return [];
  return normal
    .keys()
    .map((key) => key.decodeText())
    .filter((key) => key !== 'Off');
}

function inherited(field: PDFDict, key: string): PDFObject | undefined {
  let at: PDFDict | undefined = field;
  for (let depth = 0; at && depth < DEEPEST; depth++) {
    const value = at.lookup(PDFName.of(key));
    if (value) return value;
    const parent: PDFObject | undefined = at.lookup(PDFName.of('Parent'));
    at = parent instanceof PDFDict ? parent : undefined;
  }
  return undefined;
}

function textOf(value: PDFObject | undefined): string {
  if (value instanceof PDFString || value instanceof PDFHexString) return value.decodeText();
  if (value instanceof PDFRawStream && value.contents.byteLength <= LONGEST)
    return Buffer.from(value.contents).toString('utf8');
  return '';
}

/**
 * Puts the fields of a page to the boxes of the form by where they stand.
 * @param shift of the page's form against the file's, for a page that was moved on its sheet
 * @returns undefined when fewer than half of the boxes are there: the page was flattened, or is another one
 */
export function matchWidgets(fields: readonly PaperField[], widgets: readonly PdfWidget[]): FoundBox[] | undefined {
  const found = fields.flatMap((field): FoundBox[] => {
    const kind = field.kind === 'date' ? 'text' : field.kind;
    const widget = widgets.find((one) => one.kind === kind && isSame(one.rect, field.rect));
    if (!widget) return [];
    const { value } = widget;
    const said = value === true ? true : value === false || value === '' ? null : value;
    return [
      {
        key: paperKey(field),
        // A digital signature is there or not; its name stands in the fields beside it.
        value: field.kind === 'signature' && said === true ? '' : said,
        sure: widget.sure,
        confidence: widget.sure ? 100 : 50,
        by: 'field',
      },
    ];
  });
  return fields.length > 0 && found.length * 2 >= fields.length ? found : undefined;
}

/**
 * Fields of a PDF where nothing is, looked at once more on the picture: who ticks with a stylus, or writes with a viewer's
 * pen, leaves the field below empty. Such ink is only ever proposed.
 */
export function withInk(filled: readonly FoundBox[], measured: readonly FoundBox[]): FoundBox[] {
  const ink = new Map(measured.map((box) => [box.key, box]));
  return filled.map((box) => {
    const seen = box.value === null && box.sure ? ink.get(box.key) : undefined;
    const marked = seen?.value === true ? seen.sure : seen?.value === '';
    return seen && marked ? { ...seen, sure: false, confidence: Math.min(seen.confidence, 50) } : box;
  });
}

/** Half a point: viewers round. */
function isSame(a: PaperRect, b: PaperRect): boolean {
  const near = 1;
  return (
    Math.abs(a.x - b.x) < near &&
    Math.abs(a.y - b.y) < near &&
    Math.abs(a.width - b.width) < 2 * near &&
    Math.abs(a.height - b.height) < 2 * near
  );
}
