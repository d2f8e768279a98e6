/** How often an address may try links that do not exist: a bucket of tries that fills again by itself. */

const BURST = 30;
const REFILL_MS = 10_000;
/** Addresses remembered at once; the oldest is forgotten first, so that nobody can fill the memory. */
const MAX_ADDRESSES = 10_000;

const buckets = new Map<string, { left: number; at: number }>();

function bucketOf(address: string, now: Date): { left: number; at: number } {
  const known = buckets.get(address);
  if (!known) return { left: BURST, at: now.getTime() };
  // A clock that was set back leaves the bucket as it is.
  const refilled = Math.max(0, Math.floor((now.getTime() - known.at) / REFILL_MS));
  return { left: Math.min(BURST, known.left + refilled), at: known.at + refilled * REFILL_MS };
}

/** False when this address has tried too many links that do not exist. */
export function missesLeft(address: string, now: Date): boolean {
  return bucketOf(address, now).left > 0;
}

/** Counts one more try of a link that does not exist. */
export function claimMiss(address: string, now: Date): void {
  const bucket = bucketOf(address, now);
  buckets.delete(address);
  buckets.set(address, { left: bucket.left - 1, at: bucket.at });
  const oldest = buckets.keys().next();
  if (buckets.size > MAX_ADDRESSES && !oldest.done) buckets.delete(oldest.value);
}

/** Forgets every address; for tests. */
export function forgetMisses(): void {
  buckets.clear();
}
