/** A QR code in text blocks, two rows of dots to a line: drawn on any terminal, read by any telephone. */
import { correction, generate, mode } from 'lean-qr';

const QUIET = 2;
/** Others would ask an old Node for alphabets that it does not know. */
const MODES = [mode.numeric, mode.alphaNumeric, mode.ascii];

export function qrText(text: string): string {
  const code = generate(text, { minCorrectionLevel: correction.L, modes: MODES });
  const lines: string[] = [];
  for (let y = -QUIET; y < code.size + QUIET; y += 2) {
    let line = '';
    // Terminals are mostly dark: what is light on paper is drawn.
    for (let x = -QUIET; x < code.size + QUIET; x++)
      line += ' ▄▀█'[(code.get(x, y) ? 0 : 2) + (code.get(x, y + 1) ? 0 : 1)];
    lines.push(line);
  }
  return lines.join('\n');
}
