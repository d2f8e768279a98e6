import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { mailDomain } from '../domain/delivery.ts';
import { audiences } from '../domain/notice.ts';
import { forbid } from '../domain/permission.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { type Context, type Reader, transact } from './context.ts';
import { insertDeliveries, languageChooser } from './deliveries.ts';
import { recordEvent } from './event.ts';
import { type LetterSource, type PrintedLetter, printOne } from './letters.ts';

export const previewLetterInput = z.object({
  /** Whose letter; left out, the first contact found in the variant. */
  contactId: z.number().int().positive().optional(),
  /** Left out: the variant this contact's party gets. */
  audience: z.enum(audiences).optional(),
  /** Left out: the languages this contact gets. */
  languages: z.array(z.string()).max(6).optional(),
});

export interface PreviewedLetter extends PrintedLetter {
  contact: string;
  party: string;
  audience: LetterSource['variant'];
}

/** The letter of any recipient before anything is sent, with links that open nothing. */
export async function previewLetter(
  ctx: Context,
  noticeId: number,
  input: z.infer<typeof previewLetterInput>,
): Promise<PreviewedLetter | Refusal> {
  const no = forbid(ctx.actor, 'notice.read');
  if (no) return no;
  const sample = await chooseSample(ctx.db, ctx, noticeId, input);
  if (isRefusal(sample)) return sample;
  const letter = await printOne(ctx.db, ctx, { ...sample, kind: 'notice' });
  return { ...letter, contact: sample.contact, party: sample.party, audience: sample.variant };
}

export async function chooseSample(
  reader: Reader,
  ctx: Context,
  noticeId: number,
  input: z.infer<typeof previewLetterInput>,
): Promise<(Omit<LetterSource, 'kind'> & { contactId: number }) | Refusal> {
  const notice = await reader.selectFrom('notice').select('action_id').where('id', '=', noticeId).executeTakeFirst();
  if (!notice) return refuse('notice.unknown', { id: noticeId });
  let samples = reader
    .selectFrom('obligation as o')
    .innerJoin('party as p', 'p.id', 'o.party_id')
    .innerJoin('contact as c', 'c.party_id', 'p.id')
    .leftJoin('site as s', 's.id', 'c.site_id')
    .select((eb) => [
      'o.audience',
      'p.id as party_id',
      'p.name as party',
      'c.id as contact_id',
      'c.name as contact',
      'c.languages',
      eb.fn.coalesce('s.country', 'p.country').as('country'),
    ])
    .where('o.action_id', '=', notice.action_id)
    .orderBy('o.id')
    .orderBy('c.id')
    .limit(1);
  if (input.contactId !== undefined) samples = samples.where('c.id', '=', input.contactId);
  else if (input.audience !== undefined) samples = samples.where('o.audience', '=', input.audience);
  const sample = await samples.executeTakeFirst();
  if (!sample) return refuse('delivery.no-sample', {}, 'contactId');
  const audience = input.audience ?? sample.audience;
  const choose = await languageChooser(reader, ctx, notice.action_id, noticeId);
  const languages = input.languages ?? choose({ languages: sample.languages, country: sample.country, audience });
  if (languages.length === 0) return refuse('delivery.no-languages', {}, 'audience');
  return {
    action_id: notice.action_id,
    notice_id: noticeId,
    variant: audience,
    languages,
    party_id: sample.party_id,
    party: sample.party,
    country: sample.country,
    contact: sample.contact,
    contactId: sample.contact_id,
    link_id: null,
  };
}

export const sendTestLetterInput = previewLetterInput.extend({
  /** Where the test goes: an address of staff. */
  address: z.email('Write an e-mail address.').max(254),
});

/** Sends somebody's letter to an address of staff, marked as a test, with links that open nothing. */
export async function sendTestLetter(
  ctx: Context,
  noticeId: number,
  input: z.infer<typeof sendTestLetterInput>,
): Promise<{ id: number; deliveryId: number } | Refusal> {
  const no = forbid(ctx.actor, 'notice.test');
  if (no) return no;
  if (mailDomain(input.address) === undefined) return refuse('contact.email', { email: input.address }, 'address');
  return transact(ctx, async (tx) => {
    const sample = await chooseSample(tx, ctx, noticeId, input);
    if (isRefusal(sample)) return sample;
    const letter = await printOne(tx, ctx, { ...sample, kind: 'test' });
    if (letter.missing.length > 0) return refuse('notice.facts-missing', { facts: letter.missing.join(', ') });
    const [written] = await insertDeliveries(tx, ctx, [
      {
        actionId: sample.action_id,
        noticeId,
        partyId: null,
        contactId: null,
        linkId: null,
        country: '',
        kind: 'test',
        // composeLetters reads from it whose letter this shows.
        purpose: `test:${sample.contactId}:${randomUUID()}`,
        channel: 'email',
        address: input.address,
        variant: sample.variant,
        languages: sample.languages,
      },
    ]);
    if (!written) throw new Error('A test letter has a purpose of its own');
    await recordEvent(tx, ctx, {
      action: 'notice.test',
      subject: 'notice',
      subjectId: noticeId,
      actionId: sample.action_id,
      after: { to: input.address, as: sample.contact, audience: sample.variant, languages: sample.languages },
    });
    await ctx.queue.enqueue(tx, 'send-deliveries', { actionId: sample.action_id }, { key: 'due' });
    return { id: noticeId, deliveryId: written.id };
  });
}
