/** Packs a kit: the verifier, and a ZIP that comes out the same byte for byte each time. */
import { Readable } from 'node:stream';
import { ZipFile } from 'yazl';
import { verifierFiles, verifierScript } from './verifier.ts';

/** One file of a kit: its bytes, or a source of as many as it says. `program`: it may be started. */
export type KitEntry =
  | { name: string; bytes: Buffer; program?: boolean }
  | {
      name: string;
      size: number;
      /** Where it is known; else the file is read once to learn it. */
      sha256?: string;
      program?: boolean;
      read: () => AsyncIterable<Uint8Array>;
    };

export interface KitMaker {
  /** The verifier as one script. */
  verifier(): Promise<Buffer>;
  /** Everything of the verifier that lies in a kit, under its names there (`verifier/…`): the same each time. */
  verifierFiles(): Promise<KitEntry[]>;
  /**
   * A ZIP of these files in this order, stored and not compressed, all dated `day`: the same files give the same bytes
   * wherever it is made. Nothing is held in memory. `size` in bytes.
   */
  zip(entries: readonly KitEntry[], day: Date): { bytes: AsyncIterable<Uint8Array>; size: number | undefined };
}

/** @param programs folder of the verifier's executables, where an operator built them */
export function openKitMaker(programs?: string): KitMaker {
  return { verifier: verifierScript, verifierFiles: () => verifierFiles(programs), zip };
}

/** With the script alone. */
export const kitMaker: KitMaker = openKitMaker();

function zip(entries: readonly KitEntry[], day: Date): { bytes: AsyncIterable<Uint8Array>; size: number | undefined } {
  const file = new ZipFile();
  const common = {
    // A ZIP's dates are local ones: this one is the same day everywhere.
    mtime: new Date(day.getUTCFullYear(), day.getUTCMonth(), day.getUTCDate()),
    forceDosTimestamp: true,
    compress: false,
  };
  for (const entry of entries) {
    const options = { ...common, mode: entry.program ? 0o100755 : 0o100644 };
    if ('bytes' in entry) file.addBuffer(entry.bytes, entry.name, options);
    else
      file.addReadStreamLazy(entry.name, { ...options, size: entry.size }, (give) =>
        give(null, Readable.from(copies(entry.read()))),
      );
  }
  // A file that cannot be read must break the ZIP off, not leave its reader waiting.
  const out = file.outputStream as unknown as Readable;
  file.on('error', (error: unknown) => out.destroy(error instanceof Error ? error : new Error(String(error))));
  let size: number | undefined;
  // The package's own types forget what it hands over: the size, at once, as every part's is known.
  const learn = ((total: number) => {
    size = total > 0 ? total : undefined;
  }) as () => void;
  file.end({ forceZip64Format: false, comment: '' }, learn);
  return { bytes: out, size };
}

/** A source may use the memory of a part again once the next one is asked for, and a stream asks ahead. */
async function* copies(parts: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const part of parts) yield Buffer.from(part);
}
