/** Makes what comes back on paper: forms ticked with a pen, written on by hand, laid crooked on a scanner. */
import { readFileSync } from 'node:fs';
import { PDFiumLibrary } from '@hyzyla/pdfium';
import * as fontkit from 'fontkit';
import sharp from 'sharp';
import { type FormLayout, type PaperField, type PaperRect, paperKey } from '../src/domain/paper-form.ts';

/** A number from 0 to 1, of the caller's own stream. */
type Random = () => number;

export interface PenAnswers {
  /** By `paperKey`: `true` is ticked, a text is written, `crossed` is ticked and blackened again. */
  values: ReadonlyMap<string, string | true | 'crossed'>;
  /** Signs, in a hand of its own. */
  signature?: string;
}

export interface ScanWishes {
  dpi: number;
  /** Degrees, clockwise. */
  tilt?: number;
  /** Turned by quarters: 0 to 3. */
  turns?: number;
  /** Standard deviation of the grain, of 255. */
  noise?: number;
  /** A ring of coffee. */
  stain?: boolean;
  /** Standard deviation of a soft focus, in pixels. */
  blur?: number;
  /** JPEG quality. */
  quality?: number;
  /** A fax machine: black and white. */
  fax?: boolean;
  /** A TTF file for what is written by hand. */
  handFont?: string;
}

/** One page as it left the scanner, as JPEG. */
export interface ScannedPage {
  jpeg: Buffer;
  width: number;
  height: number;
}

/** Prints a form, lets somebody fill it in with a pen, and scans it. */
export async function scanForm(
  pdf: Uint8Array,
  layout: FormLayout,
  pen: PenAnswers,
  wishes: ScanWishes,
  random: Random,
): Promise<ScannedPage[]> {
  const pages: ScannedPage[] = [];
  for (const [index, printed] of (await printPages(pdf, wishes.dpi)).entries())
    pages.push(
      await scanPage(
        printed,
        layout.fields.filter((field) => field.page === index + 1),
        pen,
        wishes,
        random,
      ),
    );
  return pages;
}

/** A page as printed: grey, without anything written on it but what the printer put there. */
export interface PrintedPage {
  data: Buffer;
  width: number;
  height: number;
}

/** Renders the pages of a form. */
export async function printPages(pdf: Uint8Array, dpi: number): Promise<PrintedPage[]> {
  const library = await PDFiumLibrary.init();
  try {
    const document = await library.loadDocument(pdf);
    const pages: PrintedPage[] = [];
    for (const page of document.pages()) {
      const { data, width, height } = await page.render({
        scale: dpi / 72,
        colorSpace: 'Gray',
        renderFormFields: true,
      });
      pages.push({ data: Buffer.from(data), width, height });
    }
    document.destroy();
    return pages;
  } finally {
    library.destroy();
  }
}

/** A printed page, filled in and scanned. */
export async function scanPage(
  printed: PrintedPage,
  fields: readonly PaperField[],
  pen: PenAnswers,
  wishes: ScanWishes,
  random: Random,
): Promise<ScannedPage> {
  const scale = wishes.dpi / 72;
  const { width, height } = printed;
  const ink = Math.round(20 + random() * 70);
  const drawn = fields.map((field) => drawField(field, pen, wishes, random)).join('');
  const stain = wishes.stain ? drawStain(width / scale, height / scale, random) : '';
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width / scale} ${height / scale}">${stain}<g stroke="rgb(${ink},${ink},${ink})" fill="none" stroke-linecap="round" stroke-linejoin="round">${drawn}</g></svg>`;
  const written = await sharp(printed.data, { raw: { width, height, channels: 1 } })
    .composite([{ input: Buffer.from(svg), blend: 'multiply' }])
    .greyscale()
    .png()
    .toBuffer();
  let picture = sharp(written).rotate((wishes.turns ?? 0) * 90 + (wishes.tilt ?? 0), { background: '#f4f4f4' });
  if (wishes.blur) picture = picture.blur(wishes.blur);
  const { data, info } = await picture.greyscale().raw().toBuffer({ resolveWithObject: true });
  const grain = wishes.noise ?? 0;
  for (let i = 0; i < data.length; i++) {
    const value = data[i] ?? 255;
    // The sum of four is near enough to a bell, and quick.
    const noise = grain === 0 ? 0 : (random() + random() + random() + random() - 2) * 1.73 * grain;
    data[i] = Math.max(0, Math.min(255, wishes.fax ? (value + noise > 150 ? 255 : 0) : value * 0.96 + noise));
  }
  const raw = sharp(data, { raw: { width: info.width, height: info.height, channels: 1 } });
  return {
    jpeg: await raw
      .jpeg({ quality: wishes.quality ?? 75 })
      .withMetadata({ density: wishes.dpi })
      .toBuffer(),
    width: info.width,
    height: info.height,
  };
}

function drawField(field: PaperField, pen: PenAnswers, wishes: ScanWishes, random: Random): string {
  const said = pen.values.get(paperKey(field));
  if (field.kind === 'signature') return pen.signature ? drawSignature(field.rect, random) : '';
  if (said === undefined) return '';
  if (field.kind === 'tick')
    return said === 'crossed' ? drawCrossedOut(field.rect, random) : drawTick(field.rect, random);
  return typeof said === 'string' ? drawWords(said, field.rect, wishes.handFont, random) : '';
}

/** A tick, a cross, a stroke or a ringlet, as people make them: rarely in the middle, often over the edge. */
function drawTick({ x, y, width: w, height: h }: PaperRect, random: Random): string {
  const jitter = (at: number): number => at + (random() - 0.5) * 1.6;
  const over = random() * 0.3;
  const weight = 0.8 + random() * 0.8;
  const kind = random();
  const point = (fx: number, fy: number): string => `${jitter(x + fx * w).toFixed(2)} ${jitter(y + fy * h).toFixed(2)}`;
  const path =
    kind < 0.45
      ? `M${point(0.1 - over, 0.1 - over)}L${point(0.9 + over, 0.9 + over)}M${point(0.9 + over, 0.1 - over)}L${point(0.1 - over, 0.9 + over)}`
      : kind < 0.9
        ? `M${point(0.1, 0.5)}L${point(0.4, 0.85)}L${point(1 + over, 0 - over)}`
        : `M${point(0.1 - over, 0.9 + over)}L${point(0.9 + over, 0.1 - over)}`;
  return `<path d="${path}" stroke-width="${weight.toFixed(2)}"/>`;
}

/** Ticked by mistake, then scribbled over. */
function drawCrossedOut({ x, y, width: w, height: h }: PaperRect, random: Random): string {
  const points: string[] = [];
  for (let i = 0; i <= 9; i++) {
    const fx = i % 2 ? 1.15 : -0.15;
    points.push(`${(x + fx * w + random()).toFixed(2)} ${(y + (i / 9) * (h + 3) - 1.5).toFixed(2)}`);
  }
  return `<path d="M${points.join('L')}" stroke-width="1.6"/>`;
}

/** A line that goes up and down like a name. */
function drawSignature({ x, y, width, height }: PaperRect, random: Random): string {
  let path = `M${x + 8} ${y + height * 0.7}`;
  for (let at = 14; at < Math.min(width - 20, 110); at += 6)
    path += `Q${x + at} ${y + height * (0.15 + random() * 0.3)} ${x + at + 4} ${y + height * (0.5 + random() * 0.4)}`;
  return `<path d="${path}" stroke-width="1"/>`;
}

const fonts = new Map<string, fontkit.Font>();

function drawWords(text: string, { x, y, width, height }: PaperRect, file: string | undefined, random: Random): string {
  if (!file) return drawSignature({ x, y, width: Math.min(width, text.length * 5 + 20), height }, random);
  const font = fonts.get(file) ?? (fontkit.create(readFileSync(file)) as fontkit.Font);
  fonts.set(file, font);
  const run = font.layout(text);
  const size = Math.min(12, height * 0.8);
  const em = size / font.unitsPerEm;
  let at = x + 3;
  const base = y + height * 0.75;
  const glyphs = run.glyphs.map((glyph, i) => {
    const drawn = `<path transform="translate(${at.toFixed(2)} ${base.toFixed(2)}) scale(${em} ${-em})" d="${glyph.path.toSVG()}" fill="rgb(40,40,60)" stroke="none"/>`;
    at += (run.positions[i]?.xAdvance ?? 0) * em;
    return drawn;
  });
  return glyphs.join('');
}

/** The ring a cup leaves. */
function drawStain(width: number, height: number, random: Random): string {
  const [x, y, r] = [width * (0.2 + random() * 0.6), height * (0.25 + random() * 0.5), 40 + random() * 40];
  return `<circle cx="${x}" cy="${y}" r="${r}" fill="rgb(226,214,196)" stroke="rgb(186,160,126)" stroke-width="6"/>`;
}

/** The boxes of a form that are ticked, not written into. */
export function tickable(layout: FormLayout): PaperField[] {
  return layout.fields.filter((field) => field.kind === 'tick');
}
