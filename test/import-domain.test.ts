import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { detectDateOrder, parseDateText } from '../src/domain/date-text.ts';
import {
  checkRow,
  describeFinding,
  headerSignature,
  IMPORT_COLUMNS,
  IMPORT_KINDS,
  type ImportKind,
  importFindingText,
  planImport,
  proposeMapping,
} from '../src/domain/import.ts';
import { readCountry } from '../src/domain/import-country.ts';
import { readLanguage } from '../src/domain/import-language.ts';
import { isRefusal } from '../src/domain/refusal.ts';

/** Maps and checks rows as the use case does; findings show as `column code`. */
function importRows(kind: ImportKind, header: string[], rows: string[][]): unknown[] {
  const { mapping, dateOrder } = proposeMapping(kind, header, rows);
  const order = dateOrder === 'dmy' || dateOrder === 'mdy' ? dateOrder : undefined;
  const check = planImport(kind, mapping, { header, dateOrder: order });
  return rows.map((row) => {
    const result = check(row);
    return 'values' in result ? result.values : result.findings.map((f) => `${f.column} ${f.code}`);
  });
}

describe('dates', () => {
  const read: [string, string][] = [
    ['04MAY2022', '2022-05-04'],
    ['04-MAY-2022', '2022-05-04'],
    ['4 May 2022', '2022-05-04'],
    ['4. Mai 2022', '2022-05-04'],
    ['4 maggio 2022', '2022-05-04'],
    ['04-MAG-2022', '2022-05-04'],
    ['04DEZ2022', '2022-12-04'],
    ['04 DIC 22', '2022-12-04'],
    ['04-GEN-2022', '2022-01-04'],
    ['1er février 2022', '2022-02-01'],
    ['12. März 2021', '2021-03-12'],
    ['12.Mrz.2021', '2021-03-12'],
    ['May 4, 2022', '2022-05-04'],
    ['4th May 2022', '2022-05-04'],
    ['2022-05-04', '2022-05-04'],
    ['2022-5-4', '2022-05-04'],
    ['2022/05/04', '2022-05-04'],
    ['2022-05-04T23:59:59Z', '2022-05-04'],
    ['2022-05-04 00:00:00.000', '2022-05-04'],
    ['04.05.2022 00:00', '2022-05-04'],
    ['20220504', '2022-05-04'],
    ['04052022', '2022-05-04'],
    ['04.05.2022', '2022-05-04'],
    ['4.5.22', '2022-05-04'],
    ['4.5.98', '1998-05-04'],
    ['25/05/2022', '2022-05-25'],
    ['05/25/2022', '2022-05-25'],
    ['05/05/2022', '2022-05-05'],
    ['29.02.2024', '2024-02-29'],
    ['44685', '2022-05-04'],
    ['44685.75', '2022-05-04'],
  ];
  for (const [text, date] of read) test(`${text} is ${date}`, () => assert.equal(parseDateText(text), date));

  const refused: [string, string][] = [
    ['', 'date.empty'],
    ['00.00.0000', 'date.empty'],
    ['00000000', 'date.empty'],
    ['31.02.2022', 'date.impossible'],
    ['29FEB2023', 'date.impossible'],
    ['13/13/2022', 'date.impossible'],
    ['04/05/2022', 'date.ambiguous'],
    ['04-05-2022', 'date.ambiguous'],
    ['04.05.1822', 'date.year'],
    ['soon', 'date.form'],
    ['04FOO2022', 'date.form'],
    ['2022', 'date.form'],
    ['Q2/2022', 'date.form'],
  ];
  for (const [text, code] of refused) {
    test(`${text || 'nothing'} is refused`, () => {
      const date = parseDateText(text);
      assert.equal(isRefusal(date) ? date.code : date, code);
    });
  }
  test('the order chosen decides', () => {
    assert.equal(parseDateText('04/05/2022', { order: 'dmy' }), '2022-05-04');
    assert.equal(parseDateText('04/05/2022', { order: 'mdy' }), '2022-04-05');
    assert.ok(
      isRefusal(parseDateText('25/05/2022', { order: 'mdy' })),
      'a row that contradicts the order is refused, not turned round',
    );
  });
  test('one telling row decides for its column', () => {
    assert.equal(detectDateOrder(['04/05/2022', '25/05/2022']), 'dmy');
    assert.equal(detectDateOrder(['04/05/2022', '05/25/2022']), 'mdy');
    assert.equal(detectDateOrder(['04/05/2022', '05/05/2022']), 'ask');
    assert.equal(detectDateOrder(['25/05/2022', '05/25/2022']), 'mixed');
    assert.equal(detectDateOrder(['2022-05-04', '04.05.2022', '04MAY2022', '']), 'none');
  });
  test('every day reads back from every form', () => {
    const months = ['JAN', 'FEB', 'MRZ', 'APR', 'MAI', 'GIU', 'LUG', 'AGO', 'SEP', 'OKT', 'NOV', 'DIC'];
    const day = fc.date({ min: new Date('1970-01-01'), max: new Date('2069-12-31'), noInvalidDate: true });
    fc.assert(
      fc.property(day, (date) => {
        const iso = date.toISOString().slice(0, 10);
        const [y = '', m = '', d = ''] = iso.split('-');
        const forms = [
          iso,
          `${d}.${m}.${y}`,
          `${Number(d)}.${Number(m)}.${y.slice(2)}`,
          `${d}${months[Number(m) - 1]}${y}`,
          `${y}${m}${d}`,
          `${y}/${m}/${d}`,
        ];
        for (const form of forms) assert.equal(parseDateText(form), iso, form);
        assert.equal(parseDateText(`${m}/${d}/${y}`, { order: 'mdy' }), iso);
      }),
    );
  });
  test('never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => void parseDateText(text)),
      { numRuns: 2000 },
    );
  });
});

describe('countries and languages', () => {
  for (const [text, code] of [
    ['DE', 'DE'],
    ['deu', 'DE'],
    ['Österreich', 'AT'],
    ['OESTERREICH', 'AT'],
    ['Svizzera', 'CH'],
    ['Paesi Bassi', 'NL'],
    ['U.S.A.', 'US'],
    ['UK', 'GB'],
    ['EL', 'GR'],
    ['Tschechien', 'CZ'],
    ['Korea, Republic of', 'KR'],
    ['Kosovo', 'XK'],
    ['XX', undefined],
    ['Musterland', undefined],
  ] as const) {
    test(`country ${text}`, () => assert.equal(readCountry(text), code));
  }
  for (const [text, tag] of [
    ['de', 'de'],
    ['Deutsch', 'de'],
    ['tedesco', 'de'],
    ['DEU', 'de'],
    ['D', 'de'],
    ['pt_br', 'pt-BR'],
    ['italiano', 'it'],
    ['Français', 'fr'],
    ['Nederlands', 'nl'],
    ['Klingon', undefined],
  ] as const) {
    test(`language ${text}`, () => assert.equal(readLanguage(text), tag));
  }
});

describe('the mapping', () => {
  const known: [string, ImportKind, string[], Record<string, number>][] = [
    [
      'German customer list',
      'parties',
      ['Debitor', 'Name 1', 'Straße', 'PLZ', 'Ort', 'Land', 'Telefon', 'E-Mail', 'Händlernummer'],
      { ref: 0, name: 1, street: 2, postcode: 3, city: 4, country: 5, phone: 6, email: 7, distributorRef: 8 },
    ],
    [
      'SAP field names',
      'parties',
      ['KUNNR', 'NAME1', 'STRAS', 'PSTLZ', 'ORT01', 'LAND1', 'REGIO', 'TELF1', 'SMTP_ADDR'],
      { ref: 0, name: 1, street: 2, postcode: 3, city: 4, country: 5, region: 6, phone: 7, email: 8 },
    ],
    [
      'Italian customer list',
      'parties',
      ['Codice cliente', 'Ragione sociale', 'Indirizzo', 'CAP', 'Località', 'Provincia', 'Paese', 'PEC'],
      { ref: 0, name: 1, street: 2, postcode: 3, city: 4, region: 5, country: 6, email: 7 },
    ],
    [
      'Kunde beside Kundennummer is the name',
      'parties',
      ['Kundennummer', 'Kunde', 'Land'],
      { ref: 0, name: 1, country: 2 },
    ],
    [
      'German unit list',
      'units',
      [
        'Materialnummer',
        'Serien-Nr.',
        'Werk',
        'Debitor',
        'Lieferdatum',
        'Internetanbindung',
        'Software Dx',
        'Software RUO',
      ],
      {
        product: 0,
        serial: 1,
        siteRef: 2,
        partyRef: 3,
        shippedOn: 4,
        connected: 5,
        'software:Dx': 6,
        'software:RUO': 7,
      },
    ],
    [
      'Italian unit list',
      'units',
      [
        'Codice articolo',
        'Matricola',
        'N. di lotto',
        'Cliente',
        'Data di spedizione',
        'Connesso',
        'Q.tà',
        'Versione software',
      ],
      { product: 0, serial: 1, lot: 2, partyRef: 3, shippedOn: 4, connected: 5, quantity: 6, software: 7 },
    ],
    [
      'English unit list',
      'units',
      ['Catalog No', 'Serial No. (Equipment)', 'Ship-To Party', 'Ship Date', 'LRM version RUO'],
      { product: 0, serial: 1, siteRef: 2, shippedOn: 3, 'software:RUO': 4 },
    ],
    [
      'contacts',
      'contacts',
      ['Kunden-Nr', 'Ansprechpartner', 'Funktion', 'Rolle', 'Sprache', 'E-Mail-Adresse', 'Telefon'],
      { partyRef: 0, name: 1, title: 2, role: 3, languages: 4, email: 5, phone: 6 },
    ],
    [
      'products',
      'products',
      ['Material', 'Materialkurztext', 'UDI-DI', 'Katalognummer', 'Betriebsarten'],
      { code: 0, name: 1, udiDis: 2, catalogueNumbers: 3, environments: 4 },
    ],
    [
      'sites',
      'sites',
      ['Standort', 'Debitor', 'Name', 'Land', 'Zeitzone'],
      { ref: 0, partyRef: 1, name: 2, country: 3, zone: 4 },
    ],
  ];
  for (const [name, kind, header, expected] of known) {
    test(name, () => {
      const proposal = proposeMapping(kind, header, []);
      assert.deepEqual(proposal.mapping, expected);
      assert.deepEqual(proposal.missing, []);
      assert.deepEqual(proposal.unused, []);
    });
  }
  test('every column finds itself by each of its strong headings', () => {
    for (const kind of IMPORT_KINDS) {
      for (const column of IMPORT_COLUMNS[kind]) {
        const { mapping } = proposeMapping(kind, [column.label], []);
        assert.equal(mapping[column.key], 0, `${kind} ${column.label}`);
      }
    }
  });
  test('values tell what an unknown heading hides', () => {
    const { mapping, confidence } = proposeMapping(
      'contacts',
      ['X', 'Y'],
      [
        ['a@lab.example', 'Kunde'],
        ['b@lab.example', ''],
      ],
    );
    assert.equal(mapping.email, 0);
    assert.equal(confidence.email, 0.4);
  });
  test('says what is missing, what is not used and what the dates leave open', () => {
    const proposal = proposeMapping('units', ['Serial', 'Colour', 'Ship date'], [['1', 'red', '04/05/2022']]);
    assert.deepEqual(proposal.missing, ['product']);
    assert.deepEqual(proposal.unused, [1]);
    assert.equal(proposal.dateOrder, 'ask');
  });
  test('only environments of the product count when they are given', () => {
    const header = ['Software Dx', 'Software Blau'];
    assert.deepEqual(proposeMapping('units', header, [], { environments: ['DX', 'RUO'] }).mapping, {
      'software:DX': 0,
      software: 1,
    });
  });
  test('the signature forgets case and punctuation, not order', () => {
    assert.equal(headerSignature(['Serien-Nr.', 'LAND']), headerSignature(['seriennr', 'Land']));
    assert.notEqual(headerSignature(['a', 'b']), headerSignature(['b', 'a']));
  });
  test('any heading is survived', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...IMPORT_KINDS),
        fc.array(fc.string({ unit: 'binary' })),
        fc.array(fc.array(fc.string({ unit: 'binary' }))),
        (kind, header, rows) => {
          const { mapping, dateOrder } = proposeMapping(kind, header, rows);
          const check = planImport(kind, mapping, { header, dateOrder: dateOrder === 'dmy' ? 'dmy' : undefined });
          for (const row of rows) {
            const result = check(row);
            if (!('findings' in result)) continue;
            for (const finding of result.findings) assert.ok(importFindingText[finding.code], finding.code);
          }
        },
      ),
    );
  });
});

describe('rows', () => {
  test('German customers', () => {
    const header = ['Debitor', 'Name 1', 'Land', 'Kundenart', 'PLZ', 'E-Mail'];
    assert.deepEqual(
      importRows('parties', header, [
        ['0000104211', 'Labor 0421, Musterstadt', 'Deutschland', 'Kunde', '01067', 'info@lab-0421.example'],
        ['D-2044', 'Händler Nord', 'AUT', 'Händler', '', ''],
        ['', 'Ohne Nummer', 'Absurdistan', 'Freund', '', 'kein at'],
      ]),
      [
        {
          ref: '0000104211',
          name: 'Labor 0421, Musterstadt',
          kind: 'customer',
          country: 'DE',
          postcode: '01067',
          email: 'info@lab-0421.example',
        },
        { ref: 'D-2044', name: 'Händler Nord', kind: 'distributor', country: 'AT', postcode: '', email: '' },
        ['ref import.required', 'kind import.choice', 'country import.country', 'email import.email'],
      ],
    );
  });
  test('Italian units', () => {
    const header = [
      'Codice articolo',
      'Matricola',
      'Lotto',
      'Q.tà',
      'Cliente',
      'Data spedizione',
      'Connesso',
      'Software Dx',
      'Software RUO',
    ];
    assert.deepEqual(
      importRows('units', header, [
        ['20005715', 'NDX550123', '', '1', '104211', '04-MAG-2022', 'sì', '3.1', '2.4'],
        ['816270020125', '', 'A213B1', '12,00', '104211', '00.00.0000', '', '', ''],
        ['20005715', '', '', '', '', '31/02/2021', 'forse', '', ''],
        ['20005715', '', '', '', '', '', '', '', ''],
        ['20005715', '5,50E+11', '', '', '104211', '', '', '', ''],
      ]),
      [
        {
          product: { text: '20005715', di: '' },
          kind: 'serial',
          serial: 'NDX550123',
          lot: '',
          quantity: 1,
          partyRef: '104211',
          shippedOn: '2022-05-04',
          connected: true,
          software: { Dx: '3.1', RUO: '2.4' },
        },
        {
          product: { text: '816270020125', di: '00816270020125' },
          kind: 'lot',
          serial: 'A213B1',
          lot: 'A213B1',
          quantity: 12,
          partyRef: '104211',
          shippedOn: null,
          connected: null,
          software: {},
        },
        ['shippedOn date.impossible', 'connected import.yes-no'],
        ['serial import.identity', 'siteRef import.place'],
        ['serial import.rounded'],
      ],
    );
  });
  test('standalone instances and contradictions', () => {
    const header = ['Product', 'Kind', 'Serial number', 'Instance', 'Quantity', 'Site'];
    assert.deepEqual(
      importRows('units', header, [
        ['LRM', '', '', 'LRM-PC-07', '', 'S1'],
        ['LRM', 'lot', 'X1', '', '', 'S1'],
        ['LRM', '', 'X1', '', '3', 'S1'],
      ]),
      [
        { product: { text: 'LRM', di: '' }, kind: 'standalone', serial: 'LRM-PC-07', quantity: 1, siteRef: 'S1' },
        ['lot import.identity-kind'],
        ['quantity import.quantity-serial'],
      ],
    );
  });
  test('contacts', () => {
    const header = ['Customer no', 'Name', 'Role', 'Languages', 'E-mail', 'Phone', 'Channel'];
    assert.deepEqual(
      importRows('contacts', header, [
        [
          '1',
          'Dr. Erika Muster',
          'Laborleitung',
          'Deutsch, fr',
          'Erika Muster <Erika@Lab.example>',
          '+41 31 000 00 00',
          '',
        ],
        ['1', 'Poststelle', '', '', '', '', ''],
        ['1', 'Niemand', 'it', 'xx', 'a@b.example; c@d.example', '', ''],
        ['1', 'Ohne Adresse', 'qa', '', '', '', 'E-Mail'],
      ]),
      [
        {
          partyRef: '1',
          name: 'Dr. Erika Muster',
          role: 'laboratory',
          languages: ['de', 'fr'],
          email: 'Erika@Lab.example',
          phone: '+41 31 000 00 00',
          channel: 'email',
          key: 'erika@lab.example',
        },
        {
          partyRef: '1',
          name: 'Poststelle',
          role: 'general',
          languages: [],
          email: '',
          phone: '',
          channel: 'post',
          key: 'Poststelle',
        },
        ['languages import.language', 'email import.email-several'],
        {
          partyRef: '1',
          name: 'Ohne Adresse',
          role: 'quality',
          languages: [],
          email: '',
          phone: '',
          channel: 'email',
          key: 'Ohne Adresse',
        },
      ],
    );
  });
  test('products with several identifiers', () => {
    const header = ['Product code', 'Name', 'UDI-DIs', 'Catalogue numbers', 'Pairs', 'Environments'];
    const [good, bad] = importRows('products', header, [
      [
        'MISEQDX',
        'MiSeqDx',
        '816270020002; 00816270020699',
        'DX-410-1001 / 15036706',
        '00816270020699:20014053',
        'Dx, RUO',
      ],
      ['NS', 'NextSeq', '8.16270020125E+11', '', '', ''],
    ]) as [Record<string, unknown>, unknown];
    assert.deepEqual(
      (good.udiDis as { value: string }[]).map((di) => di.value),
      ['00816270020002', '00816270020699'],
    );
    assert.deepEqual(good.catalogueNumbers, ['DX-410-1001', '15036706', '20014053']);
    assert.deepEqual(good.environments, ['Dx', 'RUO']);
    assert.deepEqual(bad, ['udiDis udi.rounded']);
  });
  for (const [text, quantity] of [
    ['12', 12],
    ['12,0', 12],
    ['1 000', 1000],
    ['5 ST', 5],
    ['1.000.000', 1_000_000],
    ['1.000', 'import.quantity-unclear'],
    ['0', 'import.quantity'],
    ['-1', 'import.quantity'],
    ['1,5', 'import.quantity'],
  ] as const) {
    test(`quantity ${text}`, () => {
      const result = checkRow('units', { product: 0, lot: 1, partyRef: 2, quantity: 3 }, ['P', 'L', 'K', text]);
      assert.equal('values' in result ? result.values.quantity : result.findings[0]?.code, quantity);
    });
  }
  test('a finding names the file’s own heading, the value, the reason and the mend', () => {
    const result = checkRow(
      'units',
      { product: 0, serial: 1, shippedOn: 2, partyRef: 3 },
      ['P', 'S', '31.02.2022', 'K'],
      { header: ['Material', 'SN', 'Lieferdatum', 'Kunde'] },
    );
    assert.ok('findings' in result);
    const [finding] = result.findings;
    assert.deepEqual(finding, {
      column: 'shippedOn',
      heading: 'Lieferdatum',
      value: '31.02.2022',
      code: 'date.impossible',
      params: { value: '31.02.2022' },
    });
    assert.match(describeFinding(finding!).reason, /31\.02\.2022 is a day that does not exist/);
    assert.match(describeFinding(finding!).mend, /Correct it/);
  });
  test('what spreadsheets put around a value goes away', () => {
    const values = (serial: string): unknown => {
      const result = checkRow('units', { product: 0, serial: 1, partyRef: 2 }, ['P', serial, 'K']);
      return 'values' in result ? result.values.serial : result.findings[0]?.code;
    };
    assert.equal(values('="00123"'), '00123');
    assert.equal(values("'00123"), '00123');
    assert.equal(values("'=A1"), '=A1');
    assert.equal(values(' A\u00a0B \n C '), 'A B C');
    assert.equal(values('#REF!'), 'import.formula-error');
    assert.equal(values('A\u0000B'), 'import.control');
    assert.equal(values('M\ufffdller'), 'import.broken-text');
    assert.equal(values('x'.repeat(101)), 'import.too-long');
  });
  test('a cell too many means a separator inside a value', () => {
    const header = ['Material', 'SN', 'Kunde'];
    assert.deepEqual(
      importRows('units', header, [
        ['P', 'S', 'K', ''],
        ['P', 'S', 'K', 'rest'],
      ])[1],
      [' import.row-length'],
    );
  });
  test('unmapped required columns are named in every row, blanks of unmapped ones are not invented', () => {
    const result = checkRow('parties', { ref: 0, country: 1 }, ['1', 'DE']);
    assert.ok('findings' in result && result.findings[0]?.code === 'import.not-mapped');
    const plain = checkRow('parties', { ref: 0, country: 1, name: 2 }, ['1', 'DE', 'N']);
    assert.deepEqual('values' in plain && Object.keys(plain.values).sort(), ['country', 'kind', 'name', 'ref']);
  });
});
