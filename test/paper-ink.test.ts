/** What is taken for a tick, for an empty box, and for something a person has to look at: pens, stains, folds. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import sharp from 'sharp';
import { measureBoxes } from '../src/adapters/paper-reader-ink.ts';
import type { PaperField } from '../src/domain/paper-form.ts';

/** 200 dpi. */
const SCALE = 200 / 72;
const SIDE = 60;
const field: PaperField = {
  name: 'c1.status',
  pdfName: 'c1.status',
  question: 'status',
  subject: { scope: 'correction', id: 1 },
  kind: 'tick',
  type: 'choice',
  value: 'done',
  page: 1,
  rect: { x: 25.5, y: 25.5, width: 9, height: 9 },
};

/** A box on paper with something drawn on it, in points, as it comes from a scanner. */
async function measure(drawn: string) {
  const { x, y, width, height } = field.rect;
  const side = Math.round(SIDE * SCALE);
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${side}" height="${side}" viewBox="0 0 ${SIDE} ${SIDE}">
    <rect width="100%" height="100%" fill="rgb(240,240,240)"/>
    <rect x="${x}" y="${y}" width="${width}" height="${height}" fill="none" stroke="black" stroke-width="0.8"/>
    <g fill="none">${drawn}</g></svg>`;
  const { data, info } = await sharp(Buffer.from(svg))
    .blur(0.5)
    .greyscale()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const picture = { data: new Uint8Array(data), width: info.width, height: info.height };
  const [box] = measureBoxes(picture, [SCALE, 0, 0, 0, SCALE, 0, 0, 0, 1], [field]);
  return { value: box?.value, sure: box?.sure };
}

const grey = (level: number): string => `rgb(${level},${level},${level})`;
const cross = (level: number, weight: number): string =>
  `<path d="M25 25L35 35M35 25L25 35" stroke="${grey(level)}" stroke-width="${weight}"/>`;
const ring = (level: number, from: number, radius = 60): string =>
  `<circle cx="${from - radius}" cy="30" r="${radius}" fill="${grey(212)}" stroke="${grey(level)}" stroke-width="6"/>`;

const cases: [what: string, drawn: string, seen: { value?: true | null; sure: boolean }][] = [
  ['nothing', '', { value: null, sure: true }],
  ['a cross by a ball pen', cross(40, 1), { value: true, sure: true }],
  ['a cross by a pale blue pen', cross(90, 1.2), { value: true, sure: true }],
  ['a faint pencil', cross(165, 1.2), { sure: false }],
  ['a speck', `<circle cx="30" cy="30" r="0.4" fill="${grey(40)}"/>`, { value: null, sure: true }],
  ['a blackened box', `<rect x="24" y="24" width="12" height="12" fill="${grey(30)}"/>`, { sure: false }],
  ...[24.75, 25, 25.5, 27, 30, 33, 35.25, 35.5].map((from): (typeof cases)[number] => [
    `the edge of a coffee ring at ${from}`,
    ring(144, from),
    { sure: false },
  ]),
  ['a cross on the edge of a coffee ring', ring(148, 33) + cross(40, 1.2), { sure: false }],
  ['the shadow of a fold', `<path d="M0 30L60 31" stroke="${grey(146)}" stroke-width="3"/>`, { sure: false }],
];

for (const [what, drawn, seen] of cases)
  test(`${what}: ${seen.sure ? (seen.value ? 'a tick' : 'no tick') : 'a person looks'}`, async () => {
    const found = await measure(drawn);
    if (seen.sure) assert.deepEqual(found, seen);
    // What is not sure may be proposed either way; an empty box may be called empty.
    else assert.ok(!found.sure || found.value === null, JSON.stringify(found));
  });
