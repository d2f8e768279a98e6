import { z } from 'zod';
import { mailDomain } from '../domain/delivery.ts';
import { forbid } from '../domain/permission.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { type Context, type Tx, transact } from './context.ts';
import { addressOf, deliveryTasks, insertDeliveries } from './deliveries.ts';
import { wantFiles } from './delivery-files.ts';
import { recordEvent } from './event.ts';
import { ensureLinks } from './links.ts';
import { endTaskIn } from './task-work.ts';
import { openTasks } from './tasks.ts';

const email = z.email('Write an e-mail address such as name@hospital.example.').max(254);

export const resolveBounceInput = z.discriminatedUnion('how', [
  /** The same person at another address. */
  z.object({ how: z.literal('correct'), email }),
  /** Another contact of the party that is known already. */
  z.object({ how: z.literal('contact'), contactId: z.number().int().positive() }),
  /** Somebody new, who replaces the one that could not be reached. */
  z.object({
    how: z.literal('new'),
    name: z.string().trim().min(1, 'Write the name of the person or office.').max(200),
    email,
    languages: z
      .array(z.string().regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/))
      .max(6)
      .default([]),
  }),
  /** The same address once more: the trouble was passing. */
  z.object({ how: z.literal('again') }),
  /** By post to the contact's site. */
  z.object({ how: z.literal('post') }),
]);

/**
 * Sends the letter that came back, or could not be sent, another way. That is another delivery, with its own Message-ID;
 * the one that failed keeps its evidence. Ends its task.
 */
export async function resolveBounce(
  ctx: Context,
  deliveryId: number,
  input: z.infer<typeof resolveBounceInput>,
): Promise<{ id: number; deliveryId: number } | Refusal> {
  const no = forbid(ctx.actor, 'contact.change') ?? forbid(ctx.actor, 'task.work');
  if (no) return no;
  return transact(ctx, (tx) => resolveBounceIn(tx, ctx, deliveryId, input));
}

/** The same as a part of another change, e.g. of a postal address that was mended. */
export async function resolveBounceIn(
  tx: Tx,
  ctx: Context,
  deliveryId: number,
  input: z.infer<typeof resolveBounceInput>,
): Promise<{ id: number; deliveryId: number } | Refusal> {
  const old = await tx.selectFrom('delivery').selectAll().where('id', '=', deliveryId).forUpdate().executeTakeFirst();
  if (!old) return refuse('delivery.unknown', { id: deliveryId });
  if (old.state !== 'bounced' && old.state !== 'failed') return refuse('delivery.not-returned', { state: old.state });
  if (old.party_id === null || old.contact_id === null) return refuse('delivery.not-returned', { state: old.kind });
  const place = await chooseRecipient(tx, ctx, { partyId: old.party_id, contactId: old.contact_id }, input);
  if (isRefusal(place)) return place;
  const to = await loadPlace(tx, place.contactId);
  const channel = input.how === 'post' ? ('post' as const) : input.how === 'again' ? old.channel : place.channel;
  const { address, trouble } = addressOf({ ...to, channel });
  if (trouble) return refuse('delivery.no-address', { why: trouble }, input.how === 'contact' ? 'contactId' : 'how');
  const links = await ensureLinks(tx, ctx, old.action_id, [{ contactId: place.contactId, partyId: old.party_id }]);
  // Another address makes it another letter; the same address a second time has to be counted.
  const purpose =
    place.contactId !== old.contact_id
      ? firstPurpose(old.purpose)
      : `${firstPurpose(old.purpose)}:${channel}:${address}`;
  const repeated = input.how === 'again' || (input.how === 'post' && old.channel === 'post' && address === old.address);
  const again = repeated ? `${purpose}:${old.id}` : purpose;
  const [written] = await insertDeliveries(tx, ctx, [
    {
      actionId: old.action_id,
      noticeId: old.notice_id,
      partyId: old.party_id,
      contactId: place.contactId,
      linkId: links.get(place.contactId) ?? null,
      country: old.country,
      kind: old.kind,
      purpose: again,
      channel,
      address,
      variant: old.variant,
      languages: old.languages,
    },
  ]);
  if (!written) return refuse('delivery.has-letter', {}, input.how === 'contact' ? 'contactId' : 'email');
  await openTasks(tx, ctx, deliveryTasks(old.action_id, [written]));
  await wantFiles(tx, ctx, [written.id]);
  await recordEvent(tx, ctx, {
    action: 'delivery.redirect',
    subject: 'delivery',
    subjectId: old.id,
    actionId: old.action_id,
    partyId: old.party_id,
    before: { address: old.address },
    after: { how: input.how, deliveryId: written.id, address },
  });
  await endTroubleTasks(tx, ctx, old.id, `sent another way: ${channel} to ${address.replaceAll('\n', ', ')}`);
  if (channel === 'email') await ctx.queue.enqueue(tx, 'send-deliveries', { actionId: old.action_id }, { key: 'due' });
  return { id: old.id, deliveryId: written.id };
}

/** The purpose as it was before any redirection: `notice:12:email:a@b` → `notice:12`. */
export function firstPurpose(purpose: string): string {
  return purpose.replace(/:(email|post|phone):.*$/s, '');
}

async function chooseRecipient(
  tx: Tx,
  ctx: Context,
  old: { partyId: number; contactId: number },
  input: z.infer<typeof resolveBounceInput>,
): Promise<{ contactId: number; channel: 'email' | 'post' | 'phone' } | Refusal> {
  switch (input.how) {
    case 'post':
      return { contactId: old.contactId, channel: 'email' };
    case 'again':
      // Who is written to at the same address again is believed to be reachable there.
      await tx
        .updateTable('contact')
        .set({ status: 'active', changed_at: ctx.now() })
        .where('id', '=', old.contactId)
        .where('status', '=', 'unreachable')
        .execute();
      return { contactId: old.contactId, channel: 'email' };
    case 'correct': {
      if (mailDomain(input.email) === undefined) return refuse('contact.email', { email: input.email }, 'email');
      const before = await tx.selectFrom('contact').select('email').where('id', '=', old.contactId).executeTakeFirst();
      if (before?.email.toLowerCase() === input.email.toLowerCase()) {
        return refuse('delivery.same-address', { email: input.email }, 'email');
      }
      await tx
        .updateTable('contact')
        .set({ email: input.email, status: 'active', channel: 'email', changed_at: ctx.now() })
        .where('id', '=', old.contactId)
        .execute();
      await recordEvent(tx, ctx, {
        action: 'contact.change',
        subject: 'contact',
        subjectId: old.contactId,
        partyId: old.partyId,
        before: { email: before?.email },
        after: { email: input.email },
      });
      return { contactId: old.contactId, channel: 'email' };
    }
    case 'contact': {
      const contact = await tx
        .selectFrom('contact')
        .select(['party_id', 'status', 'channel'])
        .where('id', '=', input.contactId)
        .executeTakeFirst();
      if (contact?.party_id !== old.partyId || contact.status !== 'active') {
        return refuse('contact.unknown', { id: input.contactId }, 'contactId');
      }
      return { contactId: input.contactId, channel: contact.channel };
    }
    case 'new': {
      if (mailDomain(input.email) === undefined) return refuse('contact.email', { email: input.email }, 'email');
      const key = input.email.toLowerCase();
      const taken = await tx
        .selectFrom('contact')
        .select('id')
        .where('party_id', '=', old.partyId)
        .where('key', '=', key)
        .executeTakeFirst();
      if (taken) return refuse('contact.email-taken', { email: input.email }, 'email');
      const replaced = await tx
        .selectFrom('contact')
        .selectAll()
        .where('id', '=', old.contactId)
        .executeTakeFirstOrThrow();
      const contact = await tx
        .insertInto('contact')
        .values({
          party_id: old.partyId,
          site_id: replaced.site_id,
          key,
          name: input.name,
          role: replaced.role,
          languages: input.languages.length > 0 ? input.languages : replaced.languages,
          email: input.email,
          channel: 'email',
          created_at: ctx.now(),
          changed_at: ctx.now(),
        })
        .returning('id')
        .executeTakeFirstOrThrow();
      await tx
        .updateTable('contact')
        .set({ status: 'replaced', replaced_by: contact.id, changed_at: ctx.now() })
        .where('id', '=', old.contactId)
        .execute();
      await recordEvent(tx, ctx, {
        action: 'contact.replace',
        subject: 'contact',
        subjectId: contact.id,
        partyId: old.partyId,
        before: { contactId: old.contactId, name: replaced.name, email: replaced.email },
        after: { name: input.name, email: input.email },
      });
      return { contactId: contact.id, channel: 'email' };
    }
  }
}

/** Where a contact is reached: its own address, and the street of its site, else of its party. */
export async function loadPlace(tx: Tx, contactId: number) {
  return tx
    .selectFrom('contact as c')
    .innerJoin('party as p', 'p.id', 'c.party_id')
    .leftJoin('site as s', 's.id', 'c.site_id')
    .select((eb) => [
      'c.name',
      'c.email',
      'c.phone',
      eb.fn.coalesce('s.name', 'p.name').as('place'),
      eb.fn.coalesce('s.street', 'p.street').as('street'),
      eb.fn.coalesce('s.postcode', 'p.postcode').as('postcode'),
      eb.fn.coalesce('s.city', 'p.city').as('city'),
      eb.fn.coalesce('s.region', 'p.region').as('region'),
      eb.fn.coalesce('s.country', 'p.country').as('country'),
    ])
    .where('c.id', '=', contactId)
    .executeTakeFirstOrThrow();
}

async function endTroubleTasks(tx: Tx, ctx: Context, deliveryId: number, outcome: string): Promise<void> {
  const tasks = await tx
    .selectFrom('task')
    .select('id')
    .where('delivery_id', '=', deliveryId)
    .where('kind', 'in', ['bounce', 'missing-address', 'send-failed'])
    .where('state', '=', 'open')
    .execute();
  for (const task of tasks) await endTaskIn(tx, ctx, task.id, { state: 'done', outcome });
}
