/** Rules of webhooks: which events a receiver wants, which address it may have, when a message is tried again. */

const PATTERN = /^(\*|[a-z][a-z_-]*\.(\*|[a-z][a-z_-]*))$/;

/** Whether this text is a pattern of event names: `*`, `notice.*` or `notice.approve`. */
export function isEventPattern(text: string): boolean {
  return PATTERN.test(text);
}

/** Whether an event's name, e.g. `notice.approve`, is asked for by one of the patterns. */
export function wantsEvent(patterns: readonly string[], name: string): boolean {
  return patterns.some(
    (pattern) =>
      pattern === '*' || pattern === name || (pattern.endsWith('.*') && name.startsWith(pattern.slice(0, -1))),
  );
}

/**
 * Whether a receiver may have this address, as far as its text tells. Where its name leads to is checked at each
 * connection, because it can change.
 */
export function isReceiverAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return /^https?:$/.test(url.protocol) && url.hostname !== '' && url.username === '' && url.password === '';
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Waits after the first, second, … try that failed, in milliseconds. */
const WAITS = [MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 24 * HOUR];

/** After this many failed tries of one message its webhook is switched off. */
export const MAX_TRIES = WAITS.length + 1;

/** Milliseconds to wait after the given try (from 1) failed; what the receiver asked for counts up to a day. */
export function waitAfter(tries: number, askedSeconds = 0): number {
  return Math.max(WAITS[tries - 1] ?? 24 * HOUR, Math.min(askedSeconds * 1000, 24 * HOUR));
}
