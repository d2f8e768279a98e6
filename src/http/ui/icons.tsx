/** Icons as inline SVG, read from the icon package when first used. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { VNode } from 'preact';

const require = createRequire(import.meta.url);
const shapes = new Map<string, string>();

/** The inside of an icon's svg element. Throws for a name the icon set does not have: the page that names it is wrong. */
function shapeOf(name: string, style: 'outline' | 'filled'): string {
  const key = `${style}/${name}`;
  const known = shapes.get(key);
  if (known !== undefined) return known;
  const svg = readFileSync(require.resolve(`@tabler/icons/${key}.svg`), 'utf8');
  const inside = svg
    .slice(svg.indexOf('>') + 1, svg.lastIndexOf('</svg>'))
    // The invisible box every icon starts with.
    .replace(/<path stroke="none" d="M0 0h24v24H0z" fill="none" ?\/>/, '')
    .trim();
  shapes.set(key, inside);
  return inside;
}

export type IconProps = {
  /** A name of the Tabler icon set, e.g. `alert-triangle`. */
  name: string;
  filled?: boolean;
  /** Spoken instead of the picture. Without it the icon is decoration: a word must stand beside it. */
  label?: string;
  class?: string;
};

/** One icon in the size and colour of the text around it. */
export function Icon({ name, filled = false, label, class: extra }: IconProps): VNode {
  const paint = filled
    ? { fill: 'currentColor' }
    : {
        fill: 'none',
        stroke: 'currentColor',
        'stroke-width': 2,
        'stroke-linecap': 'round',
        'stroke-linejoin': 'round',
      };
  const speech = label ? { role: 'img' as const, 'aria-label': label } : { 'aria-hidden': true as const };
  return (
    <svg
      class={extra ? `ff-icon ${extra}` : 'ff-icon'}
      width="24"
      height="24"
      viewBox="0 0 24 24"
      focusable="false"
      {...(paint as { fill: string })}
      {...speech}
      // Text of the icon package's own files.
      dangerouslySetInnerHTML={{ __html: shapeOf(name, filled ? 'filled' : 'outline') }}
    />
  );
}

/** The product's own mark: an F whose foot is a tick. */
export function Mark(): VNode {
  return (
    <svg class="ff-mark" width="32" height="32" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="8" class="ff-mark-ground" />
      <path d="M10 24V9.5h12M10 16h7" class="ff-mark-letter" />
      <path d="m17.5 21.5 2.6 2.7 5-5.6" class="ff-mark-tick" />
    </svg>
  );
}
