import { z } from 'zod';
import { enterCode, enterCodeInput } from '../../app/confirmation-codes.ts';
import { issueTicket, issueTicketInput } from '../../app/installation-tickets.ts';
import { codeList, codeOutcomes } from '../../app/queries/codes.ts';
import { readList } from '../../app/queries/list.ts';
import { instant, type Operation, operation, pageOf, pageQuery, toPage } from './operation.ts';

const tag = 'Confirmation codes';

export const codeOperations: readonly Operation[] = [
  operation({
    method: 'POST',
    path: '/codes',
    permission: 'code.enter',
    tag,
    summary: 'Take a confirmation code',
    description:
      'A right code confirms its correction. A wrong one is told apart: mistyped, computed elsewhere, used already, for a withdrawn package, by a wrong clock, or no code of ours.',
    body: enterCodeInput,
    answer: z.object({
      correctionId: z.number().int(),
      serial: z.string(),
      environment: z.string(),
      result: z
        .enum(['done', 'failed'])
        .describe('failed: the verifier saw that the package is not rightly installed.'),
      doneOn: z.iso.date(),
      state: z.string().describe('State of the correction now.'),
    }),
    example: { body: { code: 'G002D-0A3W1-Q7NZK-4TXEV' } },
    run: (ctx, { body }) => enterCode(ctx, body),
  }),
  operation({
    method: 'GET',
    path: '/codes',
    permission: 'action.read',
    tag,
    summary: 'List the codes that were tried',
    description: 'Right and wrong ones, newest first. The codes themselves are not kept.',
    query: pageQuery,
    answer: pageOf(
      z.object({
        id: z.number().int(),
        at: instant,
        outcome: z.enum(Object.keys(codeOutcomes) as [keyof typeof codeOutcomes]),
        result: z.enum(['done', 'failed']).nullable(),
        door: z.string(),
        correctionId: z.number().int().nullable(),
        serial: z.string().nullable(),
        environment: z.string().nullable(),
      }),
    ),
    example: { query: { size: '20' } },
    async run(ctx, { query }) {
      const page = await readList(
        ctx.db,
        codeList,
        { page: query.page, size: query.size, sort: 'at', direction: 'desc', filters: {}, q: '' },
        undefined,
      );
      return toPage(query, {
        ...page,
        rows: page.rows.map(({ correction_id, ...row }) => ({ ...row, correctionId: correction_id })),
      });
    },
  }),
  operation({
    method: 'POST',
    path: '/tickets',
    permission: 'ticket.issue',
    tag,
    summary: 'Give the installation ticket of a correction',
    description:
      'The verifier computes the confirmation code with it. With a reason the ticket there is replaced, and its codes are refused from then on.',
    body: issueTicketInput,
    answer: z.object({
      id: z.number().int(),
      correctionId: z.number().int(),
      number: z.number().int(),
      key: z.string().describe('Four groups of five signs.'),
    }),
    example: { body: { correctionId: 17 } },
    run: (ctx, { body }) => issueTicket(ctx, body),
  }),
];
