/** One file of many, for the printer. Runs inside a worker thread. */
import { PDFDocument } from '@cantoo/pdf-lib';

/** Puts files one behind the other. What screen readers and archives ask for stays with the single letters. */
export async function joinFiles(files: readonly Uint8Array[]): Promise<Uint8Array<ArrayBuffer>> {
  const joined = await PDFDocument.create({ updateMetadata: false });
  for (const file of files) {
    const from = await PDFDocument.load(file, { updateMetadata: false });
    for (const page of await joined.copyPages(from, from.getPageIndices())) joined.addPage(page);
  }
  return new Uint8Array(await joined.save());
}
