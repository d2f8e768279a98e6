import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import XLSX from '@e965/xlsx';
import fc from 'fast-check';
import iconv from 'iconv-lite';
import {
  readTable,
  type TableColumn,
  TableFileError,
  type TableOptions,
  writeCsv,
  writeXlsx,
} from '../src/adapters/table-file.ts';
import { neutralize } from '../src/adapters/table-file-write.ts';
import { writeZip } from '../src/adapters/table-file-zip.ts';
import { knownHeadings, planImport, proposeMapping } from '../src/domain/import.ts';
import { isRefusal } from '../src/domain/refusal.ts';

async function* pieces(bytes: Uint8Array, size = 7): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Reads a whole file: facts, header and `number: cells` rows, or the code of its refusal. */
async function read(bytes: Uint8Array, options: Partial<TableOptions> = {}) {
  const table = await readTable(pieces(bytes, 50_000), { name: 'file', ...options });
  if (isRefusal(table)) return { refused: table.code, params: table.params };
  const rows: [number, ...string[]][] = [];
  try {
    for await (const { number, cells } of table.rows) rows.push([number, ...cells]);
  } catch (error) {
    if (error instanceof TableFileError) return { refused: error.refusal.code, params: error.refusal.params, rows };
    throw error;
  }
  return {
    format: table.format,
    encoding: table.encoding,
    delimiter: table.delimiter,
    sheets: table.sheets,
    header: table.header,
    headerRow: table.headerRow,
    rows,
  };
}

const units = knownHeadings('units');
const german =
  'Materialnummer;Seriennummer;Straße;Wert\r\n20005715;NDX550123;Mühlweg 3;1,50\r\n20005715;NDX550124;"Groß; Nebenhaus";12,00\r\n';

describe('text tables', () => {
  for (const [name, bytes, encoding] of [
    ['UTF-8', Buffer.from(german), 'utf-8'],
    ['UTF-8 with its mark', Buffer.from(`\ufeff${german}`), 'utf-8'],
    ['Windows-1252', iconv.encode(german, 'windows-1252'), 'windows-1252'],
    ['UTF-16LE with its mark', iconv.encode(german, 'utf-16le', { addBOM: true }), 'utf-16le'],
    ['UTF-16LE without', iconv.encode(german, 'utf-16le'), 'utf-16le'],
    ['UTF-16BE with its mark', iconv.encode(german, 'utf-16be', { addBOM: true }), 'utf-16be'],
    ['UTF-16BE without', iconv.encode(german, 'utf-16be'), 'utf-16be'],
  ] as const) {
    test(`semicolons, decimal commas and umlauts in ${name}`, async () => {
      assert.deepEqual(await read(bytes), {
        format: 'csv',
        encoding,
        delimiter: ';',
        sheets: [],
        headerRow: 1,
        header: ['Materialnummer', 'Seriennummer', 'Straße', 'Wert'],
        rows: [
          [2, '20005715', 'NDX550123', 'Mühlweg 3', '1,50'],
          [3, '20005715', 'NDX550124', 'Groß; Nebenhaus', '12,00'],
        ],
      });
    });
  }
  test('an umlaut far behind the sample still decides the encoding', async () => {
    const filler = 'a;b\n'.repeat(200_000);
    const result = await read(iconv.encode(`Nr;Name\n${filler}1;Müller\n`, 'windows-1252'));
    assert.equal(result.encoding, 'windows-1252');
    assert.equal(result.rows?.at(-1)?.[2], 'Müller');
  });
  test('a UTF-8 character cut between two reads is one character', async () => {
    const line = `1;${'ü€😀'.repeat(300)}\n`;
    const result = await read(Buffer.from(`Nr;Name\n${line.repeat(900)}`));
    assert.equal(result.encoding, 'utf-8');
    assert.ok(result.rows?.every((row) => row[2] === 'ü€😀'.repeat(300)));
  });
  const layouts: [string, string, string, unknown][] = [
    ['tabs', 'a\tb\n1\t2\n', '\t', [[2, '1', '2']]],
    ['pipes', 'a|b\n1|2\n', '|', [[2, '1', '2']]],
    ['a sep line', 'sep=;\na;b\n1,5;2\n', ';', [[2, '1,5', '2']]],
    [
      'one column',
      'Seriennummer\nX1\nX2',
      ',',
      [
        [2, 'X1'],
        [3, 'X2'],
      ],
    ],
    [
      'quotes, doubled quotes and line breaks',
      'a,b\r\n"x ""y""","1\r\n2"\r\n3,4',
      ',',
      [
        [2, 'x "y"', '1\r\n2'],
        [3, '3', '4'],
      ],
    ],
    ['a quotation mark inside a value', 'a;b\nrohr 5" lang;2\n', ';', [[2, 'rohr 5" lang', '2']]],
    ['text after a closing quotation mark', 'a;b\n"x"y;2\n', ';', [[2, 'xy', '2']]],
    [
      'old Mac line ends',
      'a;b\r1;2\r3;4',
      ';',
      [
        [2, '1', '2'],
        [3, '3', '4'],
      ],
    ],
    [
      'blank lines keep the count',
      'a;b\n\n1;2\n;\n3;4\n',
      ';',
      [
        [3, '1', '2'],
        [5, '3', '4'],
      ],
    ],
    [
      'uneven rows',
      'a;b;c\n1\n1;2;3;4\n',
      ';',
      [
        [2, '1'],
        [3, '1', '2', '3', '4'],
      ],
    ],
  ];
  for (const [name, text, delimiter, rows] of layouts) {
    test(name, async () => {
      const result = await read(Buffer.from(text));
      assert.equal(result.delimiter, delimiter);
      assert.deepEqual(result.rows, rows);
    });
  }
  test('commas inside values do not win over semicolons', async () => {
    const text = 'Kunde;Ort;Betrag\nMüller, Hans;Köln;1,5\nMaier, Anna;Bonn;2,5\n';
    assert.equal((await read(Buffer.from(text))).delimiter, ';');
  });
  test('the headings stand below a title', async () => {
    const text = 'Geräteliste Stand;04.05.2022;;\n\n;;;\nMaterial;Serien-Nr.;Werk;Debitor\n1;2;3;4\n';
    const result = await read(Buffer.from(text), { known: units });
    assert.deepEqual(
      [result.headerRow, result.header, result.rows],
      [4, ['Material', 'Serien-Nr.', 'Werk', 'Debitor'], [[5, '1', '2', '3', '4']]],
    );
  });
  test('a one-cell title is passed over without hints', async () => {
    assert.equal((await read(Buffer.from('Liste\nx;y;z\n1;2;3\n'))).headerRow, 2);
  });
  test('equal and empty headings get names of their own', async () => {
    assert.deepEqual((await read(Buffer.from('Name;;Name;\n1;2;3;\n'))).header, ['Name', 'Column B', 'Name (2)']);
  });
  test('any table reads back', async () => {
    const cell = fc
      .oneof(fc.string({ maxLength: 12 }), fc.constantFrom('"', '\n', '\r\n', ';', ',', 'ü', ' x '))
      .filter((text) => !/\0/.test(text));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(cell, cell, cell), { minLength: 1, maxLength: 8 }),
        fc.constantFrom(',', ';', '\t', '|'),
        async (rows, delimiter) => {
          const line = (cells: string[]): string =>
            cells.map((text) => `"${text.replaceAll('"', '""')}"`).join(delimiter);
          const text = [['Serial', 'Site', 'Product'], ...rows].map(line).join('\n');
          const result = await read(Buffer.from(text), { known: units, delimiter });
          const filled = rows
            .map((cells, i) => [i + 2, ...cells] as const)
            .filter(([, ...cells]) => cells.some((c) => c.trim() !== ''));
          if (filled.length === 0) assert.ok('refused' in result);
          else assert.deepEqual(result.rows, filled);
        },
      ),
      { numRuns: 200 },
    );
  });
});

/** A workbook from parts of our own, for what no library writes. */
async function workbook(sheet: string, more: Record<string, string> = {}): Promise<Buffer> {
  const parts: Record<string, string> = {
    'xl/workbook.xml':
      '<workbook><workbookPr/><sheets><sheet name="Verborgen" sheetId="1" state="hidden" r:id="rId1"/><sheet name="A &amp; B" sheetId="2" r:id="rId2"/></sheets></workbook>',
    'xl/_rels/workbook.xml.rels':
      '<Relationships><Relationship Id="rId1" Type="x/worksheet" Target="worksheets/none.xml"/><Relationship Id="rId2" Type="x/worksheet" Target="/xl/worksheets/sheet.xml"/><Relationship Id="rId3" Type="x/styles" Target="styles.xml"/><Relationship Id="rId4" Type="x/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
    'xl/worksheets/none.xml': '<worksheet/>',
    'xl/worksheets/sheet.xml': sheet,
    'xl/styles.xml':
      '<styleSheet><numFmts><numFmt numFmtId="164" formatCode="00000000000000"/><numFmt numFmtId="165" formatCode="[$-407]d/\\ mmm\\ yyyy;@"/><numFmt numFmtId="166" formatCode="0.00\\ &quot;Tage&quot;"/></numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="166"/><xf numFmtId="20"/><xf numFmtId="22"/></cellXfs></styleSheet>',
    'xl/sharedStrings.xml':
      '<sst><si><t>Seriennummer</t></si><si><r><rPr><b/></rPr><t>Mü</t></r><r><t xml:space="preserve">ller &amp; Co </t></r><rPh><t>x</t></rPh></si><si><t/></si><si><t>a_x000D_b&#10;c</t></si></sst>',
    ...more,
  };
  return collect(writeZip(Object.entries(parts).map(([name, xml]) => ({ name, content: [Buffer.from(xml)] }))));
}
const sheetOf = (rows: string): string => `<?xml version="1.0"?><worksheet><sheetData>${rows}</sheetData></worksheet>`;

describe('workbooks', () => {
  test('every kind of cell', async () => {
    const bytes = await workbook(
      sheetOf(`<row r="3" spans="1:3"><c r="A3" t="s"><v>0</v></c><c r="B3" t="inlineStr"><is><t>Kunde</t></is></c><c r="D3" t="str"><f>A1&amp;"x"</f><v>Wert</v></c></row>
      <row r="4"><c r="A4"><v>816270020125</v></c><c r="B4" t="s"><v>1</v></c><c r="C4" s="1"/><c r="D4" s="1"><v>44685</v></c></row>
      <row r="6"><c r="A6" s="2"><v>816270020125</v></c><c r="B6" t="b"><v>1</v></c><c r="D6" s="3"><v>44685</v></c></row>
      <row><c><v>8.16270020125E+11</v></c><c t="e"><v>#N/A</v></c><c s="4"><v>3.1000000000000001</v></c><c t="s"><v>3</v></c></row>
      <row r="8"><c r="A8"><v>12345678901234500</v></c><c r="B8" s="5"><v>0.5</v></c><c r="C8" s="6"><v>44685.25</v></c><c r="D8" t="d"><v>2022-05-04T00:00:00</v></c></row>`),
    );
    assert.deepEqual(await read(bytes), {
      format: 'xlsx',
      encoding: 'utf-8',
      delimiter: '',
      sheets: ['A & B'],
      headerRow: 3,
      header: ['Seriennummer', 'Kunde', 'Column C', 'Wert'],
      rows: [
        [4, '816270020125', 'Müller & Co ', '', '2022-05-04'],
        [6, '00816270020125', 'TRUE', '', '2022-05-04'],
        [7, '816270020125', '#N/A', '3.1', 'a\rb\nc'],
        [8, '1.23456789012345E+16', '12:00:00', '2022-05-04 06:00:00', '2022-05-04'],
      ],
    });
  });
  test('a prefix on every element', async () => {
    const bytes = await workbook(
      '<x:worksheet xmlns:x="y"><x:sheetData><x:row r="1"><x:c r="A1" t="inlineStr"><x:is><x:t>Kunde</x:t></x:is></x:c></x:row><x:row r="2"><x:c r="A2"><x:v>7</x:v></x:c></x:row></x:sheetData></x:worksheet>',
    );
    assert.deepEqual((await read(bytes)).rows, [[2, '7']]);
  });
  test('the calendar of old Macs', async () => {
    const bytes = await workbook(
      sheetOf('<row r="1"><c t="str"><v>Datum</v></c></row><row r="2"><c s="1"><v>43223</v></c></row>'),
      {
        'xl/workbook.xml':
          '<workbook><workbookPr date1904="1"/><sheets><sheet name="S" sheetId="1" r:id="rId2"/></sheets></workbook>',
      },
    );
    assert.deepEqual((await read(bytes)).rows, [[2, '2022-05-04']]);
  });
  test('as another library writes them, and by the name of the sheet', async () => {
    const book = XLSX.utils.book_new();
    XLSX.utils.book_append_sheet(book, XLSX.utils.aoa_to_sheet([['x']]), 'Erstes');
    const sheet = XLSX.utils.aoa_to_sheet(
      [
        ['Seriennummer', 'Versanddatum', 'Menge'],
        ['ä1', new Date(Date.UTC(2022, 4, 4)), 3],
      ],
      { UTC: true, cellDates: true },
    );
    XLSX.utils.book_append_sheet(book, sheet, 'Zweites');
    const bytes = XLSX.write(book, { type: 'buffer', bookType: 'xlsx', bookSST: true }) as Buffer;
    const result = await read(bytes, { sheet: 'Zweites' });
    assert.deepEqual(
      [result.sheets, result.header, result.rows],
      [['Erstes', 'Zweites'], ['Seriennummer', 'Versanddatum', 'Menge'], [[2, 'ä1', '2022-05-04', '3']]],
    );
    assert.deepEqual(await read(bytes, { sheet: 'Drittes' }), {
      refused: 'table.sheet',
      params: { sheet: 'Drittes', sheets: 'Erstes, Zweites', file: 'file' },
    });
  });
});

describe('what is no table', () => {
  const cases: [string, () => Promise<Uint8Array> | Uint8Array, string][] = [
    ['nothing', () => Buffer.alloc(0), 'table.empty'],
    ['blanks', () => Buffer.from(' \r\n\r\n'), 'table.empty'],
    ['a byte order mark alone', () => Buffer.from('\ufeff'), 'table.empty'],
    ['a heading alone', () => Buffer.from('a;b;c\n'), 'table.no-rows'],
    ['data without headings', () => Buffer.from('104211;2021-03-17;12\n104212;2021-03-18;1\n'), 'table.no-header'],
    ['zero bytes', () => Buffer.from('a;b\n1;\0\0\n'), 'table.binary'],
    [
      'a picture',
      () =>
        Buffer.concat([
          Buffer.from('\u0089PNG\r\n', 'latin1'),
          createHash('sha512').update('x').digest(),
          Buffer.alloc(400, 3),
        ]),
      'table.binary',
    ],
    ['a PDF', () => Buffer.from('%PDF-1.7\n...'), 'table.pdf'],
    ['a page named .xls', () => Buffer.from('<html><table><tr><td>1</td></tr></table>'), 'table.html'],
    ['XML', () => Buffer.from('<?xml version="1.0"?><Workbook/>'), 'table.xml'],
    [
      'an .xls',
      () =>
        XLSX.write(
          { SheetNames: ['S'], Sheets: { S: XLSX.utils.aoa_to_sheet([['a'], [1]]) } },
          { type: 'buffer', bookType: 'biff8' },
        ) as Buffer,
      'table.xls',
    ],
    [
      'an .ods',
      () =>
        XLSX.write(
          { SheetNames: ['S'], Sheets: { S: XLSX.utils.aoa_to_sheet([['a'], [1]]) } },
          { type: 'buffer', bookType: 'ods' },
        ) as Buffer,
      'table.ods',
    ],
    [
      'an .xlsb',
      () =>
        XLSX.write(
          { SheetNames: ['S'], Sheets: { S: XLSX.utils.aoa_to_sheet([['a'], [1]]) } },
          { type: 'buffer', bookType: 'xlsb' },
        ) as Buffer,
      'table.xlsb',
    ],
    [
      'a workbook with a password',
      () =>
        Buffer.concat([
          Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]),
          Buffer.alloc(504),
          Buffer.from('EncryptedPackage', 'utf16le'),
        ]),
      'table.encrypted',
    ],
    [
      'another archive',
      () => collect(writeZip([{ name: 'a.txt', content: [Buffer.from('x')] }])),
      'table.not-workbook',
    ],
    ['half a workbook', async () => (await workbook(sheetOf('<row r="1"/>'))).subarray(0, 600), 'table.damaged'],
    [
      'a workbook with entities of its own',
      () => workbook('<!DOCTYPE x [<!ENTITY a "b">]><worksheet><sheetData><row r="1"/></sheetData></worksheet>'),
      'table.damaged',
    ],
    ['an empty sheet', () => workbook('<worksheet><sheetData/></worksheet>'), 'table.empty'],
    ['a cell without end', () => Buffer.from(`a;b\n1;${'x'.repeat(10_001)}\n`), 'table.cell'],
    ['a line without end', () => Buffer.from(`a;b\n${'x;'.repeat(3_000_000)}`), 'table.cell'],
    ['too many columns', () => Buffer.from(`${'a;'.repeat(600)}z\n1\n`), 'table.columns'],
    ['a quotation mark that stays open', () => Buffer.from('a;b\n1;"x\n2;3\n'), 'table.quote-open'],
    [
      'a cell far to the right',
      () => workbook(sheetOf('<row r="1"><c r="A1"><v>1</v></c><c r="XFD1"><v>1</v></c></row>')),
      'table.columns',
    ],
  ];
  for (const [name, make, code] of cases) {
    test(name, async () => {
      const result = await read(await make());
      assert.equal('refused' in result ? result.refused : JSON.stringify(result).slice(0, 300), code);
    });
  }
  test('a bomb is stopped on its way', async () => {
    async function* zeros(): AsyncGenerator<Uint8Array> {
      yield Buffer.from(
        '<worksheet><sheetData><row r="1"><c t="str"><v>Name</v></c></row><row r="2"><c t="str"><v>x</v></c></row>',
      );
      const blank = Buffer.from('<row/>'.repeat(20_000));
      for (let i = 0; i < 900; i++) yield blank;
    }
    const parts = [
      {
        name: 'xl/workbook.xml',
        content: [Buffer.from('<workbook><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>')],
      },
      {
        name: 'xl/_rels/workbook.xml.rels',
        content: [
          Buffer.from('<Relationships><Relationship Id="r1" Type="x/worksheet" Target="s.xml"/></Relationships>'),
        ],
      },
      { name: 'xl/s.xml', content: zeros() },
    ];
    const result = await read(await collect(writeZip(parts)));
    assert.equal(result.refused, 'table.bomb');
  });
  test('trouble in the middle is thrown with the row it is in', async () => {
    const result = await read(Buffer.from(`a;b\n${'1;2\n'.repeat(200_000)}1;"${'x\n'.repeat(20_000)}`));
    assert.equal(result.refused, 'table.quote-open');
    assert.deepEqual(result.params, { row: 200_002 });
    assert.ok((result.rows?.length ?? 0) > 100_000, 'the rows before it came');
  });
  test('damaged bytes never do more than refuse', async () => {
    const good = await workbook(
      sheetOf('<row r="1"><c r="A1" t="s"><v>0</v></c></row><row r="2"><c r="A2"><v>1</v></c></row>'),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }),
        fc.nat(good.length),
        async (changes, length) => {
          const bytes = Buffer.from(good);
          for (const [at, value] of changes) bytes[at] = value;
          await read(length % 3 === 0 ? bytes.subarray(0, length) : bytes);
        },
      ),
      { numRuns: 300 },
    );
    const sheet = sheetOf(
      '<row r="1"><c r="A1" t="s"><v>0</v></c></row><row r="2"><c r="A2" s="1"><v>1</v></c><c t="inlineStr"><is><t>x</t></is></c></row>',
    );
    await fc.assert(
      fc.asyncProperty(fc.nat(sheet.length), fc.string({ maxLength: 6 }), fc.nat(20), async (at, text, dropped) => {
        await read(await workbook(sheet.slice(0, at) + text + sheet.slice(at + dropped)));
        const rels = `<Relationships><Relationship Id="rId2" Type="x/worksheet" Target="${text}%E0%/../worksheets/sheet.xml"/></Relationships>`;
        await read(await workbook(sheet, { 'xl/_rels/workbook.xml.rels': rels }));
      }),
      { numRuns: 50 },
    );
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => void (await read(bytes))),
      { numRuns: 300 },
    );
  });
});

type Line = { ref: string; n: number | null; on: string; at: Date | null };
const columns: TableColumn<Line>[] = [
  { heading: 'Serial number', value: (row) => row.ref },
  { heading: 'Quantity', value: (row) => row.n },
  { heading: 'Shipped on', value: (row) => row.on, type: 'date' },
  { heading: 'Seen at', value: (row) => row.at },
];
const lines: Line[] = [
  { ref: 'Ä"1;\n,2', n: 3, on: '2022-05-04', at: new Date('2022-05-04T06:00:00Z') },
  { ref: "=cmd|' /C calc'!A0", n: null, on: '', at: null },
  { ref: '<b>&_x0041_</b>', n: -1.5, on: '2024-02-29', at: null },
];

describe('writing', () => {
  const cells: [string, string][] = [
    ['=1+1', "'=1+1"],
    ['+cmd', "'+cmd"],
    ['-2+3', "'-2+3"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\t=1', "'\t=1"],
    ['\rx', "'\rx"],
    [' =1', "' =1"],
    ['\uff1d1', "'\uff1d1"],
    ['-5', '-5'],
    ['+49 351 000-12', '+49 351 000-12'],
    ['-1.234,5', '-1.234,5'],
    ['a=b', 'a=b'],
    ['', ''],
    ['x@y.example', 'x@y.example'],
  ];
  for (const [text, written] of cells)
    test(`CSV cell ${JSON.stringify(text)}`, () => assert.equal(neutralize(text), written));

  test('CSV', async () => {
    const text = (await collect(writeCsv(lines, columns))).toString();
    assert.equal(
      text,
      '\ufeffSerial number,Quantity,Shipped on,Seen at\r\n"Ä""1;\n,2",3,2022-05-04,2022-05-04T06:00:00.000Z\r\n\'=cmd|\' /C calc\'!A0,,,\r\n<b>&_x0041_</b>,-1.5,2024-02-29,\r\n',
    );
  });
  test('a workbook that our reader and another one read alike', async () => {
    const bytes = await collect(writeXlsx(lines, columns, { sheet: 'Units: all' }));
    const result = await read(bytes);
    assert.deepEqual(result.sheets, ['Units  all']);
    assert.deepEqual(result.rows, [
      [2, 'Ä"1;\n,2', '3', '2022-05-04', '2022-05-04 06:00:00'],
      [3, "=cmd|' /C calc'!A0"],
      [4, '<b>&_x0041_</b>', '-1.5', '2024-02-29'],
    ]);
    const sheet = Object.values(XLSX.read(bytes).Sheets)[0];
    assert.equal(sheet?.A3?.v, "=cmd|' /C calc'!A0");
    assert.equal(sheet?.A3?.t, 's');
    assert.equal(sheet?.A3?.f, undefined, 'never a formula');
    assert.equal(sheet?.['!autofilter']?.ref, 'A1:D4');
    assert.equal(sheet?.A4?.v, '<b>&_x0041_</b>');
  });
  test('no rows is a table with headings', async () => {
    const sheet = Object.values(XLSX.read(await collect(writeXlsx([], columns))).Sheets)[0];
    assert.equal(sheet?.['!ref'], 'A1:D1');
    assert.match((await collect(writeCsv([], columns))).toString(), /^\ufeffSerial number,.*\r\n$/);
  });
  test('an error of the source comes out of the writer', async () => {
    async function* failing(): AsyncGenerator<Line> {
      yield lines[0] as Line;
      throw new Error('database gone');
    }
    await assert.rejects(collect(writeXlsx(failing(), columns)), /database gone/);
    await assert.rejects(collect(writeCsv(failing(), columns)), /database gone/);
  });
  test('whatever is written as text reads back', async () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 20 }).filter((value) => value.trim() !== '');
    await fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 5 }), async (values) => {
        const result = await read(await collect(writeXlsx(values, [{ heading: 'Serial number', value: (v) => v }])));
        assert.deepEqual(
          result.rows?.map((row) => row[1]),
          values,
        );
      }),
      { numRuns: 100 },
    );
  });
});

describe('from file to checked rows', () => {
  test('an Italian export in UTF-16 with tabs', async () => {
    const text =
      'Elenco strumenti al 04/05/2022\n\nCodice articolo\tMatricola\tCliente\tData spedizione\tConnesso\tLRM Dx\n20005715\tNDX550123\t104211\t13/02/2021\tsì\t3.1\n20005715\t\t104211\t04/05/2021\tno\t\n';
    const table = await readTable(pieces(iconv.encode(text, 'utf-16le', { addBOM: true })), {
      name: 'strumenti.txt',
      known: units,
    });
    assert.ok(!isRefusal(table));
    const rows = [];
    for await (const row of table.rows) rows.push(row);
    const { mapping, dateOrder } = proposeMapping(
      'units',
      table.header,
      rows.map((row) => row.cells),
    );
    assert.equal(dateOrder, 'dmy');
    const check = planImport('units', mapping, { header: table.header, dateOrder });
    assert.deepEqual(
      rows.map((row) => [row.number, check(row.cells)]),
      [
        [
          4,
          {
            values: {
              product: { text: '20005715', di: '' },
              kind: 'serial',
              serial: 'NDX550123',
              partyRef: '104211',
              shippedOn: '2021-02-13',
              connected: true,
              software: { Dx: '3.1' },
              quantity: 1,
            },
          },
        ],
        [5, { findings: [{ column: 'serial', heading: 'Matricola', value: '', code: 'import.identity', params: {} }] }],
      ],
    );
  });
});
