/** A page photographed by hand on a desk: its corners lie askew, as a lens above one side of it sees them, with a shadow. */
import sharp from 'sharp';

export interface PhotoWishes {
  /** How far each corner may move inwards, as a part of the page's width: 0.05 is a careless hand, 0.15 a slanted one. */
  slant: number;
  /** How much darker the darkest side is, 0 to 1. */
  shadow?: number;
  quality?: number;
}

/** A scan as it would look in a photo. `random` gives 0 to 1, of the caller's own stream. */
export async function photograph(scan: Uint8Array, wishes: PhotoWishes, random: () => number): Promise<Buffer> {
  const { data: page, info } = await sharp(scan).greyscale().raw().toBuffer({ resolveWithObject: true });
  const [w, h] = [info.width, info.height];
  const margin = Math.round(w * 0.04);
  const [width, height] = [w + 2 * margin, h + 2 * margin];
  const inwards = (): number => random() * wishes.slant * w;
  const corners: [number, number][] = [
    [margin + inwards(), margin + inwards()],
    [margin + w - inwards(), margin + inwards()],
    [margin + w - inwards(), margin + h - inwards()],
    [margin + inwards(), margin + h - inwards()],
  ];
  const m = mapFrom(corners, w, h);
  const shadow = wishes.shadow ?? 0;
  const direction = random() * 2 * Math.PI;
  const out = Buffer.alloc(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const z = m[6] * x + m[7] * y + 1;
      const [u, v] = [(m[0] * x + m[1] * y + m[2]) / z, (m[3] * x + m[4] * y + m[5]) / z];
      const light =
        1 - shadow * (0.5 + 0.5 * ((x / width - 0.5) * Math.cos(direction) + (y / height - 0.5) * Math.sin(direction)));
      out[y * width + x] = Math.round(sample(page, w, h, u, v) * light);
    }
  }
  return sharp(out, { raw: { width, height, channels: 1 } })
    .jpeg({ quality: wishes.quality ?? 80 })
    .toBuffer();
}

/** The grey of the desk. */
const DESK = 96;

function sample(page: Buffer, w: number, h: number, u: number, v: number): number {
  const [x, y] = [Math.floor(u), Math.floor(v)];
  if (x < 0 || y < 0 || x >= w - 1 || y >= h - 1) return DESK;
  const [fx, fy] = [u - x, v - y];
  const at = y * w + x;
  const [a = 0, b = 0, c = 0, d = 0] = [page[at], page[at + 1], page[at + w], page[at + w + 1]];
  return (a * (1 - fx) + b * fx) * (1 - fy) + (c * (1 - fx) + d * fx) * fy;
}

type Map8 = readonly [number, number, number, number, number, number, number, number];

/** The projective map that takes four corners to those of a page of w × h: eight equations, solved by elimination. */
function mapFrom(corners: readonly [number, number][], w: number, h: number): Map8 {
  const page = [
    [0, 0],
    [w, 0],
    [w, h],
    [0, h],
  ] as const;
  const rows = corners.flatMap(([x, y], i) => {
    const [u, v] = page[i] ?? [0, 0];
    return [
      [x, y, 1, 0, 0, 0, -u * x, -u * y, u],
      [0, 0, 0, x, y, 1, -v * x, -v * y, v],
    ];
  });
  for (let i = 0; i < 8; i++) {
    const best = rows
      .slice(i)
      .reduce((most, row, k) => (Math.abs(row[i] ?? 0) > Math.abs(rows[most]?.[i] ?? 0) ? i + k : most), i);
    const [top, other] = [rows[best] ?? [], rows[i] ?? []];
    [rows[i], rows[best]] = [top, other];
    for (let r = 0; r < 8; r++) {
      if (r === i) continue;
      const factor = (rows[r]?.[i] ?? 0) / (top[i] ?? 1);
      rows[r] = (rows[r] ?? []).map((value, k) => value - factor * (top[k] ?? 0));
    }
  }
  return rows.map((row, i) => (row[8] ?? 0) / (row[i] ?? 1)) as unknown as Map8;
}
