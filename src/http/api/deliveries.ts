import { z } from 'zod';
import { setDeadline, setDeadlineInput } from '../../app/deadlines.ts';
import { recordBounce, recordBounceInput } from '../../app/delivery-bounces.ts';
import { controlSending, controlSendingInput } from '../../app/delivery-control.ts';
import { markHandled, markHandledInput } from '../../app/delivery-post.ts';
import { resolveBounce, resolveBounceInput } from '../../app/delivery-redirect.ts';
import { resolveUnsure, resolveUnsureInput } from '../../app/delivery-unsure.ts';
import { sendTestLetter, sendTestLetterInput } from '../../app/letter-tests.ts';
import { deadlineList, deadlineStates } from '../../app/queries/deadlines.ts';
import { deliveryKinds, deliveryList, loadDelivery } from '../../app/queries/deliveries.ts';
import { isRefusal, refuse } from '../../domain/refusal.ts';
import { actionOf, actionParams } from './find.ts';
import { camelRow, listOperation } from './list.ts';
import { idOf, instant, type Operation, operation } from './operation.ts';

const tag = 'Deliveries';
const id = z.number().int();
const params = actionParams;
const ofAction = { params: { reference: 'FSN2022-1230' } };
const channel = z.enum(['email', 'post', 'phone']);
const counted = z.object({ id, letters: z.number().int().describe('Letters that were changed.') });
const state = z.string().describe('queued, sending, sent, delivered, opened, bounced, failed, stopped or unsure.');

/** Letters: reading them, and the sending of an action. */
const letterOperations: readonly Operation[] = [
  listOperation({
    list: deliveryList,
    path: '/actions/:reference/deliveries',
    params,
    permission: 'delivery.read',
    tag,
    summary: 'List the letters of an action',
    description:
      'Every letter with how far it came: waiting, sent, opened by a person, come back, failed, stopped, or in doubt.',
    row: z.object({
      id,
      partyId: id.nullable(),
      party: z.string().nullable(),
      contact: z.string().nullable(),
      country: z.string(),
      kind: z.enum(deliveryKinds),
      channel,
      address: z.string(),
      variant: z.string(),
      languages: z.array(z.string()),
      state,
      since: instant,
      attempts: z.number().int(),
      nextAttemptAt: instant.nullable(),
      detail: z.string(),
      messageId: z.string(),
      version: z.number().int().nullable().describe('Version of the notice this letter carries.'),
      holds: z.number().int().nullable().describe('Newest version of the notice that its contact holds.'),
    }),
    scope: actionOf,
    example: { ...ofAction, query: { state: 'bounced' } },
  }),
  operation({
    method: 'GET',
    path: '/deliveries/:id',
    permission: 'delivery.read',
    tag,
    summary: 'Show one letter',
    description: 'A letter with each try, the evidence it brought, and the tasks it made.',
    params: idOf('letter'),
    answer: z.object({
      id,
      actionId: id,
      reference: z.string(),
      partyId: id.nullable(),
      contactId: id.nullable(),
      kind: z.enum(deliveryKinds),
      channel,
      address: z.string(),
      variant: z.string(),
      languages: z.array(z.string()),
      state,
      stateSince: instant,
      messageId: z.string(),
      detail: z.string(),
      openedAt: instant.nullable().describe('A person pressed the button of the personal page.'),
      receivedAt: instant.nullable().describe('The party confirmed receipt.'),
      tries: z.array(z.object({ number: z.number().int(), at: instant, outcome: z.string(), detail: z.string() })),
      tasks: z.array(z.object({ id, kind: z.string(), state: z.string() })),
    }),
    example: { params: { id: '12' } },
    async run(ctx, { params: path }) {
      const delivery = await loadDelivery(ctx.db, path.id);
      return delivery ? camelRow(delivery) : refuse('delivery.unknown', { id: path.id });
    },
  }),
  operation({
    method: 'POST',
    path: '/actions/:reference/sending',
    permission: 'delivery.control',
    tag,
    summary: 'Pause, resume or stop sending',
    description:
      'Pausing leaves what waits where it is; stopping takes it out of the queue; resuming puts that back. What a mail server has taken cannot be called back.',
    params,
    body: controlSendingInput,
    answer: counted.extend({ state: z.string() }),
    example: { ...ofAction, body: { command: 'pause', reason: 'The telephone line is down.' } },
    async run(ctx, { params: path, body }) {
      const found = await actionOf(ctx, path);
      return isRefusal(found) ? found : controlSending(ctx, found.actionId, body);
    },
  }),
  operation({
    method: 'POST',
    path: '/actions/:reference/sending/unsure',
    permission: 'delivery.control',
    tag,
    summary: 'Settle letters in doubt',
    description:
      'Says of one letter, or of all of an action, whether the log of the mail server has it; if not, it is sent again.',
    params,
    body: resolveUnsureInput,
    answer: counted,
    example: { ...ofAction, body: { answer: 'left', reason: 'All in the log of mail-1.' } },
    async run(ctx, { params: path, body }) {
      const found = await actionOf(ctx, path);
      return isRefusal(found) ? found : resolveUnsure(ctx, found.actionId, body);
    },
  }),
  operation({
    method: 'POST',
    path: '/notices/:id/test-letter',
    permission: 'notice.test',
    tag,
    summary: 'Send a test letter',
    description:
      'Sends the letter of one contact to an address of staff, marked as a test, with links that open nothing.',
    params: idOf('notice'),
    body: sendTestLetterInput,
    answer: z.object({ id, deliveryId: id }),
    example: { params: { id: '1' }, body: { address: 'me@maker.example', audience: 'dx-recall', languages: ['de'] } },
    run: (ctx, { params: path, body }) => sendTestLetter(ctx, path.id, body),
  }),
];

/** What people do about letters: bounces, other ways, the post, the telephone. */
const handOperations: readonly Operation[] = [
  operation({
    method: 'POST',
    path: '/deliveries/bounces',
    permission: 'delivery.control',
    tag,
    summary: 'Report a bounce',
    description:
      'Records that a letter came back. It becomes a task; after a hard bounce the contact counts as unreachable. The same bounce reported again changes nothing.',
    body: recordBounceInput,
    answer: z.object({ id }),
    example: { body: { deliveryId: 12, kind: 'hard', detail: '550 5.1.1 unknown user' } },
    run: (ctx, { body }) => recordBounce(ctx, body),
  }),
  operation({
    method: 'POST',
    path: '/deliveries/:id/redirect',
    permission: 'contact.change',
    tag,
    summary: 'Send a returned letter another way',
    description:
      'To a corrected address, another contact, somebody new, the same address again, or by post. Ends the task of the bounce.',
    params: idOf('letter'),
    body: resolveBounceInput,
    answer: z.object({ id, deliveryId: id.describe('The letter that goes now.') }),
    example: { params: { id: '12' }, body: { how: 'correct', email: 'lab@hospital.example' } },
    run: (ctx, { params: path, body }) => resolveBounce(ctx, path.id, body),
  }),
  operation({
    method: 'POST',
    path: '/actions/:reference/deliveries/handled',
    permission: 'attempt.record',
    tag,
    summary: 'Record letters posted and calls made',
    description: 'From then on their parties count as told, and their clocks run.',
    params,
    body: markHandledInput,
    answer: counted,
    example: { ...ofAction, body: { deliveryIds: [12, 13], tracking: 'RR123456785DE' } },
    async run(ctx, { params: path, body }) {
      const found = await actionOf(ctx, path);
      return isRefusal(found) ? found : markHandled(ctx, found.actionId, body);
    },
  }),
];

/** Clocks. */
const deadlineOperations: readonly Operation[] = [
  listOperation({
    list: deadlineList,
    path: '/actions/:reference/deadlines',
    params,
    permission: 'deadline.read',
    tag,
    summary: 'List the deadlines of an action',
    description: 'Whose clocks run and until when; the explanation says rule, start, calendar and the days skipped.',
    row: z.object({
      id,
      partyId: id.nullable(),
      party: z.string().nullable(),
      country: z.string(),
      rule: z.string(),
      dueOn: z.string().nullable(),
      state: z.enum(deadlineStates),
      since: instant,
      explanation: z.unknown(),
    }),
    scope: async (ctx, path) => {
      const found = await actionOf(ctx, path);
      return isRefusal(found) ? found : { ...found, today: ctx.now().toISOString().slice(0, 10) };
    },
    example: { ...ofAction, query: { due: 'week' } },
  }),
  operation({
    method: 'POST',
    path: '/deadlines/:id',
    permission: 'deadline.override',
    tag,
    summary: 'Set another day',
    description: 'Another day than the rule’s, with a reason. What the rule said stays beside it.',
    params: idOf('deadline'),
    body: setDeadlineInput,
    answer: z.object({ id, dueOn: z.string() }),
    example: { params: { id: '7' }, body: { dueOn: '2022-05-20', reason: 'Agreed with the hospital.' } },
    run: (ctx, { params: path, body }) => setDeadline(ctx, path.id, body),
  }),
];

export const deliveryOperations: readonly Operation[] = [...letterOperations, ...handOperations, ...deadlineOperations];
