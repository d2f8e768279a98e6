/** A printed notice as the HTML of a page: semantic, escaped, right-to-left aware, no inline style (strict CSP). */
import { factRegistry } from './notice-facts.ts';
import type { Printed, PrintedText, RenderedNotice } from './notice-render.ts';
import type { Block, ListBlock } from './rich-text.ts';

/** Text made safe for HTML, also inside attributes. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/**
 * @param options.level of the title's heading (1 to 4); sections and their headings follow below it
 * @param options.idPrefix keeps two notices on one page apart
 */
export function toHtml(notice: RenderedNotice, options: { level?: number; idPrefix?: string } = {}): string {
  const level = options.level ?? 1;
  const prefix = options.idPrefix ?? 'notice';
  const shown = new Set(notice.sections.map((section) => section.key));
  const writer: Writer = { level: level + 1, anchor: (key) => (shown.has(key) ? `#${prefix}-${key}` : undefined) };
  const sections = notice.sections.map((section) => {
    const id = `${prefix}-${section.key}`;
    const number = section.number === undefined ? '' : `<span class="ff-notice-number">${section.number}</span> `;
    const heading = section.heading
      ? `<h${level + 1} id="${id}-h">${number}${inlines(writer, section.heading)}</h${level + 1}>`
      : '';
    const label = section.heading ? ` aria-labelledby="${id}-h"` : '';
    return `<section id="${id}" class="ff-notice-${section.key}"${label}>${heading}${blocksHtml(writer, section.blocks)}</section>`;
  });
  return [
    `<article class="ff-notice" lang="${escapeHtml(notice.language)}" dir="${notice.direction}">`,
    `<header><h${level} class="ff-notice-title">${inlines(writer, notice.title)}</h${level}>`,
    notice.subtitle ? `<p class="ff-notice-subtitle">${inlines(writer, notice.subtitle)}</p>` : '',
    '</header>',
    ...sections,
    '</article>',
  ].join('');
}

/** A text by itself, its headings below `level`. */
export function textHtml(blocks: PrintedText, level: number): string {
  return blocksHtml({ level, anchor: () => undefined }, blocks);
}

type Writer = {
  level: number;
  anchor: (key: string) => string | undefined;
  /** For the editor: facts are chips that say their name, and nothing can be followed. */
  chips?: boolean;
};

/** The sections of a notice alone, with its facts as chips: what the editor shows beside a text. */
export function toChipsHtml(notice: RenderedNotice): string {
  const writer: Writer = { level: 3, anchor: () => undefined, chips: true };
  const sections = notice.sections.map(({ heading, blocks }) => {
    const title = heading ? `<h4>${inlines(writer, heading)}</h4>` : '';
    return title + blocksHtml(writer, blocks);
  });
  return `<div class="ff-notice" lang="${escapeHtml(notice.language)}" dir="${notice.direction}">${sections.join('')}</div>`;
}

function blocksHtml(writer: Writer, blocks: PrintedText): string {
  return blocks.map((block) => blockHtml(writer, block)).join('');
}

function blockHtml(writer: Writer, block: Block<Printed>): string {
  switch (block.kind) {
    case 'paragraph':
      return `<p>${inlines(writer, block.children)}</p>`;
    case 'heading': {
      const level = Math.min(6, writer.level + block.level);
      return `<h${level}>${inlines(writer, block.children)}</h${level}>`;
    }
    case 'list':
      return listHtml(writer, block);
    case 'box':
      return `<div class="ff-notice-box ff-notice-${block.tone}" role="note">${blocksHtml(writer, block.blocks)}</div>`;
    case 'table': {
      const head = block.head.map((cell) => `<th scope="col">${inlines(writer, cell)}</th>`).join('');
      const rows = block.rows.map((row) => {
        const cells = row.map((cell, index) =>
          index === 0 ? `<th scope="row">${inlines(writer, cell)}</th>` : `<td>${inlines(writer, cell)}</td>`,
        );
        return `<tr>${cells.join('')}</tr>`;
      });
      return `<div class="ff-notice-table" tabindex="0"><table><thead><tr>${head}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
    }
  }
}

function listHtml(writer: Writer, list: ListBlock<Printed>): string {
  const tag = list.ordered ? 'ol' : 'ul';
  const items = list.items.map(
    (item) => `<li>${inlines(writer, item.children)}${item.below ? listHtml(writer, item.below) : ''}</li>`,
  );
  return `<${tag}>${items.join('')}</${tag}>`;
}

function inlines(writer: Writer, nodes: readonly Printed[]): string {
  return nodes.map((node) => inline(writer, node)).join('');
}

function inline(writer: Writer, node: Printed): string {
  switch (node.kind) {
    case 'text':
      return escapeHtml(node.text);
    case 'break':
      return '<br>';
    case 'strong':
      return `<strong>${inlines(writer, node.children)}</strong>`;
    case 'emphasis':
      return `<em>${inlines(writer, node.children)}</em>`;
    case 'link':
      if (writer.chips) return `<u>${inlines(writer, node.children)}</u>`;
      return `<a href="${escapeHtml(node.href)}">${inlines(writer, node.children)}</a>`;
    case 'section': {
      const href = writer.anchor(node.key);
      const label = escapeHtml(node.label);
      return href ? `<a href="${escapeHtml(href)}">${label}</a>` : label;
    }
    case 'value':
      return writer.chips ? chipHtml(node) : valueHtml(node);
  }
}

/** Facts are isolated: an identifier in a right-to-left sentence keeps its order, and a name does not disturb it. */
export function valueHtml(node: Extract<Printed, { kind: 'value' }>): string {
  const text = escapeHtml(node.text);
  if (node.missing) return `<mark class="ff-notice-missing">${text}</mark>`;
  const isolated =
    node.type === 'identifier' || node.type === 'link' || node.type === 'email' || node.type === 'phone'
      ? `<bdi dir="ltr"${node.type === 'identifier' ? ' class="ff-identifier"' : ''}>${text}</bdi>`
      : `<bdi>${text}</bdi>`;
  return node.href === undefined ? isolated : `<a href="${escapeHtml(node.href)}">${isolated}</a>`;
}

function chipHtml({ text, fact = '', missing, type }: Extract<Printed, { kind: 'value' }>): string {
  const name = escapeHtml(`{${fact}}`);
  const direction = type === 'text' || type === 'date' ? '' : ' dir="ltr"';
  // What is known only with the reader is said by what it is.
  const own = factRegistry[fact]?.scope === 'recipient' ? factRegistry[fact]?.about : undefined;
  const unknown = missing && own === undefined;
  const words = escapeHtml(missing ? (own ?? `${fact}: no value yet`) : text);
  return `<bdi class="ff-chip${unknown ? ' ff-chip-missing' : ''}" title="${name}"${direction}>${words}</bdi>`;
}
