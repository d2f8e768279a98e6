import { z } from 'zod';
import {
  addRemedy,
  addRemedyInput,
  changeRemedy,
  changeRemedyInput,
  createAction,
  createActionInput,
  describeAction,
  describeActionInput,
  moveAction,
  moveActionInput,
  setEnvironments,
  setEnvironmentsInput,
  setRegimes,
  setRegimesInput,
  setVulnerabilities,
  setVulnerabilitiesInput,
} from '../../app/actions.ts';
import { loadActionDetail } from '../../app/queries/action-detail.ts';
import { actionList } from '../../app/queries/actions.ts';
import { correctionList } from '../../app/queries/corrections.ts';
import { loadDashboard } from '../../app/queries/dashboard.ts';
import { obligationList } from '../../app/queries/parties.ts';
import { releaseAction, releaseActionInput } from '../../app/release.ts';
import { rungs } from '../../domain/evidence-ladder.ts';
import { isRefusal, refuse } from '../../domain/refusal.ts';
import { actionAnswer, statusAnswer } from './action-answers.ts';
import { actionOf, actionParams } from './find.ts';
import { listOperation } from './list.ts';
import { idOf, instant, type Operation, operation } from './operation.ts';

const tag = 'Actions';
const id = z.number().int();
const params = actionParams;
const example = { params: { reference: 'FSN2022-1230' } };
const idAnswer = z.object({ id });
const signed = 'A move that signs takes a person: a session, and the credential again. No key can make it.';

/** Reading actions and where they stand. */
const readOperations: readonly Operation[] = [
  listOperation({
    list: actionList,
    path: '/actions',
    permission: 'action.read',
    tag,
    summary: 'List actions',
    description: 'Every corrective action with its stage and how far its corrections are.',
    row: z.object({
      id,
      reference: z.string(),
      title: z.string(),
      stage: z.string(),
      since: instant,
      total: z.number().int().describe('Corrections.'),
      owed: z.number().int().describe('Not yet fixed.'),
      verified: z.number().int(),
      tasks: z.number().int().describe('Open tasks.'),
    }),
    scope: () => undefined,
    example: { query: { stage: 'running' } },
  }),
  operation({
    method: 'GET',
    path: '/actions/:reference',
    permission: 'action.read',
    tag,
    summary: 'Read an action',
    description:
      'Everything it is described by: regimes, vulnerabilities, environments, remedies, scope rules and runs, notices.',
    params,
    answer: actionAnswer,
    example,
    async run(ctx, input) {
      const found = await actionOf(ctx, input.params);
      if (isRefusal(found)) return found;
      return (await loadActionDetail(ctx.db, found.actionId)) ?? refuse('action.unknown', { id: found.actionId });
    },
  }),
  operation({
    method: 'GET',
    path: '/actions/:reference/status',
    permission: 'action.read',
    tag,
    summary: 'Read how far an action is',
    description:
      'Corrections by state, country, product and environment; parties by what they owe; letters by evidence; deadlines and tasks. As cheap for millions of corrections as for ten.',
    params,
    answer: statusAnswer,
    example,
    async run(ctx, input) {
      const found = await actionOf(ctx, input.params);
      if (isRefusal(found)) return found;
      const board = await loadDashboard(ctx.db, found.actionId, ctx.now());
      if (!board) return refuse('action.unknown', { id: found.actionId });
      return {
        reference: board.action.reference,
        title: board.action.title,
        stage: board.action.stage,
        sending: board.action.delivery_state,
        releasedAt: board.action.released_at,
        corrections: board.corrections,
        total: board.total,
        rungs: board.rungs,
        countries: board.countries,
        products: board.products,
        environments: board.environments,
        remedies: board.remedies,
        obligations: board.obligations,
        notices: board.notices,
        reminders: board.reminders,
        deadlines: {
          missed: board.deadlines.missed,
          today: board.deadlines.today,
          week: board.deadlines.week,
          next: board.deadlines.next.map(({ due_on, n }) => ({ dueOn: due_on, count: n })),
        },
        tasks: board.tasks.map(({ n, ...task }) => ({ ...task, count: n })),
      };
    },
  }),
  listOperation({
    list: correctionList,
    path: '/actions/:reference/corrections',
    params,
    permission: 'action.read',
    tag,
    summary: "List an action's corrections",
    description: 'The ledger: unit × environment × remedy, each with its state and the evidence it rests on.',
    row: z.object({
      id,
      serial: z.string(),
      unitId: id,
      product: z.string(),
      environment: z.string(),
      remedy: z.string(),
      partyId: id,
      party: z.string(),
      site: z.string(),
      country: z.string(),
      state: z.string(),
      since: instant,
      contradicted: z.boolean(),
      doneOn: z.string().nullable(),
      evidence: z.string().nullable(),
      reason: z.string().nullable(),
      rung: z.enum(rungs).describe('The best evidence there is.'),
      notifiedAt: instant.nullable(),
      hasFileAt: instant.nullable().describe('A whole download, or a kit that arrived.'),
    }),
    scope: actionOf,
    example: { ...example, query: { state: 'owed' } },
  }),
  listOperation({
    list: obligationList,
    path: '/actions/:reference/obligations',
    params,
    permission: 'action.read',
    tag,
    summary: "List an action's parties by what they owe",
    description: 'Receipt, corrections, or nothing any more; with reminders and the deadline that runs.',
    row: z.object({
      id,
      partyId: id,
      party: z.string(),
      ref: z.string(),
      country: z.string(),
      audience: z.string(),
      state: z.string().describe('silent, received or done.'),
      total: z.number().int(),
      owed: z.number().int(),
      notifiedAt: instant.nullable(),
      receivedAt: instant.nullable(),
      lastReplyAt: instant.nullable(),
      reminders: z.number().int(),
      dueOn: z.string().nullable(),
      deadline: z.string().nullable(),
    }),
    scope: actionOf,
    example: { ...example, query: { state: 'silent' } },
  }),
];

/** Describing an action, and moving it on. */
const changeOperations: readonly Operation[] = [
  operation({
    method: 'POST',
    path: '/actions',
    permission: 'action.create',
    tag,
    summary: 'Create an action',
    description: 'Begins an action in the stage draft.',
    body: createActionInput,
    status: 201,
    answer: z.object({ id, reference: z.string() }),
    example: { body: { reference: 'FSN2022-1230', title: 'Patch of the local run manager', kind: 'security-patch' } },
    run: (ctx, { body }) => createAction(ctx, body),
  }),
  operation({
    method: 'PATCH',
    path: '/actions/:reference',
    permission: 'action.change',
    tag,
    summary: 'Describe an action',
    description:
      'Changes the fields given. Approvals of a notice that is not yet released fall, because its text is filled in from them.',
    params,
    body: describeActionInput,
    answer: idAnswer,
    example: { ...example, body: { hazard: 'Remote code execution', classProposed: 'II' } },
    async run(ctx, { params: path, body }) {
      const found = await actionOf(ctx, path);
      return isRefusal(found) ? found : describeAction(ctx, found.actionId, body);
    },
  }),
  operation({
    method: 'PUT',
    path: '/actions/:reference/regimes',
    permission: 'action.change',
    tag,
    summary: 'Set the regimes of an action',
    description: 'Replaces the whole list of countries with the law each runs under.',
    params,
    body: setRegimesInput,
    answer: z.object({ countries: z.number().int() }),
    example: { ...example, body: { regimes: [{ country: 'DE', regime: 'IVDR' }] } },
    async run(ctx, { params: path, body }) {
      const found = await actionOf(ctx, path);
      return isRefusal(found) ? found : setRegimes(ctx, found.actionId, body);
    },
  }),
  operation({
    method: 'PUT',
    path: '/actions/:reference/vulnerabilities',
    permission: 'action.change',
    tag,
    summary: 'Set the vulnerabilities of an action',
    description: 'Replaces the whole list of CVEs.',
    params,
    body: setVulnerabilitiesInput,
    answer: z.object({ vulnerabilities: z.number().int() }),
    example: { ...example, body: { vulnerabilities: [{ cve: 'CVE-2022-1517', cvssScore: 10 }] } },
    async run(ctx, { params: path, body }) {
      const found = await actionOf(ctx, path);
      return isRefusal(found) ? found : setVulnerabilities(ctx, found.actionId, body);
    },
  }),
  operation({
    method: 'PUT',
    path: '/actions/:reference/environments',
    permission: 'action.change',
    tag,
    summary: 'Set the environments of an action',
    description: 'Replaces the list of environments (boot modes) that are corrected; each is patched by itself.',
    params,
    body: setEnvironmentsInput,
    answer: z.object({ environments: z.number().int() }),
    example: { ...example, body: { environmentIds: [1, 2] } },
    async run(ctx, { params: path, body }) {
      const found = await actionOf(ctx, path);
      return isRefusal(found) ? found : setEnvironments(ctx, found.actionId, body);
    },
  }),
  operation({
    method: 'POST',
    path: '/actions/:reference/remedies',
    permission: 'action.change',
    tag,
    summary: 'Add a remedy',
    description: 'Adds a remedy behind the others: they are applied in order.',
    params,
    body: addRemedyInput,
    status: 201,
    answer: z.object({ id, position: z.number().int() }),
    example: { ...example, body: { kind: 'interim-patch', name: 'Patch 1.0.0', status: 'available' } },
    async run(ctx, { params: path, body }) {
      const found = await actionOf(ctx, path);
      return isRefusal(found) ? found : addRemedy(ctx, found.actionId, body);
    },
  }),
  operation({
    method: 'PATCH',
    path: '/remedies/:id',
    permission: 'action.change',
    tag,
    summary: 'Change a remedy',
    description: 'Changes the fields given, e.g. its status when it becomes available.',
    params: idOf('remedy'),
    body: changeRemedyInput,
    answer: idAnswer,
    example: { params: { id: '1' }, body: { status: 'available' } },
    run: (ctx, { params: path, body }) => changeRemedy(ctx, path.id, body),
  }),
  operation({
    method: 'POST',
    path: '/actions/:reference/move',
    permission: 'action.move',
    tag,
    summary: 'Move an action to another stage',
    description: `By the one table of transitions: roles, conditions and effects. ${signed}`,
    params,
    body: moveActionInput,
    answer: z.object({ id, stage: z.string() }),
    example: { ...example, body: { to: 'in-review' } },
    async run(ctx, { params: path, body }) {
      const found = await actionOf(ctx, path);
      return isRefusal(found) ? found : moveAction(ctx, found.actionId, body);
    },
  }),
  operation({
    method: 'POST',
    path: '/actions/:reference/release',
    permission: 'delivery.release',
    tag,
    summary: 'Release an action',
    description: `Makes the approved notice the released one and plans one letter for each contact, everything or nothing. The letters leave in the background. ${signed}`,
    params,
    body: releaseActionInput,
    answer: z.object({ id, deliveries: z.number().int(), tasks: z.number().int() }),
    example: { ...example, body: { reason: '', credential: { password: '…', code: '123456' } } },
    async run(ctx, { params: path, body }) {
      const found = await actionOf(ctx, path);
      return isRefusal(found) ? found : releaseAction(ctx, found.actionId, body);
    },
  }),
];

export const actionOperations: readonly Operation[] = [...readOperations, ...changeOperations];
