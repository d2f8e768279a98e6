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

/** Longer values are cut: the form check says so. */
const LONGEST = 25_000;
/** Fields are nested two deep in our forms; a file that nests more is not followed to its end. */
const DEEPEST = 12;

/**
 * The fields of each page, an empty list where a page has none, and whether the file carries a program. Undefined when the
 * file cannot be taken apart.
 */
export async function readWidgets(bytes: Uint8Array): Promise<{ pages: PdfWidget[][]; program: boolean } | undefined> {
  try {
    // Many programs lock a file against changes with a password of their own: reading it needs none.
    const document = await PDFDocument.load(bytes, { updateMetadata: false, ignoreEncryption: true, password: '' });
    const pages = document.getPages().map((page) => {
      const box = page.getMediaBox();
      const annotations = page.node.Annots()?.asArray() ?? [];
      return annotations.flatMap((ref): PdfWidget[] => {
        const widget = document.context.lookup(ref);
        if (!(widget instanceof PDFDict) || widget.lookup(PDFName.of('Subtype')) !== PDFName.of('Widget')) return [];
        const read = readWidget(widget, box.x, box.y + box.height);
        return read ? [read] : [];
      });
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
