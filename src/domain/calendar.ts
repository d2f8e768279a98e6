/** Days, working days and how periods of days run out. Pure: public holidays come from a lookup that is passed in. */

/** A calendar day, `YYYY-MM-DD`. */
export type Day = string;

/** Public holidays of a country in a year: day → name. See adapters/calendar.ts for the real one. */
export type HolidayLookup = (country: string, year: number, region?: string) => ReadonlyMap<Day, string>;

/** What an operator knows better about a country's working days, with the reason recorded beside it (law 8). */
export interface CalendarOverride {
  /** ISO numbers of the weekend's days, 1 = Monday … 7 = Sunday. */
  weekend?: readonly number[];
  /** Days that are not worked, with their names. */
  add?: Readonly<Record<Day, string>>;
  /** Days that are worked although the data say otherwise. */
  remove?: readonly Day[];
}

/** The working days of one country (or region of it). Made by {@link workCalendar}. */
export interface WorkCalendar {
  /** ISO 3166-1 code. */
  readonly country: string;
  readonly region: string | undefined;
  /** Why nobody works on this day; undefined on a working day. */
  readonly dayOff: (day: Day) => DayOff | undefined;
}

/** A day that does not count, and why: `weekend`, or `holiday` with the name of the holiday. */
export interface DayOff {
  readonly date: Day;
  readonly why: 'weekend' | 'holiday';
  readonly name?: string;
}

/** When a period ends: the day, and every day that was passed over. */
export interface Period {
  readonly due: Day;
  readonly skipped: readonly DayOff[];
}

// ── Days ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The day `n` days later (earlier when negative). */
export function addDays(day: Day, n: number): Day {
  return Temporal.PlainDate.from(day).add({ days: n }).toString();
}

/** ISO number of the day of the week, 1 = Monday … 7 = Sunday. */
export function weekday(day: Day): number {
  return Temporal.PlainDate.from(day).dayOfWeek;
}

/** Which day it is at this instant in an IANA time zone. */
export function dayIn(instant: Date, zone: string): Day {
  return Temporal.Instant.fromEpochMilliseconds(instant.getTime()).toZonedDateTimeISO(zone).toPlainDate().toString();
}

/** The last millisecond of a day in an IANA time zone: a thing done then is still in time. */
export function endOfDay(day: Day, zone: string): Date {
  const next = Temporal.PlainDate.from(day).add({ days: 1 }).toZonedDateTime({ timeZone: zone });
  return new Date(next.epochMilliseconds - 1);
}

/** A day at an hour of its morning or afternoon (0–23) in an IANA time zone. */
export function atHour(day: Day, hour: number, zone: string): Date {
  const at = Temporal.PlainDate.from(day).toZonedDateTime({
    timeZone: zone,
    plainTime: Temporal.PlainTime.from({ hour }),
  });
  return new Date(at.epochMilliseconds);
}

// ── Working days ────────────────────────────────────────────────────────────────────────────────────────────────────

/** Weekends that are not what the CLDR data of the runtime say, or were not until a day. */
const WEEKENDS: Readonly<Record<string, readonly { readonly until?: Day; readonly days: readonly number[] }[]>> = {
  // Friday and Saturday until the federal change of 2022.
  AE: [{ until: '2021-12-31', days: [5, 6] }],
  BD: [{ days: [5, 6] }],
  BN: [{ days: [5, 7] }],
  DJ: [{ days: [5, 6] }],
  MV: [{ days: [5, 6] }],
  NP: [{ days: [6] }],
  PS: [{ days: [5, 6] }],
};

const regionWeekends = new Map<string, readonly number[]>();

/** The days of a country's weekend (1 = Monday … 7 = Sunday) as they are on a day. */
export function weekendDays(country: string, on: Day): readonly number[] {
  const own = WEEKENDS[country]?.find((entry) => entry.until === undefined || on <= entry.until);
  if (own) return own.days;
  let days = regionWeekends.get(country);
  if (!days) {
    days = new Intl.Locale(`und-${country}`).getWeekInfo().weekend;
    regionWeekends.set(country, days);
  }
  return days;
}

/**
 * The working days of a country, or of a region in it (ISO 3166-2 part, `BY` in Germany). Without a region only the
 * holidays of the whole country count: a deadline may then be a day stricter than local custom, never laxer.
 */
export function workCalendar(
  country: string,
  holidays: HolidayLookup,
  options: { region?: string; override?: CalendarOverride } = {},
): WorkCalendar {
  const { region, override } = options;
  const removed = new Set(override?.remove);
  return {
    country,
    region,
    dayOff: (date) => {
      if (removed.has(date)) return undefined;
      if ((override?.weekend ?? weekendDays(country, date)).includes(weekday(date))) return { date, why: 'weekend' };
      const name = override?.add?.[date] ?? holidays(country, Number(date.slice(0, 4)), region).get(date);
      return name === undefined ? undefined : { date, why: 'holiday', name };
    },
  };
}

/** Whether people work on this day. */
export function isWorkingDay(day: Day, calendar: WorkCalendar): boolean {
  return calendar.dayOff(day) === undefined;
}

/** A calendar without one working day in this many days is wrong data, not a long holiday. */
const LONGEST_PAUSE = 60;

/** The first working day after `day`, or `day` itself when it is one and `orSame` is set. */
export function nextWorkingDay(day: Day, calendar: WorkCalendar, orSame = false): Period {
  const skipped: DayOff[] = [];
  for (let date = orSame ? day : addDays(day, 1); ; date = addDays(date, 1)) {
    const off = calendar.dayOff(date);
    if (!off) return { due: date, skipped };
    skipped.push(off);
    if (skipped.length > LONGEST_PAUSE) {
      throw new RangeError(
        `The calendar of ${calendar.country} has no working day in ${LONGEST_PAUSE} days after ${day}`,
      );
    }
  }
}

/** The `n`th working day after `start`; the day of the event itself is not counted. `n` ≥ 0; with 0 it is `start`. */
export function addWorkingDays(start: Day, n: number, calendar: WorkCalendar): Period {
  const skipped: DayOff[] = [];
  let due = start;
  for (let counted = 0; counted < n; counted++) {
    const next = nextWorkingDay(due, calendar);
    skipped.push(...next.skipped);
    due = next.due;
  }
  return { due, skipped };
}

// ── Calendar days ───────────────────────────────────────────────────────────────────────────────────────────────────

/** A period of calendar days: where it ends by plain counting, and where after the rule was applied. */
export interface CalendarPeriod extends Period {
  /** The day plain counting gives. Reporting by then is safe under any reading: shown as the target. */
  readonly counted: Day;
}

/** `n` calendar days after `start` (not counted). `shift: 'next-working-day'` moves an end on a day off onwards. */
export function addCalendarDays(
  start: Day,
  n: number,
  shift: { to: 'none' } | { to: 'next-working-day'; calendar: WorkCalendar } = { to: 'none' },
): CalendarPeriod {
  const counted = addDays(start, n);
  if (shift.to === 'none') return { counted, due: counted, skipped: [] };
  return { counted, ...nextWorkingDay(counted, shift.calendar, true) };
}

/**
 * A period of days as Union law counts it (Regulation (EEC, Euratom) No 1182/71): the day of the event is not counted
 * (Art. 3(1)); days off count, but a period that would end on one ends with the next working day (Art. 3(4)); and a
 * period of two days or more holds at least two working days (Art. 3(5)), which matters for the two-day clock that
 * starts before a weekend.
 *
 * @param calendar working days of the Member State where the act is to be done (Art. 2)
 */
export function addUnionDays(start: Day, n: number, calendar: WorkCalendar): CalendarPeriod {
  const counted = addDays(start, n);
  const end = nextWorkingDay(counted, calendar, true);
  const skipped = [...end.skipped];
  let due = end.due;
  let worked = workingDaysBetween(start, due, calendar, 2);
  while (n >= 2 && worked < 2) {
    const next = nextWorkingDay(due, calendar);
    skipped.push(...next.skipped);
    due = next.due;
    worked++;
  }
  return { counted, due, skipped };
}

/** Working days after `start` up to and including `end`, counted no further than `enough`. */
export function workingDaysBetween(
  start: Day,
  end: Day,
  calendar: WorkCalendar,
  enough = Number.POSITIVE_INFINITY,
): number {
  let worked = 0;
  for (let date = addDays(start, 1); date <= end && worked < enough; date = addDays(date, 1)) {
    if (isWorkingDay(date, calendar)) worked++;
  }
  return worked;
}
