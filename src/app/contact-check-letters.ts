import { createHmac, timingSafeEqual } from 'node:crypto';
import { sql } from 'kysely';
import { mailDomain } from '../domain/delivery.ts';
import { composePlainMail } from '../domain/plain-mail.ts';
import type { Context, Reader, Settings, Tx } from './context.ts';
import { insertDeliveries } from './deliveries.ts';
import type { OwnLetter, OwnLetterRow } from './letter-kinds.ts';

const MAC_LENGTH = 26;

function mac(settings: Pick<Settings, 'secret'>, changeId: number): string {
  return createHmac('sha256', settings.secret).update(`contact-check ${changeId}`).digest('hex').slice(0, MAC_LENGTH);
}

/** What the letter's address ends with: the proposal, and a proof that only the letter carries. */
export function contactCheckToken(settings: Pick<Settings, 'secret'>, changeId: number): string {
  return `${changeId}.${mac(settings, changeId)}`;
}

/** The proposal a token was made for; undefined for one that was made up. */
export function readContactCheckToken(settings: Pick<Settings, 'secret'>, token: string): number | undefined {
  const match = /^([1-9]\d{0,14})\.([0-9a-f]{26})$/.exec(token);
  if (!match?.[1] || !match[2]) return undefined;
  const changeId = Number(match[1]);
  return timingSafeEqual(Buffer.from(mac(settings, changeId)), Buffer.from(match[2])) ? changeId : undefined;
}

/**
 * Asks the holder of a proposed address whether letters of this action should come there. Nothing changes by it until
 * they, or staff, say yes.
 */
export async function planContactCheck(
  tx: Tx,
  ctx: Context,
  change: {
    id: number;
    actionId: number | null;
    partyId: number;
    contactId: number;
    email: string;
    languages: readonly string[];
  },
): Promise<void> {
  if (change.actionId === null || mailDomain(change.email) === undefined) return;
  const { country } = await tx
    .selectFrom('party')
    .select('country')
    .where('id', '=', change.partyId)
    .executeTakeFirstOrThrow();
  await insertDeliveries(tx, ctx, [
    {
      actionId: change.actionId,
      noticeId: null,
      partyId: change.partyId,
      contactId: change.contactId,
      linkId: null,
      country,
      kind: 'contact-check',
      purpose: `contact-check:${change.id}`,
      channel: 'email',
      address: change.email,
      variant: '',
      languages: [change.languages[0] ?? 'en'],
    },
  ]);
  await ctx.queue.enqueue(tx, 'send-deliveries', { actionId: change.actionId }, { key: 'due' });
}

/** Composes the letters that ask. They name the action and the organisation, and nothing of its units. */
export async function composeContactChecks(
  reader: Reader,
  ctx: Context,
  rows: readonly OwnLetterRow[],
): Promise<ReadonlyMap<number, OwnLetter>> {
  const changeOf = (row: OwnLetterRow): number => Number(row.purpose.split(':')[1] ?? 0);
  const { rows: changes } = await sql<{ id: number; name: string; party: string; reference: string }>`
    select c.id, coalesce(c.proposed ->> 'name', '') as name, p.name as party, a.reference
      from contact_change c join party p on p.id = c.party_id join action a on a.id = c.action_id
     where c.id = any(${rows.map(changeOf)}::bigint[])`.execute(reader);
  const byId = new Map(changes.map((change) => [change.id, change]));
  return new Map(
    rows.flatMap((row): [number, OwnLetter][] => {
      const change = byId.get(changeOf(row));
      if (!change) return [];
      const language = row.languages[0] ?? 'en';
      const say = ctx.say(language);
      const { party, reference } = change;
      const href = `${ctx.settings.publicUrl}/address/${contactCheckToken(ctx.settings, change.id)}`;
      const mail = composePlainMail({
        subject: say('mail.contact-check.subject', { reference }),
        language,
        direction: /^(?:ar|fa|he|ur)\b/.test(language) ? 'rtl' : 'ltr',
        blocks: [
          { kind: 'text', text: say('mail.contact-check.lead', { party, reference }) },
          { kind: 'link', href, text: say('mail.contact-check.link') },
          { kind: 'text', text: say('mail.contact-check.nothing') },
        ],
      });
      return [[row.id, { ...mail, language }]];
    }),
  );
}
