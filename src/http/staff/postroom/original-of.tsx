import type { VNode } from 'preact';
import type { Context } from '../../../app/context.ts';
import { Identifier } from '../../ui/parts.tsx';

/** Where a reply was read: the mail it came in, or the document that was kept with it. */
export interface ReplyOriginal {
  replyId: number;
  messageId: number | null;
  from: string | null;
  excerpt: string | null;
  document: string | null;
}

/** The originals of some replies, by reply. */
export async function loadOriginals(
  db: Context['db'],
  replyIds: readonly number[],
): Promise<Map<number, ReplyOriginal>> {
  if (replyIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('reply as r')
    .leftJoin('message as m', 'm.file_id', 'r.source_file_id')
    .leftJoin('file as f', 'f.id', 'r.source_file_id')
    .select(['r.id', 'm.id as message_id', 'm.from_address', 'm.excerpt', 'f.name'])
    .where('r.id', 'in', [...replyIds])
    .execute();
  return new Map(
    rows.map((row) => [
      row.id,
      {
        replyId: row.id,
        messageId: row.message_id,
        from: row.from_address,
        excerpt: row.excerpt,
        document: row.name,
      },
    ]),
  );
}

/** The words a statement was read from, and the way to the whole of it. */
export function Original({ original }: { original: ReplyOriginal | undefined }): VNode | null {
  if (!original || original.document === null) return null;
  if (original.messageId === null) {
    return (
      <p>
        Original: <a href={`/replies/${original.replyId}/source`}>{original.document}</a>
      </p>
    );
  }
  return (
    <>
      <blockquote>{original.excerpt}</blockquote>
      <p>
        Original: <a href={`/postroom/${original.messageId}`}>mail of</a> <Identifier>{original.from}</Identifier>
      </p>
    </>
  );
}
