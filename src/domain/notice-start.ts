/**
 * The start of a notice out of a document somebody has written: its headings become sections, what it says of the action's
 * facts becomes placeholders. A best effort: a person looks at all of it before a draft is made.
 */
import type { NoticeDocument } from './notice.ts';
import type { NoticeFacts } from './notice-facts.ts';
import { type Layout, sections } from './notice-sections.ts';
import { type FoundFact, factFinder, oneOfSeveral } from './notice-start-facts.ts';
import { guessSection } from './notice-start-sections.ts';
import type { Inline, RichText } from './rich-text.ts';
import { exactKinds, figuresOf } from './translation-figures.ts';
import { fillSegments, segmentsOf, writeText } from './xliff-segments.ts';

export type StartPart = {
  /** As the document has it; '' for what stands above its first heading. */
  heading: string;
  /** The section it was taken for; '' when none. */
  section: string;
  /** The text as the editor writes it, facts replaced. */
  source: string;
  facts: FoundFact[];
  /** Identifiers, addresses, telephone numbers and dates that stay as typed. */
  open: OpenFigure[];
};

/** A figure without a placeholder. `fact`: one of several values of this fact, which prints them all; '' when it is none. */
export type OpenFigure = { value: string; fact: string };

export type NoticeStart = {
  kind: 'docx' | 'text';
  layout: Layout;
  title: string;
  parts: StartPart[];
  /** What was left behind, in words. */
  dropped: string[];
};

/** Parts of one document at most; more are a book. */
const MOST_PARTS = 120;

/** Looks what a document holds. @param facts what is known of the action */
export function startNotice(
  document: { kind: 'docx' | 'text'; blocks: RichText; dropped: readonly string[] },
  facts: NoticeFacts,
): NoticeStart {
  const { title, parts } = cutAtHeadings(document.blocks);
  const layout = chooseLayout(parts.map((part) => part.heading));
  const find = factFinder(facts);
  const severals = oneOfSeveral(facts);
  const taken = new Set<string>();
  return {
    kind: document.kind,
    layout,
    title,
    dropped: [...document.dropped],
    parts: parts.slice(0, MOST_PARTS).flatMap((part): StartPart[] => {
      const found: FoundFact[] = [];
      const blocks = fillSegments(
        part.blocks,
        segmentsOf(part.blocks).map(({ inlines }) => find(inlines, found)),
      );
      const heading: RichText =
        part.heading === ''
          ? []
          : [
              {
                kind: 'heading',
                level: 1,
                children: find([{ kind: 'text', text: withoutNumber(part.heading) }], found),
              },
            ];
      const source = writeText([...heading, ...blocks]) ?? writeText(blocks);
      if (source === undefined || source.trim() === '') return [];
      const section = guessSection(part.heading, source, layout, taken);
      if (section !== '') taken.add(section);
      return [{ heading: part.heading, section, source, facts: found, open: openFigures(blocks, severals) }];
    }),
  };
}

/** `2.1 Description of the problem` is printed with the template's own number. */
function withoutNumber(heading: string): string {
  return heading.replace(/^\d{1,2}(\.\d{1,2})*\.?\s+(?=\S)/, '');
}

function cutAtHeadings(blocks: RichText): { title: string; parts: { heading: string; blocks: RichText }[] } {
  const parts: { heading: string; blocks: RichText }[] = [];
  let title = '';
  for (const block of blocks) {
    const heading = headingOf(block);
    if (heading === undefined) {
      if (parts.length === 0 || (parts.at(-1)?.heading === '' && isSalutation(block)))
        parts.push({ heading: '', blocks: [] });
      parts.at(-1)?.blocks.push(block);
    } else if (title === '' && parts.length === 0 && !/^\d/.test(heading)) title = heading;
    else parts.push({ heading, blocks: [] });
  }
  return { title, parts: parts.filter((part) => part.blocks.length > 0 || part.heading !== '') };
}

/** What opens a letter stands by itself: above it are address and date. */
function isSalutation(block: RichText[number]): boolean {
  return block.kind === 'paragraph' && /^dear\b/i.test(wordsOf(block.children));
}

/** A heading, or a short paragraph that is bold as a whole, which is how many people write one. */
function headingOf(block: RichText[number]): string | undefined {
  if (block.kind === 'heading') return wordsOf(block.children);
  if (block.kind !== 'paragraph' || block.children.length !== 1) return undefined;
  const [only] = block.children;
  const words = only?.kind === 'strong' ? wordsOf(only.children).trim() : '';
  return words !== '' && words.length <= 90 && !/[.!?]$/.test(words) ? words.replace(/:$/, '') : undefined;
}

function wordsOf(inlines: readonly Inline[]): string {
  return inlines
    .map((inline) => (inline.kind === 'text' ? inline.text : 'children' in inline ? wordsOf(inline.children) : ' '))
    .join('');
}

/** Three of the template's numbers are no accident. */
function chooseLayout(headings: readonly string[]): Layout {
  const numbers = new Set(
    sections.flatMap((section) => (section.layout === 'ec' && section.number ? [section.number] : [])),
  );
  const numbered = headings.filter((heading) => numbers.has(/^(\d\.\d{1,2})\b/.exec(heading)?.[1] ?? ''));
  return numbered.length >= 3 ? 'ec' : 'letter';
}

function openFigures(blocks: RichText, severals: ReadonlyMap<string, string>): OpenFigure[] {
  const words = segmentsOf(blocks)
    .map(({ inlines }) => wordsOf(inlines))
    .join('\n');
  const figures = figuresOf(words, 'en').filter(({ kind }) => exactKinds.has(kind) || kind === 'date');
  const values = [...new Set(figures.map((figure) => figure.value))].slice(0, 50);
  return values.map((value) => ({ value, fact: severals.get(value) ?? '' }));
}

/** What a person has decided: for each part the section it goes to, '' to leave it out. */
export type StartChoice = { layout: Layout; sections: readonly string[] };

/**
 * The document of a notice made of the parts that were given a section, in the order the layout prints them. Parts of one
 * section stand below each other.
 */
export function draftOf(start: NoticeStart, choice: StartChoice, subject: string): NoticeDocument {
  const order = sections.filter((section) => section.layout === choice.layout).map((section) => section.key);
  const texts: Record<string, string> = {};
  start.parts.forEach((part, index) => {
    const key = choice.sections[index] ?? '';
    if (!order.includes(key)) return;
    texts[key] = texts[key] === undefined ? part.source : `${texts[key]}\n\n${part.source}`;
  });
  const used = order.filter((key) => texts[key] !== undefined);
  const missing = order.filter(
    (key) => texts[key] === undefined && sections.some((one) => one.key === key && one.necessary),
  );
  const titles = new Map(sections.map((section) => [section.key, section.title]));
  for (const key of missing) texts[key] = `# ${titles.get(key) ?? key}`;
  const printed = order.filter((key) => used.includes(key) || missing.includes(key));
  return {
    layout: choice.layout,
    sourceLanguage: 'en',
    dates: 'language',
    variants: { 'dx-recall': { sections: printed, overrides: {} } },
    texts: {
      en: {
        title:
          writeText([{ kind: 'paragraph', children: [{ kind: 'text', text: start.title || subject }] }]) ?? subject,
        subject: `URGENT: ${subject}`,
        ...texts,
      },
    },
  };
}
