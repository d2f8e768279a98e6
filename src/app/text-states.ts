import { createHash } from 'node:crypto';
import type { NoticeDocument } from '../domain/notice.ts';
import type { SegmentState } from '../domain/xliff.ts';
import type { Reader, Tx } from './context.ts';

const hashOf = (text: string | undefined): string =>
  createHash('sha256')
    .update(text ?? '')
    .digest('hex');

/** How far each text of a language is, as its translator said; only those that, like their source, are still the same. */
export async function loadTextStates(
  reader: Reader,
  noticeId: number,
  document: NoticeDocument,
  language: string,
): Promise<Record<string, SegmentState>> {
  const rows = await reader
    .selectFrom('text_state')
    .selectAll()
    .where('notice_id', '=', noticeId)
    .where('language', '=', language)
    .execute();
  const source = document.texts[document.sourceLanguage] ?? {};
  const texts = document.texts[language] ?? {};
  return Object.fromEntries(
    rows
      .filter((row) => row.source_hash === hashOf(source[row.name]) && row.text_hash === hashOf(texts[row.name]))
      .map((row) => [row.name, row.state]),
  );
}

/** Keeps how far the texts are that were taken from a file. */
export async function keepTextStates(
  tx: Tx,
  noticeId: number,
  document: NoticeDocument,
  language: string,
  texts: readonly { name: string; state: SegmentState }[],
): Promise<void> {
  if (texts.length === 0) return;
  const source = document.texts[document.sourceLanguage] ?? {};
  const written = document.texts[language] ?? {};
  await tx
    .insertInto('text_state')
    .values(
      texts.map(({ name, state }) => ({
        notice_id: noticeId,
        language,
        name,
        source_hash: hashOf(source[name]),
        text_hash: hashOf(written[name]),
        state,
      })),
    )
    .onConflict((oc) =>
      oc.columns(['notice_id', 'language', 'name']).doUpdateSet((eb) => ({
        source_hash: eb.ref('excluded.source_hash'),
        text_hash: eb.ref('excluded.text_hash'),
        state: eb.ref('excluded.state'),
      })),
    )
    .execute();
}
