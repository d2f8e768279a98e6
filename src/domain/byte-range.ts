/** What a request for bytes asks for (RFC 9110, 14): pure, so that every odd header can be tried. */

/** Bytes from `first` up to but not including `past`; `partial`: answered as 206. */
export interface ByteRange {
  first: number;
  past: number;
  partial: boolean;
}

/**
 * @param header the request's Range, if any. One range is served; several, other units and nonsense are passed over, as
 * the rule allows: the answer is then the whole.
 * @param size of the file, in bytes
 * @returns `unsatisfiable` when the range lies behind the end: answered as 416
 */
export function readRange(header: string | undefined, size: number): ByteRange | 'unsatisfiable' {
  const whole: ByteRange = { first: 0, past: size, partial: false };
  const match = /^bytes\s*=\s*(\d{0,16})\s*-\s*(\d{0,16})\s*$/i.exec(header ?? '');
  if (!match) return whole;
  const [, from = '', to = ''] = match;
  if (from === '' && to === '') return whole;
  if (from === '') {
    const last = Number(to);
    return last === 0 || size === 0 ? 'unsatisfiable' : { first: Math.max(0, size - last), past: size, partial: true };
  }
  const first = Number(from);
  if (to !== '' && Number(to) < first) return whole;
  if (first >= size) return 'unsatisfiable';
  return { first, past: to === '' ? size : Math.min(size, Number(to) + 1), partial: true };
}

/**
 * Whether a range may be served as such: If-Range names the version whose rest is asked for (RFC 9110, 13.1.5). Only a
 * strong tag counts; a date or another tag asks for the whole.
 */
export function rangeHolds(ifRange: string | undefined, etag: string): boolean {
  return ifRange === undefined || ifRange.trim() === etag;
}

/** Whether If-None-Match names this version. */
export function isUnchanged(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  const tags = ifNoneMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes('*') || tags.includes(etag);
}
