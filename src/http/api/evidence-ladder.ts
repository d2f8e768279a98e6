import { z } from 'zod';
import {
  chooseRemindersInput,
  previewReminders,
  remindFollowUp,
  remindFollowUpInput,
} from '../../app/follow-up-reminders.ts';
import { answerFollowUp, answerFollowUpInput } from '../../app/follow-ups.ts';
import { loadCorrection } from '../../app/queries/correction.ts';
import { countRungs, loadLadder } from '../../app/queries/evidence-ladder.ts';
import { countFollowUps, followUpList, loadFollowUps } from '../../app/queries/follow-ups.ts';
import { countAtLeast, ladder, rungs } from '../../domain/evidence-ladder.ts';
import { followUpOutcomes, followUpQueues } from '../../domain/follow-up.ts';
import { reminderHindrances } from '../../domain/follow-up-reminder.ts';
import { isRefusal, refuse } from '../../domain/refusal.ts';
import { actionOf, actionParams } from './find.ts';
import { camelRow, listOperation } from './list.ts';
import { idOf, instant, type Operation, operation } from './operation.ts';

const tag = 'Evidence';
const id = z.number().int();
const count = z.number().int();
const example = { params: { reference: 'FSN2022-1230' } };
const queue = z.enum(followUpQueues);

const proofAnswer = z.object({
  source: z.enum(['delivery', 'download', 'kit', 'confirmation']).describe('Kind of the original.'),
  id: id.describe('Its number.'),
  at: instant,
  who: z.string(),
  how: z.string(),
  replyId: id.nullable().optional().describe('The reply it was read in.'),
});

const correctionAnswer = z.object({
  id,
  actionId: id,
  reference: z.string(),
  unitId: id,
  serial: z.string(),
  product: z.string(),
  environment: z.string(),
  remedy: z.string(),
  partyId: id,
  party: z.string(),
  site: z.string(),
  country: z.string(),
  state: z.string(),
  stateSince: instant,
  contradicted: z.boolean(),
  rung: z.enum(rungs).describe('The best evidence there is.'),
  ladder: z.array(z.object({ step: z.enum(ladder), reached: z.boolean(), proofs: z.array(proofAnswer) })),
  evidence: z.array(
    z.object({
      id,
      kind: z.string(),
      claim: z.string(),
      doneOn: z.string().nullable(),
      backedUp: z.boolean().nullable(),
      reason: z.string(),
      door: z.string(),
      by: z.string(),
      at: instant,
      replyId: id.nullable(),
      standing: z.boolean().describe('The state rests on this piece.'),
    }),
  ),
  followUps: z.array(
    z.object({
      id,
      queue,
      outcome: z.enum(followUpOutcomes),
      note: z.string(),
      until: z.string().nullable(),
      byName: z.string(),
      at: instant,
    }),
  ),
});

export const evidenceLadderOperations: readonly Operation[] = [
  operation({
    method: 'GET',
    path: '/corrections/:id',
    permission: 'action.read',
    tag,
    summary: 'Read a correction with its ladder of evidence',
    description:
      'Each step from notified to verified with who, when, how and the original; all evidence, the latest first; and what came of asking.',
    params: idOf('correction'),
    answer: correctionAnswer,
    example: { params: { id: '1' } },
    async run(ctx, { params }) {
      const correction = await loadCorrection(ctx.db, params.id);
      const climbed = await loadLadder(ctx.db, params.id);
      if (!correction || !climbed) return refuse('correction.unknown', { count: 1 });
      const { evidence, contradictions: _pairs, because_id, ...row } = correction;
      return {
        ...camelRow(row),
        ladder: climbed.lines.map((line) => ({ ...line, proofs: [...line.proofs] })),
        evidence: evidence.map(({ detail: _detail, signer, language: _language, by, ...one }) => ({
          ...camelRow(one),
          by: signer ?? by,
          standing: one.id === because_id,
        })),
        followUps: (await loadFollowUps(ctx.db, params.id)).map(camelRow),
      };
    },
  }),
  operation({
    method: 'GET',
    path: '/actions/:reference/rungs',
    permission: 'action.read',
    tag,
    summary: "Count an action's corrections by rung of evidence",
    description:
      'On each rung exactly, on each rung or higher, and how many wait in each queue of the follow-up. The rungs cost the same for millions as for ten; a queue is counted up to 100,000.',
    params: actionParams,
    answer: z.object({
      total: count,
      exactly: z.record(z.enum(rungs), count),
      atLeast: z.record(z.enum(ladder), count),
      waiting: z.record(queue, count),
    }),
    example,
    async run(ctx, { params }) {
      const found = await actionOf(ctx, params);
      if (isRefusal(found)) return found;
      const exactly = await countRungs(ctx.db, found.actionId);
      return {
        total: rungs.reduce((sum, rung) => sum + exactly[rung], 0),
        exactly,
        atLeast: countAtLeast(exactly),
        waiting: await countFollowUps(ctx.db, { actionId: found.actionId, now: ctx.now() }),
      };
    },
  }),
  listOperation({
    list: followUpList,
    path: '/actions/:reference/follow-up',
    params: actionParams,
    permission: 'action.read',
    tag,
    summary: 'List corrections that stand still on the ladder',
    description:
      'One queue at a time, `downloaded` when none is named: has the file for `days` days (7 when left out) and says nothing; stated without the file; one mode done, the other not; needs the remote interface. Those that were answered leave it: `answered=yes` lists them.',
    row: z.object({
      id: id.describe('The correction.'),
      serial: z.string(),
      unitId: id,
      product: z.string(),
      environment: z.string(),
      remedy: z.string(),
      partyId: id,
      party: z.string(),
      country: z.string(),
      state: z.string(),
      since: instant.describe('Since when it stands there.'),
      days: count,
      detail: z.string().nullable(),
      outcome: z.enum(followUpOutcomes).nullable().describe('The answer that holds.'),
      note: z.string().nullable(),
      until: z.string().nullable(),
      answeredBy: z.string().nullable(),
      answeredAt: instant.nullable(),
    }),
    async scope(ctx, params) {
      const found = await actionOf(ctx, params);
      return isRefusal(found) ? found : { ...found, now: ctx.now() };
    },
    example: { ...example, query: { queue: 'one-environment' } },
  }),
  operation({
    method: 'POST',
    path: '/follow-up/answers',
    permission: 'task.work',
    tag,
    summary: 'Keep what came of asking',
    description:
      'For corrections that stand in a queue, all of them or none. `mistaken` and `way-found` make them open again and need a note; `waiting` needs the day on which they come back; `back` takes an answer back.',
    body: answerFollowUpInput,
    status: 201,
    answer: z.object({ answered: count, reopened: count }),
    example: {
      body: {
        queue: 'stated-without-file',
        correctionIds: [1],
        outcome: 'distributor-installed',
        note: 'Their distributor came on 6 May.',
      },
    },
    run: (ctx, { body }) => answerFollowUp(ctx, body),
  }),
  operation({
    method: 'POST',
    path: '/actions/:reference/follow-up/reminders/preview',
    permission: 'delivery.control',
    tag,
    summary: 'See whom a reminder would go to',
    description: 'The parties behind rows of a queue, and who is left out and why. Changes nothing.',
    params: actionParams,
    body: chooseRemindersInput,
    answer: z.object({
      rows: count,
      parties: count.describe('That get the letter.'),
      contacts: z.object({ email: count, post: count, phone: count }),
      contactsWithoutAddress: count,
      leftOut: z.array(
        z.object({ partyId: id, party: z.string(), country: z.string(), why: z.enum(reminderHindrances) }),
      ),
      seen: z.string(),
    }),
    example: { ...example, body: { queue: 'downloaded', filters: { days: '14', country: 'DE' } } },
    async run(ctx, { params, body }) {
      const found = await actionOf(ctx, params);
      if (isRefusal(found)) return found;
      const preview = await previewReminders(ctx, found.actionId, body);
      return isRefusal(preview) ? preview : { ...preview, leftOut: preview.leftOut.map(camelRow) };
    },
  }),
  operation({
    method: 'POST',
    path: '/actions/:reference/follow-up/reminders',
    permission: 'delivery.control',
    tag,
    summary: 'Remind the parties behind rows of the follow-up',
    description:
      'The reminder letter to each of their contacts, once. Left out: who owes nothing, was not told yet, was reminded within a day, or cannot be reached; everybody while sending is paused.',
    params: actionParams,
    body: remindFollowUpInput,
    status: 201,
    answer: z.object({ parties: count, letters: count, leftOut: count.describe('Parties that get none.') }),
    example: { ...example, body: { queue: 'one-environment', correctionIds: [1] } },
    async run(ctx, { params, body }) {
      const found = await actionOf(ctx, params);
      return isRefusal(found) ? found : remindFollowUp(ctx, found.actionId, body);
    },
  }),
];
