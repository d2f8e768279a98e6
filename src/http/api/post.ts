import { z } from 'zod';
import { mendAddress, mendAddressInput, recordReturn, recordReturnInput } from '../../app/post-returns.ts';
import {
  markPrinted,
  markPrintedInput,
  type PostDone,
  recordArrivals,
  recordArrivalsInput,
  recordTracking,
  recordTrackingInput,
} from '../../app/post-tracking.ts';
import { takeBackReturn, takeBackReturnInput } from '../../app/post-undo.ts';
import { postList } from '../../app/queries/post.ts';
import { postServices, postStates } from '../../domain/post.ts';
import { isRefusal, type Refusal } from '../../domain/refusal.ts';
import { refusalText } from '../refusal.tsx';
import { actionOf, actionParams } from './find.ts';
import { listOperation } from './list.ts';
import { idOf, instant, type Operation, operation } from './operation.ts';

const tag = 'Post';
const id = z.number().int();
const day = z.string().nullable().describe('YYYY-MM-DD.');
const params = actionParams;
const ofAction = { params: { reference: 'FSN2022-1230' } };

const listed = z.object({
  id,
  done: z.boolean().describe('False: nothing was written, as a dry run or because lines are wrong.'),
  letters: z.array(
    z.object({
      line: id,
      id: id.describe('Number of the letter.'),
      party: z.string(),
      contact: z.string(),
      tracking: z.string(),
      fresh: z.boolean().describe('It counts as handed in, or as arrived, with this.'),
    }),
  ),
  faults: z.array(z.object({ line: id, code: z.string(), message: z.string() })),
});

/** What a list did, with its faults in words. */
function answerOf(done: PostDone | Refusal) {
  if (isRefusal(done)) return done;
  const faults = done.faults.map(({ line, refusal }) => ({
    line,
    code: refusal.code,
    message: refusalText(refusal),
  }));
  return { ...done, faults };
}

/** Letters on paper: their numbers, their arrival, their return. */
export const postOperations: readonly Operation[] = [
  listOperation({
    list: postList,
    path: '/actions/:reference/post',
    params,
    permission: 'delivery.read',
    tag,
    summary: 'List letters on paper',
    description: 'Every letter on paper by how far it came: to print, printed, handed in, overdue, arrived, come back.',
    row: z.object({
      id,
      partyId: id.nullable(),
      party: z.string(),
      contact: z.string(),
      country: z.string(),
      kind: z.string(),
      address: z.string(),
      languages: z.array(z.string()),
      post: z.enum(postStates),
      since: instant,
      service: z.enum(postServices).nullable(),
      carrier: z.string(),
      tracking: z.string(),
      printedAt: instant.nullable(),
      dispatchedOn: day,
      deliveredOn: day,
      signedBy: z.string(),
      returnedOn: day,
      returnReason: z.string(),
      taskId: id.nullable(),
    }),
    scope: async (ctx, path) => {
      const found = await actionOf(ctx, path);
      return isRefusal(found) ? found : { ...found, today: ctx.now().toISOString().slice(0, 10) };
    },
    example: { ...ofAction, query: { post: 'overdue' } },
  }),
  operation({
    method: 'POST',
    path: '/actions/:reference/post/printed',
    permission: 'attempt.record',
    tag,
    summary: 'Record letters that were printed',
    description: 'They wait to be handed in.',
    params,
    body: markPrintedInput,
    answer: z.object({ id, letters: id }),
    example: { ...ofAction, body: { deliveryIds: [12, 13] } },
    async run(ctx, { params: path, body }) {
      const found = await actionOf(ctx, path);
      return isRefusal(found) ? found : markPrinted(ctx, found.actionId, body);
    },
  }),
  operation({
    method: 'POST',
    path: '/actions/:reference/post/tracking',
    permission: 'attempt.record',
    tag,
    summary: 'Give letters their tracking numbers',
    description:
      'A letter that waits counts as handed in with it. Letters are named by number (L-12), by the code on them, or by the number of their party. While a line is wrong nothing is written, unless `skipFaults` says so.',
    params,
    body: recordTrackingInput,
    answer: listed,
    example: { ...ofAction, body: { dry: true, rows: [{ reference: 'L-12', tracking: 'RR123456785DE' }] } },
    async run(ctx, { params: path, body }) {
      const found = await actionOf(ctx, path);
      return isRefusal(found) ? found : answerOf(await recordTracking(ctx, found.actionId, body));
    },
  }),
  operation({
    method: 'POST',
    path: '/actions/:reference/post/arrivals',
    permission: 'attempt.record',
    tag,
    summary: 'Record letters that arrived',
    description: 'As the carrier reports it, with whoever signed for it: the letter climbs to delivered.',
    params,
    body: recordArrivalsInput,
    answer: listed,
    example: {
      ...ofAction,
      body: { dry: true, rows: [{ reference: 'RR123456785DE', deliveredOn: '2022-05-06', signedBy: 'E. Muster' }] },
    },
    async run(ctx, { params: path, body }) {
      const found = await actionOf(ctx, path);
      return isRefusal(found) ? found : answerOf(await recordArrivals(ctx, found.actionId, body));
    },
  }),
  operation({
    method: 'POST',
    path: '/actions/:reference/post/returns',
    permission: 'attempt.record',
    tag,
    summary: 'Record a letter that came back',
    description:
      'By what stands on the envelope. It becomes a task; an address nobody is known at is not written to again. The same letter reported again changes nothing.',
    params,
    body: recordReturnInput,
    answer: z.object({ id, party: z.string(), taskId: id.nullable(), next: z.string() }),
    example: { ...ofAction, body: { reference: 'L-12', reason: 'moved', detail: 'Sticker: Nebenstr. 2' } },
    async run(ctx, { params: path, body }) {
      const found = await actionOf(ctx, path);
      return isRefusal(found) ? found : recordReturn(ctx, found.actionId, body);
    },
  }),
  operation({
    method: 'POST',
    path: '/deliveries/:id/not-returned',
    permission: 'attempt.record',
    tag,
    summary: 'Take the return of a letter back',
    description: 'It did not come back after all: it is on its way as before, and its task is dismissed.',
    params: idOf('letter'),
    body: takeBackReturnInput,
    answer: z.object({ id }),
    example: { params: { id: '12' }, body: { reason: 'Another letter was scanned.' } },
    run: (ctx, { params: path, body }) => takeBackReturn(ctx, path.id, body),
  }),
  operation({
    method: 'POST',
    path: '/deliveries/:id/address',
    permission: 'party.change',
    tag,
    summary: 'Put the address of a returned letter right',
    description:
      'Of the contact’s site, else of its party; the letter goes there at once. Ends the task of the return.',
    params: idOf('letter'),
    body: mendAddressInput,
    answer: z.object({ id, deliveryId: id.describe('The letter that goes now.') }),
    example: {
      params: { id: '12' },
      body: { street: 'Nebenstr. 2', postcode: '10117', city: 'Musterstadt', reason: 'Sticker of the post' },
    },
    run: (ctx, { params: path, body }) => mendAddress(ctx, path.id, body),
  }),
];
