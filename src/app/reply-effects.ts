import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Door } from '../db/schema.ts';
import { json } from '../db/values.ts';
import type { AnswerSet, Answers, FormContext, FormDefinition } from '../domain/form.ts';
import type { Contradiction } from '../domain/form-contradictions.ts';
import {
  evidenceFromAnswers,
  type FollowUp,
  followUpsFromAnswers,
  type StatedEvidence,
  unitChangesFromAnswers,
} from '../domain/form-evidence.ts';
import { isRefusal, type Refusal } from '../domain/refusal.ts';
import { type NewConfirmation, recordConfirmations } from './confirmations.ts';
import type { Context, Tx } from './context.ts';
import { recordEvents } from './event.ts';
import { reportCompromiseIn } from './incidents.ts';
import { openTasks, type TaskInput } from './tasks.ts';

/** A reply that was just written, with all it takes to act on it. */
export interface TakenReply {
  replyId: number;
  actionId: number;
  partyId: number;
  contactId: number | null;
  door: Door;
  definition: FormDefinition;
  context: FormContext;
  answers: Answers;
  /** The party's answers before this reply. */
  before: Answers | undefined;
  contradictions: readonly Contradiction[];
}

/** Turns a reply into evidence, changed units, an incident and tasks, in the reply's own transaction. */
export async function applyAnswers(tx: Tx, ctx: Context, reply: TakenReply): Promise<undefined | Refusal> {
  const evidence = evidenceFromAnswers(reply.definition, reply.context, reply.answers);
  const fresh = await withoutRepeated(tx, evidence);
  const source = {
    actionId: reply.actionId,
    partyId: reply.partyId,
    replyId: reply.replyId,
    door: reply.door,
    kind: 'statement' as const,
  };
  const changes = await recordConfirmations(tx, ctx, source, fresh);
  if (isRefusal(changes)) return changes;
  await changeUnits(tx, ctx, reply);
  return followUp(tx, ctx, reply);
}

/**
 * Statements that say something new. A form that comes back repeats what it said before: the reply keeps that, the
 * ledger need not.
 */
async function withoutRepeated(tx: Tx, evidence: readonly StatedEvidence[]): Promise<NewConfirmation[]> {
  if (evidence.length === 0) return [];
  const { rows } = await sql<NewConfirmation>`
    select distinct on (correction_id) correction_id as "correctionId", claim, done_on as "doneOn",
        backed_up as "backedUp", reason, detail
      from confirmation
      where correction_id = any(${evidence.map((one) => one.correctionId)}::bigint[]) and kind = 'statement'
      order by correction_id, id desc`.execute(tx);
  const last = new Map(rows.map((row) => [row.correctionId, signOf(row)]));
  return evidence
    .map(
      (one): NewConfirmation => ({
        correctionId: one.correctionId,
        claim: one.claim,
        doneOn: one.doneOn ?? null,
        backedUp: one.backedUp ?? null,
        reason: one.reason ?? '',
        detail: one.detail ?? {},
      }),
    )
    .filter((one) => last.get(one.correctionId) !== signOf(one));
}

function signOf({ claim, doneOn, backedUp, reason, detail }: NewConfirmation): string {
  return JSON.stringify([claim, doneOn, backedUp, reason, Object.entries(detail).sort()]);
}

/** Connected or not, scrapped, moved, returned: as the party says, with an event for each unit. */
async function changeUnits(tx: Tx, ctx: Context, reply: TakenReply): Promise<void> {
  const wanted = unitChangesFromAnswers(reply.definition, reply.context, reply.answers);
  if (wanted.length === 0) return;
  const { rows } = await sql<{ id: number; connected: boolean | null; status: string }>`
    select id, connected, status from unit where id = any(${wanted.map((one) => one.unitId)}::bigint[]) order by id for update`.execute(
    tx,
  );
  const known = new Map(rows.map((row) => [row.id, row]));
  const changes = wanted.flatMap((change) => {
    const before = known.get(change.unitId);
    if (!before) return [];
    const after = { connected: change.connected ?? before.connected, status: change.status ?? before.status };
    return after.connected === before.connected && after.status === before.status
      ? []
      : [{ id: change.unitId, before, after }];
  });
  if (changes.length === 0) return;
  await sql`
    update unit u set connected = n.connected, status = n.status, changed_at = ${ctx.now()}::timestamptz
      from jsonb_to_recordset(${json(changes.map((change) => ({ id: change.id, ...change.after })))}::jsonb)
        as n (id bigint, connected boolean, status text)
      where u.id = n.id`.execute(tx);
  await recordEvents(
    tx,
    ctx,
    changes.map((change) => ({
      action: 'unit.change',
      subject: 'unit',
      subjectId: change.id,
      actionId: reply.actionId,
      partyId: reply.partyId,
      unitId: change.id,
      before: { connected: change.before.connected, status: change.before.status },
      after: { ...change.after, replyId: reply.replyId },
    })),
  );
}

const taskKinds: Readonly<Record<Exclude<FollowUp['kind'], 'suspected-compromise'>, string>> = {
  'support-request': 'support',
  'medium-request': 'medium',
  'unknown-unit': 'unknown-unit',
  'standalone-instance': 'unknown-unit',
  'unit-moved': 'moved',
  'passed-on': 'passed-on',
  'customer-list-refused': 'customer-list-refused',
};

/** What makes a request the same request: its unit, or what was said. The form's row may be another one next time. */
function keyOf(found: FollowUp, reply: TakenReply): string {
  if (found.unitId !== undefined) return `${found.kind}:unit:${found.unitId}`;
  const said = createHash('sha256')
    .update(JSON.stringify(Object.entries(found.detail).sort()))
    .digest('hex')
    .slice(0, 16);
  return `${found.kind}:${reply.actionId}:${reply.partyId}:${said}`;
}

/** Requests, units nobody knew of, contradictions: a task each. Those that the last reply said already are not new. */
async function followUp(tx: Tx, ctx: Context, reply: TakenReply): Promise<undefined | Refusal> {
  const found = followUpsFromAnswers(reply.definition, reply.context, reply.answers);
  const said = new Set(
    reply.before
      ? followUpsFromAnswers(reply.definition, reply.context, reply.before).map((one) => keyOf(one, reply))
      : [],
  );
  const fresh = found.filter((one) => !said.has(keyOf(one, reply)));
  const common = {
    actionId: reply.actionId,
    partyId: reply.partyId,
    contactId: reply.contactId,
    replyId: reply.replyId,
  };
  const tasks: TaskInput[] = [];
  for (const one of fresh) {
    if (one.kind === 'suspected-compromise') {
      const reported = await reportCompromiseIn(tx, ctx, common, compromiseOf(one.detail, reply.answers.party));
      if (isRefusal(reported)) return reported;
      continue;
    }
    const needsHelp = one.kind === 'support-request' && one.correctionId !== undefined;
    tasks.push({
      ...common,
      kind: needsHelp ? 'blocked' : taskKinds[one.kind],
      key: keyOf(one, reply),
      unitId: one.unitId ?? null,
      correctionId: one.correctionId ?? null,
      detail: { ...one.detail, reported: one.kind, field: one.field },
      again: true,
    });
  }
  for (const contradiction of reply.contradictions) {
    tasks.push({
      ...common,
      kind: 'contradiction',
      key: `contradiction:reply:${reply.replyId}:${contradiction.code}:${contradiction.field}`,
      detail: { code: contradiction.code, field: contradiction.field, ...contradiction.params },
    });
  }
  await openTasks(tx, ctx, tasks);
  return undefined;
}

/** A break-in told in passing in the long form: we do not know which unit, nor whether it is off the network. */
function compromiseOf(detail: AnswerSet, party: AnswerSet) {
  return {
    unitIds: [],
    otherUnit: '?',
    unplugged: 'no' as const,
    noticed: '',
    summary: String(detail['compromise-text'] ?? '?').slice(0, 5_000),
    name: String(party['signer-name'] ?? '?').slice(0, 200),
    phone: String(party['signer-phone'] ?? '?').slice(0, 60),
  };
}
