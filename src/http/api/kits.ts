import { z } from 'zod';
import { makeKitFile } from '../../app/kit-files.ts';
import { moveKit, moveKitInput, shipKits, shipKitsInput, undoKitMove, undoKitMoveInput } from '../../app/kit-moves.ts';
import { printKits, printKitsInput } from '../../app/kit-print.ts';
import { changeKit, changeKitInput, requestKit, requestKitInput } from '../../app/kit-requests.ts';
import { prepareKit } from '../../app/kits.ts';
import { kitList, loadKit } from '../../app/queries/kits.ts';
import { readList } from '../../app/queries/list.ts';
import { shipToSchema } from '../../domain/kit.ts';
import { isRefusal, refuse } from '../../domain/refusal.ts';
import { fileAnswer } from '../file-answer.ts';
import { kitAnswer } from '../kit-answer.ts';
import { idOf, instant, type Operation, operation, pageOf, pageQuery, toPage } from './operation.ts';

const tag = 'Kits';
const state = z.enum(['requested', 'prepared', 'shipped', 'received', 'returned', 'destroyed', 'cancelled']);
const way = z.enum(['post', 'visit']);
const id = z.int();
const day = z.string().nullable();

export const kitOperations: readonly Operation[] = [
  operation({
    method: 'GET',
    path: '/kits',
    permission: 'action.read',
    tag,
    summary: 'List kits',
    description: 'For machines without a network; those that have waited longest come first.',
    query: pageQuery.extend({
      state: z.enum(['open', ...state.options]).optional(),
      attention: z.enum(['overdue', 'withdrawn']).optional().describe('Waits too long; holds a withdrawn package.'),
      package: z.string().optional().describe('Number of a package.'),
      party: z.string().optional().describe('Number of a party.'),
      q: z
        .string()
        .max(100)
        .optional()
        .describe('Party, serial number, carrier, tracking number or number of the kit.'),
    }),
    answer: pageOf(
      z.object({
        id,
        state,
        state_since: instant,
        requested_at: instant,
        overdue: z.boolean(),
        withdrawn: z.boolean(),
        party_id: id,
        party: z.string(),
        country: z.string(),
        city: z.string(),
        reference: z.string(),
        way,
        corrections: z.int(),
        confirmed: z.int(),
        good_until: instant.nullable(),
        carrier: z.string(),
        tracking: z.string(),
        visit_on: day,
      }),
    ),
    example: { query: { state: 'open' } },
    async run(ctx, { query }) {
      const { page, size, q = '', ...asked } = query;
      const filters = Object.fromEntries(
        Object.entries(asked).filter((entry): entry is [string, string] => entry[1] !== undefined),
      );
      const request = { page, size, sort: 'state_since', direction: 'asc' as const, filters, q };
      return toPage(query, await readList(ctx.db, kitList, request, { now: ctx.now() }));
    },
  }),
  operation({
    method: 'GET',
    path: '/kits/:id',
    permission: 'action.read',
    tag,
    summary: 'Read a kit',
    description: 'Where it is, where it goes, and the corrections it has tickets for.',
    params: idOf('kit'),
    answer: z.object({
      id,
      state,
      state_since: instant,
      overdue: z.boolean(),
      withdrawn: z.boolean(),
      action_id: id,
      reference: z.string(),
      party_id: id,
      party: z.string(),
      contact_id: id.nullable(),
      way,
      ship_to: shipToSchema.partial(),
      note: z.string(),
      language: z.string(),
      requested_at: instant,
      requested_by: z.string(),
      package_id: id.nullable(),
      prepared_at: instant.nullable(),
      good_until: instant.nullable(),
      contents_sha256: z.string().describe('SHA-256 of SHA256SUMS.txt in the kit; empty before it is prepared.'),
      carrier: z.string(),
      tracking: z.string(),
      visit_on: day,
      shipped_at: instant.nullable(),
      received_at: instant.nullable(),
      ended_at: instant.nullable(),
      corrections: z.array(z.object({ id, serial: z.string(), environment: z.string(), state: z.string() })),
    }),
    example: { params: { id: '4' } },
    run: async (ctx, { params }) =>
      (await loadKit(ctx.db, params.id, ctx.now())) ?? refuse('kit.unknown', { id: params.id }),
  }),
  operation({
    method: 'POST',
    path: '/kits',
    permission: 'kit.work',
    tag,
    summary: 'Ask for a kit',
    description:
      'For corrections of one party and one remedy. Nothing is made before it is prepared. Asked again for the very same, the kit that waits is given back.',
    body: requestKitInput,
    status: 201,
    answer: z.object({ id }),
    example: { body: { correctionIds: [17, 18], note: 'By the technician in May.', way: 'visit' } },
    run: (ctx, { body }) => requestKit(ctx, body),
  }),
  operation({
    method: 'PATCH',
    path: '/kits/:id',
    permission: 'kit.work',
    tag,
    summary: 'Change where a kit goes',
    description: 'The way, the address, the note, or for whom it is, while it has not left.',
    params: idOf('kit'),
    body: changeKitInput,
    answer: z.object({ id }),
    example: { params: { id: '4' }, body: { way: 'post' } },
    run: (ctx, { params, body }) => changeKit(ctx, params.id, body),
  }),
  operation({
    method: 'POST',
    path: '/kits/:id/prepare',
    permission: 'kit.work',
    tag,
    summary: 'Prepare a kit',
    description:
      'Takes the newest released package, makes the tickets and the papers. Its file then comes out the same each time. `again` does so anew for one that has not left.',
    params: idOf('kit'),
    query: z.object({ again: z.enum(['yes', 'no']).default('no') }),
    answer: z.object({ id, goodUntil: instant }),
    run: (ctx, { params, query }) => prepareKit(ctx, params.id, { again: query.again === 'yes' }),
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
    method: 'POST',
    path: '/kits/:id/undo',
    permission: 'kit.work',
    tag,
    summary: 'Take the last move of a kit back',
    description: 'For a move made by mistake: from shipped to prepared, from received to shipped, and so on.',
    params: idOf('kit'),
    body: undoKitMoveInput,
    answer: z.object({ id, state }),
    example: { params: { id: '4' }, body: { reason: 'The parcel lies here still.' } },
    run: (ctx, { params, body }) => undoKitMove(ctx, params.id, body),
  }),
  operation({
    method: 'POST',
    path: '/kits/shipments',
    permission: 'kit.work',
    tag,
    summary: 'Ship several kits',
    description: 'With one carrier, each with its own tracking number: all of them, or none if one cannot leave.',
    body: shipKitsInput,
    answer: z.object({ shipped: z.int() }),
    example: { body: { carrier: 'Post', kits: [{ id: 4, tracking: 'RR123456785DE' }] } },
    run: (ctx, { body }) => shipKits(ctx, body),
  }),
  operation({
    method: 'POST',
    path: '/kits/print',
    permission: 'kit.work',
    tag,
    summary: 'Print slips or labels of kits',
    description: 'Packing slips, each in its recipient’s language, or a sheet of address labels. Changes nothing.',
    body: printKitsInput,
    answer: { mediaTypes: ['application/pdf'], description: 'What goes into the printer.' },
    example: { body: { kitIds: [4, 5], what: 'slips' } },
    async run(ctx, { body }) {
      const file = await printKits(ctx, body);
      return isRefusal(file)
        ? file
        : fileAnswer(file.pdf, { name: file.name, mediaType: 'application/pdf', inline: true });
    },
  }),
  operation({
    method: 'GET',
    path: '/kits/:id/file',
    permission: 'kit.work',
    tag,
    summary: 'Fetch the file of a kit',
    description:
      'The ZIP with package, metadata, verifier, papers and tickets. Its tickets are keys: keep it from others.',
    params: idOf('kit'),
    answer: { mediaTypes: ['application/zip'], description: 'The kit.' },
    async run(ctx, { params }) {
      const file = await makeKitFile(ctx, params.id);
      return isRefusal(file) ? file : kitAnswer(file);
    },
  }),
];
