/** The documents say what the code says: the parts made from it are fresh, and every file and function they name is there. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { staleDocuments } from '../sample/docs.ts';
import { root } from './helpers/imports.ts';

const documents = ['README.md', ...list('docs'), ...list('docs/decisions')];

function list(folder: string): string[] {
  return readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`);
}

describe('the documents', () => {
  it('have fresh made parts (npm run docs -- --text makes them anew)', () => {
    assert.deepEqual(
      staleDocuments().map((one) => one.file),
      [],
    );
  });

  it('link only to what is there', () => {
    const broken = documents.flatMap((file) => {
      const text = readFileSync(join(root, file), 'utf8');
      return [...text.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)|<img src="([^"]+)"/g)]
        .map((match) => match[1] ?? match[2] ?? '')
        .filter((target) => !/^[a-z]+:/.test(target) && !existsSync(join(root, dirname(file), target)))
        .map((target) => `${file} → ${target}`);
    });
    assert.deepEqual(broken, []);
  });

  it('name functions that the file beside them has', () => {
    const lost: string[] = [];
    const text = readFileSync(join(root, 'docs/tour.md'), 'utf8');
    for (const match of text.matchAll(/\[`([^`]+)`\]\([^)]+\)((?:,?(?: and)? `[A-Za-z]+`)+)/g)) {
      const [, file = '', names = ''] = match;
      const code = readFileSync(join(root, file), 'utf8');
      for (const [, name = ''] of names.matchAll(/`([A-Za-z]+)`/g)) {
        if (!new RegExp(`\\b(?:function|const) ${name}\\b`).test(code)) lost.push(`${file} ${name}`);
      }
    }
    assert.deepEqual(lost, []);
  });

  it('have small pictures', () => {
    const folder = join(root, 'docs/pictures');
    const sizes = readdirSync(folder).map((name) => statSync(join(folder, name)).size);
    assert.ok(Math.max(...sizes) < 200_000, 'a picture is 200 kB or more');
    assert.ok(sizes.reduce((sum, size) => sum + size, 0) < 2_000_000, 'the pictures are 2 MB or more');
  });
});
