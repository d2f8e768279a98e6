import { done, importField, prepareAction, release } from '../sample/action.ts';
import { samplePassword } from '../src/app/accounts.ts';
import type { Context } from '../src/app/context.ts';
import { sendDueDeliveries } from '../src/app/delivery-send.ts';
import { approveNotice, editNotice, moveNotice } from '../src/app/notices.ts';
import { releaseAction } from '../src/app/release.ts';
import { type NoticeDocument, noticeDocumentSchema } from '../src/domain/notice.ts';
import { type House, openHouse } from './helpers/house.ts';
import { type Few, quiet, smallField } from './journeys/journey-house.ts';

/** A house in which the sample action was released to a few laboratories, with the people who can release again. */
export interface NoticeHouse {
  house: House;
  actionId: number;
  noticeId: number;
  quality: Context;
  regulatory: Context;
  /** Changes a draft's document. */
  write(noticeId: number, change: (document: NoticeDocument) => void): Promise<void>;
  /** Hands in and signs twice. */
  approve(noticeId: number): Promise<void>;
  /** Releases what is approved, with a reason for whatever the checks found, and sends every letter. */
  release(): Promise<{ deliveries: number }>;
  send(): Promise<void>;
}

const credential = { password: samplePassword };

/** @param few country → how many laboratories of it */
export async function openNoticeHouse(few: Few): Promise<NoticeHouse> {
  const house = await openHouse();
  house.setNow('2022-05-02T08:00:00Z');
  const cast = {
    quality: await house.staff('quality'),
    regulatory: await house.staff('regulatory'),
    support: await house.staff('support'),
    system: house.ctx,
  };
  await importField(cast, quiet, smallField(few));
  const { actionId, noticeId } = await prepareAction(cast, quiet);
  house.setNow('2022-05-04T07:00:00Z');
  await release(cast, actionId);
  const send = async (): Promise<void> => {
    while ((await sendDueDeliveries(house.ctx, { limit: 200 })).more);
  };
  await send();
  const { quality, regulatory } = cast;
  return {
    house,
    actionId,
    noticeId,
    quality,
    regulatory,
    send,
    async write(id, change) {
      const row = await quality.db.selectFrom('notice').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
      const document = structuredClone(noticeDocumentSchema.parse(row.document));
      change(document);
      done(await editNotice(quality, id, { document, basedOn: row.content_hash }), 'write the notice');
    },
    async approve(id) {
      done(await moveNotice(quality, id, 'in-review'), 'hand in');
      const row = await quality.db.selectFrom('notice').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
      const contentHash = row.content_hash;
      done(await approveNotice(quality, id, { as: 'quality', contentHash, credential }), 'sign');
      done(await approveNotice(regulatory, id, { as: 'regulatory', contentHash, credential }), 'sign');
    },
    async release() {
      const released = done(
        await releaseAction(regulatory, actionId, { reason: 'Tried by a test', credential }),
        'release the update',
      );
      await send();
      return released;
    },
  };
}
