/** What any UDI carrier says, whichever agency issued it, and the calendar rules its short dates share. */

/** The issuing agencies the EU and FDA accredit. */
export type Issuer = 'GS1' | 'HIBC' | 'ICCBBA' | 'IFA';

/**
 * A read UDI. `di` is normalised (GTIN-14; HIBC without `+` and check character; PPIC; PPN), '' when the carrier
 * holds production identifiers only. Dates are 'YYYY-MM-DD'. `others` keeps every further field under the agency's own key.
 */
export type UdiCarrier = {
  issuer: Issuer;
  di: string;
  serial: string | null;
  lot: string | null;
  expiry: string | null;
  madeOn: string | null;
  softwareVersion: string | null;
  others: { key: string; value: string }[];
};

/** A carrier that says nothing yet. */
export function emptyCarrier(issuer: Issuer): UdiCarrier {
  return { issuer, di: '', serial: null, lot: null, expiry: null, madeOn: null, softwareVersion: null, others: [] };
}

/** Full year of a two-digit one: 51 or more ahead of today is the last century, 50 or more behind the next (GS1 GS 7.12). */
export function resolveCentury(shortYear: number, today: string): number {
  const year = Number(today.slice(0, 4));
  const century = year - (year % 100);
  const ahead = shortYear - (year % 100);
  return century + shortYear + (ahead >= 51 ? -100 : ahead <= -50 ? 100 : 0);
}

/** Number of days of a month, 1 to 12, in the Gregorian calendar. */
export function lastDayOfMonth(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** 'YYYY-MM-DD' of a year and its day number, 1 to 365 or 366 (Julian day of HIBC and ISBT 128). Undefined when the year has no such day. */
export function dateOfYearDay(year: number, dayOfYear: number): string | undefined {
  if (dayOfYear < 1) return undefined;
  let day = dayOfYear;
  for (let month = 1; month <= 12; month++) {
    const length = lastDayOfMonth(year, month);
    if (day <= length) return isoDate(year, month, day);
    day -= length;
  }
  return undefined;
}

/** 'YYYY-MM-DD' of a date that exists, else undefined. */
export function isoDate(year: number, month: number, day: number): string | undefined {
  if (month < 1 || month > 12 || day < 1 || day > lastDayOfMonth(year, month)) return undefined;
  return `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
}
