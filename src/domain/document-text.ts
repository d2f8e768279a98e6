/** A plain text as a notice's rich text: what looks like a heading is one, lines with bullets are lists, the rest paragraphs. */
import type { Block, Inline, RichText } from './rich-text.ts';

const words = (text: string): Inline[] => [{ kind: 'text', text: text.replace(/\s+/g, ' ').trim() }];

/** Reads it; everything that means something in our own syntax stays plain words. */
export function readDocumentText(text: string): RichText {
  return (
    text
      .replace(/^\ufeff/, '')
      .replace(/\r\n?/g, '\n')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: form feeds and the like come from printers
      .replace(/[\u0000-\u0008\u000b-\u001f]/g, ' ')
      .split(/\n[ \t]*\n/)
      .flatMap(readPart)
  );
}

function readPart(part: string): Block[] {
  const lines = part.split('\n').filter((line) => line.trim() !== '');
  const [first = ''] = lines;
  if (first === '') return [];
  if (isHeading(first, lines.length)) {
    const level = /^\s*\d+\.\d/.test(first) || first.startsWith('##') ? 2 : 1;
    const rest = lines.slice(1).join('\n');
    return [{ kind: 'heading', level, children: words(first.replace(/^#+\s*/, '')) }, ...readPart(rest)];
  }
  const bullet = /^\s*(?:[-*•–·]|(\d{1,2})[.)])\s+(\S.*)$/;
  if (!lines.every((line, index) => bullet.test(line) || (index > 0 && /^\s{2,}/.test(line)))) {
    const start = lines.findIndex((line) => bullet.test(line));
    // A sentence that leads into a list.
    if (start > 0) return [...readPart(lines.slice(0, start).join('\n')), ...readPart(lines.slice(start).join('\n'))];
    return [{ kind: 'paragraph', children: words(lines.join(' ')) }];
  }
  const items: string[] = [];
  for (const line of lines) {
    const found = bullet.exec(line);
    if (found) items.push(found[2] ?? '');
    else items[items.length - 1] += ` ${line.trim()}`;
  }
  const ordered = bullet.exec(first)?.[1] !== undefined;
  return [{ kind: 'list', ordered, items: items.map((item) => ({ children: words(item) })) }];
}

/** Short, no sentence: numbered as in the EC template, marked with #, in capitals, or a few words by themselves. */
function isHeading(line: string, lines: number): boolean {
  const text = line.trim();
  if (text.length > 120) return false;
  if (/^#{1,3}\s+\S/.test(text)) return true;
  if (/^\d{1,2}\.\d{1,2}\.?\s+\p{L}/u.test(text)) return true;
  // "Date: 4 May" is a line of a letterhead.
  if (/[.!?;,:]$|:\s/.test(text)) return false;
  if (/\p{Lu}{3}/u.test(text) && !/\p{Ll}/u.test(text)) return true;
  return (
    lines === 1 &&
    text.length <= 60 &&
    /^\p{Lu}/u.test(text) &&
    !/^\p{Lu}[\p{L} .-]*,/u.test(text) &&
    text.split(' ').length <= 9
  );
}
