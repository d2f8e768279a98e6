import { z } from 'zod';
import { mailDomain } from '../domain/delivery.ts';
import { forbidContact } from '../domain/permission.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { type Context, type Tx, transact } from './context.ts';
import { planForParty } from './deliveries.ts';
import { recordEvent } from './event.ts';
import { endTaskIn } from './task-work.ts';

const language = z
  .string()
  .regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'Write language codes such as de or fr-BE, with commas between them.');

const fields = {
  name: z.string().trim().min(1, 'Write the name of the person or office.').max(200),
  title: z.string().trim().max(200).default(''),
  role: z.string().trim().min(1, 'Write what this contact is for, e.g. recall.').max(60),
  /** In the contact's own order. Empty: what its country asks for. */
  languages: z.array(language).max(6).default([]),
  email: z.string().trim().max(254).default(''),
  phone: z.string().trim().max(60).default(''),
  channel: z.enum(['email', 'post', 'phone']),
  siteId: z.number().int().positive().nullable().default(null),
};

export const addContactInput = z.object({
  partyId: z.number().int().positive(),
  ...fields,
  /** The task that asked for this contact: ended with it. */
  taskId: z.number().int().positive().optional(),
});
export const changeContactInput = z.object({
  ...fields,
  status: z.enum(['active', 'unreachable', 'left']),
  reason: z.string().trim().min(3, 'Write how you know, so that the next person understands.').max(2_000),
  taskId: z.number().int().positive().optional(),
});

type Fields = Pick<z.infer<typeof changeContactInput>, 'name' | 'email' | 'phone' | 'channel' | 'siteId'>;

/** A contact's identity within its party, as the import makes it: the mail address in lower case, else the name. */
function keyOf(input: Pick<Fields, 'email' | 'name'>): string {
  return input.email === '' ? input.name : input.email.toLowerCase();
}

/** What keeps these details from being written: an address that does not fit the channel, or one already there. */
async function faultOf(tx: Tx, partyId: number, input: Fields, contactId = 0): Promise<Refusal | undefined> {
  if (input.email !== '' && mailDomain(input.email) === undefined) {
    return refuse('contact.email', { email: input.email }, 'email');
  }
  if (input.channel === 'email' && input.email === '') return refuse('contact.email-missing', {}, 'email');
  if (input.channel === 'phone' && input.phone === '') return refuse('contact.phone-missing', {}, 'phone');
  const twin = await tx
    .selectFrom('contact')
    .select('id')
    .where('party_id', '=', partyId)
    .where('key', '=', keyOf(input))
    .where('id', '<>', contactId)
    .executeTakeFirst();
  if (twin) return refuse('contact-change.key-taken', { key: keyOf(input) }, input.email === '' ? 'name' : 'email');
  if (input.siteId === null) return undefined;
  const site = await tx.selectFrom('site').select('party_id').where('id', '=', input.siteId).executeTakeFirst();
  return site?.party_id === partyId ? undefined : refuse('site.unknown', { id: input.siteId }, 'siteId');
}

/**
 * Adds a contact to a party. It gets the notice of every released action the party has to be told about; the task that
 * asked for a contact is done.
 * @returns the contact, and how many letters were planned for it
 */
export async function addContact(
  ctx: Context,
  input: z.infer<typeof addContactInput>,
): Promise<{ id: number; letters: number } | Refusal> {
  const no = forbidContact(ctx.actor, 'contact.change');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const party = await tx
      .selectFrom('party')
      .select('id')
      .where('id', '=', input.partyId)
      .forUpdate()
      .executeTakeFirst();
    if (!party) return refuse('party.unknown', { id: input.partyId });
    const fault = await faultOf(tx, input.partyId, input);
    if (fault) return fault;
    const at = ctx.now();
    const { name, title, role, languages, email, phone, channel } = input;
    const contact = await tx
      .insertInto('contact')
      .values({
        party_id: input.partyId,
        site_id: input.siteId,
        key: keyOf(input),
        name,
        title,
        role,
        languages,
        email,
        phone,
        channel,
        replaced_by: null,
        created_at: at,
        changed_at: at,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    await recordEvent(tx, ctx, {
      action: 'contact.add',
      subject: 'contact',
      subjectId: contact.id,
      partyId: input.partyId,
      after: { name, title, role, languages, email, phone, channel },
    });
    const { deliveries } = await planForParty(tx, ctx, input.partyId);
    if (input.taskId !== undefined) {
      const ended = await endTaskIn(tx, ctx, input.taskId, { state: 'done', outcome: `contact added: ${name}` });
      if (isRefusal(ended)) return ended;
    }
    return { id: contact.id, letters: deliveries };
  });
}

/**
 * Corrects a contact, or says that it left or cannot be reached. One that is active again gets the letters it has not
 * had; letters that waited for somebody who left are stopped.
 */
export async function changeContact(
  ctx: Context,
  contactId: number,
  input: z.infer<typeof changeContactInput>,
): Promise<{ id: number; letters: number } | Refusal> {
  const no = forbidContact(ctx.actor, 'contact.change');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const before = await tx
      .selectFrom('contact')
      .selectAll()
      .where('id', '=', contactId)
      .forUpdate()
      .executeTakeFirst();
    if (!before) return refuse('contact.unknown', { id: contactId });
    const fault = input.status === 'active' ? await faultOf(tx, before.party_id, input, contactId) : undefined;
    if (fault) return fault;
    const { name, title, role, languages, email, phone, channel, status } = input;
    await tx
      .updateTable('contact')
      .set({
        key: keyOf(input),
        name,
        title,
        role,
        languages,
        email,
        phone,
        channel,
        status,
        site_id: input.siteId,
        changed_at: ctx.now(),
      })
      .where('id', '=', contactId)
      .execute();
    if (status === 'left') await stopWaiting(tx, ctx, contactId);
    await recordEvent(tx, ctx, {
      action: 'contact.change',
      subject: 'contact',
      subjectId: contactId,
      partyId: before.party_id,
      before: {
        name: before.name,
        title: before.title,
        role: before.role,
        languages: before.languages,
        email: before.email,
        phone: before.phone,
        channel: before.channel,
        status: before.status,
      },
      after: { name, title, role, languages, email, phone, channel, status },
      reason: input.reason,
    });
    const { deliveries } = status === 'active' ? await planForParty(tx, ctx, before.party_id) : { deliveries: 0 };
    if (input.taskId !== undefined) {
      const ended = await endTaskIn(tx, ctx, input.taskId, {
        state: 'done',
        outcome: `contact is ${status}: ${input.reason}`,
      });
      if (isRefusal(ended)) return ended;
    }
    return { id: contactId, letters: deliveries };
  });
}

export const markLeftInput = z.object({
  reason: z.string().trim().min(3, 'Write how you know, so that the next person understands.').max(2_000),
  taskId: z.number().int().positive().optional(),
});

/** Marks a contact as not there any more, as it stands. */
export async function markContactLeft(
  ctx: Context,
  contactId: number,
  input: z.infer<typeof markLeftInput>,
): Promise<{ id: number; letters: number } | Refusal> {
  const contact = await ctx.db.selectFrom('contact').selectAll().where('id', '=', contactId).executeTakeFirst();
  if (!contact) return refuse('contact.unknown', { id: contactId });
  return changeContact(ctx, contactId, { ...contact, siteId: contact.site_id, status: 'left', ...input });
}

async function stopWaiting(tx: Tx, ctx: Context, contactId: number): Promise<void> {
  await tx
    .updateTable('delivery')
    .set({
      state: 'stopped',
      state_since: ctx.now(),
      next_attempt_at: null,
      detail: 'the contact is not there any more',
    })
    .where('contact_id', '=', contactId)
    .where('state', '=', 'queued')
    .execute();
}
