/** Packs a kit: the verifier, and a ZIP that comes out the same byte for byte each time. */
import { Readable } from 'node:stream';
import { ZipFile } from 'yazl';
import { verifierScript } from './verifier.ts';

/** One file of a kit: its bytes, or a source of as many as it says. */
export type KitEntry =
  | { name: string; bytes: Buffer; program?: boolean }
  | { name: string; size: number; read: () => AsyncIterable<Uint8Array> };

export interface KitMaker {
  /** The verifier as one script. */
  verifier(): Promise<Buffer>;
  /**
   * A ZIP of these files in this order, stored and not compressed, all dated `day`: the same files give the same bytes
   * wherever it is made. Nothing is held in memory.
   */
  zip(entries: readonly KitEntry[], day: Date): AsyncIterable<Uint8Array>;
}

export const kitMaker: KitMaker = { verifier: verifierScript, zip };

function zip(entries: readonly KitEntry[], day: Date): AsyncIterable<Uint8Array> {
  const file = new ZipFile();
  const common = {
    // A ZIP's dates are local ones: this one is the same day everywhere.
    mtime: new Date(day.getUTCFullYear(), day.getUTCMonth(), day.getUTCDate()),
    forceDosTimestamp: true,
    compress: false,
  };
  for (const entry of entries) {
    if ('bytes' in entry) {
      file.addBuffer(entry.bytes, entry.name, { ...common, mode: entry.program ? 0o100755 : 0o100644 });
    } else {
      const options = { ...common, mode: 0o100644, size: entry.size };
      file.addReadStreamLazy(entry.name, options, (give) => give(null, Readable.from(entry.read())));
    }
  }
  // A file that cannot be read must break the ZIP off, not leave its reader waiting.
  const out = file.outputStream as unknown as Readable;
  file.on('error', (error: unknown) => out.destroy(error instanceof Error ? error : new Error(String(error))));
  file.end();
  return out;
}
