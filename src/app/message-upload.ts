import type { MessageDoor } from '../db/schema-messages.ts';
import { isMbox, splitMbox } from '../domain/mbox.ts';
import { forbid } from '../domain/permission.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import type { Context } from './context.ts';
import { type IncomingMessage, keepMessages, MOST_BYTES } from './messages.ts';

export interface UploadResult {
  /** Kept now. */
  fresh: number;
  /** Had come in before. */
  known: number;
  /** The first message of the file. */
  firstId: number;
}

const BATCH = 200;
const BATCH_BYTES = 20_000_000;

/**
 * Takes a file of mail: one message (`.eml`, Outlook's `.msg`) or a mailbox of many (`.mbox`), told apart by its first
 * bytes. What was kept before the file ended badly stays kept; sent again, nothing is there twice.
 */
export async function uploadMessages(
  ctx: Context,
  source: AsyncIterable<Uint8Array>,
  from: { door: MessageDoor; mailbox?: string; envelope?: { from: string; to: readonly string[] } },
): Promise<UploadResult | Refusal> {
  const no = forbid(ctx.actor, 'message.keep');
  if (no) return no;
  const result: UploadResult = { fresh: 0, known: 0, firstId: 0 };
  let batch: IncomingMessage[] = [];
  let bytes = 0;
  const keep = async (): Promise<Refusal | undefined> => {
    if (batch.length === 0) return undefined;
    const kept = await keepMessages(ctx, batch);
    if (isRefusal(kept)) return kept;
    for (const one of kept) result[one.fresh ? 'fresh' : 'known']++;
    result.firstId ||= kept[0]?.id ?? 0;
    batch = [];
    bytes = 0;
    return undefined;
  };
  try {
    for await (const raw of messagesIn(source)) {
      batch.push({ raw, ...from, ...receivedIn(raw) });
      bytes += raw.length;
      if (batch.length >= BATCH || bytes >= BATCH_BYTES) {
        const refused = await keep();
        if (refused) return refused;
      }
    }
  } catch (error) {
    if (error instanceof TypeError && error.message === NO_MAIL) return refuse('message.not-mail', {}, 'file');
    if (error instanceof RangeError) return refuse('message.too-large', { limit: MOST_BYTES / 1_000_000 }, 'file');
    throw error;
  }
  const refused = await keep();
  if (refused) return refused;
  return result.fresh + result.known === 0 ? refuse('message.empty', {}, 'file') : result;
}

/** First bytes of PDF, PNG, JPEG, TIFF, ZIP (and XLSX, DOCX) and programs: files that people choose by mistake. */
const OTHER_FILES = ['25504446', '89504e47', 'ffd8ff', '49492a00', '4d4d002a', '504b0304', '4d5a9000'];
const NO_MAIL = 'no mail';

async function* messagesIn(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  const chunks = source[Symbol.asyncIterator]();
  const held: Uint8Array[] = [];
  let size = 0;
  while (size < 5) {
    const { value, done } = await chunks.next();
    if (done) break;
    held.push(value);
    size += value.byteLength;
  }
  const start = Buffer.concat(held);
  if (start.length === 0) return;
  if (OTHER_FILES.some((magic) => start.subarray(0, 4).toString('hex').startsWith(magic))) throw new TypeError(NO_MAIL);
  const whole = (async function* () {
    yield start;
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
  })();
  if (isMbox(start)) {
    yield* splitMbox(whole, MOST_BYTES);
    return;
  }
  const all: Uint8Array[] = [];
  let total = 0;
  for await (const chunk of whole) {
    total += chunk.byteLength;
    if (total > MOST_BYTES) throw new RangeError('too large');
    all.push(chunk);
  }
  yield Buffer.concat(all);
}

/** When our own mail server took it: the uppermost Received line is the last hop's. */
function receivedIn(raw: Buffer): { receivedAt?: Date } {
  const head =
    raw
      .subarray(0, 16_000)
      .toString('latin1')
      .split(/\r?\n\r?\n/)[0] ?? '';
  const line = /^received:[^;]*(?:\n[ \t][^;]*)*;([^\n]*(?:\n[ \t][^\n]*)?)/im.exec(head.replace(/\r/g, ''))?.[1];
  const at = line ? new Date(line.replace(/\s+/g, ' ').trim()) : undefined;
  return at && Number.isFinite(at.getTime()) ? { receivedAt: at } : {};
}
