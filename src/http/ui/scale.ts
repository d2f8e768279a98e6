/** Round numbers for the axis of a picture. */

/**
 * @param highest the largest value shown, > 0
 * @param steps about how many lines
 * @returns 0 and its multiples of 1, 2 or 5 × 10ⁿ up to at least `highest`; whole numbers only
 */
export function niceScale(highest: number, steps: number): number[] {
  const raw = highest / steps;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = Math.max(1, ([1, 2, 5, 10].find((factor) => factor * power >= raw) ?? 10) * power);
  const ticks = [0];
  while ((ticks.at(-1) as number) < highest) ticks.push((ticks.at(-1) as number) + step);
  return ticks;
}

/** At most `most` items, evenly spread, always with the first and the last. */
export function thinOut<T>(items: readonly T[], most: number): T[] {
  if (items.length <= most) return [...items];
  const step = (items.length - 1) / (most - 1);
  return Array.from({ length: most }, (_, index) => items[Math.round(index * step)] as T);
}
