/**
 * The HTML of mails: tables and inline style, because mail programs know nothing else; no image, nothing that is fetched.
 */
import { escapeHtml, valueHtml } from './notice-html.ts';
import type { Printed, PrintedText, RenderedNotice } from './notice-render.ts';
import type { Block, ListBlock } from './rich-text.ts';

const FONT = "font-family:'Segoe UI',Helvetica,Arial,sans-serif";
/** Between two languages of one letter. */
export const RULE = '<tr><td style="padding:8px 32px"><hr style="border:0;border-top:2px solid #444444"></td></tr>';
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
  return mailPage(notice, '', partHtml(notice, [], noticeHtml(notice), []));
}

export function mailPage(first: RenderedNotice | undefined, opening: string, rows: string, preheader = ''): string {
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

/** One language of a letter as rows of the mail. @param words the notice itself, see {@link noticeHtml} */
export function partHtml(notice: RenderedNotice, before: PrintedText, words: string, after: PrintedText): string {
  const align = alignOf(notice);
  return [
    `<tr><td lang="${escapeHtml(notice.language)}" dir="${notice.direction}" align="${align}" class="c" style="padding:24px 32px;text-align:${align};${FONT};font-size:16px;line-height:1.5;${BREAK}">`,
    blocksHtml(before, align),
    words,
    blocksHtml(after, align),
    '</td></tr>',
  ].join('');
}

/** The notice without anybody's own facts: the same for all its readers. */
export function noticeHtml(notice: RenderedNotice): string {
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
      return isReadInOneGo(node) ? `<span style="white-space:nowrap">${valueHtml(node)}</span>` : valueHtml(node);
  }
}

/** A number with hyphens or blanks stays on one line of a telephone: cut in two, right-to-left text would turn its halves. */
function isReadInOneGo({ type, text }: Extract<Printed, { kind: 'value' }>): boolean {
  return (type === 'identifier' || type === 'phone') && text.length <= 24;
}
