/** A QR code as inline SVG: black on white whatever the theme, as cameras need it. */
import type { VNode } from 'preact';
import { drawCode, QUIET } from '../../domain/qr-code.ts';

/**
 * @param text what the code says
 * @param label what it is for, read out instead of it
 */
export function QrCode({ text, label }: { text: string; label: string }): VNode {
  const { side, dots } = drawCode(text, 'M', QUIET);
  let path = '';
  for (const [at, dot] of dots.entries()) if (dot === 0) path += `M${at % side} ${Math.floor(at / side)}h1v1h-1z`;
  return (
    <svg
      role="img"
      aria-label={label}
      width="208"
      height="208"
      viewBox={`0 0 ${side} ${side}`}
      shape-rendering="crispEdges"
    >
      <rect width={side} height={side} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}
