/** Lays a form over the picture of a page: from its QR code to its corner marks to a map of every point. */
import type { FormLayout, PaperMark, PaperRect } from '../domain/paper-form.ts';
import { mapPoint, type PaperMatrix } from '../domain/paper-reading.ts';

/** A grey picture: one byte a pixel, 0 is black. */
export interface GreyPicture {
  data: Uint8Array;
  width: number;
  height: number;
}

export interface Point {
  x: number;
  y: number;
}

/** A QR code as it was found: its corners in its own order, and its side in modules. */
export interface FoundCode {
  text: string;
  corners: [topLeft: Point, topRight: Point, bottomRight: Point, bottomLeft: Point];
  modules: number;
}

/** A point of the form with where it is in the picture. */
interface Pair {
  form: Point;
  picture: Point;
}

/**
 * Where the form lies in the picture; undefined when fewer than three of its four marks are there, or what was found
 * cannot be one sheet of paper.
 */
export function placeForm(picture: GreyPicture, code: FoundCode, layout: FormLayout): PaperMatrix | undefined {
  const corners = cornersOfCode(layout.code, code);
  let matrix = fitAffine(corners);
  if (!matrix) return undefined;
  const middle = middleOf(layout.code);
  const marks = layout.marks.toSorted(
    (a, b) => distance(middleOf(a.rect), middle) - distance(middleOf(b.rect), middle),
  );
  const found: Pair[] = [];
  for (const mark of marks) {
    const far = distance(middleOf(mark.rect), middle);
    // The code is small: what it says of a far corner is off by some hundredths of the distance, by more in a photo.
    const place = findMark(picture, mark, matrix, far * 0.05) ?? findMark(picture, mark, matrix, far * 0.12);
    if (!place) continue;
    found.push({ form: middleOf(mark.rect), picture: place });
    matrix = fitAffine([...corners, ...found]) ?? matrix;
  }
  if (found.length < 3) return undefined;
  // Three marks say nothing about the fourth corner of a sheet that lies askew before the lens: it must lie flat.
  const flat = found.length === 3;
  const last = flat ? fitAffine([...found, ...corners]) : fitPerspective(found);
  return last && isSound(last, corners, flat ? 1 : 2.5) ? last : undefined;
}

function cornersOfCode(rect: PaperRect, { corners, modules }: FoundCode): Pair[] {
  const quiet = (4 * rect.width) / (modules + 8);
  const [left, top, right, low] = [
    rect.x + quiet,
    rect.y + quiet,
    rect.x + rect.width - quiet,
    rect.y + rect.height - quiet,
  ];
  const places = [
    { x: left, y: top },
    { x: right, y: top },
    { x: right, y: low },
    { x: left, y: low },
  ];
  return places.map((form, i) => ({ form, picture: corners[i] ?? { x: 0, y: 0 } }));
}

const middleOf = (rect: PaperRect): Point => ({ x: rect.x + rect.width / 2, y: rect.y + rect.height / 2 });
const distance = (a: Point, b: Point): number => Math.hypot(a.x - b.x, a.y - b.y);

/** The code's corners must lie where the marks say, within so many points of the form. */
function isSound(matrix: PaperMatrix, corners: readonly Pair[], within: number): boolean {
  const scale = scaleOf(matrix, corners[0]?.form ?? { x: 0, y: 0 });
  return corners.every(({ form, picture }) => {
    const [x, y] = mapPoint(matrix, form.x, form.y);
    return Math.hypot(x - picture.x, y - picture.y) < within * scale;
  });
}

/** Pixels a point at a place. */
export function scaleOf(matrix: PaperMatrix, at: Point): number {
  const [x0, y0] = mapPoint(matrix, at.x, at.y);
  const [x1, y1] = mapPoint(matrix, at.x + 1, at.y);
  const [x2, y2] = mapPoint(matrix, at.x, at.y + 1);
  return Math.sqrt(Math.abs((x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)));
}

/** The middle of a mark, so many points from where it should be at most: a dark blob of its size and filling. */
function findMark(picture: GreyPicture, mark: PaperMark, matrix: PaperMatrix, off: number): Point | undefined {
  const centre = middleOf(mark.rect);
  const scale = scaleOf(matrix, centre);
  const side = mark.rect.width * scale;
  const [px, py] = mapPoint(matrix, centre.x, centre.y);
  const reach = side + 4 * scale + off * scale;
  const x0 = Math.max(0, Math.floor(px - reach));
  const y0 = Math.max(0, Math.floor(py - reach));
  const x1 = Math.min(picture.width, Math.ceil(px + reach));
  const y1 = Math.min(picture.height, Math.ceil(py + reach));
  const [width, height] = [x1 - x0, y1 - y0];
  if (width < side || height < side || width * height > 4_000_000) return undefined;
  const limit = thresholdOf(picture, x0, y0, width, height, Math.min(0.02, (side * side) / (2 * width * height)));
  if (limit === undefined) return undefined;
  const expected = side * side * (mark.odd ? 0.78 : 1);
  let best: { point: Point; away: number } | undefined;
  const seen = new Uint8Array(width * height);
  const stack: number[] = [];
  for (let start = 0; start < seen.length; start++) {
    const sx = start % width;
    const sy = (start - sx) / width;
    if (seen[start] || (picture.data[(y0 + sy) * picture.width + x0 + sx] ?? 255) >= limit) continue;
    let [area, sumX, sumY, left, right, top, low] = [0, 0, 0, width, 0, height, 0];
    stack.push(start);
    seen[start] = 1;
    while (stack.length > 0) {
      const at = stack.pop() ?? 0;
      const x = at % width;
      const y = (at - x) / width;
      area++;
      sumX += x;
      sumY += y;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      low = Math.max(low, y);
      for (const [nx, ny] of [
        [x + 1, y],
        [x - 1, y],
        [x, y + 1],
        [x, y - 1],
      ] as const) {
        if (nx < 0 || ny < 0 || nx >= width || ny >= height) continue;
        const next = ny * width + nx;
        if (seen[next] || (picture.data[(y0 + ny) * picture.width + x0 + nx] ?? 255) >= limit) continue;
        seen[next] = 1;
        stack.push(next);
      }
    }
    const [w, h] = [right - left + 1, low - top + 1];
    if (area < expected * 0.6 || area > expected * 1.5) continue;
    if (w > side * 1.6 || h > side * 1.6 || w < side * 0.7 || h < side * 0.7) continue;
    const point = { x: x0 + sumX / area + 0.5, y: y0 + sumY / area + 0.5 };
    const away = Math.hypot(point.x - px, point.y - py);
    if (!best || away < best.away) best = { point, away };
  }
  return best?.point;
}

/** Half-way between ink and paper of a window, where this share of it is ink; undefined where everything is alike. */
function thresholdOf(
  picture: GreyPicture,
  x0: number,
  y0: number,
  width: number,
  height: number,
  ink: number,
): number | undefined {
  const counts = new Uint32Array(256);
  for (let y = 0; y < height; y++) {
    const row = (y0 + y) * picture.width + x0;
    for (let x = 0; x < width; x++) {
      const value = picture.data[row + x] ?? 255;
      counts[value] = (counts[value] ?? 0) + 1;
    }
  }
  const at = (share: number): number => {
    let sum = 0;
    for (let value = 0; value < 256; value++) {
      sum += counts[value] ?? 0;
      if (sum >= share * width * height) return value;
    }
    return 255;
  };
  const [dark, light] = [at(ink), at(0.7)];
  return light - dark < 40 ? undefined : (dark + light) / 2;
}

/** The affine map that fits pairs best (least squares). */
function fitAffine(pairs: readonly Pair[]): PaperMatrix | undefined {
  const rows = pairs.map(({ form }) => [form.x, form.y, 1]);
  const xs = solveLeast(
    rows,
    pairs.map(({ picture }) => picture.x),
  );
  const ys = solveLeast(
    rows,
    pairs.map(({ picture }) => picture.y),
  );
  if (!xs || !ys) return undefined;
  const [a = 0, b = 0, c = 0] = xs;
  const [d = 0, e = 0, f = 0] = ys;
  return [a, b, c, d, e, f, 0, 0, 1];
}

/** The perspective that fits pairs best; through four of them it goes exactly. */
function fitPerspective(pairs: readonly Pair[]): PaperMatrix | undefined {
  // Counted in hundreds, so that no column of the equations is a million times another.
  const unit = 100;
  const rows: number[][] = [];
  const right: number[] = [];
  for (const { form, picture } of pairs) {
    const [x, y, u, v] = [form.x / unit, form.y / unit, picture.x / unit, picture.y / unit];
    rows.push([x, y, 1, 0, 0, 0, -x * u, -y * u]);
    right.push(u);
    rows.push([0, 0, 0, x, y, 1, -x * v, -y * v]);
    right.push(v);
  }
  const h = rows.length === 8 ? solveSquare(rows, right) : solveLeast(rows, right);
  if (!h) return undefined;
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, i = 0] = h;
  return [a, b, c * unit, d, e, f * unit, g / unit, i / unit, 1];
}

function solveLeast(rows: readonly number[][], right: readonly number[]): number[] | undefined {
  const n = rows[0]?.length ?? 0;
  const square = Array.from({ length: n }, (_, i) =>
    Array.from({ length: n }, (_, j) => rows.reduce((sum, row) => sum + (row[i] ?? 0) * (row[j] ?? 0), 0)),
  );
  const sums = Array.from({ length: n }, (_, i) =>
    rows.reduce((sum, row, k) => sum + (row[i] ?? 0) * (right[k] ?? 0), 0),
  );
  return solveSquare(square, sums);
}

/** Gauss with pivots. */
function solveSquare(matrix: readonly number[][], right: readonly number[]): number[] | undefined {
  const rows = matrix.map((row, i) => [...row, right[i] ?? 0]);
  const n = rows.length;
  for (let column = 0; column < n; column++) {
    let pivot = column;
    for (let i = column + 1; i < n; i++)
      if (Math.abs(rows[i]?.[column] ?? 0) > Math.abs(rows[pivot]?.[column] ?? 0)) pivot = i;
    const head = rows[pivot];
    if (!head || Math.abs(head[column] ?? 0) < 1e-9) return undefined;
    rows[pivot] = rows[column] ?? [];
    rows[column] = head;
    for (let i = 0; i < n; i++) {
      const row = rows[i];
      if (!row || i === column) continue;
      const factor = (row[column] ?? 0) / (head[column] ?? 1);
      for (let j = column; j <= n; j++) row[j] = (row[j] ?? 0) - factor * (head[j] ?? 0);
    }
  }
  return rows.map((row, i) => (row[n] ?? 0) / (row[i] ?? 1));
}
