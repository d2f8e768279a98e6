/** Reads a file page by page: its code, where the form lies, and what is in its boxes. Runs in a worker thread. */
import sharp from 'sharp';
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';
import { type FoundFile, type FoundPage, fieldsOfPage, type PageLayout } from '../domain/paper-reading.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { matchWidgets, type PdfPage, readWidgets, withInk } from './paper-reader-fields.ts';
import { codeReaderWasm, openPaperFile } from './paper-reader-file.ts';
import { measureBoxes } from './paper-reader-ink.ts';
import { type FoundCode, type GreyPicture, placeForm } from './paper-reader-place.ts';

let prepared = false;

/**
 * Reads a whole file.
 * @param layoutOf which form and page a code stands for; undefined for one that is none of ours
 */
export async function readPages(
  bytes: Uint8Array,
  layoutOf: (code: string) => Promise<PageLayout | undefined>,
): Promise<FoundFile | Refusal> {
  if (!prepared) prepareZXingModule({ overrides: { wasmBinary: codeReaderWasm() } });
  prepared = true;
  const file = await openPaperFile(bytes);
  if (isRefusal(file)) return file;
  try {
    const filled = file.kind === 'pdf' ? await readWidgets(bytes) : undefined;
    const pages: FoundPage[] = [];
    for (let index = 0; index < file.count; index++) {
      const picture = await file.page(index);
      pages.push(await readPage(picture, index, filled?.pages[index] ?? { widgets: [], notes: [] }, layoutOf));
    }
    if (pages.length === 0) return refuse('paper-file.damaged');
    return { kind: file.kind, pages, program: file.program || (filled?.program ?? false) };
  } finally {
    file.close();
  }
}

async function readPage(
  picture: GreyPicture,
  index: number,
  { widgets, notes }: PdfPage,
  layoutOf: (code: string) => Promise<PageLayout | undefined>,
): Promise<FoundPage> {
  const shown = encode(picture);
  const code = await findCode(picture);
  const page: FoundPage = {
    number: index + 1,
    code: code?.text ?? '',
    width: picture.width,
    height: picture.height,
    boxes: [],
    picture: new Uint8Array(),
    notes,
  };
  const place = code && (await layoutOf(code.text));
  if (code && place) {
    const fields = fieldsOfPage(place);
    const matrix = placeForm(picture, code, place.layout);
    if (matrix) page.matrix = matrix;
    const measured = matrix ? measureBoxes(picture, matrix, fields) : [];
    const filled = matchWidgets(fields, widgets);
    page.boxes = filled ? withInk(filled, measured) : measured;
  }
  page.picture = await shown;
  return page;
}

/** What a person sees of the page. */
async function encode({ data, width, height }: GreyPicture): Promise<Uint8Array> {
  const jpeg = await sharp(data, { raw: { width, height, channels: 1 } })
    .jpeg({ quality: 70 })
    .toBuffer();
  return new Uint8Array(jpeg.buffer, jpeg.byteOffset, jpeg.byteLength);
}

/** Our code: first in the strip at the top, where it stands on an upright page, then anywhere and any way round. */
async function findCode(picture: GreyPicture): Promise<FoundCode | undefined> {
  const strip = Math.round(picture.height * 0.14);
  return (
    (await searchCode(picture, 0, strip, false)) ??
    (await searchCode(picture, picture.height - strip, picture.height, false)) ??
    (await searchCode(picture, 0, picture.height, true))
  );
}

async function searchCode(
  { data, width }: GreyPicture,
  from: number,
  to: number,
  hard: boolean,
): Promise<FoundCode | undefined> {
  const height = to - from;
  if (height < 30 || width < 30) return undefined;
  const pixels = new Uint32Array(width * height);
  const start = from * width;
  for (let i = 0; i < pixels.length; i++) {
    const value = data[start + i] ?? 255;
    pixels[i] = 0xff000000 | (value << 16) | (value << 8) | value;
  }
  const image = { data: new Uint8ClampedArray(pixels.buffer), width, height, colorSpace: 'srgb' } as ImageData;
  const results = await readBarcodes(image, {
    formats: ['QRCode'],
    tryHarder: hard,
    tryRotate: hard,
    tryInvert: false,
    tryDownscale: hard,
    maxNumberOfSymbols: hard ? 8 : 2,
  });
  const found = results.find((one) => one.isValid && one.text.startsWith('FF1.'));
  if (!found) return undefined;
  const { topLeft, topRight, bottomRight, bottomLeft } = found.position;
  const move = (point: { x: number; y: number }) => ({ x: point.x, y: point.y + from });
  return {
    text: found.text,
    corners: [move(topLeft), move(topRight), move(bottomRight), move(bottomLeft)],
    modules: 17 + 4 * (Number(found.version) || 3),
  };
}
