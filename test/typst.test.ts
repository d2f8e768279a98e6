import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { openTypesetter, TypesetError, type TypesetRequest } from '../src/adapters/typst.ts';
import { fontsFor } from '../src/domain/script-fonts.ts';

const page = `
#let d = json("/data.json")
#set document(title: d.title, date: datetime(year: 2022, month: 5, day: 4))
#set text(font: d.fonts, lang: d.language, fallback: false)
= #d.title
#context [#metadata((name: "first", at: here().position())) <field>]
#image("/files/dot.svg", width: 1cm, alt: "dot")
`;
const dot = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><rect width="5" height="5"/></svg>';
const bytes = (text: string) => new TextEncoder().encode(text);

const request = (title: string, language = 'de'): TypesetRequest => ({
  template: 'try.typ',
  data: { title, language, fonts: fontsFor(language) },
  files: { '/try.typ': bytes(page), '/files/dot.svg': bytes(dot) },
  query: ['<field>'],
});

for (const wasm of [false, true]) {
  describe(wasm ? 'the WebAssembly typesetter' : 'the typesetter', () => {
    const typesetter = openTypesetter({ wasm, threads: 1 });
    after(() => typesetter.close());

    test('sets data, images and every script, and tells where a label stands', async () => {
      const made = await typesetter.typeset(request('Größe Ωμέγα Киев 東京 서울 القاهرة שלום'));
      assert.equal(made.pages, 1);
      const [field] = made.values['<field>'] as { name: string; at: { page: number; x: string } }[];
      assert.equal(field?.name, 'first');
      assert.equal(field?.at.page, 1);
      assert.match(field?.at.x ?? '', /^\d+(\.\d+)?pt$/);
      const text = Buffer.from(made.pdf).toString('latin1');
      for (const face of ['NotoSans-Bold', 'NotoSansJP', 'NotoSansKR', 'NotoSansArabic', 'NotoSansHebrew']) {
        assert.ok(text.includes(face), `${face} is embedded`);
      }
      assert.match(text, /\/MarkInfo/);
      assert.equal(text.includes('<pdfaid:conformance>A<'), made.standard === 'a-1a');
    });

    test('writes what a person typed as words, never as code', async () => {
      const typed = '#panic("x") $ * _ @ref // [';
      assert.equal((await typesetter.typeset(request(typed))).pages, 1);
    });

    test('gives the same bytes for the same request', async () => {
      const [one, two] = await Promise.all([typesetter.typeset(request('A')), typesetter.typeset(request('A'))]);
      assert.deepEqual(Buffer.from(one.pdf), Buffer.from(two.pdf));
    });

    test('says which template fails and where, and goes on', async () => {
      const broken = { ...request('A'), files: { '/try.typ': bytes('\n#nothing()') } };
      await assert.rejects(typesetter.typeset(broken), (error: unknown) => {
        assert.ok(error instanceof TypesetError);
        assert.match(error.message, /try\.typ:.*unknown variable: nothing/);
        return true;
      });
      assert.equal((await typesetter.typeset(request('A'))).pages, 1);
    });
  });
}

test('a character without a glyph is refused, never printed as a box', async () => {
  const typesetter = openTypesetter({ threads: 1 });
  try {
    await assert.rejects(typesetter.typeset(request('Bangkok ไทย')), (error: unknown) => {
      assert.ok(error instanceof TypesetError);
      assert.deepEqual(error.characters, ['ไ', 'ท', 'ย']);
      return true;
    });
  } finally {
    await typesetter.close();
  }
});

test('a person goes before a run, and a closed pool says so', async () => {
  const typesetter = openTypesetter({ threads: 1 });
  const order: string[] = [];
  const note = (name: string) => () => order.push(name);
  await Promise.all([
    typesetter.typeset(request('1')).then(note('first')),
    typesetter.typeset(request('2')).then(note('run')),
    typesetter.typeset({ ...request('3'), urgent: true }).then(note('person')),
  ]);
  assert.deepEqual(order, ['first', 'person', 'run']);
  await typesetter.close();
  await assert.rejects(typesetter.typeset(request('4')), /closed/);
});
