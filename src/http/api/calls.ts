import { z } from 'zod';
import { claimCall, claimCallInput, claimNextCall, nextCallInput, releaseCall } from '../../app/call-claims.ts';
import { recordCall, recordCallInput } from '../../app/calls.ts';
import { attemptList } from '../../app/queries/attempts.ts';
import { callList, callScope } from '../../app/queries/calls.ts';
import { callReasons } from '../../domain/call.ts';
import { isRefusal } from '../../domain/refusal.ts';
import { actionOf, actionParams } from './find.ts';
import { listOperation } from './list.ts';
import { instant, type Operation, operation } from './operation.ts';

const tag = 'Calls';
const id = z.number().int();
const ofAction = { params: { reference: 'FSN2022-1230' } };
const ofParty = { params: { reference: 'FSN2022-1230', partyId: '1' } };
const partyParams = actionParams.extend({
  partyId: z.coerce.number().int().positive().describe('Number of the party.'),
});
const claimed = z.object({ id: id.describe('Number of the party.'), until: instant });

/** Calls: whom to call, who calls, what came of it. */
export const callOperations: readonly Operation[] = [
  listOperation({
    list: callList,
    path: '/actions/:reference/calls',
    params: actionParams,
    permission: 'action.read',
    tag,
    summary: 'List whom to call',
    description:
      'Parties no letter reaches, silent ones, and those to whom a call was promised, the most urgent first; with the number, the languages, and whether an office is open there now.',
    row: z.object({
      id,
      partyId: id,
      party: z.string(),
      ref: z.string(),
      country: z.string(),
      region: z.string(),
      zone: z.string(),
      now: z.boolean().describe('An office is open there now.'),
      why: z.enum(callReasons),
      since: instant,
      notBefore: instant.nullable(),
      contactId: id.nullable(),
      contact: z.string(),
      phone: z.string().describe('Empty: no number is known that works.'),
      languages: z.array(z.string()),
      owed: id.describe('Corrections not yet fixed.'),
      calls: id,
      lastAt: instant.nullable(),
      lastOutcome: z.string().nullable(),
      lastBy: z.string(),
      callBackAt: instant.nullable(),
      claimedBy: z.string().nullable(),
      claimedById: z.string().nullable(),
      claimedUntil: instant.nullable(),
      place: z.number().describe('Order of the list.'),
    }),
    scope: async (ctx, path) => {
      const found = await actionOf(ctx, path);
      return isRefusal(found) ? found : callScope(ctx, found.actionId);
    },
    example: { ...ofAction, query: { due: 'now', hours: 'open' } },
  }),
  operation({
    method: 'POST',
    path: '/actions/:reference/calls/next',
    permission: 'attempt.record',
    tag,
    summary: 'Take the next call',
    description:
      'The most urgent call that is due, that nobody has, and whose office is open. It is the caller’s for half an hour; what they had before is released.',
    params: actionParams,
    body: nextCallInput,
    answer: claimed,
    example: { ...ofAction, body: { language: 'de' } },
    async run(ctx, { params, body }) {
      const found = await actionOf(ctx, params);
      return isRefusal(found) ? found : claimNextCall(ctx, found.actionId, body);
    },
  }),
  operation({
    method: 'POST',
    path: '/actions/:reference/calls/:partyId/claim',
    permission: 'attempt.record',
    tag,
    summary: 'Take a call',
    description: 'Of one party, for half an hour. `over` takes it from somebody else.',
    params: partyParams,
    body: claimCallInput,
    answer: claimed,
    example: { ...ofParty, body: { over: false } },
    async run(ctx, { params, body }) {
      const found = await actionOf(ctx, params);
      return isRefusal(found) ? found : claimCall(ctx, found.actionId, params.partyId, body);
    },
  }),
  operation({
    method: 'POST',
    path: '/actions/:reference/calls/:partyId/release',
    permission: 'attempt.record',
    tag,
    summary: 'Put a call back',
    description: 'Others are offered it at once, the same caller again after half an hour.',
    params: partyParams,
    answer: z.object({ id }),
    example: ofParty,
    async run(ctx, { params }) {
      const found = await actionOf(ctx, params);
      return isRefusal(found) ? found : releaseCall(ctx, found.actionId, params.partyId);
    },
  }),
  operation({
    method: 'POST',
    path: '/actions/:reference/calls/:partyId',
    permission: 'attempt.record',
    tag,
    summary: 'Record a call',
    description:
      'The attempt with its outcome and all that follows: the answers as a reply by telephone, the confirmation in writing, a number that is not dialled again, a task, the letter once more, a proposed contact. With answers it needs the permission reply.record, too.',
    params: partyParams,
    body: recordCallInput.omit({ actionId: true, partyId: true }),
    status: 201,
    answer: z.object({
      id,
      replyId: id.nullable(),
      deliveryId: id.nullable().describe('What goes out after it.'),
      changeId: id.nullable(),
      fresh: z.boolean().describe('False: this call had been recorded before.'),
    }),
    example: { ...ofParty, body: { outcome: 'no-answer', phone: '+49 30 5550421', note: 'Rang twice.' } },
    async run(ctx, { params, body }) {
      const found = await actionOf(ctx, params);
      if (isRefusal(found)) return found;
      const { callBackAt, ...rest } = body;
      return recordCall(ctx, {
        ...rest,
        actionId: found.actionId,
        partyId: params.partyId,
        ...(callBackAt ? { callBackAt: callBackAt.toISOString() } : {}),
      });
    },
  }),
  listOperation({
    list: attemptList,
    path: '/actions/:reference/attempts',
    params: actionParams,
    permission: 'action.read',
    tag,
    summary: 'List every attempt',
    description: 'When, by whom, whom, and what came of it: what shows that somebody who never answered was asked.',
    row: z.object({
      id,
      at: instant,
      partyId: id,
      party: z.string(),
      ref: z.string(),
      country: z.string(),
      contact: z.string(),
      kind: z.string(),
      outcome: z.string(),
      spokeWith: z.string(),
      phone: z.string(),
      language: z.string(),
      callBackAt: instant.nullable(),
      text: z.string(),
      tracking: z.string(),
      byName: z.string(),
      replyId: id.nullable(),
      deliveryId: id.nullable(),
      deliveryState: z.string().nullable(),
    }),
    scope: actionOf,
    example: { ...ofAction, query: { outcome: 'no-answer' } },
  }),
];
