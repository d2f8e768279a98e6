/** Which units an action affects: rules that include, rules that exclude, and for each unit the reason of its answer. */
import { z } from 'zod';
import { compareToUpper, compareVersions, versionNumbers } from './version.ts';

/** The longest serial of GS1 (AI 21) has 20 characters, so no run of digits is longer. */
const DIGITS = 20;

/**
 * A serial or lot number in a form that sorts as people count: capitals, no spaces, each number padded with zeros to 20
 * digits. `NB9` comes before `NB10`. The database keeps it (`unit.serial_key`), so that lists sort as people count.
 */
export function serialKey(serial: string): string {
  return serial
    .replace(/\s+/g, '')
    .toUpperCase()
    .replace(/\d+/g, (digits) => digits.padStart(DIGITS, '0'));
}

/** The letters and signs of a serial with its numbers taken out: `NB550123-A` → `NB#-A`. Serials of one series share it. */
const series = (key: string): string => key.replace(/\d+/g, '#');

/** Two serials of one series, the first not after the second. */
const serialRangeSchema = z
  .strictObject({ from: z.string().trim().min(1).max(60), to: z.string().trim().min(1).max(60) })
  .refine((range) => series(serialKey(range.from)) === series(serialKey(range.to)), {
    message: 'Both ends of a range are written alike, e.g. NB550123 to NB550999.',
    path: ['to'],
  })
  .refine((range) => serialKey(range.from) <= serialKey(range.to), {
    message: 'The range ends before it begins. Change the two serials round.',
    path: ['to'],
  });

/** Software versions from one to another, both included; either end may be left open. */
const versionRangeSchema = z
  .strictObject({
    /** Code of the environment whose version counts; any environment when left out. */
    environment: z.string().trim().min(1).max(40).optional(),
    from: z.string().trim().min(1).max(40).optional(),
    to: z.string().trim().min(1).max(40).optional(),
  })
  .refine((range) => range.from !== undefined || range.to !== undefined, { message: 'Give a first or a last version.' })
  .refine((range) => [range.from, range.to].every((end) => end === undefined || versionNumbers(end) !== undefined), {
    message: 'Write versions as numbers with dots, e.g. 1.3.',
  })
  .refine((range) => !(range.from && range.to) || (compareToUpper(range.from, range.to) ?? 0) <= 0, {
    message: 'The range ends before it begins. Change the two versions round.',
    path: ['to'],
  });

const list = <T extends z.ZodType>(item: T) => z.array(item).min(1).optional();
const dayText = z.iso.date();

/**
 * What a rule asks of a unit besides its product. Everything given must hold; within a list one is enough. `serials`,
 * `serialRanges` and `lots` name units and count as one list together.
 */
export const scopeConditionsSchema = z.strictObject({
  serials: list(z.string().trim().min(1).max(60)),
  serialRanges: list(serialRangeSchema),
  lots: list(z.string().trim().min(1).max(60)),
  softwareVersions: list(versionRangeSchema),
  /** First and last day of shipping, both included. */
  shippedFrom: dayText.optional(),
  shippedTo: dayText.optional(),
  /** Countries of the site (ISO 3166-1 alpha-2). */
  countries: list(z.string().regex(/^[A-Z]{2}$/)),
  parties: list(z.number().int().positive()),
});
export type ScopeConditions = z.infer<typeof scopeConditionsSchema>;

export interface ScopeRule {
  readonly id: number;
  readonly effect: 'include' | 'exclude';
  /** Null: every product (exclusions only). */
  readonly productId: number | null;
  readonly conditions: ScopeConditions;
  readonly reason: string;
}

/** A unit as the rules see it. */
export interface ScopeUnit {
  readonly id: number;
  readonly kind: 'serial' | 'lot' | 'standalone';
  readonly productId: number;
  readonly partyId: number;
  /** Serial, lot or instance number as printed. */
  readonly serial: string;
  /** Environment code → software version, as last known. */
  readonly software: Readonly<Record<string, string>>;
  /** `YYYY-MM-DD`. */
  readonly shippedOn: string | null;
  readonly status: 'in-field' | 'scrapped' | 'moved' | 'returned' | 'unknown';
  /** Country of its site. */
  readonly country: string;
}

type Condition = 'serial' | 'lot' | 'version' | 'shipped' | 'country' | 'party';

/**
 * Why a unit is in or out. `in` a rule holds · `in-unproven` a rule may hold and nothing known says otherwise · `out-…`
 * the condition the nearest rule fails · `excluded` taken out by a rule · `not-in-field` scrapped or returned before.
 */
export type ScopeWhy = 'in' | 'in-unproven' | 'product-not-named' | `out-${Condition}` | 'excluded' | 'not-in-field';

export interface ScopeDecision {
  readonly included: boolean;
  /** The rule that decided; null where none did. */
  readonly ruleId: number | null;
  readonly why: ScopeWhy;
  /** What the words of `why` need: the value of the unit, what was asked for, the reason of the rule. */
  readonly params: Readonly<Record<string, string>>;
}

/** What each answer means, for lists and exports of the desk. Braces are filled from the decision's params. */
export const scopeWhyWords: Readonly<Record<ScopeWhy, string>> = {
  in: 'Affected: {reason}',
  'in-unproven': 'Affected, because nothing known says otherwise ({unknown}): {reason}',
  'product-not-named': 'No rule names this product',
  'out-serial': '{value} is in none of the serial numbers {asked}',
  'out-lot': '{value} is none of the lots {asked}',
  'out-version': 'Software {value} is outside {asked}',
  'out-shipped': 'Shipped on {value}, outside {asked}',
  'out-country': 'Its site is in {value}, not in {asked}',
  'out-party': 'Its party is not one the rule names',
  excluded: 'Taken out: {reason}',
  'not-in-field': 'Not in the field any more: {value}',
};

/** A decision in words. */
export function explainDecision(decision: { why: string; params: Readonly<Record<string, unknown>> }): string {
  const words = scopeWhyWords[decision.why as ScopeWhy] ?? decision.why;
  return words.replace(/\{(\w+)\}/g, (_, name: string) => String(decision.params[name] ?? ''));
}

// ── Deciding ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Whether a condition holds; `unknown` when the unit's record does not say. */
type Holds = 'yes' | 'no' | 'unknown';

interface Prepared {
  readonly rule: ScopeRule;
  readonly serials: ReadonlySet<string> | undefined;
  readonly lots: ReadonlySet<string> | undefined;
  readonly ranges: readonly { from: string; to: string; series: string }[];
}

// Two million units are decided by the same few rules: what a rule needs is worked out once.
const prepared = new WeakMap<ScopeRule, Prepared>();

function prepare(rule: ScopeRule): Prepared {
  let known = prepared.get(rule);
  if (!known) {
    const { serials, lots, serialRanges } = rule.conditions;
    known = {
      rule,
      serials: serials && new Set(serials.map(serialKey)),
      lots: lots && new Set(lots.map(serialKey)),
      ranges: (serialRanges ?? []).map((range) => ({
        from: serialKey(range.from),
        to: serialKey(range.to),
        series: series(serialKey(range.from)),
      })),
    };
    prepared.set(rule, known);
  }
  return known;
}

function namesUnit(rule: Prepared, unit: ScopeUnit): Holds {
  if (!rule.serials && !rule.lots && rule.ranges.length === 0) return 'yes';
  const key = serialKey(unit.serial);
  if (unit.kind === 'lot') return rule.lots?.has(key) ? 'yes' : 'no';
  if (rule.serials?.has(key)) return 'yes';
  const inRange = rule.ranges.some((range) => key >= range.from && key <= range.to && series(key) === range.series);
  return inRange ? 'yes' : 'no';
}

function runsVersion(conditions: ScopeConditions, unit: ScopeUnit): Holds {
  if (!conditions.softwareVersions) return 'yes';
  let unknown = false;
  for (const range of conditions.softwareVersions) {
    const versions =
      range.environment === undefined ? Object.values(unit.software) : [unit.software[range.environment] ?? ''];
    if (versions.length === 0) unknown = true;
    for (const version of versions) {
      if (versionNumbers(version) === undefined) unknown = true;
      else if (
        (range.from === undefined || (compareVersions(version, range.from) ?? 0) >= 0) &&
        (range.to === undefined || (compareToUpper(version, range.to) ?? 0) <= 0)
      ) {
        return 'yes';
      }
    }
  }
  return unknown ? 'unknown' : 'no';
}

function shippedWithin({ shippedFrom, shippedTo }: ScopeConditions, unit: ScopeUnit): Holds {
  if (shippedFrom === undefined && shippedTo === undefined) return 'yes';
  if (unit.shippedOn === null) return 'unknown';
  const within = (shippedFrom ?? '') <= unit.shippedOn && unit.shippedOn <= (shippedTo ?? '9999-12-31');
  return within ? 'yes' : 'no';
}

const among = <T>(asked: readonly T[] | undefined, value: T): Holds => (!asked || asked.includes(value) ? 'yes' : 'no');

/** Every condition of a rule in the order a person would ask them: the one that fails last is the nearest miss. */
function check(rule: Prepared, unit: ScopeUnit): [Condition, Holds][] {
  const { conditions } = rule.rule;
  return [
    ['party', among(conditions.parties, unit.partyId)],
    ['country', among(conditions.countries, unit.country)],
    [unit.kind === 'lot' ? 'lot' : 'serial', namesUnit(rule, unit)],
    ['shipped', shippedWithin(conditions, unit)],
    ['version', runsVersion(conditions, unit)],
  ];
}

const UNKNOWN_WORDS: Partial<Record<Condition, string>> = {
  version: 'its software version is not known',
  shipped: 'its day of shipping is not known',
};

const from = (first: string | undefined, last: string | undefined): string =>
  first && last ? `${first} to ${last}` : first ? `${first} or later` : `${last} or earlier`;

/** What a rule asked for and what the unit has, for the words of a miss. */
function missed(condition: Condition, rule: ScopeRule, unit: ScopeUnit): Record<string, string> {
  const {
    serials = [],
    serialRanges = [],
    lots = [],
    softwareVersions = [],
    countries = [],
    ...rest
  } = rule.conditions;
  switch (condition) {
    case 'serial':
      return {
        value: unit.serial,
        asked: [...serialRanges.map((range) => from(range.from, range.to)), ...serials].join(', '),
      };
    case 'lot':
      return { value: unit.serial, asked: lots.join(', ') };
    case 'version': {
      const value = Object.entries(unit.software).map(([environment, version]) => `${version} (${environment})`);
      const asked = softwareVersions.map((r) => `${from(r.from, r.to)}${r.environment ? ` (${r.environment})` : ''}`);
      return { value: value.join(', '), asked: asked.join(', ') };
    }
    case 'shipped':
      return { value: unit.shippedOn ?? '', asked: from(rest.shippedFrom, rest.shippedTo) };
    case 'country':
      return { value: unit.country, asked: countries.join(', ') };
    case 'party':
      return {};
  }
}

/**
 * Decides one unit. It is affected when an including rule for its product holds and no excluding rule does. What is not
 * known never lets a unit out: a rule that may hold includes, and an exclusion that may hold does not exclude. A unit
 * that is out says why by the rule it comes nearest to.
 */
export function decideUnit(unit: ScopeUnit, rules: readonly ScopeRule[]): ScopeDecision {
  let decision: ScopeDecision = { included: false, ruleId: null, why: 'product-not-named', params: {} };
  let nearest = -1;
  for (const rule of rules) {
    if (rule.effect !== 'include' || rule.productId !== unit.productId) continue;
    const results = check(prepare(rule), unit);
    const miss = results.findIndex(([, holds]) => holds === 'no');
    const unknown = results
      .filter(([, holds]) => holds === 'unknown')
      .map(([condition]) => UNKNOWN_WORDS[condition] ?? condition);
    if (miss < 0 && unknown.length === 0) {
      decision = { included: true, ruleId: rule.id, why: 'in', params: { reason: rule.reason } };
      break;
    }
    if (miss < 0) {
      if (!decision.included) {
        decision = {
          included: true,
          ruleId: rule.id,
          why: 'in-unproven',
          params: { reason: rule.reason, unknown: unknown.join(', ') },
        };
      }
    } else if (!decision.included && miss > nearest) {
      nearest = miss;
      const condition = (results[miss] as [Condition, Holds])[0];
      decision = { included: false, ruleId: rule.id, why: `out-${condition}`, params: missed(condition, rule, unit) };
    }
  }
  if (!decision.included) return decision;
  if (unit.status === 'scrapped' || unit.status === 'returned') {
    return { included: false, ruleId: null, why: 'not-in-field', params: { value: unit.status } };
  }
  for (const rule of rules) {
    if (rule.effect !== 'exclude' || (rule.productId !== null && rule.productId !== unit.productId)) continue;
    if (check(prepare(rule), unit).every(([, holds]) => holds === 'yes')) {
      return { included: false, ruleId: rule.id, why: 'excluded', params: { reason: rule.reason } };
    }
  }
  return decision;
}
