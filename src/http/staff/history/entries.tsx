import type { HistoryEntry } from '../../../app/queries/party.ts';
import type { TimelineEntry } from '../../ui/time.tsx';
import { doorWords } from '../evidence.tsx';
import { capital, eventWord, plain } from '../words.ts';

/** A history as a timeline: what happened in words, who did it, and what it led to. */
export function timelineOf(entries: readonly HistoryEntry[]): TimelineEntry[] {
  return entries.map((entry) => {
    const detail = entry.detail;
    switch (entry.kind) {
      case 'delivery':
        return {
          key: entry.key,
          at: entry.at,
          icon: 'mail',
          text: (
            <a
              href={`/deliveries/${detail.delivery}`}
            >{`${capital(String(detail.kind))} to ${entry.by}: ${plain(entry.what)}`}</a>
          ),
          detail: text(detail.detail),
        };
      case 'reply':
        return {
          key: entry.key,
          at: entry.at,
          icon: 'message',
          tone: 'blue',
          text: <a href={`/replies/${detail.reply}`}>{`Reply by ${doorWords(entry.what).toLowerCase()}`}</a>,
          by: entry.by,
        };
      case 'attempt':
        return {
          key: entry.key,
          at: entry.at,
          icon: entry.what === 'call' ? 'phone' : 'notes',
          text: `${capital(entry.what)}: ${plain(String(detail.outcome))}`,
          by: entry.by,
          detail: [text(detail.text), text(detail.tracking)].filter(Boolean).join(' · '),
        };
      case 'confirmation':
        return {
          key: entry.key,
          at: entry.at,
          icon: 'rosette-discount-check',
          tone: 'teal',
          text: `${detail.environment}: ${plain(entry.what)} (${detail.kind}, by ${detail.door})`,
          by: entry.by,
          detail: [detail.doneOn ? `on ${detail.doneOn}` : '', text(detail.reason)].filter(Boolean).join(', '),
        };
      default:
        return {
          key: entry.key,
          at: entry.at,
          icon: 'point',
          text: eventText(entry),
          by: entry.by,
          detail: text(detail.reason),
        };
    }
  });
}

/** What changed, how many at once, and into which state. */
function eventText(entry: HistoryEntry): string {
  const count = Number(entry.detail.count ?? 1);
  const listed = Array.isArray(entry.detail.states) ? entry.detail.states : [];
  const states = listed.filter((state): state is string => typeof state === 'string');
  const words = `${count > 1 ? `${count} × ` : ''}${eventWord(entry.what)}`;
  return capital(states.length > 0 ? `${words}: ${states.map(plain).join(', ')}` : words);
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
