import { z } from 'zod';
import {
  proposeStart,
  proposeStartInput,
  signStart,
  signStartInput,
  withdrawStart,
  withdrawStartInput,
} from '../../app/permanent-remedy.ts';
import { fixPathList, loadFixFigures, refusedList } from '../../app/queries/permanent-fix.ts';
import { startSuccessor, startSuccessorInput } from '../../app/successors.ts';
import { fixPaths } from '../../domain/permanent-fix.ts';
import { isRefusal } from '../../domain/refusal.ts';
import { actionOf, actionParams } from './find.ts';
import { listOperation } from './list.ts';
import { idOf, instant, type Operation, operation } from './operation.ts';

const tag = 'Permanent fix';
const id = z.number().int();
const count = z.number().int();
const params = actionParams;
const example = { params: { reference: 'FSN2022-1230' } };
const hash = 'c'.repeat(64);

/** The permanent fix: how it begins, and who stands where. */
export const permanentFixOperations: readonly Operation[] = [
  operation({
    method: 'GET',
    path: '/actions/:reference/permanent-fix',
    permission: 'action.read',
    tag,
    summary: 'Count who stands where',
    description:
      'The remedies that supersede another one, of this action and of the one that follows it, each with its corrections by where their units stand.',
    params,
    answer: z.object({
      fixes: z.array(
        z.object({
          remedyId: id,
          remedy: z.string(),
          actionId: id,
          reference: z.string(),
          supersedes: z.string(),
          supersededActionId: id,
          supersededReference: z.string(),
          paths: z.object({ neither: count, interim: count, direct: count, both: count, ended: count }),
          total: count,
        }),
      ),
    }),
    example,
    async run(ctx, { params: path }) {
      const found = await actionOf(ctx, path);
      return isRefusal(found) ? found : { fixes: await loadFixFigures(ctx.db, found.actionId) };
    },
  }),
  listOperation({
    list: fixPathList,
    path: '/actions/:reference/permanent-fix/units',
    params,
    permission: 'action.read',
    tag,
    summary: 'List the units by where they stand',
    description:
      'Still on the interim patch, took the permanent fix directly, neither: one row a unit and environment.',
    row: z.object({
      id,
      serial: z.string(),
      unitId: id,
      product: z.string(),
      environment: z.string(),
      partyId: id,
      party: z.string(),
      country: z.string(),
      connected: z.boolean().nullable(),
      path: z.enum(fixPaths),
      permanent: z.string(),
      state: z.string(),
      since: instant,
      interimId: id.nullable(),
      interimState: z.string().nullable(),
      interimReason: z.string().nullable(),
      interimCarried: z
        .boolean()
        .describe('What the interim correction rests on was carried over from the permanent fix.'),
    }),
    scope: actionOf,
    example: { ...example, query: { path: 'interim' } },
  }),
  listOperation({
    list: refusedList,
    path: '/actions/:reference/refused',
    params,
    permission: 'action.read',
    tag,
    summary: 'List who refused, and why',
    description: 'In this action and the one it follows.',
    row: z.object({
      id,
      partyId: id,
      party: z.string(),
      country: z.string(),
      what: z.enum(['action', 'customer-list']),
      why: z.string(),
      by: z.string(),
      at: instant,
      reference: z.string(),
      open: count.nullable().describe('Corrections it owes in this action now.'),
    }),
    scope: actionOf,
    example,
  }),
  operation({
    method: 'POST',
    path: '/actions/:reference/successor',
    permission: 'action.create',
    tag,
    summary: 'Start a successor',
    description:
      'A draft that brings the permanent fix to the units of a released action: countries, products, vulnerabilities, scope rules, facts and form are taken over. Its units are found by its own scope run.',
    params,
    body: startSuccessorInput,
    status: 201,
    answer: z.object({ id, reference: z.string(), remedyId: id }),
    example: {
      ...example,
      body: { reference: 'FSN2023-0101', title: 'Permanent fix of the run manager', remedyName: 'Run Manager 4.0' },
    },
    async run(ctx, { params: path, body }) {
      const found = await actionOf(ctx, path);
      return isRefusal(found) ? found : startSuccessor(ctx, found.actionId, body);
    },
  }),
  operation({
    method: 'POST',
    path: '/remedies/:id/start',
    permission: 'action.change',
    tag,
    summary: 'Propose that a remedy begins',
    description:
      'In a released action, for the units of the remedy it supersedes. Two people sign the hash that comes back.',
    params: idOf('remedy'),
    body: proposeStartInput,
    status: 201,
    answer: z.object({ id, contentHash: z.string() }),
    example: { params: { id: '2' }, body: { supersedesId: 1 } },
    run: (ctx, { params: path, body }) => proposeStart(ctx, path.id, body),
  }),
  operation({
    method: 'POST',
    path: '/remedies/:id/start/sign',
    permission: ['remedy.sign.quality', 'remedy.sign.regulatory'],
    tag,
    summary: 'Sign that a remedy begins',
    description:
      'Takes a person: a session, and the credential again. The second signature, of another person, starts it.',
    params: idOf('remedy'),
    body: signStartInput,
    answer: z.object({ id, state: z.enum(['proposed', 'running', 'done']) }),
    example: {
      params: { id: '2' },
      body: { as: 'quality', contentHash: hash, credential: { password: 'correct horse battery staple' } },
    },
    run: (ctx, { params: path, body }) => signStart(ctx, path.id, body),
  }),
  operation({
    method: 'POST',
    path: '/remedies/:id/start/withdraw',
    permission: 'action.change',
    tag,
    summary: 'Take a proposed start back',
    description: 'Signatures given on it are void.',
    params: idOf('remedy'),
    body: withdrawStartInput,
    answer: z.object({ id }),
    example: { params: { id: '2' }, body: { reason: 'Another build follows' } },
    run: (ctx, { params: path, body }) => withdrawStart(ctx, path.id, body),
  }),
];
