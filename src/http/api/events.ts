import { z } from 'zod';
import { verifyEventChain } from '../../app/event-chain.ts';
import { eventList } from '../../app/queries/events.ts';
import { listOperation } from './list.ts';
import { instant, type Operation, operation } from './operation.ts';

const tag = 'Record';
const id = z.number().int();

export const eventOperations: readonly Operation[] = [
  listOperation({
    list: eventList,
    path: '/events',
    permission: 'event.read',
    tag,
    summary: 'List events',
    description: 'The record of every change: who, when, what, before and after, hash-chained.',
    row: z.object({
      seq: id,
      at: instant,
      actorKind: z.string(),
      actorName: z.string(),
      action: z.string(),
      subject: z.string(),
      subjectId: z.string(),
      actionId: id.nullable(),
      partyId: id.nullable(),
      party: z.string().nullable(),
      before: z.unknown(),
      after: z.unknown(),
      reason: z.string(),
      hash: z.string(),
    }),
    scope: () => undefined,
    example: { query: { q: 'notice.' } },
  }),
  operation({
    method: 'GET',
    path: '/events/verify',
    permission: 'event.read',
    tag,
    summary: 'Verify the chain of events',
    description: 'Recomputes every hash outside the database, and names the first row that was tampered with.',
    answer: z.object({
      chain: z.enum(['ok', 'broken']),
      events: z.number().int().describe('Events that are whole.'),
      hash: z.string().optional().describe('Of the last event.'),
      seq: id.optional().describe('Number of the first event that is not whole.'),
      problem: z.enum(['missing', 'altered', 'head']).optional(),
      at: instant.nullable().optional(),
    }),
    run: (ctx) => verifyEventChain(ctx),
  }),
];
