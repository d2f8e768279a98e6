/** Short mails that answer somebody: a few paragraphs, a list, one link. Nothing that is fetched, no picture. */
import { escapeHtml } from './notice-html.ts';

export type MailBlock =
  | { kind: 'text'; text: string }
  | { kind: 'heading'; text: string }
  /** Lines of a list: what it is about, and what is said of it. Identifiers stay left to right. */
  | { kind: 'list'; items: readonly { label: string; detail: string }[] }
  | { kind: 'link'; href: string; text: string };

export interface PlainMail {
  subject: string;
  text: string;
  html: string;
  /** What it is made of, for setting it on paper. */
  blocks?: readonly MailBlock[];
}

/** Composes the mail in one language. */
export function composePlainMail(mail: {
  subject: string;
  language: string;
  direction: 'ltr' | 'rtl';
  blocks: readonly MailBlock[];
}): PlainMail {
  const { subject, language, direction, blocks } = mail;
  const align = direction === 'rtl' ? 'right' : 'left';
  const html = [
    `<!doctype html><html lang="${escapeHtml(language)}" dir="${direction}"><head><meta charset="utf-8">`,
    '<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light">',
    `<title>${escapeHtml(subject)}</title></head>`,
    '<body style="margin:0;padding:0;background:#f3f4f5;color:#1b1f23;font-family:\'Segoe UI\',Helvetica,Arial,sans-serif;font-size:16px;line-height:1.5">',
    '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"><tr><td align="center" style="padding:16px 8px">',
    '<table role="presentation" width="680" cellpadding="0" cellspacing="0" border="0" style="max-width:680px;width:100%;background:#ffffff">',
    `<tr><td align="${align}" style="padding:24px 32px;text-align:${align}">\n`,
    blocks.map((block) => blockHtml(block, align)).join('\n'),
    '\n</td></tr></table></td></tr></table></body></html>',
  ].join('');
  return { subject, text: `${blocks.map(blockText).join('\n\n')}\n`, html, blocks };
}

function blockText(block: MailBlock): string {
  switch (block.kind) {
    case 'text':
      return block.text;
    case 'heading':
      return `${block.text}\n${'-'.repeat(Math.min(76, block.text.length))}`;
    case 'list':
      return block.items.map((item) => `- ${item.label}: ${item.detail}`).join('\n');
    case 'link':
      return `${block.text}\n${block.href}`;
  }
}

function blockHtml(block: MailBlock, align: string): string {
  switch (block.kind) {
    case 'text':
      return `<p style="margin:0 0 12px">${escapeHtml(block.text).replaceAll('\n', '<br>')}</p>`;
    case 'heading':
      return `<h2 style="font-size:18px;line-height:1.3;margin:20px 0 8px">${escapeHtml(block.text)}</h2>`;
    case 'link':
      return `<p style="margin:16px 0"><a href="${escapeHtml(block.href)}" style="color:#0b57a4">${escapeHtml(block.text)}</a></p>`;
    case 'list': {
      const cell = `align="${align}" style="padding:6px 10px;border:1px solid #c8ccd0;vertical-align:top"`;
      const rows = block.items.map(
        (item) =>
          `<tr><td ${cell}><bdi dir="ltr">${escapeHtml(item.label)}</bdi></td><td ${cell}>${escapeHtml(item.detail)}</td></tr>`,
      );
      return `<table cellpadding="0" cellspacing="0" border="0" style="border-collapse:collapse;margin:0 0 16px;font-size:15px">\n${rows.join('\n')}\n</table>`;
    }
  }
}
