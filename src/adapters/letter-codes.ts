/** QR codes as bare dots: of personal links for the letter's template, of forms and pages. */
import { correction, generate } from 'lean-qr';

export interface Code {
  /** Dots a side, without a quiet zone. */
  side: number;
  /** One byte a dot: 0 black, 255 white. */
  dots: Uint8Array;
}

/**
 * Draws one code (ISO/IEC 18004).
 * @param spare how much of it may be lost, at least: M, a fold or a stamp over a corner leaves it readable; Q, a quarter
 * @throws Error for a text that no code can hold
 */
export function drawCode(text: string, spare: 'M' | 'Q' = 'M'): Code {
  const code = generate(text, { minCorrectionLevel: correction[spare] });
  const side = code.size;
  const dots = new Uint8Array(side * side);
  for (let at = 0; at < dots.length; at++) dots[at] = code.get(at % side, Math.floor(at / side)) ? 0 : 255;
  return { side, dots };
}
