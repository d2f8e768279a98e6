/** Whoever is refused something reads why and how to mend it: every code in the source has its words. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { importFindingText } from '../src/domain/import-findings.ts';
import { refuse } from '../src/domain/refusal.ts';
import { refusalText } from '../src/http/refusal.tsx';
import { listSources, root } from './helpers/imports.ts';

const words = JSON.parse(readFileSync(join(root, 'locales/en.json'), 'utf8')) as Record<string, string>;

/** Codes written as text in a call of refuse(), and those a condition in it chooses between. */
function codesIn(source: string): string[] {
  const calls = source.matchAll(/\brefuse\(([^;{]*)/g);
  return [...calls].flatMap(([, inside = '']) =>
    [...inside.matchAll(/'([a-z][a-z0-9-]*(?:\.[a-z0-9-]+)+)'/g)].map((match) => match[1] ?? ''),
  );
}

describe('words of refusals', () => {
  const found = new Map<string, string>();
  for (const file of listSources('src')) {
    for (const code of codesIn(readFileSync(join(root, file), 'utf8'))) found.set(code, file);
  }

  it('are found in the source', () => assert.ok(found.size > 100, `${found.size} codes`));

  it('exist for every code', () => {
    // What is wrong with a cell of an imported file has its words, with the mend, in the domain.
    const missing = [...found]
      .filter(([code]) => !(`refusal.${code}` in words) && !(code in importFindingText))
      .map(([code, file]) => `${code} (${file})`);
    assert.deepEqual(missing.sort(), [], 'add refusal.<code> to locales/en.json');
  });

  it('are sentences', () => {
    const bad = Object.entries(words).filter(([key, text]) => key.startsWith('refusal.') && !/[.?!}]$/.test(text));
    assert.deepEqual(bad, []);
  });

  it('are filled in', () => {
    assert.equal(
      refusalText(refuse('credential.locked', { minutes: 1 })),
      'Too many wrong attempts. Wait 1 minute and try again.',
    );
    assert.match(refusalText(refuse('action.unknown', { id: 'FSN-1' })), /FSN-1/);
  });
});
