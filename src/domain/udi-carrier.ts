/** What any UDI carrier says, whichever agency issued it, and the century its short years belong to. */

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
