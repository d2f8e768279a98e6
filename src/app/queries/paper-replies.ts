import { sql } from 'kysely';
import type { KeptPage } from '../../db/schema-paper-replies.ts';
import type { FoundBox } from '../../domain/paper-reading.ts';
import type { Reader } from '../context.ts';
import { type ListDefinition, likePrefix, where } from './list.ts';

export interface PaperReplyRow {
  id: number;
  name: string;
  received_at: Date;
  came_by: string;
  door: string;
  state: 'waiting' | 'taken' | 'aside' | 'joined' | 'new' | 'failed';
  reasons: string[];
  party_id: number | null;
  party: string | null;
  country: string | null;
  action_id: number | null;
  reference: string | null;
  pages: number;
  reply_id: number | null;
  decided_by: string;
}

/** Forms that came back. */
export const paperReplyList: ListDefinition<PaperReplyRow> = {
  name: 'paper-replies',
  rows: ({ filters, q }) => sql<PaperReplyRow>`
    select r.id, f.name, p.received_at, p.came_by, r.door, r.state, r.reasons, r.party_id, y.name as party, y.country,
           r.action_id, a.reference, jsonb_array_length(r.pages)::int as pages, r.reply_id, r.decided_by
      from paper_reply r join paper_file p on p.id = r.paper_file_id join file f on f.id = p.file_id
      left join party y on y.id = r.party_id left join action a on a.id = r.action_id
      ${where(
        filters.state ? sql`r.state = ${filters.state}` : sql`r.state <> 'joined'`,
        filters.door && sql`r.door = ${filters.door}`,
        q &&
          sql`(lower(f.name) like ${likePrefix(q.toLowerCase())} or lower(y.name) like ${likePrefix(q.toLowerCase())})`,
      )}`,
  sortable: ['name', 'received_at', 'party', 'reference', 'pages'],
  defaultSort: '-received_at',
  id: 'id',
  filters: { state: ['waiting', 'taken', 'aside', 'joined'], door: ['pdf', 'scan'] },
  columns: [
    { title: 'File', value: (row) => row.name },
    { title: 'Received', value: (row) => row.received_at.toISOString() },
    { title: 'Party', value: (row) => row.party },
    { title: 'Action', value: (row) => row.reference },
    { title: 'Door', value: (row) => row.door },
    { title: 'State', value: (row) => row.state },
    { title: 'Why it waits', value: (row) => row.reasons.join(' ') },
    { title: 'Reply', value: (row) => row.reply_id },
  ],
};

/** How many forms that came back are in which state, and files that are not read or could not be. */
export async function countPaperReplies(
  reader: Reader,
): Promise<{ waiting: number; taken: number; aside: number; unread: number; failed: number }> {
  const { rows } = await sql<{ waiting: number; taken: number; aside: number; unread: number; failed: number }>`
    select count(*) filter (where state = 'waiting')::int as waiting, count(*) filter (where state = 'taken')::int as taken,
           count(*) filter (where state = 'aside')::int as aside,
           (select count(*) from paper_file where state = 'new')::int as unread,
           (select count(*) from paper_file where state = 'failed')::int as failed
      from paper_reply`.execute(reader);
  return rows[0] ?? { waiting: 0, taken: 0, aside: 0, unread: 0, failed: 0 };
}

export interface PaperReplyDetail extends Omit<PaperReplyRow, 'pages'> {
  paper_form_id: number | null;
  contact_id: number | null;
  pages: KeptPage[];
  boxes: FoundBox[];
  program: boolean;
  sha256: string;
  handed_in_by: string;
  message_id: number | null;
  decided_at: Date | null;
  outcome: string;
  /** The form its pages went to. */
  joined_to_id: number | null;
  /** Files whose pages were put to this one. */
  joined: { id: number; name: string }[];
  code: string | null;
  form_pages: number | null;
  /** Why the file could not be read; '' where it was. */
  trouble: string;
  trouble_params: Record<string, string | number>;
}

/** One form that came back, with its pages and boxes. */
export async function loadPaperReply(reader: Reader, id: number): Promise<PaperReplyDetail | undefined> {
  const { rows } = await sql<PaperReplyDetail>`
    select r.id, f.name, f.sha256, p.received_at, p.came_by, p.program, p.handed_in_by, p.message_id, r.door, r.state,
           r.reasons, r.party_id, y.name as party, y.country, r.action_id, a.reference, r.reply_id, r.decided_by,
           r.decided_at, r.outcome, r.paper_form_id, r.contact_id, r.pages, r.boxes, r.joined_to_id, o.code, o.pages as form_pages,
           p.trouble, p.trouble_params,
           coalesce((select json_agg(json_build_object('id', j.id, 'name', n.name) order by j.id) from paper_reply j
             join paper_file q on q.id = j.paper_file_id join file n on n.id = q.file_id where j.joined_to_id = r.id),
             '[]'::json) as joined
      from paper_reply r join paper_file p on p.id = r.paper_file_id join file f on f.id = p.file_id
      left join party y on y.id = r.party_id left join action a on a.id = r.action_id
      left join paper_form o on o.id = r.paper_form_id
     where r.id = ${id}`.execute(reader);
  return rows[0];
}

/** The next form that waits, in the order of its coming; the first when there is none behind this one. */
export async function nextPaperReply(reader: Reader, after: number): Promise<number | undefined> {
  const { rows } = await sql<{ id: number }>`
    select id from paper_reply where state = 'waiting' and id <> ${after} order by (id < ${after}), id limit 1`.execute(
    reader,
  );
  return rows[0]?.id;
}
