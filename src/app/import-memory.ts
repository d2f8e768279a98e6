/** Keeps the memory of long imports bounded: what is thrown away row by row is collected before it piles up. */
import { memoryUsage } from 'node:process';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Above this the garbage is collected at once; the engine by itself lets it grow to several times as much. */
const ENOUGH = 400 * 2 ** 20;
/** Not again before this much has come on top of what the last collection left. */
const STEP = 48 * 2 ** 20;

let collect: (() => void) | undefined;

/** The engine's own collector, which it hands out only when asked at run time. */
function collector(): () => void {
  if (!collect) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  return collect;
}

/** @returns to be called after each batch: costs some microseconds, and a tenth of a second when it collects */
export function memoryGuard(): () => void {
  let limit = ENOUGH;
  return () => {
    if (memoryUsage.rss() < limit) return;
    collector()();
    limit = Math.max(ENOUGH, memoryUsage.rss() + STEP);
  };
}
