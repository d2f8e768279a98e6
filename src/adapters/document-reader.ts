/**
 * Reads a document somebody wrote elsewhere (DOCX or plain text) into its headings, paragraphs, lists and tables. A DOCX is
 * unpacked here, counted and without what could run; the library that understands it sees only that, in a thread of its
 * own that is ended when it takes too long.
 */
import { randomBytes } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { zipSync } from 'fflate';
import { readDocumentHtml } from '../domain/document-html.ts';
import { readDocumentText } from '../domain/document-text.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import type { RichText } from '../domain/rich-text.ts';
import { TableFileError } from './table-file-error.ts';
import { listZip, readZipPart } from './table-file-zip.ts';

/** Bytes of a document at most. */
export const DOCUMENT_BYTES = 10 * 2 ** 20;
/** What a DOCX may unpack to, in each part that is read and in all. */
const PART_BYTES = 20 * 2 ** 20;
const ALL_BYTES = 40 * 2 ** 20;
const THREAD_MS = 20_000;

export type ReadDocument = {
  kind: 'docx' | 'text';
  blocks: RichText;
  /** What was left behind, in words: pictures, footnotes … */
  dropped: string[];
};

export interface DocumentReader {
  /**
   * @param name the name the file came with
   * @returns a Refusal `document.empty`, `document.too-large`, `document.macros`, `document.doc`, `document.pdf`, `document.bomb`,
   * `document.damaged`, `document.encrypted`, `document.encoding`, `document.kind`, `document.slow`
   */
  read(bytes: AsyncIterable<Uint8Array>, name: string): Promise<ReadDocument | Refusal>;
}

/** The reader of this machine. */
export const documentReader: DocumentReader = {
  async read(bytes, name) {
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of bytes) {
      size += chunk.byteLength;
      if (size > DOCUMENT_BYTES) return refuse('document.too-large', { file: name, limit: DOCUMENT_BYTES / 2 ** 20 });
      chunks.push(chunk);
    }
    const whole = Buffer.concat(chunks);
    if (whole.length === 0) return refuse('document.empty', { file: name });
    if (/\.(docm|dotm)$/i.test(name)) return refuse('document.macros', { file: name });
    const start = whole.subarray(0, 8).toString('latin1');
    if (start.startsWith('PK')) return readDocx(whole, name);
    if (start.startsWith('%PDF')) return refuse('document.pdf', { file: name });
    if (start.startsWith('\u00d0\u00cf\u0011\u00e0')) return refuse('document.doc', { file: name });
    return readText(whole, name);
  },
};

function readText(bytes: Buffer, name: string): ReadDocument | Refusal {
  const [a, b] = bytes;
  const encoding = a === 0xff && b === 0xfe ? 'utf-16le' : a === 0xfe && b === 0xff ? 'utf-16be' : 'utf-8';
  let text: string;
  try {
    text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return refuse('document.encoding', { file: name });
  }
  if (text.includes('\u0000')) return refuse('document.kind', { file: name });
  const blocks = readDocumentText(text);
  return blocks.length === 0 ? refuse('document.empty', { file: name }) : { kind: 'text', blocks, dropped: [] };
}

/** Parts that say what a document says. Pictures, settings, embedded files and everything else stay packed. */
const PARTS =
  /^(\[Content_Types\]\.xml|_rels\/\.rels|word\/(document|styles|numbering|footnotes|endnotes)\.xml|word\/_rels\/document\.xml\.rels)$/;

async function readDocx(bytes: Buffer, name: string): Promise<ReadDocument | Refusal> {
  const file = await keepTemporarily(bytes);
  const parts: Record<string, Uint8Array> = {};
  const dropped: string[] = [];
  try {
    const listed = await listZip(file, bytes.length);
    const names = [...listed.keys()];
    if (names.some((one) => /(^|\/)vba(Project|Data)/i.test(one))) return refuse('document.macros', { file: name });
    if (!listed.has('word/document.xml')) return refuse('document.kind', { file: name });
    if (names.some((one) => one.startsWith('word/media/'))) dropped.push('pictures');
    if (names.some((one) => one.startsWith('word/embeddings/'))) dropped.push('embedded files');
    if (names.some((one) => /^word\/comments/.test(one))) dropped.push('comments');
    if (names.some((one) => /^word\/(header|footer)\d*\.xml$/.test(one))) dropped.push('headers and footers');
    let all = 0;
    for (const [part, entry] of listed) {
      if (!PARTS.test(part)) continue;
      const content = await readPart(file, entry);
      all += content.length;
      if (all > ALL_BYTES) return refuse('document.bomb', { file: name });
      // No part of a DOCX has one (ECMA-376 part 2, §8.1.4); it could define entities that grow.
      if (content.includes('<!DOCTYPE') || content.includes('<!ENTITY'))
        return refuse('document.damaged', { file: name });
      if (part === '[Content_Types].xml' && /macroEnabled/i.test(content.toString('latin1')))
        return refuse('document.macros', { file: name });
      parts[part] = content;
    }
  } catch (error) {
    if (error instanceof TableFileError)
      return refuse(zipRefusals[error.refusal.code] ?? 'document.damaged', { file: name });
    throw error;
  } finally {
    await file.close();
  }
  const html = await convert(Buffer.from(zipSync(parts, { level: 0 })), name);
  if (isRefusal(html)) return html;
  const read = readDocumentHtml(html);
  if (!read) return refuse('document.damaged', { file: name });
  if (read.blocks.length === 0) return refuse('document.empty', { file: name });
  return { kind: 'docx', blocks: read.blocks, dropped: [...new Set([...dropped, ...read.dropped])] };
}

const zipRefusals: Readonly<Record<string, string>> = {
  'table.bomb': 'document.bomb',
  'table.encrypted': 'document.encrypted',
};

async function readPart(file: FileHandle, entry: Parameters<typeof readZipPart>[1]): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of readZipPart(file, entry, PART_BYTES)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Bytes as a file that is already unlinked: it goes away with its handle, whatever happens. */
async function keepTemporarily(bytes: Buffer): Promise<FileHandle> {
  const path = join(tmpdir(), `document-${randomBytes(12).toString('hex')}`);
  const file = await open(path, 'wx+', 0o600);
  try {
    await file.writeFile(bytes);
  } finally {
    await unlink(path);
  }
  return file;
}

/** Plain `.ts`: Node strips the types itself, without the loader's start-up time. */
const WORKER_FILE = new URL('./document-worker.ts', import.meta.url);

function convert(docx: Buffer, name: string): Promise<string | Refusal> {
  return new Promise((resolve) => {
    const worker = new Worker(WORKER_FILE, {
      workerData: docx,
      execArgv: ['--disable-warning=ExperimentalWarning'],
      resourceLimits: { maxOldGenerationSizeMb: 512, stackSizeMb: 4 },
      stderr: true,
      stdout: true,
    });
    const finish = (result: string | Refusal): void => {
      clearTimeout(timer);
      void worker.terminate();
      resolve(result);
    };
    const timer = setTimeout(() => finish(refuse('document.slow', { file: name })), THREAD_MS);
    worker.once('message', (html: string) => finish(html));
    worker.once('error', () => finish(refuse('document.damaged', { file: name })));
    worker.once('exit', () => finish(refuse('document.damaged', { file: name })));
  });
}
