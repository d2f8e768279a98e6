/** Public holidays of the world, from the date-holidays data. Loaded on first use: the library takes 0.1 s and 20 MB. */
import { createRequire } from 'node:module';
import type DateHolidays from 'date-holidays';
import type { HolidaysTypes } from 'date-holidays';
import { addDays, type Day, type HolidayLookup } from '../domain/calendar.ts';

/** Where use cases get holidays from. The domain takes `holidays` as it is. */
export interface CalendarPort {
  /** Public holidays of a country, or of a region in it, in a year: day → English name where there is one. */
  readonly holidays: HolidayLookup;
  /** Where the data are from, for the explanation of a date. */
  readonly source: string;
}

const load = createRequire(import.meta.url);

/** The real calendar. Each country and year is computed once (3 to 20 ms, ~90 ms for a few) and kept. */
export function openCalendar(): CalendarPort {
  const { version } = load('date-holidays/package.json') as { version: string };
  const rules = new Map<string, DateHolidays>();
  const years = new Map<string, ReadonlyMap<Day, string>>();
  return {
    source: `date-holidays ${version}`,
    holidays: (country, year, region) => {
      const place = region ? `${country}-${region}` : country;
      const key = `${place} ${year}`;
      let days = years.get(key);
      if (!days) {
        let calendar = rules.get(place);
        if (!calendar) {
          const Holidays = load('date-holidays') as typeof DateHolidays;
          calendar = region
            ? new Holidays(country, region, { types: ['public'] })
            : new Holidays(country, { types: ['public'] });
          rules.set(place, calendar);
        }
        // A holiday of several days may begin in the year before.
        days = new Map(
          [...expand(calendar, year - 1), ...expand(calendar, year)].filter(([day]) => day.startsWith(`${year}-`)),
        );
        years.set(key, days);
      }
      return days;
    },
  };
}

/** A calendar of given holidays, for tests: `{ DE: { '2022-05-26': 'Ascension Day' } }`. */
export function fixedCalendar(holidays: Readonly<Record<string, Readonly<Record<Day, string>>>> = {}): CalendarPort {
  return {
    source: 'fixed',
    holidays: (country, year) =>
      new Map(Object.entries(holidays[country] ?? {}).filter(([day]) => day.startsWith(`${year}-`))),
  };
}

const HOUR = 3_600_000;

/** Every whole day a year's holidays cover. `date` is the first; how many follow is in start and end. */
function* expand(calendar: DateHolidays, year: number): Generator<[Day, string]> {
  // A country the library does not know gives undefined, whatever its type says.
  const list: HolidaysTypes.Holiday[] | undefined = calendar.getHolidays(year, 'en');
  for (const holiday of list ?? []) {
    // Half days (an afternoon off) are worked; an hour of tolerance is for the nights when the clocks change.
    const length = Math.floor(((holiday.end.getTime() - holiday.start.getTime()) / HOUR + 1) / 24);
    const first = holiday.date.slice(0, 10);
    for (let i = 0; i < length; i++) yield [addDays(first, i), holiday.name];
  }
}
