/** A QR code in text blocks, two rows of modules to a line: drawn on any terminal, read by any telephone. */
import bwip from 'bwip-js/generic';

const QUIET = 2;

export function qrText(text: string): string {
  const symbol = bwip.raw('qrcode', text, 'eclevel=L')[0];
  if (!symbol || !('pixs' in symbol)) return '';
  const { pixs, pixx, pixy } = symbol;
  const dark = (x: number, y: number) => x >= 0 && y >= 0 && x < pixx && y < pixy && pixs[y * pixx + x] === 1;
  const lines: string[] = [];
  for (let y = -QUIET; y < pixy + QUIET; y += 2) {
    let line = '';
    // Terminals are mostly dark: what is light on paper is drawn.
    for (let x = -QUIET; x < pixx + QUIET; x++) line += ' ▄▀█'[(dark(x, y) ? 0 : 2) + (dark(x, y + 1) ? 0 : 1)];
    lines.push(line);
  }
  return lines.join('\n');
}
