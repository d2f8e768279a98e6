/** What is found about the rows of a list. Every finding has its words, with the mend, at `portal.list.why.<code>`. */
import { localeOf, type Say } from './message.ts';

/** `error`: the row is refused · `warning`: it is taken, and somebody should look · `note`: why nothing comes of it. */
export interface SheetFinding {
  level: 'error' | 'warning' | 'note';
  code: string;
  /** The list's own heading; '' where no cell is to blame. */
  column: string;
  value: string;
  params: Record<string, string | number>;
}

/** A finding in words: what is wrong and how to mend it, in the language of `say`, its days as that language writes them. */
export function wordSheetFinding(finding: SheetFinding, say: Say & { readonly language: string }): string {
  const { before, after, ...plain } = finding.params;
  const params = Object.fromEntries(
    Object.entries(plain).map(([name, value]) => [name, isIsoDay(value) ? dayText(value, say.language) : value]),
  );
  return say(`portal.list.why.${finding.code}`, {
    value: finding.value,
    ...params,
    ...(before === undefined ? {} : { before: say(`form.choice.status.${before}`) }),
    ...(after === undefined ? {} : { after: say(`form.choice.status.${after}`) }),
  });
}

/** The errors of a row as its sender reads them: whether somebody else has a device of that number is not told. */
export function errorsForSender(findings: readonly SheetFinding[]): SheetFinding[] {
  return findings
    .filter((one) => one.level === 'error')
    .map((one) => (one.code === 'unknown' ? { ...one, code: 'not-yours' } : one));
}

function isIsoDay(value: string | number): value is string {
  return typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value);
}

function dayText(day: string, language: string): string {
  return new Intl.DateTimeFormat(localeOf(language), { dateStyle: 'medium', timeZone: 'UTC' }).format(new Date(day));
}

/** Every code of a finding, so that its words can be looked over. */
export const sheetFindingCodes = [
  'no-serial',
  'rounded',
  'formula-failed',
  'formula',
  'status-word',
  'mode-word',
  'mode-missing',
  'mode-other',
  'date',
  'date-order',
  'date-future',
  'unknown',
  'unknown-near',
  'not-yours',
  'not-told',
  'several',
  'twice',
  'same-as',
  'not-affected',
  'says-nothing',
  'no-date',
  'before-notice',
  'not-theirs',
  'help',
  'contradicts',
  'proven',
] as const;
