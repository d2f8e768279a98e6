/** Documents written elsewhere: what is recognised in them, what is refused, and the draft that is made. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { strToU8, zipSync } from 'fflate';
import { done } from '../sample/action.ts';
import { sampleNoticeFacts } from '../sample/notice/document.ts';
import { documentReader } from '../src/adapters/document-reader.ts';
import { createAction } from '../src/app/actions.ts';
import { draftNoticeStart, loadNoticeStart, readNoticeStart } from '../src/app/notice-starts.ts';
import { readDocumentText } from '../src/domain/document-text.ts';
import { noticeDocumentSchema } from '../src/domain/notice.ts';
import { draftOf, startNotice } from '../src/domain/notice-start.ts';
import { isRefusal } from '../src/domain/refusal.ts';
import { printRichText } from '../src/domain/rich-text-print.ts';
import { type House, openHouse } from './helpers/house.ts';
import { bytesOf } from './translation-house.ts';

const W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"';
const types = (main = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml') =>
  `<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="${main}"/></Types>`;
const rels =
  '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>';
const styles = `<?xml version="1.0"?><w:styles ${W}><w:style w:type="paragraph" w:styleId="H1"><w:name w:val="heading 1"/></w:style></w:styles>`;

const run = (text: string, mark = '') =>
  `<w:r>${mark ? `<w:rPr><w:${mark}/></w:rPr>` : ''}<w:t xml:space="preserve">${text}</w:t></w:r>`;
const para = (...runs: string[]) => `<w:p>${runs.join('')}</w:p>`;
const head = (text: string) => `<w:p><w:pPr><w:pStyle w:val="H1"/></w:pPr>${run(text)}</w:p>`;
const cell = (text: string) => `<w:tc>${para(run(text))}</w:tc>`;
const table = (...rows: string[][]) =>
  `<w:tbl>${rows.map((row) => `<w:tr>${row.map(cell).join('')}</w:tr>`).join('')}</w:tbl>`;

function docx(body: string, more: Record<string, Uint8Array> = {}, contentTypes = types()): Uint8Array {
  return zipSync({
    '[Content_Types].xml': strToU8(contentTypes),
    '_rels/.rels': strToU8(rels),
    'word/document.xml': strToU8(`<?xml version="1.0"?><w:document ${W}><w:body>${body}</w:body></w:document>`),
    'word/styles.xml': strToU8(styles),
    ...more,
  });
}

const letter = docx(
  head('URGENT FIELD SAFETY NOTICE') +
    para(run('4 May 2022, reference FSN2022-1230')) +
    para(run('Dear customer,')) +
    head('Affected products') +
    table(['Product', 'Catalogue'], ['MiSeqDx', 'DX-410-1001']) +
    head('Description of the problem') +
    para(run('Somebody could '), run('take over', 'b'), run(' the instrument: CVE-2022-1517.')) +
    head('Anecdotes') +
    para(run('Serial M07000 was {not} *special*.')) +
    head('Contact') +
    para(run('Call +1 555 0100.')),
);

describe('a document', () => {
  it('is read with its headings, tables and strong words', async () => {
    const read = await documentReader.read(bytesOf(letter), 'letter.docx');
    assert.ok(!isRefusal(read), JSON.stringify(read));
    const source = printRichText(read.blocks);
    assert.match(source, /^# URGENT FIELD SAFETY NOTICE\n/);
    assert.match(source, /\| Product \| Catalogue \|\n\|---\|---\|\n\| MiSeqDx \| DX-410-1001 \|/);
    assert.match(source, /Somebody could \*\*take over\*\* the instrument/);
    assert.match(source, /was \\\{not\\\} \\\*special\\\*/);
  });

  it('gives sections, placeholders, and what was not recognised', async () => {
    const read = await documentReader.read(bytesOf(letter), 'letter.docx');
    assert.ok(!isRefusal(read));
    const start = startNotice(read, sampleNoticeFacts);
    assert.equal(start.layout, 'letter');
    assert.equal(start.title, 'URGENT FIELD SAFETY NOTICE');
    assert.deepEqual(
      start.parts.map((part) => [part.heading, part.section]),
      [
        ['', 'letterhead'],
        ['', 'salutation'],
        ['Affected products', 'products'],
        ['Description of the problem', 'problem'],
        ['Anecdotes', ''],
        ['Contact', 'contact'],
      ],
    );
    assert.match(start.parts[0]?.source ?? '', /^\{action\.date\}, reference \{action\.reference\}$/);
    assert.match(start.parts[5]?.source ?? '', /Call \{contact\.phone\}\./);
    // One of several vulnerabilities: a placeholder would print them all.
    assert.deepEqual(start.parts[3]?.open, [{ value: 'CVE-2022-1517', fact: 'cve.id' }]);
    assert.deepEqual(start.parts[4]?.open, [{ value: 'M07000', fact: '' }]);
    const draft = draftOf(start, { layout: 'letter', sections: start.parts.map((part) => part.section) }, 'Patch');
    assert.ok(noticeDocumentSchema.safeParse(draft).success);
    assert.doesNotMatch(JSON.stringify(draft.texts), /special/, 'what has no section is left out');
    assert.deepEqual(draft.variants['dx-recall']?.sections.slice(0, 4), [
      'letterhead',
      'salutation',
      'products',
      'problem',
    ]);
  });

  it('in plain text has headings by their look, lists and paragraphs', () => {
    const text =
      '1.1 Device type\nAn instrument.\n\n2.1 Description of the product problem\n\nIt fails:\n- once\n- twice\n  and again\n\n3.1 Action\n\n5 * 3 {x} # no heading here, it is a sentence.';
    assert.equal(
      printRichText(readDocumentText(text)),
      '## 1.1 Device type\n\nAn instrument.\n\n## 2.1 Description of the product problem\n\nIt fails:\n\n- once\n- twice and again\n\n## 3.1 Action\n\n5 \\* 3 \\{x\\} # no heading here, it is a sentence.',
    );
    const start = startNotice({ kind: 'text', blocks: readDocumentText(text), dropped: [] }, sampleNoticeFacts);
    assert.equal(start.layout, 'ec');
    assert.deepEqual(
      start.parts.map((part) => part.section),
      ['ec-device-type', 'ec-problem', 'ec-user-action'],
    );
  });
});

// ── Hostile documents ───────────────────────────────────────────────────────────────────────────────────────────────

const bomb = zipSync({
  ...{ '[Content_Types].xml': strToU8(types()), '_rels/.rels': strToU8(rels) },
  'word/document.xml': new Uint8Array(60 * 2 ** 20),
});
const hostile: [what: string, code: string, name: string, bytes: string | Uint8Array][] = [
  ['nothing', 'document.empty', 'a.txt', ''],
  ['blanks', 'document.empty', 'a.txt', ' \n\n \t'],
  ['macros by name', 'document.macros', 'a.docm', letter],
  ['macros inside', 'document.macros', 'a.docx', docx(para(run('x')), { 'word/vbaProject.bin': new Uint8Array(9) })],
  [
    'macros by type',
    'document.macros',
    'a.docx',
    docx(para(run('x')), {}, types('application/vnd.ms-word.document.macroEnabled.main+xml')),
  ],
  ['the old format', 'document.doc', 'a.doc', new Uint8Array([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1])],
  ['a PDF', 'document.pdf', 'a.docx', '%PDF-1.7'],
  ['another archive', 'document.kind', 'a.docx', zipSync({ 'x.txt': strToU8('x') })],
  ['a cut archive', 'document.damaged', 'a.docx', letter.slice(0, 200)],
  ['a bomb', 'document.bomb', 'a.docx', bomb],
  ['an entity', 'document.damaged', 'a.docx', docx('<!DOCTYPE x [<!ENTITY a "b">]>')],
  ['XML that is none', 'document.damaged', 'a.docx', docx('<w:p><w:r>')],
  [
    'deep nesting',
    'document.damaged',
    'a.docx',
    docx(`${'<w:sdt><w:sdtContent>'.repeat(60_000)}${'</w:sdtContent></w:sdt>'.repeat(60_000)}`),
  ],
  ['broken UTF-8', 'document.encoding', 'a.txt', Buffer.from('für', 'latin1')],
  ['a program', 'document.kind', 'a.txt', 'MZ\u0000\u0000\u0000'],
  ['too much', 'document.too-large', 'a.txt', Buffer.alloc(11 * 2 ** 20, 65)],
];

describe('a hostile document', () => {
  for (const [what, code, name, bytes] of hostile) {
    it(`with ${what} is refused: ${code}`, async () => {
      const read = await documentReader.read(bytesOf(bytes), name);
      assert.equal(isRefusal(read) ? read.code : JSON.stringify(read).slice(0, 100), code);
    });
  }
});

// ── The use cases ───────────────────────────────────────────────────────────────────────────────────────────────────

describe('a notice from a document', () => {
  let house: House;
  let actionId = 0;
  before(async () => {
    house = await openHouse();
    const quality = await house.staff('quality');
    actionId = done(
      await createAction(quality, {
        reference: 'FSN2022-1230',
        title: 'Patch',
        kind: 'security-patch',
        deviceLaw: 'IVD',
      }),
      'create',
    ).id;
  });
  after(() => house.close());

  it('becomes a draft once, of what a person chose', async () => {
    const quality = await house.staff('quality');
    const { id } = done(
      await readNoticeStart(quality, actionId, { name: 'letter.docx', source: bytesOf(letter) }),
      'read',
    );
    const start = await loadNoticeStart(quality.db, id);
    assert.equal(start?.state, 'read');
    assert.match(start?.found.parts[0]?.source ?? '', /\{action\.reference\}/);
    const sections = (start?.found.parts ?? []).map((part) => part.section);
    const nothing = await draftNoticeStart(quality, id, { number: 'N-1', layout: 'letter', sections: ['', ''] });
    assert.equal(isRefusal(nothing) && nothing.code, 'notice-start.nothing');
    const made = done(await draftNoticeStart(quality, id, { number: 'N-1', layout: 'letter', sections }), 'draft');
    const row = await quality.db.selectFrom('notice').selectAll().where('id', '=', made.id).executeTakeFirstOrThrow();
    assert.equal(row.state, 'draft');
    const { texts } = noticeDocumentSchema.parse(row.document);
    assert.match(texts.en?.problem ?? '', /# Description of the problem\n\nSomebody could \*\*take over\*\*/);
    assert.equal((await loadNoticeStart(quality.db, id))?.state, 'drafted');
    const again = await draftNoticeStart(quality, id, { number: 'N-2', layout: 'letter', sections });
    assert.equal(isRefusal(again) && again.code, 'notice-start.ended-meanwhile');
  });

  it('is refused to who may not edit, and keeps nothing of a refused file', async () => {
    const viewer = await house.staff('viewer');
    const refused = await readNoticeStart(viewer, actionId, { name: 'a.docx', source: bytesOf(letter) });
    assert.equal(isRefusal(refused) && refused.code, 'forbidden');
    const quality = await house.staff('quality');
    const long = await readNoticeStart(quality, actionId, {
      name: 'a.txt',
      source: bytesOf(Buffer.from('word '.repeat(30_000))),
    });
    assert.equal(isRefusal(long) && long.code, 'document.too-long');
    const macro = await readNoticeStart(quality, actionId, { name: 'a.docm', source: bytesOf(letter) });
    assert.equal(isRefusal(macro) && macro.code, 'document.macros');
    const rows = await quality.db.selectFrom('notice_start').select('id').execute();
    assert.equal(rows.length, 1);
  });
});
