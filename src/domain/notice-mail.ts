/**
 * A notice as a mail to one person: greeting, notice, the person's own units and links, in each of their languages.
 * Tables and inline style, because mail programs know nothing else; no image, nothing that is fetched.
 */
import type { MessageParams, Say } from './message.ts';
import { mailPage, noticeHtml, partHtml, RULE } from './notice-mail-html.ts';
import type { Printed, PrintedText, RenderedNotice } from './notice-render.ts';
import { blocksToText, toText, wrap } from './notice-text.ts';
import type { Block } from './rich-text.ts';

/** What a letter says to one person. Lists hold what is printed; counts hold all there are. */
export type PersonalFacts = {
  name: string;
  party: string;
  /** The person's page, and its page for "I am not the right person". */
  link: string;
  contactLink: string;
  /** The page of the form on paper, for who would rather answer by pen. */
  paperLink?: string | undefined;
  /** Last day to reply in words of the language, when there is one. */
  replyBy?: string;
  units: readonly { product: string; serial: string; site: string; environments: readonly string[] }[];
  unitCount: number;
  helpline: { phone: string; email: string };
};

/** One language of a letter. `say` speaks that language; keys `notice.personal.*`. */
export type LetterPart = { notice: RenderedNotice; say: Say; languageName: string };

export type Letter = { subject: string; text: string; html: string };

export type LetterKind = 'notice' | 'reminder' | 'test';

/**
 * What stands before the notice in a reminder or a test. Who has answered is not told that there is no answer.
 * @param open corrections that are still open at a party that has answered; undefined for one that has not
 */
export function leadOf(say: Say, kind: 'reminder' | 'test', open: number | undefined): string {
  return kind === 'reminder' && open !== undefined
    ? say('portal.home.lede.received', { open })
    : say(`notice.personal.lead.${kind}`);
}

/** Units printed in a mail; the page shows all of them. */
export const MOST_UNITS_IN_MAIL = 40;

/**
 * Composes the letter. With several languages the first is the reader's own; a line at the top says which follow.
 * @param parts in the order they are printed; at least one
 * @param options.kind a reminder says so before the same notice
 * @param options.open of a reminder to a party that has answered: its corrections that are still open
 */
export function composeLetter(
  parts: readonly LetterPart[],
  personal: PersonalFacts,
  options: { kind?: LetterKind; open?: number | undefined } = {},
): Letter {
  const { kind = 'notice', open } = options;
  const subjects = [...new Set(parts.map(({ notice }) => notice.subject))];
  const prefix = parts[0] && kind !== 'notice' ? `${parts[0].say(`notice.personal.subject.${kind}`)}: ` : '';
  const opening = parts.length > 1 ? parts.map((part) => part.languageName).join(' · ') : '';
  const letters = parts.map((part) => ({ part, ...personalPart(part, personal, kind, open) }));
  const text = letters.map(({ part, before, after }) =>
    [blocksToText(before, isolation(part)), printed(part.notice).text, blocksToText(after, isolation(part))].join(
      '\n\n',
    ),
  );
  const html = letters.map(({ part, before, after }) =>
    partHtml(part.notice, before, printed(part.notice).html, after),
  );
  return {
    subject: `${prefix}${subjects.join(' / ')}`.slice(0, 250),
    text: `${opening === '' ? '' : `${wrap(opening)}\n\n`}${text.join(`\n\n${'='.repeat(76)}\n\n`)}\n`,
    html: mailPage(parts[0]?.notice, opening, html.join(RULE), preheaderOf(parts[0], personal, kind, open)),
  };
}

/** What a list of mails shows after the subject, in the reader's own language: what to do, until when, for how many. */
function preheaderOf(
  part: LetterPart | undefined,
  personal: PersonalFacts,
  kind: LetterKind,
  open: number | undefined,
): string {
  if (!part) return '';
  const tell = (key: string, params?: MessageParams) => part.say(`notice.personal.${key}`, params);
  return [
    ...(kind === 'notice' ? [] : [leadOf(part.say, kind, open)]),
    ...(personal.replyBy === undefined ? [] : [tell('reply-by', { day: personal.replyBy })]),
    ...(personal.unitCount > 0 ? [`${tell('units', { count: personal.unitCount })}.`] : []),
  ].join(' ');
}

/** What all readers of a variant and language get alike, printed once: a release is thousands of letters. */
const kept = new WeakMap<RenderedNotice, { text: string; html: string }>();

function printed(notice: RenderedNotice): { text: string; html: string } {
  let both = kept.get(notice);
  if (!both) {
    both = { text: toText(notice).trimEnd(), html: noticeHtml(notice) };
    kept.set(notice, both);
  }
  return both;
}

function isolation(part: LetterPart): { isolate: boolean } {
  return { isolate: part.notice.direction === 'rtl' };
}

// ── What is said to one person ──────────────────────────────────────────────────────────────────────────────────────

const words = (text: string): Printed => ({ kind: 'text', text });
const paragraph = (...children: Printed[]): Block<Printed> => ({ kind: 'paragraph', children });
const identifier = (text: string): Printed => ({ kind: 'value', type: 'identifier', text });
const link = (href: string, text: string): Printed => ({ kind: 'link', href, children: [words(text)] });

function personalPart(
  { say }: LetterPart,
  personal: PersonalFacts,
  kind: LetterKind,
  open: number | undefined,
): { before: PrintedText; after: PrintedText } {
  const tell = (key: string, params?: MessageParams) => say(`notice.personal.${key}`, params);
  const before: PrintedText = [
    paragraph(words(tell('to', { name: personal.name, party: personal.party }))),
    ...(kind === 'notice' ? [] : [paragraph({ kind: 'strong', children: [words(leadOf(say, kind, open))] })]),
    paragraph(link(personal.link, tell('open'))),
  ];
  if (personal.replyBy !== undefined) {
    before.push(paragraph({ kind: 'strong', children: [words(tell('reply-by', { day: personal.replyBy }))] }));
  }
  const after: PrintedText = [];
  if (personal.unitCount > 0) after.push(...unitBlocks(personal, tell));
  after.push(
    paragraph(link(personal.link, tell('open'))),
    ...(personal.paperLink === undefined ? [] : [paragraph(link(personal.paperLink, tell('paper')))]),
    paragraph(words(tell('personal-link'))),
    paragraph(words(`${tell('wrong-person')} `), link(personal.contactLink, tell('wrong-person-link'))),
    paragraph(words(tell('not-marketing', { phone: personal.helpline.phone, email: personal.helpline.email }))),
  );
  return { before, after };
}

function unitBlocks(personal: PersonalFacts, tell: (key: string, params?: MessageParams) => string): PrintedText {
  const shown = personal.units.slice(0, MOST_UNITS_IN_MAIL);
  const cell = (text: string): Printed[] => [words(text)];
  const blocks: PrintedText = [
    { kind: 'heading', level: 2, children: cell(tell('units', { count: personal.unitCount })) },
    {
      kind: 'table',
      head: ['product', 'serial', 'environments', 'site'].map((name) => cell(tell(`units.${name}`))),
      rows: shown.map((unit) => [
        cell(unit.product),
        [identifier(unit.serial)],
        cell(unit.environments.join(', ')),
        cell(unit.site),
      ]),
    },
  ];
  if (personal.unitCount > shown.length) {
    blocks.push(paragraph(words(tell('units.more', { count: personal.unitCount - shown.length }))));
  }
  return blocks;
}
