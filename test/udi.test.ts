import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { isRefusal } from '../src/domain/refusal.ts';
import {
  checkPair,
  gtinCheckDigit,
  hasValidCheckDigit,
  hibcCheckCharacter,
  ifaCheckDigits,
  normalizeGtin,
  parseBasicUdi,
  parseDeviceIdentifier,
  parseElementString,
  parseGs1,
  parseHibc,
  parseUdi,
  type UdiCarrier,
} from '../src/domain/udi.ts';

const TODAY = '2022-05-04';
const GS = '\u001d';

/** The part of a carrier a case is about; a refusal shows as its code. */
function fields(result: ReturnType<typeof parseUdi>): Partial<UdiCarrier> | string {
  if (isRefusal(result)) return result.code;
  return Object.fromEntries(
    Object.entries(result).filter(([, v]) => v !== null && v !== '' && !(Array.isArray(v) && v.length === 0)),
  );
}

describe('check digits and characters', () => {
  for (const gtin of [
    '00816270020125',
    '00816270020002',
    '00816270020699',
    '51022222233336',
    '96385074',
    '5901234123457',
  ]) {
    test(`GTIN ${gtin} closes`, () => assert.equal(gtinCheckDigit(gtin.slice(0, -1)), gtin.at(-1)));
  }
  for (const [body, check] of [
    ['+BLUEUNICORN7', 'N'],
    ['+A999123457', 'E'],
    ['+A123ABCDEFGHI1234567891', 'E'],
  ] as const) {
    test(`HIBC ${body} closes with ${check}`, () => assert.equal(hibcCheckCharacter(body), check));
  }
  for (const [body, pair] of [
    ['1987654Ad4X4bL5ttr2310c', '2K'],
    ['++A999MODELIDENTIFIER11', 'S8'],
    ['BEMF000000106CR023335', 'WE'],
  ] as const) {
    test(`pair of ${body} is ${pair}`, () => assert.equal(checkPair(body), pair));
  }
  test('IFA weights from the left', () => {
    assert.equal(ifaCheckDigits('PP12345ABCD.12345678.90'), '04');
    assert.equal(ifaCheckDigits('1112345678'), '42');
  });
  test('one wrong digit never passes', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^\d{13}$/), fc.nat(13), fc.integer({ min: 1, max: 9 }), (body, at, by) => {
        const gtin = body + gtinCheckDigit(body);
        const wrong = gtin.slice(0, at) + ((Number(gtin[at]) + by) % 10) + gtin.slice(at + 1);
        assert.equal(hasValidCheckDigit(wrong), false);
      }),
    );
  });
});

describe('a device identifier as people paste it', () => {
  const di = '00816270020125';
  const accepted: [string, string, string][] = [
    ['as printed', di, di],
    ['zeros lost in a spreadsheet', '816270020125', di],
    ['with spaces', ' 0081627 0020125 ', di],
    ['with no-break spaces', '0081627\u00a00020125', di],
    ['with hyphens', '0-081627-002012-5', di],
    ['with its application identifier', '(01)00816270020125', di],
    ['with its application identifier and a space', '(01) 00816270020125', di],
    ['raw with its application identifier', '0100816270020125', di],
    ['a whole UDI in print', '(01)00816270020125(11)200131(21)NDX550123', di],
    ['a whole UDI scanned', `]d20100816270020125${GS}21NDX550123`, di],
    ['with UDI-DI before it', 'UDI-DI: 00816270020125', di],
    ['with GTIN before it', 'GTIN 00816270020125', di],
    ['as a text formula', '="00816270020125"', di],
    ['with the apostrophe of a text cell', "'00816270020125", di],
    ['as a decimal of a spreadsheet', '816270020125.0', di],
    ['a Digital Link', 'https://id.gs1.org/01/00816270020125/21/ABC?x=1', di],
    ['a GTIN-13', '4006381333931', '04006381333931'],
    ['a GTIN-8', '96385074', '00000096385074'],
    ['HIBC', '+BLUEUNICORN7N', 'BLUEUNICORN7'],
    ['HIBC in lower case between stars', '*+blueunicorn7n*', 'BLUEUNICORN7'],
    ['ICCBBA', '=/A9999XYZ100T0944', 'A9999XYZ100T0944'],
    ['IFA', '9N111234567842', '111234567842'],
    ['an EUDAMED DI of a legacy device', 'B-BEMF000000106CR023335WE', 'B-BEMF000000106CR023335WE'],
  ];
  for (const [name, text, value] of accepted) {
    test(name, () => {
      const read = parseDeviceIdentifier(text);
      assert.ok(!isRefusal(read), isRefusal(read) ? read.code : '');
      assert.equal(read.value, value);
      assert.deepEqual(parseDeviceIdentifier(read.printed), read, 'its printed form reads back as itself');
    });
  }
  const refused: [string, string, string][] = [
    ['nothing', '  ', 'udi.empty'],
    ['rounded by a spreadsheet', '8.16270020125E+11', 'udi.rounded'],
    ['rounded by a German spreadsheet', '8,1627E+11', 'udi.rounded'],
    ['a wrong digit', '00816270020126', 'udi.check-digit'],
    ['a digit short', '0081627002', 'udi.check-digit'],
    ['far too short', '1234567', 'udi.length'],
    ['a digit too many', '008162700201255', 'udi.length'],
    ['a wrong HIBC character', '+BLUEUNICORN7M', 'udi.check-character'],
    ['a Basic UDI-DI', '++A999MODELIDENTIFIER11S8', 'udi.basic'],
    ['a wrong EUDAMED DI', 'B-BEMF000000106CR023335WF', 'udi.check-pair'],
    ['production identifiers only', '(21)1234', 'udi.no-di'],
    ['a word', 'NextSeq', 'udi.form'],
  ];
  for (const [name, text, code] of refused) {
    test(`refuses ${name}`, () => {
      const read = parseDeviceIdentifier(text);
      assert.equal(isRefusal(read) ? read.code : read.value, code);
    });
  }
  test('tells the digit it expected', () => {
    const read = parseDeviceIdentifier('00816270020126');
    assert.deepEqual(isRefusal(read) && read.params, { value: '00816270020126', expected: '5' });
  });
});

describe('a whole UDI', () => {
  const fda: Partial<UdiCarrier> = {
    issuer: 'GS1',
    di: '51022222233336',
    madeOn: '2014-12-31',
    expiry: '2015-07-07',
    lot: 'A213B1',
    serial: '1234',
  };
  const cases: [string, string, Partial<UdiCarrier> | string][] = [
    ['GS1 in print', '(01)51022222233336(11)141231(17)150707(10)A213B1(21)1234', fda],
    ['GS1 raw', `0151022222233336111412311715070710A213B1${GS}211234`, fda],
    ['GS1 from a DataMatrix', `]d20151022222233336111412311715070710A213B1${GS}211234`, fda],
    ['GS1 with FNC1 in front and at the end', `${GS}0151022222233336111412311715070710A213B1${GS}211234${GS}`, fda],
    ['day 00', '(01)51022222233336(17)240200', { issuer: 'GS1', di: '51022222233336', expiry: '2024-02-29' }],
    ['last century', '(11)990131', { issuer: 'GS1', madeOn: '1999-01-31' }],
    ['fifty years ahead stays ahead', '(17)720131', { issuer: 'GS1', expiry: '2072-01-31' }],
    ['fifty-one years ahead is behind', '(17)730131', { issuer: 'GS1', expiry: '1973-01-31' }],
    [
      'software and catalogue number',
      '(01)00816270020125(8012)3.1.0(240)20005715',
      {
        issuer: 'GS1',
        di: '00816270020125',
        softwareVersion: '3.1.0',
        others: [{ key: '240', value: '20005715' }],
      },
    ],
    ['a day that is none', '(17)230231', 'udi.gs1-date'],
    ['a wrong check digit inside', '(01)51022222233337', 'udi.check-digit'],
    ['an identifier nobody knows', '(01)51022222233336(05)1', 'udi.gs1-unknown-ai'],
    ['a lot too long', '(10)123456789012345678901', 'udi.gs1-too-long'],
    ['two lots', '(10)A(10)B', 'udi.gs1-repeated'],
    ['HIBC primary', '+BLUEUNICORN7N', { issuer: 'HIBC', di: 'BLUEUNICORN7' }],
    [
      'ICCBBA whole',
      '=/A9999XYZ100T0944=,000025=A99971312345600=>014032=}013032&,1000000000000XYZ123',
      {
        issuer: 'ICCBBA',
        di: 'A9999XYZ100T0944',
        serial: '000025',
        expiry: '2014-02-01',
        madeOn: '2013-02-01',
        lot: 'XYZ123',
        others: [{ key: '=', value: 'A99971312345600' }],
      },
    ],
    [
      'IFA in its envelope',
      `[)>\u001e06${GS}9N111234567842${GS}1T1A234B5${GS}D250600${GS}S12345ABCD\u001e\u0004`,
      {
        issuer: 'IFA',
        di: '111234567842',
        lot: '1A234B5',
        expiry: '2025-06-30',
        serial: '12345ABCD',
      },
    ],
  ];
  for (const [name, text, expected] of cases)
    test(name, () => assert.deepEqual(fields(parseUdi(text, TODAY)), expected));

  const closed = (text: string): string => text + hibcCheckCharacter(text);
  const hibc: [string, string, Partial<UdiCarrier> | string][] = [
    ['MMYY and lot', '+A999123457/$$0324LOT7', { di: 'A99912345' + '7', expiry: '2024-03-31', lot: 'LOT7' }],
    ['MMDDYY', '+A999123457/$$2033124LOT7', { di: 'A999123457', expiry: '2024-03-31', lot: 'LOT7' }],
    [
      'YYMMDD, serial and made on',
      '+A999123457/$$3240331LOT7/SXYZ/16D20210203',
      {
        di: 'A999123457',
        expiry: '2024-03-31',
        lot: 'LOT7',
        serial: 'XYZ',
        madeOn: '2021-02-03',
      },
    ],
    ['YYMMDDHH', '+A999123457/$$424033123LOT7', { di: 'A999123457', expiry: '2024-03-31', lot: 'LOT7' }],
    ['YYJJJ', '+A999123457/$$524091LOT7', { di: 'A999123457', expiry: '2024-03-31', lot: 'LOT7' }],
    ['YYJJJHH', '+A999123457/$$62409123LOT7', { di: 'A999123457', expiry: '2024-03-31', lot: 'LOT7' }],
    ['no date', '+A999123457/$$7LOT7', { di: 'A999123457', lot: 'LOT7' }],
    [
      'quantity then date',
      '+A999123457/$$8103240331LOT7',
      {
        di: 'A999123457',
        expiry: '2024-03-31',
        lot: 'LOT7',
        others: [{ key: 'quantity', value: '10' }],
      },
    ],
    ['lot alone', '+A999123457/$LOT7', { di: 'A999123457', lot: 'LOT7' }],
    ['serial alone', '+A999123457/$+SER7', { di: 'A999123457', serial: 'SER7' }],
    ['dated serial', '+A999123457/$$+3240331SER7', { di: 'A999123457', expiry: '2024-03-31', serial: 'SER7' }],
    ['five-digit date', '+A999123457/24091LOT7', { di: 'A999123457', expiry: '2024-03-31', lot: 'LOT7' }],
    [
      'expiry by data identifier',
      '+A999123457/$LOT7/14D20240331',
      { di: 'A999123457', expiry: '2024-03-31', lot: 'LOT7' },
    ],
    [
      'secondary alone with its link',
      '+$$3240331LOT7E',
      { expiry: '2024-03-31', lot: 'LOT7', others: [{ key: 'link', value: 'E' }] },
    ],
    ['a month that is none', '+A999123457/$$1324LOT7', 'udi.hibc-date'],
  ];
  for (const [name, body, expected] of hibc) {
    test(`HIBC ${name}`, () => {
      const read = fields(parseHibc(closed(body), TODAY));
      assert.deepEqual(read, typeof expected === 'string' ? expected : { issuer: 'HIBC', ...expected });
    });
  }
});

describe('a Basic UDI-DI', () => {
  for (const [value, issuer] of [
    ['1987654Ad4X4bL5ttr2310c2K', 'GS1'],
    ['++A999MODELIDENTIFIER11S8', 'HIBC'],
    ['PP12345ABCD.12345678.9004', 'IFA'],
  ] as const) {
    test(issuer, () => assert.deepEqual(parseBasicUdi(value), { issuer, value }));
    test(`${issuer} with a wrong last character`, () => assert.ok(isRefusal(parseBasicUdi(`${value.slice(0, -1)}X`))));
  }
});

describe('whatever is typed', () => {
  const noise = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.string({ unit: fc.constantFrom(...']d2C1()+$/=&,{}%.0123456789ABXYZ -', GS), maxLength: 40 }),
  );
  test('never throws', () => {
    fc.assert(
      fc.property(noise, (text) => {
        parseDeviceIdentifier(text);
        parseUdi(text, TODAY);
        parseBasicUdi(text);
      }),
      { numRuns: 3000 },
    );
  });
  test('a GTIN survives spaces, brackets and lost zeros', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^0{0,6}[1-9]\d{7,12}$/), (digits) => {
        const body = digits.slice(-13).padStart(13, '0');
        const gtin = body + gtinCheckDigit(body);
        for (const text of [gtin, ` ${gtin} `, `(01)${gtin}`, String(Number(gtin)), gtin.replace(/(.{4})/g, '$1 ')]) {
          const read = parseDeviceIdentifier(text);
          assert.equal(isRefusal(read) ? `${read.code} ${text}` : read.value, gtin);
        }
      }),
    );
  });
  test('GS1 print and raw forms say the same', () => {
    const text20 = fc.stringMatching(/^[A-Za-z0-9/.-]{1,20}$/);
    fc.assert(
      fc.property(
        fc.stringMatching(/^\d{13}$/),
        text20,
        text20,
        fc.date({ min: new Date('1990-01-01'), max: new Date('2060-01-01'), noInvalidDate: true }),
        (body, lot, serial, date) => {
          const gtin = body + gtinCheckDigit(body);
          const expiry = date.toISOString().slice(0, 10);
          const yymmdd = expiry.slice(2).replaceAll('-', '');
          const print = parseGs1(`(01)${gtin}(17)${yymmdd}(10)${lot}(21)${serial}`, TODAY);
          assert.deepEqual(print, parseGs1(`]C101${gtin}17${yymmdd}10${lot}${GS}21${serial}`, TODAY));
          assert.deepEqual(fields(print), { issuer: 'GS1', di: gtin, expiry, lot, serial });
        },
      ),
    );
  });
});

describe('published conformance cases', () => {
  const folder = resolve(import.meta.dirname, '../../shared/data/udi');
  const skip = existsSync(folder) ? false : 'the folder ../shared/data/udi is not there';
  type Case = Record<string, unknown> & {
    file: string;
    test: string;
    value: string;
    input: string;
    ok: boolean;
    error: string;
  };
  const load = (name: string): Case[] =>
    (JSON.parse(readFileSync(resolve(folder, name), 'utf8')) as { cases: Case[] }).cases;

  // Left to those who print coupons, bank slips and transport labels: none of it is part of a UDI.
  const beyond =
    /coupon|IBAN|Country|Winding|iece|Boolean|Percent|percent|missing|exclusive|hyphen|Importer|longitude|Longitude|ositi|end|Media|Sex|gcp|GCP|Hour|Minute|padding|sexCode|biological|zeroNot|GS1tooShort/;

  test('GS1 element strings in brackets', { skip }, (t) => {
    const cases = load('gs1-element-strings.json').filter((c) => /^\(\d/.test(c.input) && !beyond.test(c.error ?? ''));
    const wrong = cases.filter((c) => isRefusal(parseElementString(c.input)) === c.ok);
    t.diagnostic(`${cases.length - wrong.length} of ${cases.length} agree`);
    assert.deepEqual(
      wrong.map((c) => `${c.input} ${c.error ?? 'right'}`),
      [],
    );
  });

  test('GTINs and messages', { skip }, (t) => {
    const all = load('gs1-gtin-and-messages.json');
    let checked = 0;
    const wrong: string[] = [];
    const expectSame = (c: Case, actual: unknown, expected: unknown): void => {
      checked++;
      if (JSON.stringify(actual) !== JSON.stringify(expected))
        wrong.push(`${c.test} ${c.value}: ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`);
    };
    const hri = (text: string): string => {
      const read = parseElementString(text);
      return isRefusal(read) ? read.code : read.map(({ ai, value }) => `(${ai})${value}`).join('');
    };
    for (const c of all) {
      if (c.file === 'gtin/test_encode.py' && c.test === 'test_as_gtin_14')
        expectSame(c, normalizeGtin(c.value), c.expected);
      else if (c.file === 'gtin/test_parse.py' && /^test_parse_(gtin|non)/.test(c.test)) {
        const valid = !/nonnumeric/.test(c.test);
        expectSame(c, normalizeGtin(c.value) !== undefined, valid);
      } else if (c.test === 'test_gs1_standard_check_digit') expectSame(c, Number(gtinCheckDigit(c.value)), c.expected);
      else if (c.file === 'test_gs1_messages.py' && c.test === 'test_as_hri') expectSame(c, hri(c.value), c.expected);
      else if (c.test === 'test_parse_ignores_redundant_separator_chars') expectSame(c, hri(c.value), c.expected_hri);
      else if (c.test === 'test_parse_hri') expectSame(c, hri(c.value), c.value);
      else if (c.test === 'test_parse_fails_if_unparsed_data_left')
        expectSame(c, isRefusal(parseElementString(c.value)), true);
      else if (c.test === 'test_extract_handles_zero_day_as_last_day_of_month' && c.value.startsWith('17')) {
        const read = parseGs1(c.value, TODAY);
        const [y, m, d] = (c.expected as { py: string }).py.match(/\d+/g) ?? [];
        expectSame(c, isRefusal(read) ? read.code : read.expiry, `${y}-${m?.padStart(2, '0')}-${d}`);
      }
    }
    t.diagnostic(`${checked - wrong.length} of ${checked} agree`);
    assert.deepEqual(wrong, []);
  });
});
