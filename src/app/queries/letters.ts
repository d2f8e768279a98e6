import { sql } from 'kysely';
import { type ListDefinition, likeAnywhere, where } from './list.ts';

export interface LetterRow {
  id: number;
  delivery_id: number;
  party: string;
  language: string;
  paper: 'a4' | 'us-letter';
  state: 'waiting' | 'made' | 'failed';
  pages: number | null;
  sha256: string | null;
  detail: string;
  made_at: Date | null;
}

/** Letters on paper of one action: what was made, what waits, and why one could not be made. */
export const letterList: ListDefinition<LetterRow, { actionId: number }> = {
  name: 'letters on paper',
  rows: ({ filters, q }, { actionId }) => sql<LetterRow>`
    select l.id, l.delivery_id, p.name as party, l.language, l.paper, l.state, l.pages, l.sha256, l.detail, l.made_at
      from letter l join delivery d on d.id = l.delivery_id join party p on p.id = d.party_id
    ${where(
      sql`l.action_id = ${actionId}`,
      filters.state && sql`l.state = ${filters.state}`,
      filters.language && sql`l.language = ${filters.language}`,
      q !== '' && sql`lower(p.name) like ${likeAnywhere(q.toLowerCase())}`,
    )}`,
  sortable: ['id', 'party', 'language', 'state', 'pages'],
  defaultSort: 'id',
  id: 'id',
  filters: { state: ['waiting', 'made', 'failed'], language: 'text' },
  columns: [
    { title: 'Letter', value: (row) => row.delivery_id },
    { title: 'Party', value: (row) => row.party },
    { title: 'Language', value: (row) => row.language },
    { title: 'Paper', value: (row) => row.paper },
    { title: 'State', value: (row) => row.state },
    { title: 'Pages', value: (row) => row.pages },
    { title: 'SHA-256', value: (row) => row.sha256 },
    { title: 'Detail', value: (row) => row.detail },
  ],
};
