/** QR codes as bare dots: for letters, forms, tickets of kits, and pages. */
import { correction, generate } from 'lean-qr';

export interface QrCode {
  /** Dots a side. */
  side: number;
  /** One byte a dot, row by row: 0 black, 255 white. */
  dots: Uint8Array;
}

/** Empty dots around a code, where nothing else leaves it room (ISO/IEC 18004). */
export const QUIET = 4;

/**
 * Draws one code (ISO/IEC 18004).
 * @param spare how much of it may be lost, at least: M, a fold or a stamp over a corner leaves it readable; Q, a quarter
 * @param quiet empty dots on each side
 * @throws Error for a text that no code can hold
 */
export function drawCode(text: string, spare: 'M' | 'Q' = 'M', quiet = 0): QrCode {
  const code = generate(text, { minCorrectionLevel: correction[spare] });
  const side = code.size + 2 * quiet;
  const dots = new Uint8Array(side * side);
  for (let at = 0; at < dots.length; at++)
    dots[at] = code.get((at % side) - quiet, Math.floor(at / side) - quiet) ? 0 : 255;
  return { side, dots };
}
