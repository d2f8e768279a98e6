/** How identifiers and addresses stand on paper: read in one go, and cut only where a line could not hold them. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { openTypesetter } from '../src/adapters/typst.ts';
import { fontsFor } from '../src/domain/script-fonts.ts';

const typesetter = openTypesetter({ threads: 1 });
after(() => typesetter.close());

const page = `
#import "/rich-text.typ": breakable, inlines
#let d = json("/data.json")
#set text(font: d.fonts, lang: d.language, fallback: false, size: 10pt)
#for value in d.values [#metadata(breakable(value)) <cut>]
#context {
  let lines(width, all) = measure(block(width: width, inlines(all))).height / measure(block(inlines(((kind: "text", text: "x"),)))).height
  [#metadata(calc.round(lines(6cm, d.inlines))) <lines>]
}
`;
const typeset = async (values: string[], inlines: unknown[] = []) => {
  const made = await typesetter.typeset({
    template: 'try.typ',
    data: { language: 'ja', fonts: fontsFor('ja'), values, inlines },
    files: { '/try.typ': new TextEncoder().encode(page) },
    query: ['<cut>', '<lines>'],
  });
  return { cut: made.values['<cut>'], lines: made.values['<lines>'] };
};

test('a list in a narrow cell is cut between its numbers, and a long name anywhere', async () => {
  const lists = ['00816270020002、00816270020699', '15036706, 20014053, DX-410-1001', '00816270020002، 00816270020699'];
  const { cut } = await typeset([...lists, 'LocalRunManagerSecurityPatch.msi, a.msi']);
  const [, , , file, ...more] = cut as string[];
  assert.deepEqual((cut as string[]).slice(0, 3), lists);
  assert.deepEqual(more, []);
  assert.equal(file?.replaceAll('\u200b', ''), 'LocalRunManagerSecurityPatch.msi, a.msi');
  assert.match(file ?? '', /^L\u200bo\u200bc/);
  assert.match(file ?? '', /, a\.msi$/);
});

test('an address of the web goes to the next line as a whole', async () => {
  const link = {
    kind: 'value',
    type: 'link',
    text: 'https://www.example.example',
    href: 'https://www.example.example',
  };
  const before = { kind: 'text', text: 'Published at ' };
  const after = { kind: 'text', text: ', by our house' };
  const { lines } = await typeset([], [before, link, after]);
  const { lines: apart } = await typeset([], [before, { kind: 'break' }, link, after]);
  assert.deepEqual(lines, apart);
});
