/** A form on paper as plain text, for a machine that shows no PDF: the same questions, ticked and filled in with any editor. */
import type { PaperPage } from './paper-form-page.ts';
import type { PaperBlock, PaperBox, PaperGroup, PaperPart } from './paper-form-parts.ts';

const LINE = '______________________________';
const SHORT = '____________';
/** Points; a box narrower than this takes a date or a number. */
const SHORT_WIDTH = 120;

/** The lines of a form, without line ends. */
export function printPaperText(page: Pick<PaperPage, 'title' | 'reference' | 'who' | 'back' | 'content'>): string[] {
  const { boxes, blocks } = page.content;
  return [
    `${page.title}  ${page.reference}`,
    page.who,
    page.back,
    ...blocks.flatMap((block) => ['', ...blockLines(block, boxes)]),
  ];
}

function blockLines(block: PaperBlock, boxes: readonly PaperBox[]): string[] {
  const say = (part: PaperPart) => partText(part, boxes);
  switch (block.kind) {
    case 'heading':
      return [block.text, '-'.repeat(Math.min(76, block.text.length))];
    case 'groups':
      return block.rows.flat().flatMap((group) => groupLines(group, say));
    case 'units':
      return [
        ...block.columns.flatMap((column) => [
          `${column.title}:`,
          ...column.legend.map((one) => `    ${one.key === '' ? '' : `${one.key} = `}${one.text}`),
        ]),
        ...block.units.flatMap((unit) => [
          '',
          unit.head.map(say).join('  '),
          ...unit.rows.flatMap((row) => [
            ...(row.label === '' ? [] : [`  ${row.label}`]),
            ...row.cells.map((cell, at) => `    ${cellText(cell.flat(), block.columns[at]?.title ?? '', say)}`),
          ]),
        ]),
      ];
    case 'rows':
      return block.rows.flatMap((row) => [
        ...row.map((cell, at) => `${block.head[at] ?? ''}: ${cell.map(say).join('  ')}`),
        '',
      ]);
    case 'signature':
      return [...(block.date ? [say(block.date)] : []), say(block.sign)];
  }
}

/** A cell by itself: the answer that its column stands for follows the box it is ticked by. */
function cellText(parts: readonly PaperPart[], title: string, say: (part: PaperPart) => string): string {
  const [first, ...rest] = parts;
  if (first?.t === 'tick' && first.label === '') return [`[ ] ${title}`, ...rest.map(say)].join('  ');
  return [title, ...parts.map(say)].join('  ');
}

function groupLines(group: PaperGroup, say: (part: PaperPart) => string): string[] {
  const lines = group.head.length > 0 ? [group.head.map(say).join('  ')] : [];
  return [...lines, ...group.writes.map((part) => (lines.length > 0 ? `    ${say(part)}` : say(part)))];
}

function partText(part: PaperPart, boxes: readonly PaperBox[]): string {
  if (part.t === 'words') return part.text;
  if (part.t === 'tick') return part.label === '' ? '[ ]' : `[ ] ${part.label}`;
  const known = boxes[part.box]?.preset ?? '';
  const blank = part.width !== null && part.width < SHORT_WIDTH ? SHORT : LINE;
  // A question has its own sign at the end.
  const label = part.label === '' || /[?？؟;:：]$/u.test(part.label) ? part.label : `${part.label}:`;
  return `${label} ${known === '' ? blank : known}`.trimStart();
}
