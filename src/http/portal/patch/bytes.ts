/** The bytes of a granted package on their way out: counted, watched over, and never a whole file in memory. */
import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Context } from '../../../app/context.ts';
import { watchDownload } from '../../../app/download-watch.ts';
import { endRange, type OpenDownload } from '../../../app/downloads.ts';
import type { ByteRange } from '../../../domain/byte-range.ts';
import type { C } from '../../context.ts';

type Outgoing = HttpBindings['outgoing'];

/** A reader who takes nothing for so long is gone. */
const IDLE_MS = 120_000;

/** What becomes of a range; whoever sends the bytes tells it. */
interface Progress {
  sent: number;
  /** Why it was stopped from here. */
  stopped?: string;
}

/** Sends a range: straight to the connection where there is one, as a stream in tests. */
export function sendRange(
  c: C,
  ctx: Context,
  download: OpenDownload,
  rangeId: number,
  range: ByteRange,
  headers: Record<string, string>,
): Response | Promise<Response> {
  const outgoing = (c.env as Partial<HttpBindings> | undefined)?.outgoing;
  const status = range.partial ? 206 : 200;
  const bytes = ctx.packages.read(download.access.storageKey, range.first, range.past);
  const progress: Progress = { sent: 0 };
  const close = async (): Promise<void> => {
    const whole = progress.sent === range.past - range.first;
    await endRange(ctx, download, rangeId, {
      sent: progress.sent,
      outcome: progress.stopped ? 'stopped' : whole ? 'done' : 'broken',
      ...(progress.stopped ? { why: progress.stopped } : {}),
    });
  };
  if (!outgoing) return new Response(asStream(ctx, download.id, bytes, progress, close), { status, headers });
  return writeOut(ctx, download.id, outgoing, bytes, progress, close, { status, headers });
}

/**
 * Writes to the connection itself: two buffers go round between disk and socket, and each is filled again once the system
 * has taken it. A web stream in between would cost half the speed and an allocation a chunk.
 */
async function writeOut(
  ctx: Context,
  downloadId: number,
  outgoing: Outgoing,
  bytes: AsyncGenerator<Uint8Array, void, undefined>,
  progress: Progress,
  close: () => Promise<void>,
  head: { status: number; headers: Record<string, string> },
): Promise<Response> {
  const endWatch = watchDownload(ctx, downloadId, (why) => {
    progress.stopped = why;
    outgoing.destroy();
  });
  outgoing.setTimeout(IDLE_MS, () => outgoing.destroy());
  try {
    // The first bytes before the head: what cannot be read at all is answered as a fault, not as an empty file.
    let next = await bytes.next();
    outgoing.writeHead(head.status, head.headers);
    for (; !next.done; next = await bytes.next()) {
      if (progress.stopped || !(await written(outgoing, next.value))) break;
      progress.sent += next.value.byteLength;
    }
    await bytes.return(undefined);
    if (!outgoing.destroyed) outgoing.end();
  } catch (error) {
    if (!outgoing.headersSent) throw error;
    // The head has left: all that can be done is to end in the middle, so that the reader sees that it is not the whole.
    outgoing.destroy();
    ctx.log('error', `download ${downloadId} broke off`, { error: String(error) });
  } finally {
    endWatch();
    await close().catch((error: unknown) =>
      ctx.log('error', `the end of download ${downloadId} could not be set down`, { error: String(error) }),
    );
  }
  return RESPONSE_ALREADY_SENT;
}

/** True once the system has taken the chunk; false when the reader is gone. */
function written(outgoing: Outgoing, chunk: Uint8Array): Promise<boolean> {
  return new Promise((resolve) => {
    if (outgoing.destroyed) return resolve(false);
    const gone = (): void => resolve(false);
    outgoing.once('close', gone);
    outgoing.write(chunk, (error) => {
      outgoing.off('close', gone);
      resolve(!error);
    });
  });
}

function asStream(
  ctx: Context,
  downloadId: number,
  bytes: AsyncGenerator<Uint8Array>,
  progress: Progress,
  close: () => Promise<void>,
): ReadableStream<Uint8Array> {
  let endWatch: (() => void) | undefined;
  const end = async (): Promise<void> => {
    endWatch?.();
    await bytes.return(undefined);
    await close();
  };
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        endWatch = watchDownload(ctx, downloadId, (why) => {
          progress.stopped = why;
          controller.error(new Error(why));
          void end();
        });
      },
      async pull(controller) {
        const { value, done } = await bytes.next();
        if (progress.stopped) return;
        if (done) {
          await end();
          controller.close();
          return;
        }
        progress.sent += value.byteLength;
        // The store fills the same memory again.
        controller.enqueue(Uint8Array.from(value));
      },
      cancel: end,
    },
    { highWaterMark: 0 },
  );
}
