/** When somebody can be called: the local time of a place, and whether its offices are open. Pure. */
import { dayIn, nextWorkingDay, type WorkCalendar } from './calendar.ts';
import { countryZone } from './country.ts';

/** Hours at which a laboratory's office answers, by its own clock. Before nine the machines are started; lunch is theirs. */
export const OPENS = 9;
export const CLOSES = 17;

/** Where a country's main zone is not everybody's: state or province → zone (most of its people). */
const REGION_ZONES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  US: zonesOf({
    'America/Chicago': 'AL AR IA IL KS LA MN MO MS ND NE OK SD TN TX WI',
    'America/Denver': 'CO ID MT NM UT WY',
    'America/Phoenix': 'AZ',
    'America/Los_Angeles': 'CA NV OR WA',
    'America/Anchorage': 'AK',
    'Pacific/Honolulu': 'HI',
  }),
  CA: zonesOf({
    'America/Vancouver': 'BC YT',
    'America/Edmonton': 'AB NT',
    'America/Regina': 'SK',
    'America/Winnipeg': 'MB',
    'America/Halifax': 'NB NS PE',
    'America/St_Johns': 'NL',
  }),
  AU: zonesOf({
    'Australia/Brisbane': 'QLD',
    'Australia/Adelaide': 'SA',
    'Australia/Darwin': 'NT',
    'Australia/Perth': 'WA',
  }),
};

function zonesOf(byZone: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(byZone).flatMap(([zone, regions]) => regions.split(' ').map((region) => [region, zone])),
  );
}

/** A place as its time is told. */
export interface CallPlace {
  /** ISO 3166-1 code. */
  country: string;
  /** State or province, as a code (`CA`, `US-CA`); other words count as not known. */
  region: string;
  /** IANA zone of the site, where it is recorded; ''. */
  zone: string;
}

/** The zone of a place: its own, else its state's, else its country's main one. */
export function placeZone(place: CallPlace): string {
  if (place.zone !== '') return place.zone;
  const region = place.region
    .trim()
    .toUpperCase()
    .replace(/^[A-Z]{2}-/, '');
  return REGION_ZONES[place.country]?.[region] ?? countryZone(place.country);
}

export interface CallHours {
  zone: string;
  /** `HH:MM` there. */
  localTime: string;
  /** `YYYY-MM-DD` there. */
  localDay: string;
  open: boolean;
  why: 'open' | 'early' | 'late' | 'weekend' | 'holiday';
  /** Name of the holiday. */
  holiday?: string;
  /** When the offices open next; now where they are open. */
  opensAt: Date;
}

/** Whether somebody answers the telephone there now. */
export function callHours(now: Date, place: CallPlace, calendar: WorkCalendar): CallHours {
  const zone = placeZone(place);
  const there = Temporal.Instant.fromEpochMilliseconds(now.getTime()).toZonedDateTimeISO(zone);
  const localDay = dayIn(now, zone);
  const localTime = there.toPlainTime().toString({ smallestUnit: 'minute' });
  const off = calendar.dayOff(localDay);
  const base = { zone, localTime, localDay };
  if (off) {
    const opensAt = openingOf(nextWorkingDay(localDay, calendar).due, zone);
    return { ...base, open: false, why: off.why, ...(off.name ? { holiday: off.name } : {}), opensAt };
  }
  if (there.hour < OPENS) return { ...base, open: false, why: 'early', opensAt: openingOf(localDay, zone) };
  if (there.hour >= CLOSES)
    return { ...base, open: false, why: 'late', opensAt: openingOf(nextWorkingDay(localDay, calendar).due, zone) };
  return { ...base, open: true, why: 'open', opensAt: now };
}

function openingOf(day: string, zone: string): Date {
  const opening = Temporal.PlainDate.from(day).toZonedDateTime({
    timeZone: zone,
    plainTime: Temporal.PlainTime.from({ hour: OPENS }),
  });
  return new Date(opening.epochMilliseconds);
}
