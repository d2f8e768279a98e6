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
  namedLanguages,
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

/** The Union's 24 languages, and those of the other markets. `no` is Norwegian as the country rules call it. */
const promised = `bg cs da de el en es et fi fr ga hr hu it lt lv mt nl pl pt ro sk sl sv
  no is tr uk ja ko zh-Hans zh-Hant pt-BR ar he`.split(/\s+/);

/** Words that some languages share with English: a message made of nothing else may well be the same. */
const shared = new Set(
  `computer date document download error item kit linux lot metadata name no open organisation patch powershell product
  reference send serial site software test unit version windows`.split(/\s+/),
);

/** Whether a message was left in English: the same text, made of other words than the shared ones. */
function suspiciouslyEnglish(text: string, own: string): boolean {
  if (own !== text) return false;
  const letters = own
    .replace(/\{[^{}]*\}/g, ' ')
    .toLowerCase()
    .match(/\p{L}{2,}/gu);
  return (letters ?? []).some((word) => !shared.has(word));
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

/** Their `many` is for whole millions, where `other` is right as well. */
const romance = new Set(['es', 'fr', 'it', 'pt', 'pt-BR']);

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

  it('are there in every language promised, and each has a name of its own', () => {
    assert.deepEqual([...languages].sort(), [...promised].sort());
    assert.equal(new Set(languages.map((code) => languageName(code))).size, languages.length);
    for (const code of languages) assert.notEqual(languageName(code), code);
  });

  for (const [code, texts] of words) {
    if (code !== 'en') {
      it(`${code} says nothing in English`, () => {
        const same = Object.entries(texts).filter(([key, text]) => suspiciouslyEnglish(english[key] ?? '', text));
        assert.deepEqual(same, [], `locales/${code}.json`);
      });
    }

    it(`${code} keeps typed apostrophes out: a straight one quotes in ICU`, () => {
      const quoted = Object.entries(texts).filter(([, text]) => /'/.test(text) && /[{}]/.test(text));
      assert.deepEqual(quoted, [], `locales/${code}.json`);
    });

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
          const exempt = romance.has(code) ? 'many' : undefined;
          const lacking = needed.filter((form) => !forms.includes(form) && form !== exempt);
          assert.deepEqual(lacking, [], `locales/${code}.json "${key}" lacks plural forms`);
          const never = forms.filter((form) => !form.startsWith('=') && !needed.some((one) => one === form));
          assert.deepEqual(never, [], `locales/${code}.json "${key}" has plural forms its grammar does not know`);
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

  it('knows the names one language goes by', () => {
    const more = ['en', 'no', 'pt', 'zh-Hans', 'zh-Hant'];
    assert.equal(chooseLanguage({ accept: 'nb-NO', available: more }), 'no');
    assert.equal(chooseLanguage({ known: ['nn'], available: more }), 'no');
    assert.equal(chooseLanguage({ accept: 'zh-TW', available: more }), 'zh-Hant');
    assert.equal(chooseLanguage({ accept: 'zh-CN', available: more }), 'zh-Hans');
    assert.equal(chooseLanguage({ known: ['zh'], available: more }), 'zh-Hans');
    assert.equal(chooseLanguage({ known: ['pt-BR'], available: more }), 'pt');
  });

  it('lists languages by their own names', () => {
    assert.deepEqual(namedLanguages(['zh-Hans', 'el', 'lt', 'fr', 'pt-BR', 'cs']), [
      { code: 'cs', name: 'Čeština' },
      { code: 'fr', name: 'Français' },
      { code: 'lt', name: 'Lietuvių' },
      { code: 'pt-BR', name: 'Português (Brasil)' },
      { code: 'el', name: 'Ελληνικά' },
      { code: 'zh-Hans', name: '简体中文' },
    ]);
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
