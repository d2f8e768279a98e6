/** Software versions as manufacturers print them, compared by their numbers. */

/** The numbers of a version (`v2.4.1` → 2, 4, 1); undefined when it does not begin with a number. */
export function versionNumbers(version: string): number[] | undefined {
  const match = /^\s*v?\.?\s*(\d+(?:\.\d+)*)/i.exec(version);
  return match?.[1]?.split('.').map(Number);
}

/** Compares two versions number by number (2.10 is later than 2.9); undefined when one has no numbers. */
export function compareVersions(a: string, b: string): number | undefined {
  const [left, right] = [versionNumbers(a), versionNumbers(b)];
  if (!left || !right) return undefined;
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** As {@link compareVersions}, but everything within `upper` counts as equal: 3.1.2 is not beyond “up to 3.1”. */
export function compareToUpper(version: string, upper: string): number | undefined {
  const [left, right] = [versionNumbers(version), versionNumbers(upper)];
  if (!left || !right) return undefined;
  return compareVersions(left.slice(0, right.length).join('.'), upper);
}
