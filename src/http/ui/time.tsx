/** Days, moments, and what happened on them. */
import type { ComponentChildren, VNode } from 'preact';
import { dayIn, formatDay, formatMoment, formatTime } from './figures.ts';
import { Icon } from './icons.tsx';
import type { Tone } from './state.ts';
import { useWords } from './words.ts';

/** A day without hours, in the language of the page. */
export function Day({ value }: { value: string | null | undefined }): VNode {
  const { t } = useWords();
  if (!value) return <span class="ff-muted">–</span>;
  return (
    <time class="ff-nowrap" dateTime={value}>
      {formatDay(value, t.language, 'short')}
    </time>
  );
}

export type MomentProps = {
  at: Date | null | undefined;
  /** False where a table says the zone once. */
  zoned?: boolean;
};

/** A moment with its hour and zone. */
export function Moment({ at, zoned = true }: MomentProps): VNode {
  const { t, zone } = useWords();
  if (!at) return <span class="ff-muted">–</span>;
  return (
    <time class="ff-nowrap" dateTime={at.toISOString()}>
      {formatMoment(at, t.language, zone, zoned)}
    </time>
  );
}

export type TimelineEntry = {
  key: string | number;
  at: Date;
  /** What happened, in one line. */
  text: ComponentChildren;
  /** Who did it, or by which door it came. */
  by?: ComponentChildren;
  /** More, e.g. before and after. */
  detail?: ComponentChildren;
  icon?: string;
  tone?: Tone;
};

/** Events by day, newest first as given. */
export function Timeline({ entries, empty }: { entries: readonly TimelineEntry[]; empty: string }): VNode {
  const { t, zone } = useWords();
  if (entries.length === 0) return <p class="ff-muted">{empty}</p>;
  const days = new Map<string, TimelineEntry[]>();
  for (const entry of entries) {
    const day = dayIn(entry.at, zone);
    const list = days.get(day);
    if (list) list.push(entry);
    else days.set(day, [entry]);
  }
  return (
    <div class="ff-timeline">
      {[...days].map(([day, list]) => (
        <section key={day}>
          <h3>{formatDay(day, t.language)}</h3>
          <ol>
            {list.map((entry) => (
              <li key={entry.key} class={`ff-event ff-event-${entry.tone ?? 'grey'}`}>
                <span class="ff-event-sign">
                  <Icon name={entry.icon ?? 'point'} filled={!entry.icon} />
                </span>
                <time dateTime={entry.at.toISOString()}>{formatTime(entry.at, t.language, zone)}</time>
                <div class="ff-event-text">
                  {entry.text}
                  {entry.by ? <span class="ff-event-by">{entry.by}</span> : null}
                  {entry.detail ? <div class="ff-event-detail">{entry.detail}</div> : null}
                </div>
              </li>
            ))}
          </ol>
        </section>
      ))}
    </div>
  );
}
