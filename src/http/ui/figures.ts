/** Numbers and dates as text, in the language of the page. */
import { localeOf } from '../../domain/message.ts';

const numberFormats = new Map<string, Intl.NumberFormat>();

/** 1813 → `1,813`, in the way of the language. */
export function formatCount(count: number, language = 'en'): string {
  let format = numberFormats.get(language);
  if (!format) {
    format = new Intl.NumberFormat(localeOf(language));
    numberFormats.set(language, format);
  }
  return format.format(count);
}

/**
 * A share in whole per cent that never flatters: 99.9 % is 99, and 0.1 % is 1.
 * @returns 0..100, and 0 of nothing
 */
export function wholePercent(part: number, whole: number): number {
  if (whole <= 0 || part <= 0) return 0;
  if (part >= whole) return 100;
  return Math.min(99, Math.max(1, Math.floor((part / whole) * 100)));
}

/** The day of a moment in a zone, `YYYY-MM-DD`. */
export function dayIn(at: Date, zone: string): string {
  return Temporal.Instant.fromEpochMilliseconds(at.getTime()).toZonedDateTimeISO(zone).toPlainDate().toString();
}

const dayFormats = {
  long: { day: 'numeric', month: 'long', year: 'numeric' },
  short: { day: 'numeric', month: 'short', year: 'numeric' },
} as const;

/** `2022-05-04` as the language writes it: *4 May 2022*. */
export function formatDay(day: string, language = 'en', length: keyof typeof dayFormats = 'long'): string {
  // Temporal's own toLocaleString writes 2022/5/4 where Japanese and Chinese ask for the long form.
  const at = Temporal.PlainDate.from(day).toZonedDateTime('UTC').epochMilliseconds;
  return new Intl.DateTimeFormat(localeOf(language), { ...dayFormats[length], timeZone: 'UTC' }).format(at);
}

/** Hour and minute of a moment in a zone: *14:05*. */
export function formatTime(at: Date, language: string, zone: string): string {
  return new Intl.DateTimeFormat(localeOf(language), { hour: '2-digit', minute: '2-digit', timeZone: zone }).format(at);
}

/** A moment with day, hour and, where it matters, zone: *4 May 2022, 14:05 CEST*. */
export function formatMoment(at: Date, language: string, zone: string, zoned = true): string {
  return new Intl.DateTimeFormat(localeOf(language), {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    timeZone: zone,
    ...(zoned ? { timeZoneName: 'short' as const } : {}),
  }).format(at);
}
