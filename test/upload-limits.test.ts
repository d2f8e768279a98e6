/** Every page and operation that takes a file takes one of ordinary size, and no other page takes so much. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { isFile } from '../src/http/api/operation.ts';
import { operations } from '../src/http/api/operations.ts';
import { pageUploads } from '../src/http/upload-paths.ts';
import { type House, openHouse, publicUrl } from './helpers/house.ts';
import { root } from './helpers/imports.ts';

const fill = (path: string) => path.replace(/:\w+/g, '1');
const scan = new Uint8Array(3_000_000).fill(0x20);

let house: House;
before(async () => {
  house = await openHouse();
});
after(async () => house.close());

async function send(path: string, type: string, size = scan.length): Promise<number> {
  const answer = await house.app.request(path, {
    method: 'POST',
    body: scan.subarray(0, size),
    headers: { origin: publicUrl, 'content-type': type, 'content-length': String(size) },
  });
  await answer.text();
  return answer.status;
}

describe('a file of three megabytes', () => {
  for (const path of pageUploads) {
    it(`is let into ${path}`, async () => {
      assert.notEqual(await send(fill(path), 'multipart/form-data; boundary=x'), 413);
    });
  }

  for (const row of operations.filter(({ body }) => isFile(body))) {
    it(`is let into ${row.method} ${row.path}`, async () => {
      assert.notEqual(await send(`/api/v1${fill(row.path)}`, 'application/octet-stream'), 413);
    });
  }

  it('is let nowhere else', async () => {
    for (const path of ['/sign-in', '/notices/1/edit', '/imports/1/mapping', '/p/x/reply', '/api/v1/incidents'])
      assert.equal(await send(path, 'application/x-www-form-urlencoded'), 413, path);
  });

  it('is asked for by no page that is not listed', () => {
    const files = readdirSync(join(root, 'src/http'), { recursive: true, encoding: 'utf8' });
    const readers = files
      .filter((file) => /\.tsx?$/.test(file) && file !== 'upload.ts')
      .flatMap((file) => readFileSync(join(root, 'src/http', file), 'utf8').match(/readUpload\(c\)/g) ?? []);
    // Packages have a rule of their own.
    assert.equal(readers.length, pageUploads.length + 1);
  });
});
