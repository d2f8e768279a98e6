/** The clocks, as data: what starts each, how long it runs, by which calendar, and where that is written (law 8). */

/** How a period is counted; see domain/calendar.ts. `weekdays`: Monday to Friday, without holidays. */
export type Counting = 'working-days' | 'calendar-days' | 'union-days' | 'weekdays' | 'no-date';

/** Whose working days count: the party's country, the country of the authority, or always one country's. */
export type CalendarOf = 'party' | 'authority' | 'US';

/** What ends the clock: nothing owed any more, receipt confirmed, or something sent to an authority or to customers. */
export type MetBy = 'completion' | 'receipt' | 'submission';

export interface DeadlineRule {
  readonly id: string;
  /** What has to be done, as the desk's list says it. */
  readonly what: string;
  /** What starts the clock, to be read after “from”. */
  readonly start: string;
  readonly counting: Counting;
  readonly count: number;
  readonly calendar: CalendarOf;
  readonly metBy: MetBy;
  readonly citation: string;
  readonly source: string;
  /** `read`: the text was read · `unsourced`: general knowledge, to be checked. */
  readonly confidence: 'read' | 'unsourced';
  /** What a reader should know besides. */
  readonly note?: string;
}

const MDCG = 'MDCG 2023-3 Rev. 2, Q14–15';
const UNION_NOTE = 'Report as early as you can: the day plain counting gives is the target, the other the latest.';
const ART_806 = '21 CFR part 806';
const CYBER = 'FDA, Postmarket Management of Cybersecurity in Medical Devices (2016), VII.B';

const customer = { calendar: 'party', metBy: 'completion', source: 'The notice', confidence: 'read' } as const;
const union = {
  counting: 'union-days',
  calendar: 'authority',
  metBy: 'submission',
  source: MDCG,
  confidence: 'read',
  note: UNION_NOTE,
} as const;
const fda = { calendar: 'US', metBy: 'submission', confidence: 'read' } as const;

export const deadlineRules = [
  {
    id: 'customer-reply-connected',
    what: 'Install the remedy and return the verification form',
    start: 'the notice',
    counting: 'working-days',
    count: 5,
    citation: 'The notice: within five working days, for instruments connected to the Internet',
    ...customer,
  },
  {
    id: 'customer-reply-unconnected',
    what: 'Return the verification form',
    start: 'installing',
    counting: 'working-days',
    count: 1,
    citation: 'The notice: immediately after installing, for instruments not connected to the Internet',
    note: 'Immediately: the next working day after the day the party says it installed.',
    ...customer,
  },

  // ── Vigilance in the Union ──
  {
    id: 'ivdr-public-health-threat',
    what: 'Report a serious public health threat',
    start: 'awareness of the threat',
    count: 2,
    citation: 'IVDR Art. 82(4)',
    ...union,
  },
  {
    id: 'ivdr-death',
    what: 'Report a death or an unanticipated serious deterioration in health',
    start: 'awareness',
    count: 10,
    citation: 'IVDR Art. 82(5)',
    ...union,
  },
  {
    id: 'ivdr-serious-incident',
    what: 'Report a serious incident',
    start: 'awareness',
    count: 15,
    citation: 'IVDR Art. 82(3)',
    ...union,
  },
  {
    id: 'mdr-public-health-threat',
    what: 'Report a serious public health threat',
    start: 'awareness of the threat',
    count: 2,
    citation: 'MDR Art. 87(4)',
    ...union,
  },
  {
    id: 'mdr-death',
    what: 'Report a death or an unanticipated serious deterioration in health',
    start: 'awareness',
    count: 10,
    citation: 'MDR Art. 87(5)',
    ...union,
  },
  {
    id: 'mdr-serious-incident',
    what: 'Report a serious incident',
    start: 'awareness',
    count: 15,
    citation: 'MDR Art. 87(3)',
    ...union,
  },
  {
    id: 'union-fsca-report',
    what: 'Report the action to the authorities',
    start: 'carrying it out',
    counting: 'no-date',
    count: 0,
    calendar: 'authority',
    metBy: 'submission',
    citation: 'IVDR Art. 82(8), MDR Art. 87(8)',
    source: MDCG,
    confidence: 'read',
    note: 'Without undue delay and before the action is carried out, except where urgency needs immediate action.',
  },
  {
    id: 'union-draft-notice-comment',
    what: 'Wait for the authority’s comments on the draft notice',
    start: 'sending the draft',
    counting: 'weekdays',
    count: 2,
    calendar: 'authority',
    metBy: 'submission',
    citation: 'IVDR Art. 84(8), MDR Art. 89(8); MEDDEV 2.12-1 rev. 8, 5.4.4.1',
    source: 'MDCG 2023-3 Rev. 2, footnote 34',
    confidence: 'read',
    note: '48 hours, read as two weekdays. Not where urgency needs immediate action.',
  },

  // ── United States ──
  {
    id: 'fda-806-report',
    what: 'Report the correction or removal',
    start: 'initiation (the first communication)',
    counting: 'working-days',
    count: 10,
    citation: '21 CFR 806.10(b)',
    source: ART_806,
    ...fda,
  },
  {
    id: 'fda-806-extension',
    what: 'Amend the report for further lots or units',
    start: 'initiating the extension',
    counting: 'working-days',
    count: 10,
    citation: '21 CFR 806.10(d)',
    source: ART_806,
    ...fda,
  },
  {
    id: 'fda-mdr-30-day',
    what: 'Report a death, serious injury or malfunction',
    start: 'becoming aware',
    counting: 'calendar-days',
    count: 30,
    citation: '21 CFR 803.50',
    source: '21 CFR part 803',
    ...fda,
  },
  {
    id: 'fda-mdr-5-day',
    what: 'Report an event that needs remedial action',
    start: 'becoming aware',
    counting: 'working-days',
    count: 5,
    citation: '21 CFR 803.53',
    source: '21 CFR part 803',
    ...fda,
  },
  {
    id: 'fda-mdr-supplement',
    what: 'Send new or changed information',
    start: 'receiving it',
    counting: 'calendar-days',
    count: 30,
    citation: '21 CFR 803.56',
    source: '21 CFR part 803',
    ...fda,
  },
  {
    id: 'fda-cyber-communication',
    what: 'Tell customers: impact, work under way, compensating controls, promise of a fix',
    start: 'learning of the vulnerability',
    counting: 'calendar-days',
    count: 30,
    citation: CYBER,
    source: CYBER,
    ...fda,
    note: 'The guidance has no rule for an end on a weekend.',
  },
  {
    id: 'fda-cyber-fix',
    what: 'Fix, validate and distribute; follow up with end users',
    start: 'learning of the vulnerability',
    counting: 'calendar-days',
    count: 60,
    citation: CYBER,
    source: CYBER,
    ...fda,
    note: 'The guidance has no rule for an end on a weekend. Following up goes on after day 60.',
  },
] as const satisfies readonly DeadlineRule[];

export type DeadlineRuleId = (typeof deadlineRules)[number]['id'];
