import { sql } from 'kysely';
import { mailDomain } from '../domain/delivery.ts';
import type { FailureClass } from '../domain/mail.ts';
import { SURE } from '../domain/mail.ts';
import { isRefusal } from '../domain/refusal.ts';
import { contactProposal, proposeContactChangeIn } from './contact-changes.ts';
import type { Context, Tx } from './context.ts';
import { type Bounce, recordBounces } from './delivery-bounces.ts';
import { recordEvents } from './event.ts';
import type { ReadMessage } from './message-read.ts';
import { openTasks } from './tasks.ts';

/** What came of a message at once. */
export interface Settled {
  state: 'waiting' | 'done';
  outcome: string;
  taskId: number | null;
}

const failureOutcome: Readonly<Record<FailureClass, string>> = {
  hard: 'the address does not work',
  soft: 'it did not arrive for now',
  policy: 'its server turned the letter away',
  'mailbox-full': 'the mailbox is full',
};

/**
 * Acts on what is sure, many messages at once: letters that came back, that are late, that arrived; absences; people who
 * have left. What a person wrote waits for a person, whatever it says. Nothing here writes to anybody whose message was
 * written by a machine: two machines would answer each other for ever.
 */
export async function applyMessages(
  tx: Tx,
  ctx: Context,
  read: readonly ReadMessage[],
  twins: ReadonlyMap<number, number>,
): Promise<Map<number, Settled>> {
  const settled = new Map<number, Settled>();
  const done = (one: ReadMessage, outcome: string): void => {
    settled.set(one.id, { state: 'done', outcome, taskId: null });
  };
  const fresh = read.filter((one) => {
    const twin = twins.get(one.id);
    if (twin !== undefined) done(one, `The same mail as message ${twin}.`);
    else if (isOurs(ctx, one)) done(one, 'A letter of ours that came back to our own mailbox.');
    else return true;
    return false;
  });
  await applyFailures(tx, ctx, fresh, done);
  await noteDelays(tx, ctx, fresh, done);
  await noteDelivered(tx, ctx, fresh, done);
  for (const one of fresh) {
    if (one.guess.kind !== 'automatic' || one.guess.confidence < SURE) continue;
    done(one, (await proposeSuccessor(tx, ctx, one)) ?? 'An automatic answer; nothing is to be done.');
  }
  await raiseProblems(tx, ctx, fresh, settled);
  return settled;
}

/** A letter of our own, e.g. to a contact whose address leads here: its Message-ID is ours. */
function isOurs(ctx: Context, { mail }: ReadMessage): boolean {
  return (
    /^<delivery\.\d{1,15}\.[0-9a-f]{15}@/.test(mail.messageId) &&
    mail.messageId.endsWith(`@${ctx.settings.mailDomain}>`)
  );
}

function sureOf(read: readonly ReadMessage[], kind: 'failure' | 'delay' | 'delivered') {
  return read.flatMap((one) =>
    one.guess.kind === kind && one.guess.confidence >= SURE && one.place.deliveryId !== null
      ? [{ one, deliveryId: one.place.deliveryId }]
      : [],
  );
}

async function applyFailures(
  tx: Tx,
  ctx: Context,
  read: readonly ReadMessage[],
  done: (one: ReadMessage, outcome: string) => void,
): Promise<void> {
  const failures = sureOf(read, 'failure');
  if (failures.length === 0) return;
  const bounces = failures.map(
    ({ one, deliveryId }): Bounce => ({
      deliveryId,
      kind: one.guess.failure ?? 'soft',
      detail: tellFailure(one),
    }),
  );
  const states = await recordBounces(tx, ctx, bounces);
  for (const { one, deliveryId } of failures) {
    const state = states.get(deliveryId);
    const why = failureOutcome[one.guess.failure ?? 'soft'];
    done(
      one,
      state === 'bounced'
        ? `Letter ${deliveryId} came back: ${why}.`
        : `A report about letter ${deliveryId}, which is ${state}: ${why}.`,
    );
  }
}

/** What the server said, with its codes, for the attempt that is kept. */
export function tellFailure({ guess, mail }: Pick<ReadMessage, 'guess' | 'mail'>): string {
  const failed = guess.recipients.find((one) => one.action === 'failed') ?? guess.recipients[0];
  const codes = [failed?.reply, failed?.status].filter((code) => code && !failed?.diagnostic.includes(code));
  const words = guess.reasons.find((reason) => reason.what === 'words' && reason.says.startsWith('failure'))?.text;
  const text = [...codes, failed?.diagnostic || words || mail.subject].join(' ').replace(/\s+/g, ' ').trim();
  return (text || 'The letter came back.').slice(0, 2_000);
}

/** A letter that is late has not come back: the record says so, and nobody has to do anything. */
async function noteDelays(
  tx: Tx,
  ctx: Context,
  read: readonly ReadMessage[],
  done: (one: ReadMessage, outcome: string) => void,
): Promise<void> {
  const delays = sureOf(read, 'delay');
  await recordEvents(
    tx,
    ctx,
    delays.map(({ one, deliveryId }) => ({
      action: 'delivery.delayed',
      subject: 'delivery',
      subjectId: deliveryId,
      actionId: one.place.actionId,
      partyId: one.place.partyId,
      after: { messageId: one.id, answer: tellFailure(one).slice(0, 500) },
    })),
  );
  for (const { one, deliveryId } of delays) done(one, `Letter ${deliveryId} is late; its server keeps trying.`);
}

/** A server, or a person's mail program, says that the letter arrived: the next rung of evidence. */
async function noteDelivered(
  tx: Tx,
  ctx: Context,
  read: readonly ReadMessage[],
  done: (one: ReadMessage, outcome: string) => void,
): Promise<void> {
  const told = sureOf(read, 'delivered');
  if (told.length === 0) return;
  const arrived = told.filter(({ one }) => one.guess.recipients.some((to) => to.action === 'delivered'));
  const at = ctx.now();
  const { rows } = await sql<{ id: number; attempts: number; action_id: number; party_id: number | null }>`
    update delivery set state = 'delivered', state_since = ${at}::timestamptz
     where id = any(${arrived.map(({ deliveryId }) => deliveryId)}::bigint[]) and state in ('sent', 'unsure')
    returning id, attempts, action_id, party_id`.execute(tx);
  if (rows.length > 0) {
    const words = new Map(arrived.map(({ one, deliveryId }) => [deliveryId, tellFailure(one)]));
    await sql`
      insert into delivery_attempt (delivery_id, number, at, outcome, detail)
      select id, number, ${at}::timestamptz, 'delivered', detail
        from unnest(${rows.map((row) => row.id)}::bigint[], ${rows.map((row) => row.attempts)}::int[],
          ${rows.map((row) => words.get(row.id) ?? '')}::text[]) as d (id, number, detail)`.execute(tx);
    await recordEvents(
      tx,
      ctx,
      rows.map((row) => ({
        action: 'delivery.delivered',
        subject: 'delivery',
        subjectId: row.id,
        actionId: row.action_id,
        partyId: row.party_id,
      })),
    );
  }
  for (const { one, deliveryId } of told) done(one, `Letter ${deliveryId} arrived.`);
}

/** "Has left, write to …": a proposal for the desk, and a letter that asks the one who was named. */
async function proposeSuccessor(tx: Tx, ctx: Context, one: ReadMessage): Promise<string | undefined> {
  const { contact, place } = one;
  if (contact?.kind !== 'left' || place.actionId === null || place.partyId === null || place.contactId === null) {
    return undefined;
  }
  const email = mailDomain(contact.email) === undefined ? '' : contact.email;
  const proposal = contactProposal.safeParse({
    kind: 'left',
    name: contact.name || email,
    email,
    phone: contact.phone,
    note: contact.words,
  });
  if (!proposal.success) return undefined;
  const about = {
    actionId: place.actionId,
    partyId: place.partyId,
    contactId: place.contactId,
    door: 'email' as const,
  };
  const change = await proposeContactChangeIn(tx, ctx, about, proposal.data);
  if (isRefusal(change)) return undefined;
  return email === ''
    ? 'The contact has left; a task asks for another one.'
    : `The contact has left and names ${email}; a task and a letter to that address ask whether that is right.`;
}

/** A suspected break-in, or harm: an urgent task at once, whatever else the post room has to do. */
async function raiseProblems(
  tx: Tx,
  ctx: Context,
  read: readonly ReadMessage[],
  settled: Map<number, Settled>,
): Promise<void> {
  const problems = read.filter((one) => one.guess.kind === 'problem');
  if (problems.length === 0) return;
  const keyOf = (one: ReadMessage): string => `mail-problem:${one.id}`;
  await openTasks(
    tx,
    ctx,
    problems.map((one) => ({
      kind: 'mail-problem',
      key: keyOf(one),
      actionId: one.place.actionId,
      partyId: one.place.partyId,
      contactId: one.place.contactId,
      priority: 1 as const,
      detail: {
        message: one.id,
        from: one.mail.from.address,
        subject: one.mail.subject.slice(0, 300),
        words: one.guess.reasons
          .filter((reason) => reason.what === 'words')
          .map((reason) => `“${reason.text}”`)
          .join(', '),
      },
    })),
  );
  const { rows } = await sql<{ id: number; key: string }>`
    select id, key from task where key = any(${problems.map(keyOf)}::text[])`.execute(tx);
  const tasks = new Map(rows.map((row) => [row.key, row.id]));
  for (const one of problems) {
    settled.set(one.id, { state: 'waiting', outcome: '', taskId: tasks.get(keyOf(one)) ?? null });
  }
}
