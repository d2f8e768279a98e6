/** Measures the ink in the boxes of a form that was laid over a picture. */
import { type PaperField, type PaperRect, paperKey } from '../domain/paper-form.ts';
import { type FoundBox, mapPoint, type PaperMatrix } from '../domain/paper-reading.ts';
import type { GreyPicture } from './paper-reader-place.ts';

/** Samples a point of the form. */
const FINE = 4;
/** Points around a box that are looked at: where it really stands, what the paper is like, what reaches over. */
const AROUND = 3.5;
/** How far a box may stand from where it should, in points: paper warps. */
const SHIFT = 2;
/** Half a box's line with what a blurred scan adds, in points. */
const INSET = 1.3;

/** Shares of a tick box's inside. Between them a person looks. */
const EMPTY_MOST = 0.02;
const TICK_LEAST = 0.09;
const TICK_MOST = 0.78;
/** A tick reaches over this share of its box in one direction at least; a speck does not. */
const TICK_SPAN = 0.45;
/** And over this share in the other: a bar along one side is a line, or where a stain ends. */
const TICK_LEAN = 0.25;
/** How dark the darkest tenth of a tick is, measured by the box's own line: coffee and folds are fainter than any pen. */
const PEN_LEAST = 0.58;
/** Share of a written field from which somebody wrote in it. */
const WRITTEN_LEAST = 0.004;

interface Patch {
  data: Uint8Array;
  width: number;
  height: number;
}

/** What the boxes of a page hold. Everything is measured against the paper right around it. */
export function measureBoxes(picture: GreyPicture, matrix: PaperMatrix, fields: readonly PaperField[]): FoundBox[] {
  return fields.map((field) =>
    field.kind === 'tick' ? measureTick(picture, matrix, field) : measureWritten(picture, matrix, field),
  );
}

function measureTick(picture: GreyPicture, matrix: PaperMatrix, field: PaperField): FoundBox {
  const patch = takePatch(picture, matrix, grow(field.rect, AROUND), FINE);
  const key = paperKey(field);
  const doubtful = (value: true | null, confidence: number): FoundBox => ({
    key,
    value,
    sure: false,
    confidence,
    by: 'ink',
  });
  if (!patch) return doubtful(null, 0);
  const size = { width: field.rect.width * FINE, height: field.rect.height * FINE };
  const box = findBox(patch, size);
  const paper = percentile(patch.data, 0.75);
  const contrast = paper - box.line;
  // No line where the box should stand: it is covered, or this is another place.
  if (contrast < 24) return doubtful(null, 10);
  const strong = inkIn(patch, box, size, paper - Math.max(30, contrast * 0.45));
  const weak = inkIn(patch, box, size, paper - Math.max(18, contrast * 0.28));
  const [lean = 0, span = 0] = [strong.across, strong.down].sort((a, b) => a - b);
  if (weak.share <= EMPTY_MOST)
    return { key, value: null, sure: true, confidence: sureness(1 - weak.share / 0.06), by: 'ink' };
  if (
    strong.share >= TICK_LEAST &&
    strong.share <= TICK_MOST &&
    span >= TICK_SPAN &&
    lean >= TICK_LEAN &&
    paper - strong.darkest >= PEN_LEAST * contrast &&
    !isScribble(patch, box, size, paper, contrast)
  )
    return { key, value: true, sure: true, confidence: sureness(strong.share / 0.2), by: 'ink' };
  return doubtful(strong.share >= TICK_LEAST / 2 && strong.share <= TICK_MOST ? true : null, 50);
}

const sureness = (share: number): number => Math.round(80 + 19 * Math.min(1, Math.max(0, share)));

/** Somebody went to and fro over the box: ink above and below it, along most of its width. */
function isScribble(patch: Patch, box: Place, size: Size, paper: number, contrast: number): boolean {
  const limit = paper - Math.max(30, contrast * 0.45);
  const along = (y: number): number => {
    let dark = 0;
    const row = Math.round(y);
    if (row < 0 || row >= patch.height) return 0;
    for (let x = 0; x < size.width; x++)
      if ((patch.data[row * patch.width + Math.round(box.x + x)] ?? 255) < limit) dark++;
    return dark / size.width;
  };
  const out = 1.2 * FINE;
  return along(box.y - out) > 0.3 && along(box.y + size.height + out) > 0.3;
}

function measureWritten(picture: GreyPicture, matrix: PaperMatrix, field: PaperField): FoundBox {
  const key = paperKey(field);
  const patch = takePatch(picture, matrix, grow(field.rect, -1.8), 2.5);
  if (!patch) return { key, value: '', sure: false, confidence: 0, by: 'ink' };
  const paper = percentile(patch.data, 0.75);
  let dark = 0;
  for (const value of patch.data) if (value < paper - 34) dark++;
  const share = dark / patch.data.length;
  const written = share >= WRITTEN_LEAST;
  // A mark to sign is there or not; who has signed a person reads.
  if (field.kind === 'signature')
    return { key, value: written ? '' : null, sure: share > WRITTEN_LEAST * 2 || !written, confidence: 90, by: 'ink' };
  return written
    ? { key, value: '', sure: false, confidence: 0, by: 'ink' }
    : { key, value: null, sure: true, confidence: sureness(1 - share / WRITTEN_LEAST), by: 'ink' };
}

function grow(rect: PaperRect, by: number): PaperRect {
  return {
    x: rect.x - by,
    y: rect.y - by,
    width: Math.max(1, rect.width + 2 * by),
    height: Math.max(1, rect.height + 2 * by),
  };
}

/** A piece of the form, upright and as large as asked, smoothed a little; undefined when it lies outside the picture. */
function takePatch(picture: GreyPicture, matrix: PaperMatrix, rect: PaperRect, fine: number): Patch | undefined {
  const width = Math.max(3, Math.round(rect.width * fine));
  const height = Math.max(3, Math.round(rect.height * fine));
  const { data } = picture;
  const raw = new Float32Array(width * height);
  // Over a box the map is as good as straight: three corners are enough.
  const [ox, oy] = mapPoint(matrix, rect.x, rect.y);
  const [rx, ry] = mapPoint(matrix, rect.x + rect.width, rect.y);
  const [dx, dy] = mapPoint(matrix, rect.x, rect.y + rect.height);
  const [ax, ay, bx, by] = [(rx - ox) / width, (ry - oy) / width, (dx - ox) / height, (dy - oy) / height];
  for (const [cx, cy] of [
    [ox, oy],
    [rx, ry],
    [dx, dy],
    [rx + dx - ox, ry + dy - oy],
  ] as const)
    if (cx < 1 || cy < 1 || cx > picture.width - 2 || cy > picture.height - 2) return undefined;
  for (let j = 0; j < height; j++) {
    for (let i = 0; i < width; i++) {
      const x = ox + ax * (i + 0.5) + bx * (j + 0.5) - 0.5;
      const y = oy + ay * (i + 0.5) + by * (j + 0.5) - 0.5;
      const [x0, y0] = [Math.floor(x), Math.floor(y)];
      const [fx, fy] = [x - x0, y - y0];
      const at = y0 * picture.width + x0;
      const up = (data[at] ?? 255) * (1 - fx) + (data[at + 1] ?? 255) * fx;
      const down = (data[at + picture.width] ?? 255) * (1 - fx) + (data[at + picture.width + 1] ?? 255) * fx;
      raw[j * width + i] = up * (1 - fy) + down * fy;
    }
  }
  return { data: smooth(raw, width, height), width, height };
}

/** The mean of three by three: a grain of noise is no ink. */
function smooth(raw: Float32Array, width: number, height: number): Uint8Array {
  const out = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const [y0, y1] = [Math.max(0, y - 1), Math.min(height - 1, y + 1)];
    for (let x = 0; x < width; x++) {
      const [x0, x1] = [Math.max(0, x - 1), Math.min(width - 1, x + 1)];
      let sum = 0;
      for (let j = y0; j <= y1; j++) for (let i = x0; i <= x1; i++) sum += raw[j * width + i] ?? 255;
      out[y * width + x] = sum / ((y1 - y0 + 1) * (x1 - x0 + 1));
    }
  }
  return out;
}

interface Size {
  width: number;
  height: number;
}

interface Place {
  x: number;
  y: number;
  /** How dark its line is. */
  line: number;
}

/** Where the printed box really stands in the patch: where its four lines are darkest. */
function findBox(patch: Patch, size: Size): Place {
  const at = AROUND * FINE;
  const columns = new Float32Array(patch.width);
  const rows = new Float32Array(patch.height);
  const [top, left] = [Math.round(at), Math.round(at)];
  for (let y = top; y < top + size.height; y++)
    for (let x = 0; x < patch.width; x++) columns[x] = (columns[x] ?? 0) + (patch.data[y * patch.width + x] ?? 255);
  for (let x = left; x < left + size.width; x++)
    for (let y = 0; y < patch.height; y++) rows[y] = (rows[y] ?? 0) + (patch.data[y * patch.width + x] ?? 255);
  const x = darkest(columns, at, size.width);
  const y = darkest(rows, at, size.height);
  return { x: x.at, y: y.at, line: (x.sum / size.height + y.sum / size.width) / 4 };
}

function darkest(sums: Float32Array, at: number, length: number): { at: number; sum: number } {
  let best = { at, sum: Number.POSITIVE_INFINITY, cost: Number.POSITIVE_INFINITY };
  const reach = SHIFT * FINE;
  for (let shift = -reach; shift <= reach; shift++) {
    const one = sums[Math.round(at + shift)];
    const other = sums[Math.round(at + shift + length)];
    if (one === undefined || other === undefined) continue;
    // Both lines count, the fainter one more: a stroke beside a line is no second line.
    const cost = one + other + Math.max(one, other) + Math.abs(shift) * length * 0.5;
    if (cost < best.cost) best = { at: at + shift, sum: one + other, cost };
  }
  return best;
}

interface Ink {
  share: number;
  /** Share of the inside's width and height that the ink reaches over. */
  across: number;
  down: number;
  /** How bright the darkest tenth of it is at most, 0 to 255. */
  darkest: number;
}

function inkIn(patch: Patch, box: Place, size: Size, limit: number): Ink {
  const inset = INSET * FINE;
  const [x0, y0] = [Math.round(box.x + inset), Math.round(box.y + inset)];
  const [x1, y1] = [Math.round(box.x + size.width - inset), Math.round(box.y + size.height - inset)];
  let [left, right, top, low] = [x1, x0 - 1, y1, y0 - 1];
  const ink: number[] = [];
  for (let y = y0; y < y1; y++) {
    for (let x = x0; x < x1; x++) {
      const value = patch.data[y * patch.width + x] ?? 255;
      if (value >= limit) continue;
      ink.push(value);
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      low = Math.max(low, y);
    }
  }
  const all = Math.max(1, (x1 - x0) * (y1 - y0));
  return {
    share: ink.length / all,
    across: Math.max(0, right - left + 1) / Math.max(1, x1 - x0),
    down: Math.max(0, low - top + 1) / Math.max(1, y1 - y0),
    darkest: percentile(Uint8Array.from(ink), 0.1),
  };
}

function percentile(data: Uint8Array, share: number): number {
  const counts = new Uint32Array(256);
  for (const value of data) counts[value] = (counts[value] ?? 0) + 1;
  let sum = 0;
  for (let value = 0; value < 256; value++) {
    sum += counts[value] ?? 0;
    if (sum >= share * data.length) return value;
  }
  return 255;
}
