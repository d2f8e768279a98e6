/** Deadlines that explain themselves: rule, start, calendar, days skipped, date (law 6). */
import { z } from 'zod';
import {
  addCalendarDays,
  addUnionDays,
  addWorkingDays,
  type CalendarPeriod,
  type Day,
  dayIn,
  endOfDay,
  type Period,
  type WorkCalendar,
  workCalendar,
} from './calendar.ts';
import { countryName } from './country.ts';
import { type DeadlineRule, type DeadlineRuleId, deadlineRules } from './deadline-rules.ts';
import { type Refusal, refuse } from './refusal.ts';

export { type DeadlineRuleId, deadlineRules } from './deadline-rules.ts';

const rulesById = new Map<string, DeadlineRule>(deadlineRules.map((rule) => [rule.id, rule]));

/** The rule of this id. Throws on an id that is in no table: that is a mistake in a program, not of a person. */
export function deadlineRule(id: DeadlineRuleId): DeadlineRule {
  const rule = rulesById.get(id);
  if (!rule) throw new RangeError(`No deadline rule ${id}`);
  return rule;
}

const dayOffSchema = z.object({ date: z.string(), why: z.enum(['weekend', 'holiday']), name: z.string().optional() });

/** How a date came about, kept with it as JSON. Rendered by {@link explainDeadline}. */
export const explanationSchema = z.object({
  rule: z.string(),
  citation: z.string(),
  counting: z.enum(['working-days', 'calendar-days', 'union-days', 'weekdays', 'no-date']),
  count: z.number(),
  /** What starts the clock, to be read after “from”. */
  start: z.string(),
  /** The day it started; null while it has not. */
  startOn: z.string().nullable(),
  country: z.string(),
  region: z.string().optional(),
  zone: z.string(),
  skipped: z.array(dayOffSchema),
  dueOn: z.string().nullable(),
  /** What plain counting gives, where the rule moved it on: the date to aim at. */
  targetOn: z.string().optional(),
  note: z.string().optional(),
  /** The date a person set instead, and what the rule had said. */
  override: z
    .object({ dueOn: z.string(), ruleDueOn: z.string().nullable(), reason: z.string(), by: z.string(), at: z.string() })
    .optional(),
});
export type Explanation = z.infer<typeof explanationSchema>;

export interface Deadline {
  readonly rule: DeadlineRuleId;
  /** Null while the clock has not started. */
  readonly startsAt: Date | null;
  /** Null where no date can be given yet, or the rule gives none. */
  readonly dueOn: Day | null;
  /** The last millisecond of that day in `zone`. */
  readonly dueAt: Date | null;
  readonly zone: string;
  /** `waiting`: the clock has not started. */
  readonly state: 'waiting' | 'running';
  readonly explanation: Explanation;
}

export interface DeadlineInput {
  readonly rule: DeadlineRuleId;
  /** What starts the clock: an instant (its day is that of `zone`), a day, or null when it has not happened yet. */
  readonly start: Date | Day | null;
  /** Working days of the party's or the authority's country. For the FDA's rules, those of the United States. */
  readonly calendar: WorkCalendar;
  /** IANA zone in which the days begin and end. */
  readonly zone: string;
}

/** Works out a deadline from its rule: the day of the event is never counted, and the date includes its whole last day. */
export function computeDeadline(input: DeadlineInput): Deadline {
  const rule = deadlineRule(input.rule);
  if (rule.calendar === 'US' && input.calendar.country !== 'US') {
    throw new RangeError(
      `${rule.id} is counted by the calendar of the United States, not of ${input.calendar.country}`,
    );
  }
  const startOn = input.start instanceof Date ? dayIn(input.start, input.zone) : input.start;
  const startsAt = input.start instanceof Date ? input.start : null;
  const period = startOn === null ? undefined : count(rule, startOn, input.calendar);
  const dueOn = period?.due ?? null;
  return {
    rule: input.rule,
    startsAt,
    dueOn,
    dueAt: dueOn === null ? null : endOfDay(dueOn, input.zone),
    zone: input.zone,
    state: startOn === null ? 'waiting' : 'running',
    explanation: {
      rule: rule.id,
      citation: rule.citation,
      counting: rule.counting,
      count: rule.count,
      start: rule.start,
      startOn,
      country: input.calendar.country,
      ...(input.calendar.region ? { region: input.calendar.region } : {}),
      zone: input.zone,
      skipped: period ? [...period.skipped] : [],
      dueOn,
      ...(period?.counted !== undefined && period.counted !== period.due ? { targetOn: period.counted } : {}),
      ...(rule.note ? { note: rule.note } : {}),
    },
  };
}

const withoutHolidays = workCalendar('DE', () => new Map(), { override: { weekend: [6, 7] } });

function count(rule: DeadlineRule, start: Day, calendar: WorkCalendar): (Period & Partial<CalendarPeriod>) | undefined {
  switch (rule.counting) {
    case 'working-days':
      return addWorkingDays(start, rule.count, calendar);
    case 'weekdays':
      return addWorkingDays(start, rule.count, withoutHolidays);
    case 'calendar-days':
      return addCalendarDays(start, rule.count);
    case 'union-days':
      return addUnionDays(start, rule.count, calendar);
    case 'no-date':
      return undefined;
  }
}

/** Sets another date by hand, with a reason. What the rule said stays in the explanation. */
export function overrideDeadline(
  deadline: Deadline,
  change: { dueOn: Day; reason: string; by: string; at: Date },
): Deadline | Refusal {
  const reason = change.reason.trim();
  if (reason === '') return refuse('deadline.reason-missing', {}, 'reason');
  return {
    ...deadline,
    dueOn: change.dueOn,
    dueAt: endOfDay(change.dueOn, deadline.zone),
    state: 'running',
    explanation: {
      ...deadline.explanation,
      dueOn: change.dueOn,
      override: {
        dueOn: change.dueOn,
        ruleDueOn: deadline.explanation.override?.ruleDueOn ?? deadline.explanation.dueOn,
        reason,
        by: change.by,
        at: change.at.toISOString(),
      },
    },
  };
}

/** Of several clocks on one matter the earliest date governs (MDCG 2023-3 Rev. 2: when the severity changes). */
export function governingDeadline(deadlines: readonly Deadline[]): Deadline | undefined {
  return deadlines
    .filter((deadline) => deadline.dueAt !== null)
    .reduce<Deadline | undefined>(
      (first, next) => (!first || (next.dueAt as Date) < (first.dueAt as Date) ? next : first),
      undefined,
    );
}

// ── Words ───────────────────────────────────────────────────────────────────────────────────────────────────────────

const UNITS: Readonly<Record<Explanation['counting'], readonly [one: string, many: string]>> = {
  'working-days': ['working day', 'working days'],
  weekdays: ['weekday', 'weekdays'],
  'calendar-days': ['calendar day', 'calendar days'],
  'union-days': ['calendar day', 'calendar days'],
  'no-date': ['', ''],
};

/** A day as a language writes it: `4 May 2022`; with the weekday `Wed 4 May 2022`; without the year `Sat 7 May`. */
function writeDay(day: Day, locale: string, parts: { weekday?: boolean; year?: boolean }): string {
  const text = new Intl.DateTimeFormat(locale, {
    timeZone: 'UTC',
    day: 'numeric',
    month: locale === 'en-GB' ? 'short' : 'long',
    ...(parts.weekday ? { weekday: 'short' } : {}),
    ...(parts.year ? { year: 'numeric' } : {}),
  }).format(new Date(`${day}T00:00:00Z`));
  return locale === 'en-GB' ? text.replace(',', '').replace('Sept', 'Sep') : text;
}

/** The facts of an explanation as a language writes them, for a sentence that is translated elsewhere. */
export function explanationWords(explanation: Explanation, language = 'en') {
  const locale = language === 'en' ? 'en-GB' : language;
  const day = (value: Day | null | undefined, parts: { weekday?: boolean; year?: boolean }) =>
    value ? writeDay(value, locale, parts) : '';
  return {
    count: explanation.count,
    country: countryName(explanation.country, language),
    start: day(explanation.startOn, { year: true }),
    due: day(explanation.dueOn, { weekday: true, year: true }),
    target: day(explanation.targetOn, { weekday: true, year: true }),
    zone: explanation.zone,
    skipped: explanation.skipped.map(
      (off) => day(off.date, { weekday: true }) + (off.name === undefined ? '' : ` (${off.name})`),
    ),
  };
}

/**
 * A date's explanation in one English sentence: “5 working days in Germany from 4 May 2022; skipped Sat 7 May, Sun 8 May
 * → Wed 11 May 2022, end of day Europe/Berlin”. Takes the JSON kept with a deadline; empty for anything else.
 */
export function explainDeadline(kept: unknown): string {
  const parsed = explanationSchema.safeParse(kept);
  if (!parsed.success) return '';
  const explanation = parsed.data;
  const words = explanationWords(explanation);
  if (explanation.override && explanation.dueOn !== null) {
    const { override } = explanation;
    const said =
      override.ruleDueOn === null ? 'no date' : writeDay(override.ruleDueOn, 'en-GB', { weekday: true, year: true });
    return `${words.due}, end of day ${words.zone}: set by ${override.by} (${override.reason}); the rule said ${said}`;
  }
  if (explanation.counting === 'no-date') return `No date: ${explanation.note ?? `runs from ${explanation.start}`}`;
  if (explanation.startOn === null) return `No date: runs from ${explanation.start}`;
  const unit = UNITS[explanation.counting][explanation.count === 1 ? 0 : 1];
  const where =
    explanation.counting === 'working-days' || explanation.counting === 'union-days' ? ` in ${words.country}` : '';
  const skips = words.skipped.length > 0 ? `; skipped ${shorten(words.skipped)}` : '';
  const aim = words.target ? ` (by plain counting ${words.target})` : '';
  return `${words.count} ${unit}${where} from ${words.start}${skips}: due ${words.due}, end of day ${words.zone}${aim}`;
}

/** A long list of skipped days by its first eight. */
function shorten(days: readonly string[]): string {
  return days.length > 8 ? `${days.slice(0, 8).join(', ')} and ${days.length - 8} more` : days.join(', ');
}
