import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  countries,
  countryCodes,
  countryName,
  countryZone,
  type DeviceLaw,
  defaultRegime,
  isCountry,
  isUnionMarket,
  languageRule,
  languagesForContact,
  matchLanguage,
  meetLanguage,
  missingLanguages,
  type Regime,
} from '../src/domain/country.ts';
import { languageRows } from '../src/domain/country-rules.ts';

test('every country has a code, a name in any language and a zone that exists', () => {
  assert.equal(countryCodes.length, 250);
  for (const code of countryCodes) {
    assert.ok(isCountry(code));
    assert.notEqual(countryName(code, 'de'), code, code);
    assert.doesNotThrow(() => new Intl.DateTimeFormat('en', { timeZone: countryZone(code) }), code);
  }
  assert.equal(countryName('DE', 'it'), 'Germania');
  assert.equal(countryName('TR'), 'Türkiye');
  assert.equal(countries('de').find((country) => country.code === 'AT')?.name, 'Österreich');
  assert.equal(isCountry('UK'), false);
  assert.equal(countryZone('DE'), 'Europe/Berlin');
  assert.equal(countryZone('JP'), 'Asia/Tokyo');
});

test('a country with several zones ends its days where most of its offices are', () => {
  for (const [code, zone] of [
    ['US', 'America/New_York'],
    ['CA', 'America/Toronto'],
    ['BR', 'America/Sao_Paulo'],
    ['RU', 'Europe/Moscow'],
    ['AU', 'Australia/Sydney'],
    ['ES', 'Europe/Madrid'],
    ['PT', 'Europe/Lisbon'],
    ['CN', 'Asia/Shanghai'],
  ] as const) {
    assert.equal(countryZone(code), zone);
  }
});

test('the Union market is the EU, the EEA and Türkiye, not Switzerland or Great Britain', () => {
  assert.equal(countryCodes.filter((code) => isUnionMarket(code)).length, 27 + 3 + 1 + 7);
  for (const [code, member] of [
    ['DE', true],
    ['NO', true],
    ['TR', true],
    ['RE', true],
    ['CH', false],
    ['GB', false],
    ['RS', false],
  ] as const) {
    assert.equal(isUnionMarket(code), member, code);
  }
});

test('the regime of a country depends on the kind of device and the day', () => {
  const cases: [country: string, law: DeviceLaw, on: string, regime: Regime][] = [
    ['DE', 'IVD', '2022-05-04', 'IVDD'],
    ['DE', 'IVD', '2022-05-25', 'IVDD'],
    ['DE', 'IVD', '2022-05-26', 'IVDR'],
    ['IT', 'MD', '2021-05-25', 'MDD'],
    ['IT', 'MD', '2021-05-26', 'MDR'],
    ['NO', 'IVD', '2022-06-01', 'IVDR'],
    ['TR', 'IVD', '2022-05-04', 'IVDD'],
    ['GF', 'IVD', '2024-01-01', 'IVDR'],
    ['US', 'IVD', '2022-05-04', 'FDA'],
    ['PR', 'MD', '2022-05-04', 'FDA'],
    ['GB', 'IVD', '2020-12-31', 'IVDD'],
    ['GB', 'IVD', '2022-05-04', 'UK'],
    ['CH', 'IVD', '2022-05-04', 'CH'],
    ['JP', 'IVD', '2022-05-04', 'other'],
  ];
  for (const [country, law, on, regime] of cases) {
    assert.equal(defaultRegime(country, law, on), regime, `${country} ${law} ${on}`);
  }
});

test('every language row says where it is from and sends what it asks for', () => {
  for (const row of languageRows) {
    assert.ok(row.source.length > 0 && row.text.length > 0, row.country);
    if ('allOf' in row.need) assert.deepEqual(row.send, row.need.allOf, row.country);
    else
      assert.ok(
        row.need.anyOf.some((set) => set.every((language) => row.send.includes(language))),
        row.country,
      );
  }
  const inTable = new Set(languageRows.map((row) => row.country));
  for (const code of countryCodes.filter((c) => isUnionMarket(c) && !'GP MQ GF RE YT MF AX'.includes(c))) {
    assert.ok(inTable.has(code), `${code} has a row`);
  }
});

test('the rule for a country keeps its source, and an override with its reason wins', () => {
  assert.equal(languageRule('DE', 'IVDR').source.includes('Art. 84(8)'), true);
  assert.equal(languageRule('PT', 'MDR').revision, 'Rev. 3, August 2025');
  assert.equal(languageRule('PT', 'IVDR').confidence, 'uncertain');
  assert.equal(languageRule('DE', 'MDR').confidence, 'other-regulation');
  assert.equal(languageRule('TH', 'other').confidence, 'none');
  assert.deepEqual(languageRule('RE', 'IVDR').send, ['fr']);
  const overridden = languageRule('NL', 'IVDR', {
    overrides: [
      { country: 'NL', languages: ['nl', 'en'], reason: 'Asked by the authority', by: 'R. A.', at: new Date(0) },
    ],
  });
  assert.deepEqual(overridden.send, ['nl', 'en']);
  assert.equal(overridden.confidence, 'override');
  assert.equal(overridden.text, 'Asked by the authority');
});

test('each contact gets its own languages first, then what its country asks for, in one bundle', () => {
  const all = ['en', 'de', 'it', 'fr', 'nl', 'el', 'no'];
  const cases: [
    why: string,
    country: string,
    reads: string[],
    available: string[],
    languages: string[],
    missing: string[],
  ][] = [
    ['reads what the country asks', 'DE', ['de'], all, ['de'], []],
    ['reads something else too', 'DE', ['en', 'de'], all, ['en', 'de'], []],
    ['nothing known', 'DE', [], all, ['de'], []],
    ['Belgium is a bundle of three, own language first', 'BE', ['nl'], all, ['nl', 'fr', 'de'], []],
    ['Belgium, nothing known', 'BE', [], all, ['fr', 'nl', 'de'], []],
    ['Belgium without Dutch: said, and English added', 'BE', ['fr'], ['en', 'de', 'fr'], ['fr', 'de', 'en'], ['nl']],
    ['a choice the contact makes', 'NL', ['en'], all, ['en'], []],
    ['a choice nobody made: ours', 'NL', [], all, ['nl'], []],
    ['a choice we can meet by the other language', 'NL', [], ['en', 'de'], ['en'], []],
    ['Switzerland by the reader', 'CH', ['it'], all, ['it'], []],
    ['Switzerland, nothing known', 'CH', [], all, ['de', 'fr', 'it'], []],
    ['a regional variant reads the language', 'AT', ['de-AT'], all, ['de'], []],
    ['Bokmål reads Norwegian', 'NO', ['nb'], all, ['no'], []],
    ['no translation at all', 'PL', ['pl'], ['en', 'de', 'it'], ['en'], ['pl']],
    ['no rule on file', 'TH', [], all, ['en'], []],
    ['English is missing as well', 'PL', [], ['de'], ['de'], ['pl']],
  ];
  for (const [why, country, reads, available, languages, missing] of cases) {
    const result = languagesForContact(reads, languageRule(country, 'IVDR'), available);
    assert.deepEqual([result.languages, result.missing], [languages, missing], why);
  }
  assert.deepEqual(languagesForContact(['pl'], languageRule('DE', 'IVDR'), ['en', 'de']), {
    languages: ['de'],
    missing: [],
    unmet: ['pl'],
  });
  const professional = languageRule('BE', 'IVDR', { reader: 'professional' });
  assert.deepEqual(languagesForContact(['en'], professional, all).languages, ['en']);
});

test('what a notice lacks for a country', () => {
  assert.deepEqual(missingLanguages(languageRule('BE', 'IVDR'), ['en', 'de']), ['fr', 'nl']);
  assert.deepEqual(missingLanguages(languageRule('CY', 'IVDR'), ['en']), []);
  assert.deepEqual(missingLanguages(languageRule('CY', 'IVDR'), ['de']), ['el']);
  assert.equal(matchLanguage('pt-BR', ['en', 'pt']), 'pt');
  assert.equal(matchLanguage('zh-TW', ['en', 'zh-Hans']), 'zh-Hans', 'a reader is helped');
  assert.equal(meetLanguage('zh-TW', ['en', 'zh-Hans']), undefined, 'a law is not met');
  assert.equal(meetLanguage('zh-TW', ['en', 'zh-Hant']), 'zh-Hant');
  assert.equal(meetLanguage('nb', ['no']), 'no');
});
