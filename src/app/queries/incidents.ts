import { sql } from 'kysely';
import { type EntryKind, type Finding, type IncidentState, incidentStates } from '../../domain/examination.ts';
import type { Reader } from '../context.ts';
import { idFilter, type ListDefinition, likeAnywhere, where } from './list.ts';

export interface IncidentRow {
  id: number;
  kind: string;
  state: IncidentState;
  party_id: number | null;
  party: string | null;
  country: string | null;
  serial: string | null;
  reference: string | null;
  owner_name: string;
  isolated: boolean;
  aware_at: Date;
  changed_at: Date;
  summary: string;
}

/** Every suspected break-in, and what else was reported as an incident. */
export const incidentList: ListDefinition<IncidentRow> = {
  name: 'incidents',
  rows: ({ filters, q }) => {
    const like = likeAnywhere(q);
    return sql<IncidentRow>`
      select i.id, i.kind, i.state, i.party_id, p.name as party, p.country, u.serial, a.reference, i.owner_name,
          u.isolated_at is not null as isolated, i.aware_at, i.changed_at, i.summary
        from incident i left join party p on p.id = i.party_id left join unit u on u.id = i.unit_id
        left join action a on a.id = i.action_id
      ${where(
        filters.state === 'running' && sql`i.state in ('open', 'examining', 'confirmed')`,
        filters.state !== undefined && filters.state !== 'running' && sql`i.state = ${filters.state}`,
        filters.party && sql`i.party_id = ${idFilter(filters.party)}`,
        filters.action && sql`a.reference = ${filters.action}`,
        filters.owner === 'nobody' && sql`i.owner_id is null`,
        q !== '' && sql`(p.name ilike ${like} or u.serial ilike ${like} or i.summary ilike ${like})`,
      )}`;
  },
  sortable: ['aware_at', 'changed_at', 'party', 'state'],
  defaultSort: '-aware_at',
  id: 'id',
  filters: { state: ['running', ...incidentStates], party: 'text', action: 'text', owner: ['nobody'] },
  columns: [
    { title: 'Incident', value: (row) => row.id },
    { title: 'State', value: (row) => row.state },
    { title: 'Known since', value: (row) => row.aware_at.toISOString() },
    { title: 'Party', value: (row) => row.party },
    { title: 'Country', value: (row) => row.country },
    { title: 'Unit', value: (row) => row.serial },
    { title: 'Isolated', value: (row) => (row.isolated ? 'yes' : 'no') },
    { title: 'Action', value: (row) => row.reference },
    { title: 'Owner', value: (row) => row.owner_name },
    { title: 'What was seen', value: (row) => row.summary },
  ],
};

export interface IncidentEntry {
  id: number;
  at: Date;
  kind: EntryKind;
  by_kind: string;
  by_name: string;
  step: string;
  asked: string;
  language: string;
  finding: Finding | null;
  words: string;
  file_name: string | null;
  sha256: string | null;
  size: number | null;
  shown: boolean;
}

/** An incident with everything that was said, found and sent, oldest first, and how its state moved. */
export async function loadIncident(reader: Reader, id: number) {
  const incident = await reader
    .selectFrom('incident as i')
    .leftJoin('party as p', 'p.id', 'i.party_id')
    .leftJoin('unit as u', 'u.id', 'i.unit_id')
    .leftJoin('product as r', 'r.id', 'u.product_id')
    .leftJoin('action as a', 'a.id', 'i.action_id')
    .selectAll('i')
    .select(['p.name as party', 'p.country', 'u.serial', 'u.isolated_at', 'r.name as product', 'a.reference'])
    .where('i.id', '=', id)
    .executeTakeFirst();
  if (!incident) return undefined;
  const entries = await loadIncidentEntries(reader, id);
  const moves = await reader
    .selectFrom('event')
    .select(['seq', 'at', 'action', 'actor_name', 'reason'])
    .where('subject', '=', 'incident')
    .where('subject_id', '=', String(id))
    .where('action', 'in', [...MOVES, 'incident.own'])
    .orderBy('seq')
    .execute();
  return { ...incident, entries, moves };
}
export type IncidentPage = NonNullable<Awaited<ReturnType<typeof loadIncident>>>;

/** Events that say how the state of an incident moved. */
export const MOVES = ['incident.report', 'incident.examine', 'incident.clear', 'incident.confirm', 'incident.close'];

function loadIncidentEntries(reader: Reader, id: number): Promise<IncidentEntry[]> {
  return reader.selectFrom('incident_entry').selectAll().where('incident_id', '=', id).orderBy('id').execute();
}

/** The incidents a party reported in an action, newest first: what its contacts see. */
export async function loadPartyIncidents(reader: Reader, about: { actionId: number; partyId: number }) {
  return reader
    .selectFrom('incident as i')
    .leftJoin('unit as u', 'u.id', 'i.unit_id')
    .leftJoin('product as r', 'r.id', 'u.product_id')
    .select(['i.id', 'i.state', 'i.aware_at', 'i.detail', 'i.unit_id', 'u.serial', 'r.name as product'])
    .where('i.action_id', '=', about.actionId)
    .where('i.party_id', '=', about.partyId)
    .where('i.kind', '=', 'suspected-compromise')
    .orderBy('i.id', 'desc')
    .limit(50)
    .execute();
}
export type PartyIncident = Awaited<ReturnType<typeof loadPartyIncidents>>[number];

/** What a contact may see of an incident of its own party: what was shown, and how the state moved. */
export async function loadOwnIncident(reader: Reader, about: { id: number; actionId: number; partyId: number }) {
  const incident = (await loadPartyIncidents(reader, about)).find((row) => row.id === about.id);
  if (!incident) return undefined;
  const entries = (await loadIncidentEntries(reader, about.id)).filter((entry) => entry.shown);
  const moves = await reader
    .selectFrom('event')
    .select(['seq', 'at', 'action'])
    .where('subject', '=', 'incident')
    .where('subject_id', '=', String(about.id))
    .where('action', 'in', MOVES)
    .orderBy('seq')
    .execute();
  return { ...incident, entries, moves };
}
export type OwnIncident = NonNullable<Awaited<ReturnType<typeof loadOwnIncident>>>;

/** The last answer to each step: what counts now. */
export function lastAnswers<E extends Pick<IncidentEntry, 'kind' | 'step'>>(entries: readonly E[]): Map<string, E> {
  return new Map(entries.filter((entry) => entry.kind === 'answer').map((entry) => [entry.step, entry]));
}
