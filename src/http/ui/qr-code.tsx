/** A QR code as inline SVG: black on white whatever the theme, as cameras need it. */
import bwip from 'bwip-js';
import type { VNode } from 'preact';

/** Empty modules around the symbol (ISO/IEC 18004 asks for four). */
const QUIET = 4;

/**
 * @param text what the code says
 * @param label what it is for, read out instead of it
 */
export function QrCode({ text, label }: { text: string; label: string }): VNode {
  const symbol = bwip.raw('qrcode', text, 'eclevel=M')[0];
  if (!symbol || !('pixs' in symbol)) throw new Error('no QR code could be made');
  const { pixs, pixx, pixy } = symbol;
  let path = '';
  for (let row = 0; row < pixy; row++) {
    for (let column = 0; column < pixx; column++)
      if (pixs[row * pixx + column]) path += `M${column + QUIET} ${row + QUIET}h1v1h-1z`;
  }
  const [width, height] = [pixx + 2 * QUIET, pixy + 2 * QUIET];
  return (
    <svg
      role="img"
      aria-label={label}
      width="208"
      height="208"
      viewBox={`0 0 ${width} ${height}`}
      shape-rendering="crispEdges"
    >
      <rect width={width} height={height} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}
