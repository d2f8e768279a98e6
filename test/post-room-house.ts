/** A house with a released action, two laboratories, and letters that left: what the post room's tests start from. */
import type { AnsweredLetter } from '../sample/mails.ts';
import type { Context } from '../src/app/context.ts';
import { returnPath } from '../src/app/delivery-address.ts';
import { sendDueDeliveries } from '../src/app/delivery-send.ts';
import { readMessages } from '../src/app/message-read.ts';
import { keepMessage } from '../src/app/messages.ts';
import { json } from '../src/db/values.ts';
import { standardForm } from '../src/domain/form-standard.ts';
import { isRefusal, type Refusal } from '../src/domain/refusal.ts';
import {
  addParty,
  addReleased,
  type DeliveryHouse,
  openDeliveryHouse,
  type PartyWishes,
  plan,
  type Released,
  type SampleParty,
} from './delivery-house.ts';

export interface PostRoom {
  house: DeliveryHouse;
  ctx: Context;
  released: Released;
  close(): Promise<void>;
}

/** Gives the value, or throws the refusal. */
export function ok<T>(value: T | Refusal): T {
  if (isRefusal(value)) throw new Error(`${value.code} ${JSON.stringify(value.params)}`);
  return value;
}

export async function openPostRoom(): Promise<PostRoom> {
  const house = await openDeliveryHouse();
  const released = await addReleased(house.ctx);
  await house.ctx.db
    .insertInto('form')
    .values({
      action_id: released.actionId,
      version: 1,
      definition: json(standardForm({ reference: 'FSN2022-1230', version: 1, software: 'LRM' })),
      created_at: house.ctx.now(),
    })
    .execute();
  return { house, ctx: house.ctx, released, close: () => house.close() };
}

/** A party whose letters have left. */
export async function addTold(
  room: PostRoom,
  wishes: PartyWishes = {},
): Promise<SampleParty & { letters: SentLetter[] }> {
  const party = await addParty(room.ctx, room.released, wishes);
  await plan(room.ctx, room.released);
  await sendDueDeliveries(room.ctx);
  return { ...party, letters: await lettersOf(room.ctx, party.partyId) };
}

export interface SentLetter extends AnsweredLetter {
  deliveryId: number;
  contactId: number;
}

export async function lettersOf(ctx: Context, partyId: number): Promise<SentLetter[]> {
  const rows = await ctx.db
    .selectFrom('delivery as d')
    .leftJoin('mailbox_message as m', 'm.delivery_id', 'd.id')
    .select(['d.id', 'd.contact_id', 'd.message_id', 'd.address', 'm.subject', 'd.state_since'])
    .where('d.party_id', '=', partyId)
    .orderBy('d.id')
    .execute();
  return rows.map((row) => ({
    deliveryId: row.id,
    contactId: row.contact_id ?? 0,
    messageId: row.message_id,
    to: row.address,
    returnPath: returnPath(ctx.settings, row.id),
    from: 'notices@muster.example',
    subject: row.subject ?? 'URGENT MEDICAL DEVICE RECALL',
    date: row.state_since,
  }));
}

/** Keeps one mail and reads what is new; gives its row. */
export async function bring(room: PostRoom, raw: Buffer, envelopeTo: string[] = []) {
  const kept = ok(await keepMessage(room.ctx, { raw, door: 'smtp', envelope: { from: '', to: envelopeTo } }));
  ok(await readMessages(room.ctx));
  return room.ctx.db.selectFrom('message').selectAll().where('id', '=', kept.id).executeTakeFirstOrThrow();
}
