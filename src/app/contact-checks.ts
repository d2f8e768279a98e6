import { sql } from 'kysely';
import { forbid } from '../domain/permission.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { applyContactChangeIn } from './contact-changes.ts';
import { readContactCheckToken } from './contact-check-letters.ts';
import { asActor, type Context, transact } from './context.ts';
import { recordEvent } from './event.ts';

/** What the holder of an address is asked. */
export interface ContactCheck {
  id: number;
  actionId: number | null;
  party: string;
  reference: string;
  name: string;
  email: string;
  languages: string[];
  state: 'proposed' | 'applied' | 'refused';
  confirmedAt: Date | null;
}

/** Reads what a letter asks; undefined when its address was made up. Reading changes nothing (law 1). */
export async function loadContactCheck(
  ctx: Pick<Context, 'db' | 'settings'>,
  token: string,
): Promise<ContactCheck | undefined> {
  const changeId = readContactCheckToken(ctx.settings, token);
  if (changeId === undefined) return undefined;
  const { rows } = await sql<ContactCheck>`
    select c.id, c.action_id as "actionId", p.name as party, coalesce(a.reference, '') as reference,
        coalesce(c.proposed ->> 'name', '') as name, coalesce(c.proposed ->> 'email', '') as email,
        coalesce((select languages from contact k where k.id = c.contact_id), '{}') as languages, c.state,
        c.confirmed_at as "confirmedAt"
      from contact_change c join party p on p.id = c.party_id left join action a on a.id = c.action_id
     where c.id = ${changeId}`.execute(ctx.db);
  return rows[0];
}

/**
 * The holder of a proposed address says yes. Where the address is of the domain that the party is written to already, the
 * change is applied: somebody of that house proposed it, and somebody of that house confirmed it. From any other domain
 * the yes is put beside the proposal, and staff decide: a letter passed on must not be able to redirect the next one.
 */
export async function confirmContactCheck(
  ctx: Context,
  token: string,
): Promise<{ id: number; applied: boolean } | Refusal> {
  const changeId = readContactCheckToken(ctx.settings, token);
  if (changeId === undefined) return refuse('link.unknown');
  const holder = asActor(ctx, { kind: 'system', name: 'holder of the address' });
  const no = forbid(holder.actor, 'reply.record');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const change = await tx
      .selectFrom('contact_change')
      .selectAll()
      .where('id', '=', changeId)
      .forUpdate()
      .executeTakeFirst();
    if (!change) return refuse('link.unknown');
    if (change.state !== 'proposed') return { id: changeId, applied: change.state === 'applied' };
    const email = String(change.proposed.email ?? '').toLowerCase();
    if (change.confirmed_at === null) {
      const at = ctx.now();
      await tx.updateTable('contact_change').set({ confirmed_at: at }).where('id', '=', changeId).execute();
      await sql`
        update task set detail = detail || jsonb_build_object('addressConfirmed', ${at.toISOString()}::text)
         where key = ${`contact-change:${changeId}`}`.execute(tx);
      await recordEvent(tx, holder, {
        action: 'contact.confirm-address',
        subject: 'contact',
        subjectId: change.contact_id ?? '',
        actionId: change.action_id,
        partyId: change.party_id,
        after: { changeId, email },
      });
    }
    const known = await tx
      .selectFrom('contact')
      .select('id')
      .where('party_id', '=', change.party_id)
      .where('status', 'in', ['active', 'unreachable', 'left'])
      .where(sql<boolean>`split_part(lower(email), '@', 2) = ${email.split('@')[1] ?? ''} and email <> ''`)
      .executeTakeFirst();
    if (!known || PUBLIC_MAIL.test(email)) return { id: changeId, applied: false };
    const done = await applyContactChangeIn(tx, holder, changeId, { reason: `confirmed by ${email}` });
    return isRefusal(done) ? { id: changeId, applied: false } : { id: changeId, applied: true };
  });
}

/** Domains anybody gets an address at: sharing one proves nothing. */
const PUBLIC_MAIL =
  /@(?:gmail|googlemail|outlook|hotmail|live|yahoo|icloud|aol|gmx|web|mail|proton|protonmail|qq|163|126|yandex|naver|libero|orange|free|t-online)\.[a-z.]+$/;
