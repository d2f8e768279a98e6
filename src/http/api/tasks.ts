import { z } from 'zod';
import { recordAttempt, recordAttemptInput } from '../../app/attempts.ts';
import { taskList } from '../../app/queries/tasks.ts';
import { endTask, endTaskInput, ownTask, ownTaskInput, reopenTask } from '../../app/task-work.ts';
import { staffIdOf } from '../../domain/actor.ts';
import { listOperation } from './list.ts';
import { idOf, instant, type Operation, operation } from './operation.ts';

const tag = 'Tasks';
const id = z.number().int();
const params = idOf('task');
const example = { params: { id: '1' } };
const idAnswer = z.object({ id });

export const taskOperations: readonly Operation[] = [
  listOperation({
    list: taskList,
    path: '/tasks',
    permission: 'task.read',
    tag,
    summary: 'List tasks',
    description: 'What needs a person: bounces, contradictions, contact changes, calls to make.',
    row: z.object({
      id,
      kind: z.string(),
      priority: z.number().int().describe('1 urgent, 2 normal, 3 when there is time.'),
      state: z.enum(['open', 'done', 'dismissed']),
      actionId: id.nullable(),
      reference: z.string().nullable(),
      partyId: id.nullable(),
      party: z.string().nullable(),
      country: z.string().nullable(),
      ownerId: z.string().nullable(),
      owner: z.string(),
      dueOn: z.string().nullable(),
      detail: z.record(z.string(), z.unknown()),
      outcome: z.string(),
      createdAt: instant,
      endedAt: instant.nullable(),
    }),
    scope: (ctx) => ({ me: staffIdOf(ctx.actor) }),
    example: { query: { state: 'open' } },
  }),
  operation({
    method: 'POST',
    path: '/tasks/:id/own',
    permission: 'task.work',
    tag,
    summary: 'Give a task an owner',
    description: 'Without an owner in the body a person takes it over; null gives it back to everybody.',
    params,
    body: ownTaskInput,
    answer: z.object({ id, owner: z.string() }),
    example: { ...example, body: { ownerId: null } },
    run: (ctx, { params: path, body }) => ownTask(ctx, path.id, body),
  }),
  operation({
    method: 'POST',
    path: '/tasks/:id/end',
    permission: 'task.work',
    tag,
    summary: 'End a task',
    description: 'With what came of it.',
    params,
    body: endTaskInput,
    answer: idAnswer,
    example: { ...example, body: { state: 'done', outcome: 'Reached the laboratory by telephone.' } },
    run: (ctx, { params: path, body }) => endTask(ctx, path.id, body),
  }),
  operation({
    method: 'POST',
    path: '/tasks/:id/reopen',
    permission: 'task.work',
    tag,
    summary: 'Open a task again',
    description: 'For an outcome that proved wrong.',
    params,
    answer: idAnswer,
    example,
    run: (ctx, { params: path }) => reopenTask(ctx, path.id),
  }),
  operation({
    method: 'POST',
    path: '/attempts',
    permission: 'attempt.record',
    tag,
    summary: 'Record an attempt to reach a party',
    description: 'A call, a letter, a visit or a note: what proves that somebody who never answered was asked.',
    body: recordAttemptInput,
    status: 201,
    answer: idAnswer,
    example: { body: { partyId: 1, kind: 'call', outcome: 'no-answer', text: 'Rang twice.' } },
    run: (ctx, { body }) => recordAttempt(ctx, body),
  }),
];
