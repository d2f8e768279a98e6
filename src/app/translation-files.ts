import type { Refusal } from '../domain/refusal.ts';
import type { XliffFile } from '../domain/xliff.ts';
import { makeXliffReader, XliffError } from '../domain/xliff-read.ts';
import { makeXmlDecoder } from '../domain/xml-text.ts';
import type { Context } from './context.ts';

/** Reads a kept file as XLIFF, piece by piece. @returns what is wrong with it, as xliff-read.ts and xml-text.ts refuse */
export async function readXliff(ctx: Pick<Context, 'files'>, sha256: string): Promise<XliffFile | Refusal> {
  const decoder = makeXmlDecoder();
  const reader = makeXliffReader();
  try {
    for await (const bytes of ctx.files.read(sha256)) reader.write(decoder.write(bytes));
    reader.write(decoder.end());
    return reader.end();
  } catch (error) {
    if (error instanceof XliffError) return { ...error.refusal, at: 'file' };
    throw error;
  }
}
