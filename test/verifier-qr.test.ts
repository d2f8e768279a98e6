/** The code a verifier draws on a terminal: read by a camera, and drawn by a Node that knows few alphabets. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import sharp from 'sharp';
import { qrText } from '../verifier/qr.ts';
import { readCodes } from './helpers/paper.ts';

const CODE = '7K2M9-XW0AB-4TQZN-P6R8S';

/** A photo of the terminal: a line of blocks is two rows of dots. */
function photograph(text: string): Promise<Buffer> {
  const rows = text
    .split('\n')
    .flatMap((line) => [[...line].map((sign) => '▀█'.includes(sign)), [...line].map((sign) => '▄█'.includes(sign))]);
  const width = rows[0]?.length ?? 0;
  const pixels = Buffer.from(rows.flat().map((light) => (light ? 255 : 0)));
  return sharp(pixels, { raw: { width, height: rows.length, channels: 1 } })
    .resize(width * 8, rows.length * 8, { kernel: 'nearest' })
    .png()
    .toBuffer();
}

// First: what an alphabet says is kept once it was asked.
test('it is drawn where UTF-8 is the only alphabet, as on Node 12 without the languages', () => {
  const Real = globalThis.TextDecoder;
  globalThis.TextDecoder = class extends Real {
    constructor(label = 'utf-8', options?: ConstructorParameters<typeof Real>[1]) {
      if (label !== 'utf-8') throw new RangeError(`The "${label}" encoding is not supported`);
      super(label, options);
    }
  };
  try {
    assert.ok(qrText(CODE).includes('▄'));
  } finally {
    globalThis.TextDecoder = Real;
  }
});

test('a camera reads it from the terminal', async () => {
  assert.deepEqual(await readCodes(await photograph(qrText(CODE))), [CODE]);
});
