/** By when the party should answer, with the reason of the date (law 6). */
import type { VNode } from 'preact';
import type { PortalData } from '../../app/queries/portal.ts';
import { explanationSchema, explanationWords } from '../../domain/deadline.ts';
import type { Translate } from '../translate.ts';
import { formatDay } from '../ui/figures.ts';
import { More } from '../ui/parts.tsx';

type DueData = Pick<PortalData, 'deadlines' | 'now'>;

/** The date that comes first among those still running or missed. */
export function nextDue(data: DueData): PortalData['deadlines'][number] | undefined {
  return data.deadlines
    .filter((deadline) => deadline.state === 'running' || deadline.state === 'missed')
    .filter((deadline) => deadline.dueOn !== null)
    .sort((a, b) => ((a.dueOn ?? '') < (b.dueOn ?? '') ? -1 : 1))[0];
}

/** Nothing when no date runs and none waits to begin. */
export function DueDate({ data, t }: { data: DueData; t: Translate }): VNode | null {
  const due = nextDue(data);
  if (!due?.dueOn) {
    return data.deadlines.some((deadline) => deadline.state === 'waiting') ? (
      <div class="ff-due">
        <p class="ff-due-day">{t('portal.due.at-once')}</p>
      </div>
    ) : null;
  }
  const late = due.state === 'missed' || (due.dueAt !== null && Date.parse(due.dueAt) < data.now.getTime());
  const why = whyText(due.explanation, t);
  return (
    <div class={late ? 'ff-due ff-due-late' : 'ff-due'}>
      <p class="ff-due-day">
        {t(late ? 'portal.due.late' : 'portal.due.title', { day: formatDay(due.dueOn, t.language) })}
      </p>
      {late ? <p>{t('portal.due.late-hint')}</p> : null}
      {why ? (
        <More summary={t('portal.due.why')}>
          <p>{why}</p>
        </More>
      ) : null}
    </div>
  );
}

/** The explanation kept with the date, in the reader's language; empty when it is not one. */
export function whyText(kept: unknown, t: Translate): string {
  const parsed = explanationSchema.safeParse(kept);
  if (!parsed.success || parsed.data.startOn === null) return '';
  const { skipped, ...words } = explanationWords(parsed.data, t.language);
  if (parsed.data.override) return t('portal.due.set', { due: words.due });
  const days = new Intl.ListFormat(t.language, { type: 'unit' }).format(skipped);
  // A choice in a message may not be named with a hyphen.
  const counting = parsed.data.counting.replaceAll('-', '_');
  return t('portal.due.because', { ...words, counting, skipped: days, skips: skipped.length });
}
