import { z } from 'zod';
import {
  correctConfirmation,
  correctConfirmationInput,
  verifyCorrections,
  verifyCorrectionsInput,
} from '../../app/confirmations.ts';
import { applyContactChange, decideContactChangeInput, refuseContactChange } from '../../app/contact-changes.ts';
import { listReplies, recordReply, recordReplyInput } from '../../app/replies.ts';
import { acceptReportedUnit, acceptReportedUnitInput } from '../../app/reply-units.ts';
import { isRefusal } from '../../domain/refusal.ts';
import { idOf, instant, type Operation, operation } from './operation.ts';

const tag = 'Replies and evidence';
const id = z.number().int();

const contradiction = z.object({
  code: z.string().describe('What does not fit, e.g. all-patched-but-open.'),
  field: z.string().describe('Where to look first, e.g. c34.status.'),
  params: z.record(z.string(), z.union([z.string(), z.number()])),
});

const replyAnswer = z.object({
  id,
  actionId: id,
  partyId: id,
  contactId: id.nullable(),
  door: z.string(),
  receivedAt: instant,
  language: z.string(),
  answers: z.unknown().describe('By subject: party, products, units, corrections, extra, standalone.'),
  signature: z.unknown().describe('Name, title, meaning, time with zone; null when nobody signed.'),
  contradictions: z.unknown(),
  recordedBy: z.string(),
});

export const replyOperations: readonly Operation[] = [
  operation({
    method: 'GET',
    path: '/replies',
    permission: 'reply.read',
    tag,
    summary: 'List replies',
    description:
      'What parties told us, by every door, newest first. Ask for the next rows with the last id as `before`.',
    query: z.object({
      actionId: z.coerce.number().int().positive().optional().describe('Only of this action.'),
      partyId: z.coerce.number().int().positive().optional().describe('Only of this party.'),
      before: z.coerce.number().int().positive().optional().describe('Only replies with a smaller id.'),
      limit: z.coerce.number().int().min(1).max(500).default(50).describe('Rows at once.'),
    }),
    answer: z.object({ rows: z.array(replyAnswer) }),
    example: { query: { actionId: '1' } },
    run: async (ctx, { query }) => {
      const rows = await listReplies(ctx, query);
      if (isRefusal(rows)) return rows;
      return {
        rows: rows.map((row) => ({
          id: row.id,
          actionId: row.action_id,
          partyId: row.party_id,
          contactId: row.contact_id,
          door: row.door,
          receivedAt: row.received_at,
          language: row.language,
          answers: row.answers,
          signature: row.signature,
          contradictions: row.contradictions,
          recordedBy: row.recorded_by,
        })),
      };
    },
  }),
  operation({
    method: 'POST',
    path: '/replies',
    permission: 'reply.record',
    tag,
    summary: 'Record a reply',
    description:
      'Records what a party told you: answers become evidence about its corrections, units and tasks, all or nothing. Contradictions are taken and become tasks; a correction that is not the party’s is refused.',
    status: 201,
    body: recordReplyInput.extend({ door: recordReplyInput.shape.door.default('api') }),
    answer: z.object({
      id,
      fresh: z.boolean().describe('False when the same onceKey had been taken before.'),
      contradictions: z.array(contradiction),
    }),
    example: {
      body: {
        actionId: 1,
        partyId: 42,
        door: 'api',
        answers: {
          party: { received: 'yes', understood: 'yes' },
          corrections: { 34: { status: 'done', 'done-on': '2022-05-06', 'backed-up': 'yes' } },
        },
      },
    },
    run: (ctx, { body }) => recordReply(ctx, body),
  }),
  operation({
    method: 'POST',
    path: '/corrections/verification',
    permission: 'correction.verify',
    tag,
    summary: 'Verify corrections',
    description:
      'Adds staff evidence that the fix was seen in place. All of the corrections or none; those verified already stay as they are.',
    body: verifyCorrectionsInput,
    answer: z.object({ verified: z.number().int(), already: z.number().int() }),
    example: { body: { correctionIds: [34, 35], reason: 'Version read in service call 4711' } },
    run: (ctx, { body }) => verifyCorrections(ctx, body),
  }),
  operation({
    method: 'POST',
    path: '/confirmations/:id/correction',
    permission: 'reply.correct',
    tag,
    summary: 'Set a confirmation right',
    description: 'Adds evidence by staff that names the confirmation it sets right, with a reason. The old one stays.',
    params: idOf('confirmation'),
    body: correctConfirmationInput,
    answer: z.object({ correctionId: id, state: z.string() }),
    example: { params: { id: '7' }, body: { claim: 'not-yet', reason: 'The customer meant another instrument' } },
    run: (ctx, { params, body }) => correctConfirmation(ctx, params.id, body),
  }),
  operation({
    method: 'POST',
    path: '/tasks/:id/unit',
    permission: 'unit.change',
    tag,
    summary: 'Accept a reported unit',
    description:
      'Takes a unit that a party told us of into the field and the ledger, and ends the task that asked for it.',
    status: 201,
    params: idOf('task'),
    body: acceptReportedUnitInput,
    answer: z.object({ unitId: id, corrections: z.number().int() }),
    example: {
      params: { id: '12' },
      body: { productId: 1, siteId: 3, kind: 'serial', serial: 'NB550123', reason: 'Found in the service records' },
    },
    run: (ctx, { params, body }) => acceptReportedUnit(ctx, params.id, body),
  }),
  operation({
    method: 'POST',
    path: '/contact-changes/:id/applied',
    permission: 'party.change',
    tag,
    summary: 'Apply a proposed contact change',
    description: 'Changes or replaces the contact as proposed. Whoever is new gets the notices the party has to have.',
    params: idOf('proposed change'),
    body: decideContactChangeInput,
    answer: z.object({ id, contactId: id.nullable() }),
    example: { params: { id: '3' }, body: { reason: 'Confirmed by telephone' } },
    run: (ctx, { params, body }) => applyContactChange(ctx, params.id, body),
  }),
  operation({
    method: 'POST',
    path: '/contact-changes/:id/refused',
    permission: 'party.change',
    tag,
    summary: 'Refuse a proposed contact change',
    description: 'Leaves the contact as it is, with the reason.',
    params: idOf('proposed change'),
    body: decideContactChangeInput,
    answer: z.object({ id }),
    example: { params: { id: '3' }, body: { reason: 'Not known at this hospital' } },
    run: (ctx, { params, body }) => refuseContactChange(ctx, params.id, body),
  }),
];
