import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { contentDisposition } from '../src/http/content-disposition.ts';
import { fileAnswer, tableAnswer } from '../src/http/file-answer.ts';

/** A name, how old programs get it, and the real one where it is another. */
const NAMES: [string, string, string?][] = [
  ['patch.msi', 'patch.msi'],
  ['corrections 2022-05-11.csv', 'corrections 2022-05-11.csv'],
  ['Änderung (2).pdf', 'Anderung (2).pdf', '%C3%84nderung%20%282%29.pdf'],
  ['a\u0308.pdf', 'a.pdf', 'a%CC%88.pdf'],
  ['名簿.xlsx', '_.xlsx', '%E5%90%8D%E7%B0%BF.xlsx'],
  ['رد.pdf', '_.pdf', '%D8%B1%D8%AF.pdf'],
  ["l'été 100%*.txt", "l'ete 100__.txt", 'l%27%C3%A9t%C3%A9%20100%25_.txt'],
  ['a%41.txt', 'a_41.txt', 'a%2541.txt'],
  // What would end the head, or the name within it.
  ['a"; filename="b.exe', 'a_; filename=_b.exe'],
  ['a\r\nset-cookie: x=y', 'a_set-cookie_ x=y'],
  ['a\0b\u2028c\x7f.txt', 'a_b_c_.txt'],
  ['a\\".txt', 'a_.txt'],
  // The wide quote and the wide slash are plain ones to old programs.
  ['a＂／b.txt', 'a_b.txt', 'a%EF%BC%82%EF%BC%8Fb.txt'],
  // Of marks alone nothing is left to old programs; three dots in one sign are three.
  ['\u0301', 'file', '%CC%81'],
  ['…', 'file', '%E2%80%A6'],
  // What would leave the folder, or hide in it.
  ['../../etc/passwd', '_.._etc_passwd'],
  ['C:\\Temp\\a.txt', 'C_Temp_a.txt'],
  ['.profile', 'profile'],
  ['a.txt. ', 'a.txt'],
  ['..', 'file'],
  ['', 'file'],
  // What reads otherwise than it is.
  ['a\u202etxt.exe', 'a_txt.exe'],
  // Half of a sign, as a name cut by its length has it.
  ['\udc00a.txt', '_a.txt', '%EF%BF%BDa.txt'],
  [`${'x'.repeat(300)}.pdf`, `${'x'.repeat(146)}.pdf`],
];

describe('the name of a file in an answer', () => {
  for (const [name, plain, real] of NAMES)
    it(`names ${JSON.stringify(name.slice(-40))}`, () => {
      assert.equal(
        contentDisposition('attachment', name),
        `attachment; filename="${plain}"${real === undefined ? '' : `; filename*=UTF-8''${real}`}`,
      );
    });

  it('is one well-formed head, whatever is in the name', () => {
    const anything = fc.oneof(fc.string({ unit: 'binary', maxLength: 400 }), fc.string({ unit: 'grapheme' }));
    fc.assert(
      fc.property(anything, (name) => {
        const head = contentDisposition('inline', name);
        assert.match(head, /^inline; filename="[^"\\%\p{Cc}]+"(; filename\*=UTF-8''[\w!#$&+.^`|~%-]+)?$/u);
        assert.ok(/^[\x20-\x7e]{1,2200}$/.test(head), head);
        assert.equal(new Headers({ 'content-disposition': head }).get('content-disposition'), head);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('a file as an answer', () => {
  async function* pieces(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('ab');
    yield Buffer.from('c');
  }
  const heads = ({ headers }: Response) =>
    ['content-type', 'content-length', 'content-disposition'].map((name) => headers.get(name));

  it('is a download of bytes nobody looks into, unless it says more', async () => {
    const whole = fileAnswer(Buffer.from('abc'), { name: 'a.html' });
    assert.deepEqual(heads(whole), ['application/octet-stream', '3', 'attachment; filename="a.html"']);
    assert.equal(whole.headers.get('cache-control'), 'no-store');
    assert.equal(whole.headers.get('x-content-type-options'), 'nosniff');
    assert.equal(await whole.text(), 'abc');
    const shown = fileAnswer(new Uint8Array(0), { name: 'a.pdf', mediaType: 'application/pdf', inline: true });
    assert.deepEqual(heads(shown), ['application/pdf', '0', 'inline; filename="a.pdf"']);
  });

  it('streams, with its size where that is known', async () => {
    const streamed = fileAnswer(pieces(), { name: 'a.zip', size: 3, headers: { 'x-more': 'yes' } });
    assert.deepEqual(heads(streamed), ['application/octet-stream', '3', 'attachment; filename="a.zip"']);
    assert.equal(streamed.headers.get('x-more'), 'yes');
    assert.equal(await streamed.text(), 'abc');
    const table = tableAnswer(pieces(), 'list', 'csv');
    assert.deepEqual(heads(table), ['text/csv; charset=utf-8', null, 'attachment; filename="list.csv"']);
  });
});
