/** Opens a file that came back into grey pictures of its pages, with limits: what is too large is said, never tried. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { PDFiumLibrary } from '@hyzyla/pdfium';
import sharp, { type Sharp } from 'sharp';
import { type Refusal, refuse } from '../domain/refusal.ts';
import type { GreyPicture } from './paper-reader-place.ts';
import { findPdfBomb } from './pdf-bomb.ts';

/** Pages of a file that are read. A form of five hundred units has some forty. */
export const MOST_PAGES = 200;
/** Pixels of a picture as it came: a sheet at 600 dpi has 35 million. */
export const MOST_PIXELS = 120_000_000;
/** A page is read at 200 dpi: its longer side in pixels, and the least that is worth trying. */
const LONG_SIDE = 2_600;
const DPI = 200;

export type OpenedFile =
  | { kind: 'pdf'; count: number; program: boolean; page(index: number): Promise<GreyPicture>; close(): void }
  | { kind: 'image'; count: number; program: false; page(index: number): Promise<GreyPicture>; close(): void };

/**
 * Opens a PDF or a picture by its first bytes.
 * @returns or a Refusal `paper-file.*` that says what is wrong and how to mend it
 */
export async function openPaperFile(bytes: Uint8Array): Promise<OpenedFile | Refusal> {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 1_024)).toString('latin1');
  if (head.includes('%PDF-')) return openPdf(bytes);
  if (/^....ftyp(heic|heix|hevc|heim|heis|mif1|msf1)/s.test(head)) return openHeic(bytes);
  return openImage(bytes);
}

let pdfium: Promise<PDFiumLibrary> | undefined;

async function openPdf(bytes: Uint8Array): Promise<OpenedFile | Refusal> {
  const most = findPdfBomb(bytes);
  if (most !== undefined) return refuse('paper-file.bomb', { most: most / 1e6 });
  pdfium ??= PDFiumLibrary.init();
  const library = await pdfium;
  const document = await library.loadDocument(bytes).catch((error: unknown) => String(error));
  if (typeof document === 'string')
    return refuse(/password|security/i.test(document) ? 'paper-file.encrypted' : 'paper-file.damaged');
  const count = document.getPageCount();
  if (count > MOST_PAGES) {
    document.destroy();
    return refuse('paper-file.too-many-pages', { pages: count, most: MOST_PAGES });
  }
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    kind: 'pdf',
    count,
    program: text.includes('/JavaScript') || text.includes('/JS') || text.includes('/Launch'),
    async page(index) {
      const page = document.getPage(index);
      const { originalWidth, originalHeight } = page.getOriginalSize();
      const long = Math.max(originalWidth, originalHeight, 1);
      const scale = Math.min(DPI / 72, LONG_SIDE / long);
      const { data, width, height } = await page.render({
        scale,
        colorSpace: 'Gray',
        renderFormFields: true,
      });
      return { data: new Uint8Array(data), width, height };
    },
    close: () => document.destroy(),
  };
}

async function openImage(bytes: Uint8Array): Promise<OpenedFile | Refusal> {
  const options = { limitInputPixels: MOST_PIXELS, failOn: 'truncated' as const, sequentialRead: true };
  const facts = await sharp(bytes, { ...options, limitInputPixels: false })
    .metadata()
    .catch(() => undefined);
  if (!facts?.width || !facts.height) return refuse('paper-file.kind');
  if (facts.format === 'svg' || facts.format === 'gif') return refuse('paper-file.kind');
  const pixels = facts.width * (facts.pageHeight ?? facts.height);
  if (pixels > MOST_PIXELS || facts.width > 30_000 || (facts.pageHeight ?? facts.height) > 30_000)
    return refuse('paper-file.too-large', { width: facts.width, height: facts.pageHeight ?? facts.height });
  const count = facts.pages ?? 1;
  if (count > MOST_PAGES) return refuse('paper-file.too-many-pages', { pages: count, most: MOST_PAGES });
  return {
    kind: 'image',
    count,
    program: false,
    page: (index) => greyOf(sharp(bytes, { ...options, page: index }).rotate()),
    close: () => {},
  };
}

async function greyOf(picture: Sharp): Promise<GreyPicture> {
  const { data, info } = await picture
    .resize({ width: LONG_SIDE, height: LONG_SIDE, fit: 'inside', withoutEnlargement: true })
    .flatten({ background: 'white' })
    .greyscale()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return {
    data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    width: info.width,
    height: info.height,
  };
}

interface HeifImage {
  get_width(): number;
  get_height(): number;
  display(into: { data: Uint8ClampedArray; width: number; height: number }, done: (image: unknown) => void): void;
}
type HeifModule = { HeifDecoder: new () => { decode(bytes: Uint8Array): HeifImage[] } };

let heif: HeifModule | undefined;

/** Photos of telephones: sharp has no HEVC, so another decoder makes pixels of them. */
async function openHeic(bytes: Uint8Array): Promise<OpenedFile | Refusal> {
  // The package is CommonJS and starts its WebAssembly when it is asked for.
  heif ??= createRequire(import.meta.url)('libheif-js/wasm-bundle') as HeifModule;
  const [image] = new heif.HeifDecoder().decode(bytes);
  if (!image) return refuse('paper-file.damaged');
  const [width, height] = [image.get_width(), image.get_height()];
  if (width * height > MOST_PIXELS) return refuse('paper-file.too-large', { width, height });
  return {
    kind: 'image',
    count: 1,
    program: false,
    async page() {
      const pixels = { data: new Uint8ClampedArray(width * height * 4), width, height };
      const shown = await new Promise<unknown>((resolve) => image.display(pixels, resolve));
      if (!shown) throw new Error('the photo could not be decoded');
      return greyOf(sharp(pixels.data, { raw: { width, height, channels: 4 } }));
    },
    close: () => {},
  };
}

/** The WebAssembly of the code reader: it is never fetched from anywhere. */
export function codeReaderWasm(): ArrayBuffer {
  const file = readFileSync(createRequire(import.meta.url).resolve('zxing-wasm/reader/zxing_reader.wasm'));
  return file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength) as ArrayBuffer;
}
