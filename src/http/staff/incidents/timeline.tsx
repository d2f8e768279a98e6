import type { IncidentPage } from '../../../app/queries/incidents.ts';
import type { TimelineEntry } from '../../ui/time.tsx';
import { eventWord } from '../words.ts';
import { findingWords } from './examination-card.tsx';

/** Everything that happened to an incident, newest first: what was said and sent, and how its state moved. */
export function incidentTimeline(incident: IncidentPage): TimelineEntry[] {
  const moves = incident.moves.map((move) => ({
    key: `m${move.seq}`,
    at: move.at,
    text: eventWord(move.action),
    by: move.actor_name,
    detail: move.reason || undefined,
    icon: 'flag',
  }));
  const entries = incident.entries.map((entry) => {
    const base = { key: `e${entry.id}`, at: entry.at, by: entry.by_name };
    if (entry.kind === 'answer') {
      const [title] = entry.asked.split('\n');
      const finding = entry.finding ? findingWords[entry.finding] : '';
      return { ...base, icon: 'checklist', text: `${title}: ${finding}`, detail: entry.words || undefined };
    }
    if (entry.kind === 'evidence')
      return { ...base, icon: 'paperclip', text: `File ${entry.file_name}`, detail: entry.words || undefined };
    const heard = entry.kind === 'call' ? 'Call' : 'Note';
    return {
      ...base,
      icon: entry.kind === 'call' ? 'phone' : 'note',
      text: `${heard}${entry.shown ? ', shown to the customer' : ''}`,
      detail: entry.words,
    };
  });
  return [...moves, ...entries].sort((a, b) => b.at.getTime() - a.at.getTime());
}
