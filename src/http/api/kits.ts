import { z } from 'zod';
import { makeKitFile } from '../../app/kit-files.ts';
import { moveKit, moveKitInput, prepareKit, requestKit, requestKitInput } from '../../app/kits.ts';
import { kitList } from '../../app/queries/kits.ts';
import { readList } from '../../app/queries/list.ts';
import { isRefusal } from '../../domain/refusal.ts';
import { kitAnswer } from '../kit-answer.ts';
import { idOf, instant, type Operation, operation, pageOf, pageQuery, toPage } from './operation.ts';

const tag = 'Kits';
const state = z.enum(['requested', 'prepared', 'shipped', 'received', 'returned', 'destroyed', 'cancelled']);
const id = z.int();

export const kitOperations: readonly Operation[] = [
  operation({
    method: 'GET',
    path: '/kits',
    permission: 'action.read',
    tag,
    summary: 'List kits',
    description: 'For machines without a network; those that have waited longest come first.',
    query: pageQuery.extend({ state: z.enum(['open', ...state.options]).optional() }),
    answer: pageOf(
      z.object({
        id,
        state,
        state_since: instant,
        party_id: id,
        party: z.string(),
        reference: z.string(),
        corrections: z.int(),
        confirmed: z.int(),
        good_until: instant.nullable(),
        carrier: z.string(),
        tracking: z.string(),
      }),
    ),
    example: { query: { state: 'open' } },
    async run(ctx, { query }) {
      const filters: Record<string, string> = query.state === undefined ? {} : { state: query.state };
      const request = {
        page: query.page,
        size: query.size,
        sort: 'state_since',
        direction: 'asc' as const,
        filters,
        q: '',
      };
      return toPage(query, await readList(ctx.db, kitList, request, undefined));
    },
  }),
  operation({
    method: 'POST',
    path: '/kits',
    permission: 'kit.work',
    tag,
    summary: 'Ask for a kit',
    description: 'For corrections of one party and one remedy. Nothing is made before it is prepared.',
    body: requestKitInput,
    status: 201,
    answer: z.object({ id }),
    example: { body: { correctionIds: [17, 18], note: 'By the technician in May.' } },
    run: (ctx, { body }) => requestKit(ctx, body),
  }),
  operation({
    method: 'POST',
    path: '/kits/:id/prepare',
    permission: 'kit.work',
    tag,
    summary: 'Prepare a kit',
    description: 'Takes the newest released package and makes the tickets. Its file then comes out the same each time.',
    params: idOf('kit'),
    answer: z.object({ id, goodUntil: instant }),
    run: (ctx, { params }) => prepareKit(ctx, params.id),
  }),
  operation({
    method: 'POST',
    path: '/kits/:id/moves',
    permission: 'kit.work',
    tag,
    summary: 'Say what became of a kit',
    description: 'Shipped, with who carries it; received; returned or destroyed; or cancelled before it leaves.',
    params: idOf('kit'),
    body: moveKitInput,
    answer: z.object({ id, state }),
    example: { params: { id: '4' }, body: { to: 'shipped', carrier: 'Post', tracking: 'RR123456785DE' } },
    run: (ctx, { params, body }) => moveKit(ctx, params.id, body),
  }),
  operation({
    method: 'GET',
    path: '/kits/:id/file',
    permission: 'kit.work',
    tag,
    summary: 'Fetch the file of a kit',
    description: 'The ZIP with package, metadata, verifier and tickets. Its tickets are keys: keep it from others.',
    params: idOf('kit'),
    answer: { mediaTypes: ['application/zip'], description: 'The kit.' },
    async run(ctx, { params }) {
      const file = await makeKitFile(ctx, params.id);
      return isRefusal(file) ? file : kitAnswer(file);
    },
  }),
];
