/** Messages of the page before. */
import type { VNode } from 'preact';
import type { Flash } from './flash.ts';
import { Icon } from './icons.tsx';

const flashIcons = { done: 'circle-check', note: 'info-circle', attention: 'alert-triangle' } as const;

/** Messages of the page before, read out when the page opens. */
export function Flashes({ flashes }: { flashes: readonly Flash[] }): VNode | null {
  if (flashes.length === 0) return null;
  return (
    // biome-ignore lint/a11y/useSemanticElements: an output element may not hold paragraphs
    <div class="ff-flashes" role="status">
      {flashes.map((flash) => (
        <p key={flash.text} class={`ff-flash ff-flash-${flash.tone}`}>
          <Icon name={flashIcons[flash.tone]} />
          <span>{flash.text}</span>
        </p>
      ))}
    </div>
  );
}
