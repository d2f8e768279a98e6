/** The words of every language: complete, with the same gaps, and all of them used. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { IntlMessageFormat } from 'intl-messageformat';
import {
  availableLanguages,
  chooseLanguage,
  countryName,
  direction,
  languageName,
  translator,
} from '../src/http/translate.ts';

const root = join(import.meta.dirname, '..');
const languages = availableLanguages();
const words = new Map(
  languages.map((code) => [
    code,
    JSON.parse(readFileSync(join(root, 'locales', `${code}.json`), 'utf8')) as Record<string, string>,
  ]),
);
const english = words.get('en') ?? {};

/** Staff read English: a refusal only they can meet needs no other language. */
const onlyEnglishAllowed = (key: string) => key.startsWith('refusal.');

/** Beginnings of keys that are made at run time in a way the scan below cannot see: `refusal.` and the code. */
const madeKeys: readonly string[] = ['refusal.', 'ui.state.'];

type Part = ReturnType<IntlMessageFormat['getAst']>[number];

function parse(text: string, language: string, key: string): Part[] {
  try {
    return new IntlMessageFormat(text, language, undefined, { ignoreTag: true }).getAst();
  } catch (error) {
    throw new Error(`locales/${language}.json "${key}" is no ICU message: ${String(error)}`);
  }
}

/** Names of the gaps of a message with their kind: `count:plural`, `name:argument`. */
function gapsOf(text: string, language: string, key: string): string[] {
  const kinds = ['text', 'argument', 'number', 'date', 'time', 'select', 'plural', 'pound', 'tag'];
  const gaps = new Set<string>();
  const walk = (parts: readonly Part[]) => {
    for (const part of parts) {
      const kind = kinds[part.type] ?? String(part.type);
      if (kind === 'text' || kind === 'pound') continue;
      gaps.add(`${'value' in part ? String(part.value) : ''}:${kind}`);
      if ('options' in part) for (const option of Object.values(part.options)) walk(option.value);
    }
  };
  walk(parse(text, language, key));
  return [...gaps].sort();
}

/** Forms of every plural of a message, e.g. `['one', 'other']`. */
function pluralForms(text: string, language: string, key: string): string[][] {
  const found: string[][] = [];
  const walk = (parts: readonly Part[]) => {
    for (const part of parts) {
      if (!('options' in part)) continue;
      const forms = Object.keys(part.options);
      // `=0 {…} other {…}` tells none from some, and counts nothing.
      const counts = forms.some((form) => form !== 'other' && !form.startsWith('='));
      if ('pluralType' in part && part.pluralType === 'cardinal' && counts) found.push(forms);
      for (const option of Object.values(part.options)) walk(option.value);
    }
  };
  walk(parse(text, language, key));
  return found;
}

function sourceFiles(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|tsx)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}

describe('words of every language', () => {
  it('are sorted flat texts, none of them empty', () => {
    for (const [code, texts] of words) {
      for (const [key, text] of Object.entries(texts)) {
        assert.equal(typeof text, 'string', `locales/${code}.json "${key}" is not a text`);
        assert.notEqual(text.trim(), '', `locales/${code}.json "${key}" is empty`);
        assert.match(key, /^[a-z][A-Za-z0-9-]*(\.[A-Za-z0-9_-]+)+$/, `locales/${code}.json: "${key}" is not a key`);
      }
    }
  });

  for (const [code, texts] of words) {
    it(`${code} has the keys of English, no more and no less`, () => {
      const lacking = Object.keys(english).filter((key) => !(key in texts) && !onlyEnglishAllowed(key));
      const extra = Object.keys(texts).filter((key) => !(key in english));
      assert.deepEqual({ lacking, extra }, { lacking: [], extra: [] }, `locales/${code}.json`);
    });

    it(`${code} is ICU and has the gaps of English`, () => {
      for (const [key, text] of Object.entries(texts)) {
        const own = gapsOf(text, code, key);
        const reference = gapsOf(english[key] ?? '', 'en', key);
        // A refusal may tell a customer less than it tells staff; it may not ask for more.
        const expected = onlyEnglishAllowed(key) ? reference.filter((gap) => own.includes(gap)) : reference;
        assert.deepEqual(own, expected, `locales/${code}.json "${key}"`);
      }
    });

    it(`${code} has every plural form its grammar needs`, () => {
      const needed = new Intl.PluralRules(code).resolvedOptions().pluralCategories;
      for (const [key, text] of Object.entries(texts)) {
        for (const forms of pluralForms(text, code, key)) {
          // `many` of the Romance languages is for whole millions, where `other` is right as well.
          const lacking = needed.filter(
            (form) => !forms.includes(form) && !(form === 'many' && forms.includes('other')),
          );
          assert.deepEqual(lacking, [], `locales/${code}.json "${key}" lacks plural forms`);
        }
      }
    });
  }

  it('are all used somewhere', () => {
    const sources = ['src', 'sample', 'test']
      .flatMap(sourceFiles)
      .filter((file) => !file.endsWith('locales.test.ts'))
      .map((file) => readFileSync(file, 'utf8'))
      .join('\n');
    const templates = [...sources.matchAll(/`([a-z][A-Za-z0-9-]*\.[A-Za-z0-9_.-]*)\$\{/g)].map(
      (match) => match[1] ?? '',
    );
    const unused = Object.keys(english).filter(
      (key) =>
        ![`'${key}'`, `"${key}"`, `\`${key}\``].some((literal) => sources.includes(literal)) &&
        !madeKeys.some((start) => key.startsWith(start)) &&
        !templates.some((start) => key.startsWith(start)),
    );
    assert.deepEqual(unused, [], 'locales/en.json has keys that no source names');
  });

  it('are there for every key that a source names', () => {
    const named = /\bt\(\s*'([a-z]+(?:\.[A-Za-z0-9_-]+)+)'/g;
    const missing = sourceFiles('src').flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(named)]
        .map((match) => match[1] ?? '')
        .filter((key) => !(key in english))
        .map((key) => `${file.slice(root.length + 1)}: ${key}`),
    );
    assert.deepEqual(missing, [], 'keys named in a source that locales/en.json does not have');
  });
});

describe('choice of the language', () => {
  const available = ['de', 'en', 'it', 'pt-BR'];

  it('takes what was asked for, then the contact, then the browser, then English', () => {
    assert.equal(chooseLanguage({ asked: 'it', known: ['de'], accept: 'en', available }), 'it');
    assert.equal(chooseLanguage({ asked: 'xx', known: ['fr', 'de'], accept: 'it', available }), 'de');
    assert.equal(chooseLanguage({ known: ['fr'], accept: 'fr, it;q=0.4, de;q=0.8', available }), 'de');
    assert.equal(chooseLanguage({ accept: 'fr;q=1', available }), 'en');
    assert.equal(chooseLanguage({ available }), 'en');
  });

  it('meets a region by its language and refuses q=0', () => {
    assert.equal(chooseLanguage({ accept: 'de-AT', available }), 'de');
    assert.equal(chooseLanguage({ accept: 'pt_br', available }), 'pt-BR');
    assert.equal(chooseLanguage({ accept: 'de;q=0, it;q=0.1', available }), 'it');
  });

  it('is not troubled by nonsense', () => {
    for (const asked of ['../../etc/passwd', '%00', '<script>', 'x'.repeat(5000)]) {
      assert.equal(chooseLanguage({ asked, accept: ',;q=,;;', available }), 'en');
    }
  });

  it('names languages and countries, and knows which way they are written', () => {
    assert.equal(languageName('de'), 'Deutsch');
    assert.equal(languageName('it'), 'Italiano');
    assert.equal(languageName('de', 'en'), 'German');
    assert.equal(countryName('DE', 'it'), 'Germania');
    assert.equal(countryName('?'), '?');
    assert.equal(direction('ar-EG'), 'rtl');
    assert.equal(direction('it'), 'ltr');
  });

  it('says a missing key aloud', () => {
    assert.throws(() => translator('de')('ui.no-such-text'), /locales\/de\.json has no text for "ui\.no-such-text"/);
    assert.throws(() => translator('de')('ui.step', {}), /locales\/de\.json "ui\.step"/);
  });
});
