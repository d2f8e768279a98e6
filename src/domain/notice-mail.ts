/**
 * A notice as a mail to one person: greeting, notice, the person's own units and links, in each of their languages.
 * Tables and inline style, because mail programs know nothing else; no image, nothing that is fetched.
 */
import type { MessageParams, Say } from './message.ts';
import { escapeHtml, valueHtml } from './notice-html.ts';
import type { Printed, PrintedText, RenderedNotice } from './notice-render.ts';
import { blocksToText, toText, wrap } from './notice-text.ts';
import type { Block, ListBlock } from './rich-text.ts';

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
  const html = letters.map(({ part, before, after }) => partHtml(part.notice, before, after));
  return {
    subject: `${prefix}${subjects.join(' / ')}`.slice(0, 250),
    text: `${opening === '' ? '' : `${wrap(opening)}\n\n`}${text.join(`\n\n${'='.repeat(76)}\n\n`)}\n`,
    html: page(parts[0]?.notice, opening, html.join(RULE), preheaderOf(parts[0], personal, kind, open)),
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

// ── HTML of mails ───────────────────────────────────────────────────────────────────────────────────────────────────

const FONT = "font-family:'Segoe UI',Helvetica,Arial,sans-serif";
const RULE = '<tr><td style="padding:8px 32px"><hr style="border:0;border-top:2px solid #444444"></td></tr>';
/** Read by lists of mails, shown by no mail program: Word's engine, in Outlook, needs its own word for it. */
const HIDDEN =
  'display:none;max-height:0;max-width:0;overflow:hidden;mso-hide:all;font-size:1px;line-height:1px;color:#f3f4f5';
const P = 'margin:0 0 12px';
/** A checksum would make the whole mail as wide as itself; a number in a cell stays whole as long as its column has room. */
const BREAK = 'overflow-wrap:anywhere;word-break:break-word';
const CELL = `padding:6px 10px;border:1px solid #c8ccd0;vertical-align:top;${FONT};font-size:15px;overflow-wrap:break-word;word-break:normal`;
/** On a telephone each row of a table becomes a list of its own. Programs that know no rules for screens leave it a table. */
const NARROW = [
  '@media (max-width:520px){',
  '.c{padding:16px 14px!important}',
  '.t,.t tbody,.t tr,.t td{display:block!important;border-width:0!important}',
  '.t .h{display:none!important}',
  '.t tr{margin:0 0 12px!important;padding:6px 0!important;border:1px solid #c8ccd0!important}',
  '.t td{padding:2px 10px!important}',
  '.l{display:block!important;color:#555555;font-size:13px}',
  '}',
].join('');

/** The notice alone as a mail's HTML, e.g. for a preview. */
export function toMailHtml(notice: RenderedNotice): string {
  return page(notice, '', partHtml(notice, [], []));
}

function page(first: RenderedNotice | undefined, opening: string, rows: string, preheader = ''): string {
  const language = escapeHtml(first?.language ?? 'en');
  const top =
    opening === ''
      ? ''
      : `<tr><td style="padding:20px 32px 0;color:#555555;${FONT};font-size:16px">${escapeHtml(opening)}</td></tr>`;
  return [
    `<!doctype html><html lang="${language}" dir="${first?.direction ?? 'ltr'}"><head><meta charset="utf-8">`,
    '<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light">',
    `<title>${escapeHtml(first?.subject ?? '')}</title><style>${NARROW}</style></head>`,
    `<body style="margin:0;padding:0;background:#f3f4f5;color:#1b1f23;${FONT};font-size:16px;line-height:1.5">`,
    preheader === '' ? '' : `<div style="${HIDDEN}">${escapeHtml(preheader)}</div>`,
    '<table role="presentation" width="100%" bgcolor="#f3f4f5" cellpadding="0" cellspacing="0" border="0"><tr><td align="center" style="padding:16px 8px">',
    '<table role="presentation" width="680" bgcolor="#ffffff" cellpadding="0" cellspacing="0" border="0" style="max-width:680px;width:100%;background:#ffffff">',
    top,
    rows,
    '</table></td></tr></table></body></html>',
  ].join('');
}

function alignOf(notice: RenderedNotice): 'left' | 'right' {
  return notice.direction === 'rtl' ? 'right' : 'left';
}

function partHtml(notice: RenderedNotice, before: PrintedText, after: PrintedText): string {
  const align = alignOf(notice);
  return [
    `<tr><td lang="${escapeHtml(notice.language)}" dir="${notice.direction}" align="${align}" class="c" style="padding:24px 32px;text-align:${align};${FONT};font-size:16px;line-height:1.5;${BREAK}">`,
    blocksHtml(before, align),
    printed(notice).html,
    blocksHtml(after, align),
    '</td></tr>',
  ].join('');
}

function noticeHtml(notice: RenderedNotice): string {
  const sections = notice.sections.map((section) => {
    const number = section.number === undefined ? '' : `${section.number} `;
    const heading = section.heading
      ? `<h2 style="font-size:19px;line-height:1.3;margin:24px 0 8px">${number}${inlines(section.heading)}</h2>`
      : '';
    return heading + blocksHtml(section.blocks, alignOf(notice));
  });
  return [
    // 21 CFR 7.49(b): marked conspicuously, preferably in bold red.
    `<h1 style="font-size:24px;line-height:1.25;margin:16px 0 4px;color:#b00020;font-weight:bold">${inlines(notice.title)}</h1>`,
    notice.subtitle ? `<p style="margin:0 0 16px;font-size:18px">${inlines(notice.subtitle)}</p>` : '',
    ...sections,
  ].join('');
}

function blocksHtml(blocks: PrintedText, align: string): string {
  return blocks.map((block) => blockHtml(block, align)).join('');
}

function blockHtml(block: Block<Printed>, align: string): string {
  switch (block.kind) {
    case 'paragraph':
      return `<p style="${P}">${inlines(block.children)}</p>`;
    case 'heading':
      return `<h3 style="font-size:17px;line-height:1.3;margin:20px 0 8px">${inlines(block.children)}</h3>`;
    case 'list':
      return listHtml(block);
    case 'box': {
      const colour = block.tone === 'warning' ? '#b00020' : '#5f6b76';
      const side = align === 'right' ? 'border-right' : 'border-left';
      const inner = blocksHtml(block.blocks, align);
      return `<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="margin:0 0 16px"><tr><td bgcolor="#f7f7f8" style="${side}:4px solid ${colour};background:#f7f7f8;${FONT};font-size:16px;padding:12px 16px 2px">${inner}</td></tr></table>`;
    }
    case 'table': {
      const head = block.head.map(
        (cell) =>
          `<th align="${align}" valign="top" bgcolor="#f3f4f5" style="${CELL};background:#f3f4f5">${inlines(cell)}</th>`,
      );
      const labels = block.head.map(
        (cell) => `<span class="l" style="display:none;mso-hide:all">${inlines(cell)}</span>`,
      );
      const cellHtml = (cell: readonly Printed[], column: number) =>
        `<td align="${align}" valign="top" style="${CELL}">${labels[column] ?? ''}${inlines(cell)}</td>`;
      const rows = block.rows.map((row) => `<tr>${row.map(cellHtml).join('')}</tr>`);
      return `<table class="t" cellpadding="0" cellspacing="0" border="0" style="border-collapse:collapse;margin:0 0 16px;font-size:15px"><tr class="h">${head.join('')}</tr>${rows.join('')}</table>`;
    }
  }
}

function listHtml(list: ListBlock<Printed>): string {
  const tag = list.ordered ? 'ol' : 'ul';
  const items = list.items.map(
    (item) => `<li style="margin:0 0 6px">${inlines(item.children)}${item.below ? listHtml(item.below) : ''}</li>`,
  );
  // Word’s engine knows no padding of lists, and without a margin it hides their signs.
  return `<${tag} style="margin:0 24px 16px;padding:0">${items.join('')}</${tag}>`;
}

function inlines(nodes: readonly Printed[]): string {
  return nodes.map(inlineHtml).join('');
}

function inlineHtml(node: Printed): string {
  switch (node.kind) {
    case 'text':
      return escapeHtml(node.text);
    case 'break':
      return '<br>';
    case 'strong':
      return `<b>${inlines(node.children)}</b>`;
    case 'emphasis':
      return `<i>${inlines(node.children)}</i>`;
    case 'link':
      return `<a href="${escapeHtml(node.href)}" style="color:#0b57a4">${inlines(node.children)}</a>`;
    case 'section':
      return `“${escapeHtml(node.label)}”`;
    case 'value':
      return valueHtml(node);
  }
}
