import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Block, type Inline, type ListBlock, parseRichText, type RichText } from '../src/domain/rich-text.ts';
import { printRichText } from '../src/domain/rich-text-print.ts';

function parsed(source: string): RichText {
  const result = parseRichText(source);
  assert.ok(result.ok, result.ok ? '' : result.errors.map((error) => `${error.line}: ${error.what}`).join('\n'));
  return result.blocks;
}
const text = (words: string): Inline => ({ kind: 'text', text: words });

test('every form of the small syntax becomes its node', () => {
  assert.deepEqual(
    parsed(
      [
        '## What to do',
        'Back up **all *your* data** of',
        '{action.reference}, see {@contact}.\\',
        'Then [call](tel:+1000) or open [your page]({portal.link}).',
        '1. one',
        '   goes on',
        '',
        '2. two',
        '  - below',
        '!> Unplug it.',
        '| A | B |',
        '|---|:-:|',
        '| x \\| y | |',
      ].join('\n'),
    ),
    [
      { kind: 'heading', level: 2, children: [text('What to do')] },
      {
        kind: 'paragraph',
        children: [
          text('Back up '),
          { kind: 'strong', children: [text('all '), { kind: 'emphasis', children: [text('your')] }, text(' data')] },
          text(' of '),
          { kind: 'fact', name: 'action.reference' },
          text(', see '),
          { kind: 'section', key: 'contact' },
          text('.'),
          { kind: 'break' },
          text('Then '),
          { kind: 'link', to: { href: 'tel:+1000' }, children: [text('call')] },
          text(' or open '),
          { kind: 'link', to: { fact: 'portal.link' }, children: [text('your page')] },
          text('.'),
        ],
      },
      {
        kind: 'list',
        ordered: true,
        items: [
          { children: [text('one goes on')] },
          { children: [text('two')], below: { kind: 'list', ordered: false, items: [{ children: [text('below')] }] } },
        ],
      },
      { kind: 'box', tone: 'warning', blocks: [{ kind: 'paragraph', children: [text('Unplug it.')] }] },
      { kind: 'table', head: [[text('A')], [text('B')]], rows: [[[text('x | y')], []]] },
    ] satisfies RichText,
  );
});

test('HTML and stray signs are plain words', () => {
  assert.deepEqual(parsed('<script>alert(1)</script> 5 * 3 \\*x\\* a) b] c}'), [
    { kind: 'paragraph', children: [text('<script>alert(1)</script> 5 * 3 *x* a) b] c}')] },
  ]);
});

test('a fault says the line, what is wrong and how to mend it', () => {
  const cases: [source: string, line: number, code: string][] = [
    ['fine\n\nbad **strong', 3, 'unclosed'],
    ['a *b', 1, 'unclosed'],
    ['**a **', 1, 'none'],
    ['****', 1, 'empty'],
    ['*a **b** c*', 1, 'nested'],
    ['[a [b](https://x.example)](https://x.example)', 1, 'nested'],
    ['[a](javascript:alert(1))', 1, 'link-address'],
    ['[a](http://plain.example)', 1, 'link-address'],
    ['see [1]', 1, 'link-address'],
    ['{Action Reference}', 1, 'fact-name'],
    ['x {', 1, 'fact-name'],
    ['| a |\nno rule', 1, 'table-rule'],
    ['| a | b |\n|---|---|\n| one |', 3, 'table-cells'],
    ['> a\n> !> b', 2, 'box-in-box'],
    ['- a\n1. b', 2, 'list-mixed'],
    ['- a\n  - b\n    - c\n      - d', 4, 'list-deep'],
    ['x'.repeat(60_001), 1, 'too-long'],
  ];
  for (const [source, line, code] of cases) {
    const result = parseRichText(source);
    if (code === 'none') {
      assert.ok(result.ok, source);
      continue;
    }
    assert.ok(!result.ok, `${source} was accepted`);
    const error = result.errors.find((one) => one.code === code);
    assert.ok(error, `${source}: ${JSON.stringify(result.errors)}`);
    assert.equal(error.line, line, source);
    assert.ok(error.what.length > 10 && error.mend.length > 10 && !/\{\w+\}/.test(error.what + error.mend), error.what);
  }
});

// ── Properties ──────────────────────────────────────────────────────────────────────────────────────────────────────

const word = fc.stringMatching(/^[A-Za-zäß*_#|>!{}[\]()\\.\-0-9<&é漢]{1,8}$/);
const words = fc.array(word, { minLength: 1, maxLength: 4 }).map((list) => text(list.join(' ')));
const name = fc.constantFrom('action.reference', 'recipient.name', 'portal.link', 'x2.y-z');
const leaf: fc.Arbitrary<Inline> = fc.oneof(
  { weight: 4, arbitrary: words },
  name.map((one): Inline => ({ kind: 'fact', name: one })),
  fc.constantFrom('contact', 'actions-connected').map((key): Inline => ({ kind: 'section', key })),
);
const emphasis = leaf.map((child): Inline => ({ kind: 'emphasis', children: [child] }));
const link = fc
  .tuple(
    leaf,
    fc.oneof(
      name.map((fact) => ({ fact })),
      fc.constant({ href: 'https://x.example/a?b=c&d=*e*#f' }),
    ),
  )
  .map(([child, to]): Inline => ({ kind: 'link', to, children: [child] }));
const inline = fc.oneof(
  { weight: 4, arbitrary: leaf },
  emphasis,
  link,
  fc.oneof(leaf, emphasis, link).map((child): Inline => ({ kind: 'strong', children: [child] })),
);
/** A tree as the parser makes it: no two words side by side. */
const inlines = fc.array(inline, { minLength: 1, maxLength: 5 }).map((list) =>
  list.reduce<Inline[]>((out, one) => {
    if (one.kind === 'text' && out.at(-1)?.kind === 'text') out.push({ kind: 'fact', name: 'between' });
    out.push(one);
    return out;
  }, []),
);
const broken = fc.tuple(inlines, inlines).map(([a, b]): Inline[] => [...a, { kind: 'break' }, ...b]);
const lines = fc.oneof({ weight: 3, arbitrary: inlines }, broken);
const list = (depth: number): fc.Arbitrary<ListBlock> =>
  fc
    .record({
      ordered: fc.boolean(),
      items: fc.array(
        fc.tuple(lines, depth > 1 ? fc.option(list(depth - 1), { nil: undefined }) : fc.constant(undefined)),
        { minLength: 1, maxLength: 3 },
      ),
    })
    .map(({ ordered, items }) => ({
      kind: 'list' as const,
      ordered,
      items: items.map(([children, below]) => (below ? { children, below } : { children })),
    }));
const table = fc.integer({ min: 1, max: 3 }).chain((columns) => {
  const row = fc.array(fc.oneof(inlines, fc.constant<Inline[]>([])), { minLength: columns, maxLength: columns });
  return fc.tuple(row, fc.array(row, { maxLength: 2 })).map(([head, rows]): Block => ({ kind: 'table', head, rows }));
});
const plain: fc.Arbitrary<Block> = fc.oneof(
  lines.map((children): Block => ({ kind: 'paragraph', children })),
  fc.tuple(fc.constantFrom(1, 2, 3), inlines).map(([level, children]): Block => ({ kind: 'heading', level, children })),
  list(3),
  table,
);
const separate = (blocks: Block[]): Block[] =>
  blocks.filter((block, index) => block.kind !== 'list' || blocks[index - 1]?.kind !== 'list');
const block = fc.oneof(
  { weight: 4, arbitrary: plain },
  fc
    .tuple(fc.constantFrom('note' as const, 'warning' as const), fc.array(plain, { minLength: 1, maxLength: 3 }))
    .map(([tone, blocks]): Block => ({ kind: 'box', tone, blocks: separate(blocks) })),
);
const tree = fc.array(block, { maxLength: 5 }).map(separate);

test('what is printed is read back as the same tree', () => {
  fc.assert(
    fc.property(tree, (blocks) => {
      assert.deepEqual(parsed(printRichText(blocks)), blocks);
    }),
    { numRuns: 500 },
  );
});

test('any text at all is read without an exception, and what was read prints and reads the same', () => {
  const signs = fc.string({ unit: fc.constantFrom(...'ab *[](){}\\|#->!.12\n\t@:'), maxLength: 80 });
  fc.assert(
    fc.property(fc.oneof(signs, fc.string({ unit: 'binary', maxLength: 60 })), (source) => {
      const result = parseRichText(source);
      if (result.ok) assert.deepEqual(parsed(printRichText(result.blocks)), result.blocks);
      else assert.ok(result.errors.every((error) => error.line >= 1));
    }),
    { numRuns: 5_000 },
  );
});

test('a hostile text is read in the time of a harmless one', () => {
  for (const seed of ['*', '**', '[', '{', '|', '> ', '- ', '\\', '[a](', '***a']) {
    const started = performance.now();
    parseRichText(seed.repeat(Math.floor(60_000 / seed.length)));
    parseRichText(`${seed}\n`.repeat(Math.floor(60_000 / (seed.length + 1))));
    assert.ok(performance.now() - started < 3_000, seed);
  }
});
