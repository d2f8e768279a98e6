/** What a kit says in plain text and in plain HTML, for machines that show nothing better. */
import type { KitPapers, PaperTicket } from './kit.ts';
import { isRightToLeft, type Say } from './message.ts';
import { formatNoticeDate } from './notice-facts.ts';
import { escapeHtml } from './notice-html.ts';

/** A ticket with what is worked out each time: its number, and its key, which no table holds. */
export interface PrintedTicket extends PaperTicket {
  number: number;
  key: string;
}

/** A kit as its papers name it. */
export interface KitFacts {
  kitId: number;
  papers: KitPapers;
  tickets: readonly PrintedTicket[];
  /** `YYYY-MM-DD` */
  preparedOn: string;
  goodUntil: string;
  /** SHA-256 of the first root. */
  rootSha256: string;
}

/** A file of the kit that is for people. `kind` names its words: `letter.kit.file.<kind>`. */
export interface NamedFile {
  name: string;
  kind: 'instructions' | 'form' | 'tickets';
  language: string;
}

/** Words in one language, with the code of the language they are in. */
export interface Speaker {
  language: string;
  say: Say;
}

const STEPS = ['backup', 'start', 'follow', 'code', 'again', 'return'] as const;

/** What to do, line by line. */
export function stepsOf(say: Say): string[] {
  return STEPS.map((step) => say(`letter.kit.${step}`));
}

/** A remedy with the version of its package, said once where the name ends with it already. */
export function nameWithVersion(remedy: string, version: string): string {
  return remedy.endsWith(version) ? remedy : `${remedy} ${version}`;
}

/** Text as the simplest editor of an old Windows reads it. */
export function windowsText(lines: readonly string[]): Buffer {
  return Buffer.from(`\ufeff${lines.join('\n').replace(/\r?\n/g, '\r\n')}\r\n`);
}

/** START-HERE.txt: what to do in each language, where the rest lies, and the tickets in print. */
export function startText(facts: KitFacts, files: readonly NamedFile[], speakers: readonly Speaker[]): Buffer {
  const { reference, remedy, version } = facts.papers;
  const lines: string[] = [];
  for (const { say, language } of speakers) {
    lines.push(
      `${reference}: ${nameWithVersion(remedy, version)}`,
      '',
      say('letter.kit.what', { day: formatNoticeDate(facts.goodUntil, language) }),
      '',
    );
    lines.push(...stepsOf(say).map((step) => `- ${step}`), '');
    for (const file of files)
      if (file.language === language) lines.push(`${say(`letter.kit.file.${file.kind}`)}: ${file.name}`);
    lines.push('', say('letter.kit.fingerprint'), `  ${facts.rootSha256}`, '', '');
  }
  for (const one of facts.tickets)
    lines.push(`${one.product}  ${one.serial}  ${one.environment}  ${one.number}  ${one.key}`);
  return windowsText(lines);
}

/** START-HERE.html: the same as a page without anything a browser of 2005 would not show. */
export function startHtml(facts: KitFacts, files: readonly NamedFile[], speakers: readonly Speaker[]): Buffer {
  const { reference, remedy, version } = facts.papers;
  const e = escapeHtml;
  const parts = speakers.map(({ language, say }) => {
    const direction = isRightToLeft(language) ? 'rtl' : 'ltr';
    const align = direction === 'rtl' ? 'right' : 'left';
    return [
      `<div lang="${e(language)}" dir="${direction}" align="${align}">`,
      `<h1>${e(say('letter.kit.title', { kit: facts.kitId }))}</h1>`,
      `<p><bdo dir="ltr"><b>${e(`${reference}: ${nameWithVersion(remedy, version)}`)}</b></bdo></p>`,
      `<p>${e(say('letter.kit.what', { day: formatNoticeDate(facts.goodUntil, language) }))}</p>`,
      `<ol>${stepsOf(say)
        .map((step) => `<li>${e(step)}</li>`)
        .join('\n')}</ol>`,
      '<ul>',
      ...files
        .filter((file) => file.language === language)
        .map(
          (file) =>
            `<li>${e(say(`letter.kit.file.${file.kind}`))}: <a href="${e(encodeURI(file.name))}" dir="ltr">${e(file.name)}</a></li>`,
        ),
      '</ul>',
      `<p>${e(say('letter.kit.fingerprint'))}<br><code dir="ltr">${e(facts.rootSha256)}</code></p>`,
      '</div><hr>',
    ].join('\n');
  });
  const rows = facts.tickets.map((one) =>
    [one.product, one.serial, one.environment, String(one.number), one.key]
      .map((cell) => `<td dir="ltr">${e(cell)}</td>`)
      .join(''),
  );
  return Buffer.from(
    [
      '<!DOCTYPE html>',
      `<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"><title>${e(reference)}</title></head>`,
      '<body>',
      ...parts,
      `<table border="1" cellpadding="4" cellspacing="0">${rows.map((row) => `<tr>${row}</tr>`).join('\n')}</table>`,
      '</body></html>',
      '',
    ].join('\n'),
  );
}
