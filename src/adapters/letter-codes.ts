/** QR codes as bare dots: of personal links for the letter's template, of forms and pages. Runs inside a worker thread. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { prepareZXingModule, writeBarcode } from 'zxing-wasm/writer';

let ready: Promise<unknown> | undefined;

export interface Code {
  /** Dots a side, without a quiet zone. */
  side: number;
  /** One byte a dot: 0 black, 255 white. */
  dots: Uint8Array;
}

/**
 * Draws one code.
 * @param spare how much of it may be lost: M, a fold or a stamp over a corner leaves it readable; Q, a quarter
 */
export async function drawCode(text: string, spare: 'M' | 'Q' = 'M'): Promise<Code> {
  ready ??= prepareZXingModule({
    overrides: {
      // Told where its program is, it asks the network for nothing.
      wasmBinary: new Uint8Array(
        readFileSync(fileURLToPath(import.meta.resolve('zxing-wasm/writer/zxing_writer.wasm'))),
      ).buffer,
    },
    fireImmediately: true,
  });
  await ready;
  const { error, symbol } = await writeBarcode(text, {
    format: 'QRCode',
    ecLevel: spare,
    // Pictures are made as well and not used: small ones take half the time.
    scale: 1,
    addQuietZones: false,
  });
  if (error) throw new Error(`No code for ${text.length} characters: ${error}`);
  return { side: symbol.width, dots: new Uint8Array(symbol.data) };
}
