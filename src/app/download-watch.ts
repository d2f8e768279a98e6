import type { Context, Database } from './context.ts';
import { findEnded } from './download-access.ts';

/** How long a download that has lost its right may go on: withdrawal, transfer or revocation, on whatever server. */
const LOOK_MS = 1_000;

interface Watch {
  running: Map<number, Set<(why: string) => void>>;
  timer: NodeJS.Timeout;
}

const watches = new WeakMap<Database, Watch>();

/**
 * Watches over bytes on their way: `stop` is called, with the reason's code, once their grant is good no more. One look a
 * second for all downloads of this process.
 * @returns what ends the watch; to be called when the bytes are through
 */
export function watchDownload(
  ctx: Pick<Context, 'db' | 'now' | 'log'>,
  downloadId: number,
  stop: (why: string) => void,
): () => void {
  const watch = watches.get(ctx.db) ?? begin(ctx);
  const stops = watch.running.get(downloadId) ?? new Set();
  watch.running.set(downloadId, stops.add(stop));
  return () => {
    stops.delete(stop);
    if (stops.size === 0) watch.running.delete(downloadId);
    if (watch.running.size > 0) return;
    clearInterval(watch.timer);
    watches.delete(ctx.db);
  };
}

function begin(ctx: Pick<Context, 'db' | 'now' | 'log'>): Watch {
  const running: Watch['running'] = new Map();
  let looking = false;
  const look = async (): Promise<void> => {
    if (looking) return;
    looking = true;
    try {
      const ended = await findEnded(ctx.db, ctx, [...running.keys()]);
      for (const [id, why] of ended) for (const stop of running.get(id) ?? []) stop(why);
    } catch (error) {
      // Who cannot be asked must not be served: an unknown state is no permission.
      ctx.log('error', 'downloads are stopped: their grants cannot be looked at', { error: String(error) });
      for (const stops of running.values()) for (const stop of stops) stop('download.revoked');
    } finally {
      looking = false;
    }
  };
  const watch: Watch = { running, timer: setInterval(() => void look(), LOOK_MS) };
  watch.timer.unref();
  watches.set(ctx.db, watch);
  return watch;
}
