import { sql } from 'kysely';
import { z } from 'zod';
import { json } from '../db/values.ts';
import { forbid } from '../domain/permission.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { planContactCheck } from './contact-check-letters.ts';
import { type Context, type Tx, transact } from './context.ts';
import { planForParty } from './deliveries.ts';
import { recordEvent } from './event.ts';
import { openTask } from './tasks.ts';

const language = z.string().regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/);

/**
 * What somebody told us about a contact: `forward` – another person is the right one; `correct` – the same person, other
 * details; `left` – the person is not there any more, perhaps with a successor.
 */
export const contactProposal = z
  .object({
    kind: z.enum(['forward', 'correct', 'left']),
    name: z.string().trim().max(200).default(''),
    title: z.string().trim().max(200).default(''),
    email: z.union([z.literal(''), z.email().max(254)]).default(''),
    phone: z.string().trim().max(60).default(''),
    languages: z.array(language).max(6).default([]),
    note: z.string().trim().max(2_000).default(''),
  })
  .superRefine((proposal, issues) => {
    if (proposal.kind === 'left') return;
    if (proposal.name === '') issues.addIssue({ code: 'custom', path: ['name'], message: 'contact-change.name' });
    if (proposal.email === '' && proposal.phone === '') {
      issues.addIssue({ code: 'custom', path: ['email'], message: 'contact-change.reach' });
    }
  });
export type ContactProposal = z.infer<typeof contactProposal>;

export const decideContactChangeInput = z.object({ reason: z.string().trim().max(2_000).default('') });

/**
 * Keeps what somebody proposed about a contact, as a task for the desk. Nothing about the contact changes until staff
 * apply it: a forwarded letter must not be able to redirect the next one.
 * @param about the action whose link was used; the contact it went to
 */
export async function proposeContactChange(
  ctx: Context,
  about: { actionId: number; partyId: number; contactId: number; door: 'web' | 'email' | 'telephone' | 'desk' },
  proposal: ContactProposal,
): Promise<{ id: number } | Refusal> {
  const no = forbid(ctx.actor, 'contact.change');
  if (no) return no;
  return transact(ctx, (tx) => proposeContactChangeIn(tx, ctx, about, proposal));
}

/**
 * The same as a part of another change, e.g. of a message that was read. The holder of a new address is asked whether
 * letters should come there.
 */
export async function proposeContactChangeIn(
  tx: Tx,
  ctx: Context,
  about: { actionId: number; partyId: number; contactId: number; door: 'web' | 'email' | 'telephone' | 'desk' },
  proposal: ContactProposal,
): Promise<{ id: number } | Refusal> {
  const contact = await tx
    .selectFrom('contact')
    .select(['party_id', 'name', 'email', 'languages'])
    .where('id', '=', about.contactId)
    .executeTakeFirst();
  if (!contact || contact.party_id !== about.partyId) return refuse('contact.unknown', { id: about.contactId });
  // The same words sent twice by an impatient hand are one proposal.
  const same = await tx
    .selectFrom('contact_change')
    .select('id')
    .where('contact_id', '=', about.contactId)
    .where('state', '=', 'proposed')
    .where(sql<boolean>`proposed = ${json(proposal)}::jsonb`)
    .executeTakeFirst();
  if (same) return same;
  const change = await tx
    .insertInto('contact_change')
    .values({
      action_id: about.actionId,
      party_id: about.partyId,
      contact_id: about.contactId,
      proposed: json(proposal),
      door: about.door,
      proposed_at: ctx.now(),
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await openTask(tx, ctx, {
    kind: 'contact-change',
    key: `contact-change:${change.id}`,
    actionId: about.actionId,
    partyId: about.partyId,
    contactId: about.contactId,
    detail: { changeId: change.id, ...proposal },
  });
  await recordEvent(tx, ctx, {
    action: 'contact.propose-change',
    subject: 'contact',
    subjectId: about.contactId,
    actionId: about.actionId,
    partyId: about.partyId,
    before: { name: contact.name, email: contact.email },
    after: { changeId: change.id, ...proposal },
  });
  if (proposal.email !== '' && proposal.email.toLowerCase() !== contact.email.toLowerCase()) {
    await planContactCheck(tx, ctx, {
      id: change.id,
      actionId: about.actionId,
      partyId: about.partyId,
      contactId: about.contactId,
      email: proposal.email,
      languages: proposal.languages.length > 0 ? proposal.languages : contact.languages,
    });
  }
  return change;
}

/**
 * Applies a proposed change. `correct` changes the contact itself. `forward` makes the named person a contact of the
 * same party and replaces the old one; `left` does the same when a successor was named, and else leaves the party
 * without this contact. A contact that was replaced keeps its row, so that old letters still say whom they went to.
 * @returns the contact the party is reached by from now on, or null when nobody was named
 */
export async function applyContactChange(
  ctx: Context,
  changeId: number,
  input: z.infer<typeof decideContactChangeInput>,
): Promise<{ id: number; contactId: number | null } | Refusal> {
  const no = forbid(ctx.actor, 'party.change');
  if (no) return no;
  return transact(ctx, (tx) => applyContactChangeIn(tx, ctx, changeId, input));
}

/** The same inside the transaction of whoever confirmed it. */
export async function applyContactChangeIn(
  tx: Tx,
  ctx: Context,
  changeId: number,
  input: z.infer<typeof decideContactChangeInput>,
): Promise<{ id: number; contactId: number | null } | Refusal> {
  const change = await lockChange(tx, changeId);
  if (isRefusal(change)) return change;
  const proposal = contactProposal.safeParse(change.proposed);
  if (!proposal.success || change.contact_id === null) return refuse('contact-change.unreadable', { id: changeId });
  const before = await tx
    .selectFrom('contact')
    .selectAll()
    .where('id', '=', change.contact_id)
    .forUpdate()
    .executeTakeFirstOrThrow();
  const contactId =
    proposal.data.kind === 'correct'
      ? await correctContact(tx, ctx, before.id, proposal.data)
      : await replaceContact(tx, ctx, before, proposal.data);
  if (isRefusal(contactId)) return contactId;
  await endChange(tx, ctx, changeId, 'applied', input.reason);
  // Whoever must be told and was not yet gets the notice: see deliveries.ts, which knows who has it already.
  await planForParty(tx, ctx, change.party_id);
  await recordEvent(tx, ctx, {
    action: 'contact.apply-change',
    subject: 'contact',
    subjectId: before.id,
    actionId: change.action_id,
    partyId: change.party_id,
    before: {
      name: before.name,
      email: before.email,
      phone: before.phone,
      languages: before.languages,
      status: before.status,
    },
    after: { changeId, contactId, ...proposal.data },
    reason: input.reason,
  });
  return { id: changeId, contactId };
}

/** Refuses a proposed change, with the reason; the contact stays as it is. */
export async function refuseContactChange(
  ctx: Context,
  changeId: number,
  input: z.infer<typeof decideContactChangeInput>,
): Promise<{ id: number } | Refusal> {
  const no = forbid(ctx.actor, 'party.change');
  if (no) return no;
  if (input.reason === '') return refuse('contact-change.reason-missing', {}, 'reason');
  return transact(ctx, async (tx) => {
    const change = await lockChange(tx, changeId);
    if (isRefusal(change)) return change;
    await endChange(tx, ctx, changeId, 'refused', input.reason);
    await recordEvent(tx, ctx, {
      action: 'contact.refuse-change',
      subject: 'contact',
      subjectId: change.contact_id ?? '',
      actionId: change.action_id,
      partyId: change.party_id,
      after: { changeId },
      reason: input.reason,
    });
    return { id: changeId };
  });
}

async function lockChange(tx: Tx, changeId: number) {
  const change = await tx
    .selectFrom('contact_change')
    .selectAll()
    .where('id', '=', changeId)
    .forUpdate()
    .executeTakeFirst();
  if (!change) return refuse('contact-change.unknown', { id: changeId });
  if (change.state !== 'proposed') return refuse('contact-change.decided', { id: changeId, state: change.state });
  return change;
}

async function endChange(
  tx: Tx,
  ctx: Context,
  changeId: number,
  state: 'applied' | 'refused',
  reason: string,
): Promise<void> {
  const at = ctx.now();
  await tx
    .updateTable('contact_change')
    .set({ state, decided_at: at, decided_by: ctx.actor.name, reason })
    .where('id', '=', changeId)
    .execute();
  await tx
    .updateTable('task')
    .set({ state: 'done', outcome: state, ended_at: at, ended_by: ctx.actor.name })
    .where('key', '=', `contact-change:${changeId}`)
    .where('state', '=', 'open')
    .execute();
}

/** A contact's identity within its party, as the import makes it: the mail address in lower case, else the name. */
function keyOf(proposal: Pick<ContactProposal, 'email' | 'name'>): string {
  return proposal.email === '' ? proposal.name : proposal.email.toLowerCase();
}

async function correctContact(
  tx: Tx,
  ctx: Context,
  contactId: number,
  proposal: ContactProposal,
): Promise<number | Refusal> {
  const taken = await tx
    .selectFrom('contact as other')
    .innerJoin('contact as mine', 'mine.party_id', 'other.party_id')
    .select('other.id')
    .where('mine.id', '=', contactId)
    .where('other.id', '<>', contactId)
    .where('other.key', '=', keyOf(proposal))
    .executeTakeFirst();
  if (taken) return refuse('contact-change.key-taken', { key: keyOf(proposal) });
  await tx
    .updateTable('contact')
    .set({
      key: keyOf(proposal),
      name: proposal.name,
      email: proposal.email,
      channel: proposal.email === '' ? 'phone' : 'email',
      status: 'active',
      changed_at: ctx.now(),
      ...(proposal.title === '' ? {} : { title: proposal.title }),
      ...(proposal.phone === '' ? {} : { phone: proposal.phone }),
      ...(proposal.languages.length === 0 ? {} : { languages: proposal.languages }),
    })
    .where('id', '=', contactId)
    .execute();
  return contactId;
}

async function replaceContact(
  tx: Tx,
  ctx: Context,
  before: { id: number; party_id: number; site_id: number | null; key: string; role: string; languages: string[] },
  proposal: ContactProposal,
): Promise<number | null | Refusal> {
  const at = ctx.now();
  const named = proposal.name !== '' && (proposal.email !== '' || proposal.phone !== '');
  if (named && keyOf(proposal) === before.key) return refuse('contact-change.same-person', { key: before.key });
  const successor = named
    ? await tx
        .insertInto('contact')
        .values({
          party_id: before.party_id,
          site_id: before.site_id,
          key: keyOf(proposal),
          name: proposal.name,
          title: proposal.title,
          role: before.role,
          languages: proposal.languages.length > 0 ? proposal.languages : before.languages,
          email: proposal.email,
          phone: proposal.phone,
          channel: proposal.email === '' ? 'phone' : 'email',
          replaced_by: null,
          created_at: at,
          changed_at: at,
        })
        // The party may already know this person, perhaps as somebody who had left: then they are back.
        .onConflict((clash) => clash.columns(['party_id', 'key']).doUpdateSet({ status: 'active', changed_at: at }))
        .returning('id')
        .executeTakeFirstOrThrow()
    : null;
  await tx
    .updateTable('contact')
    .set({
      status: proposal.kind === 'left' ? 'left' : 'replaced',
      replaced_by: successor?.id ?? null,
      changed_at: at,
    })
    .where('id', '=', before.id)
    .execute();
  return successor?.id ?? null;
}
