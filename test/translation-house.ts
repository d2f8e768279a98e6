import { importField, prepareAction } from '../sample/action.ts';
import type { Context } from '../src/app/context.ts';
import { type NoticeDocument, noticeDocumentSchema } from '../src/domain/notice.ts';
import { type House, openHouse } from './helpers/house.ts';
import { type Few, quiet, smallField } from './journeys/journey-house.ts';

/** A house in which the sample action's notice is approved by both and not released yet. */
export interface TranslationHouse {
  house: House;
  actionId: number;
  noticeId: number;
  quality: Context;
  regulatory: Context;
  support: Context;
  readNotice(): Promise<{ state: string; content_hash: string; document: NoticeDocument }>;
  /** The bytes of a kept file by its hash. */
  readKept(sha256: string): Promise<string>;
}

/** @param few country → how many laboratories of it */
export async function openTranslationHouse(few: Few = { DE: 3, IT: 2, NL: 2 }): Promise<TranslationHouse> {
  const house = await openHouse();
  house.setNow('2022-05-02T08:00:00Z');
  const quality = await house.staff('quality');
  const regulatory = await house.staff('regulatory');
  const support = await house.staff('support');
  const cast = { quality, regulatory, support, system: house.ctx };
  await importField(cast, quiet, smallField(few));
  const { actionId, noticeId } = await prepareAction(cast, quiet);
  return {
    house,
    actionId,
    noticeId,
    quality,
    regulatory,
    support,
    async readNotice() {
      const row = await quality.db
        .selectFrom('notice')
        .select(['state', 'content_hash', 'document'])
        .where('id', '=', noticeId)
        .executeTakeFirstOrThrow();
      return { ...row, document: noticeDocumentSchema.parse(row.document) };
    },
    async readKept(sha256) {
      const chunks: Uint8Array[] = [];
      for await (const chunk of house.ctx.files.read(sha256)) chunks.push(chunk);
      return Buffer.concat(chunks).toString('utf8');
    },
  };
}

/** Bytes as an upload brings them. */
export async function* bytesOf(content: string | Uint8Array): AsyncGenerator<Uint8Array> {
  yield typeof content === 'string' ? Buffer.from(content, 'utf8') : content;
}
