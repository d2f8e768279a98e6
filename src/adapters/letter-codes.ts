/** QR codes of personal links, as bare dots for the template. Runs inside a worker thread. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { prepareZXingModule, writeBarcode } from 'zxing-wasm/writer';

let ready: Promise<unknown> | undefined;

export interface Code {
  /** Dots a side, quiet zone included. */
  side: number;
  /** One byte a dot: 0 black, 255 white. */
  dots: Uint8Array;
}

/** Draws one code. Error correction M: a fold or a stamp over a corner leaves it readable. */
export async function drawCode(text: string): Promise<Code> {
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
  const { error, symbol } = await writeBarcode(text, { format: 'QRCode', ecLevel: 'M' });
  if (error) throw new Error(`No code for ${text.length} characters: ${error}`);
  return { side: symbol.width, dots: new Uint8Array(symbol.data) };
}
