/** Bytes of an XML file as text: UTF-8, or UTF-16 as older translators' tools write it. Nothing is guessed or repaired. */
import { XliffError } from './xliff-read.ts';

/**
 * Makes a decoder for pieces of any size.
 * @throws XliffError `xliff.zip`, `xliff.not-xml`, `xliff.encoding-unknown` {encoding}, `xliff.encoding` when the bytes are not
 * the encoding they say they are
 */
export function makeXmlDecoder(): { write(bytes: Uint8Array): string; end(): string } {
  let decoder: TextDecoder | undefined;
  let waiting: Uint8Array = new Uint8Array(0);

  const decode = (bytes: Uint8Array, more: boolean): string => {
    decoder ??= decoderFor(bytes);
    try {
      return decoder.decode(bytes, { stream: more });
    } catch {
      throw new XliffError('xliff.encoding');
    }
  };
  return {
    write(bytes) {
      if (decoder) return decode(bytes, true);
      const joined = new Uint8Array(waiting.length + bytes.length);
      joined.set(waiting);
      joined.set(bytes, waiting.length);
      waiting = joined;
      return waiting.length < DECLARATION ? '' : decode(waiting, true);
    },
    end: () => (decoder ? decode(new Uint8Array(0), false) : decode(waiting, false)),
  };
}

/** The declaration is at the very beginning and short. */
const DECLARATION = 256;

function decoderFor(bytes: Uint8Array): TextDecoder {
  const [a = 0, b = 0, c = 0] = bytes;
  if (a === 0x50 && b === 0x4b) throw new XliffError('xliff.zip');
  const fatal = { fatal: true };
  if ((a === 0xff && b === 0xfe) || (a === 0x3c && b === 0)) return new TextDecoder('utf-16le', fatal);
  if ((a === 0xfe && b === 0xff) || (a === 0 && b === 0x3c)) return new TextDecoder('utf-16be', fatal);
  const start = new TextDecoder('latin1').decode(
    bytes.subarray(a === 0xef && b === 0xbb && c === 0xbf ? 3 : 0, DECLARATION),
  );
  if (!start.trimStart().startsWith('<')) throw new XliffError('xliff.not-xml');
  const declared = /^<\?xml[^>]*\bencoding\s*=\s*["']([^"']{1,40})["']/.exec(start)?.[1] ?? 'UTF-8';
  if (!/^(utf-?8|us-ascii)$/i.test(declared)) throw new XliffError('xliff.encoding-unknown', { encoding: declared });
  return new TextDecoder('utf-8', fatal);
}
