import { z } from 'zod';
import { loadScopeRun } from '../../app/queries/action-detail.ts';
import { scopeDecisionList } from '../../app/queries/scope.ts';
import { addScopeRule, addScopeRuleInput, applyScopeRun, findUnits, removeScopeRule } from '../../app/scope.ts';
import { isRefusal, refuse } from '../../domain/refusal.ts';
import { actionOf, actionParams } from './find.ts';
import { listOperation } from './list.ts';
import { idOf, instant, type Operation, operation } from './operation.ts';

const tag = 'Scope';
const id = z.number().int();
const params = actionParams;
const example = { params: { reference: 'FSN2022-1230' } };
const runParams = idOf('run');
const ruleParams = actionParams.extend({ rule: z.coerce.number().int().positive().describe('Number of the rule.') });

const runAnswer = z.object({
  id,
  actionId: id,
  state: z.enum(['running', 'done', 'applied', 'failed', 'discarded']),
  seen: z.number().int().describe('Units decided so far.'),
  unitsIn: z.number().int(),
  unitsOut: z.number().int(),
  startedAt: instant,
  finishedAt: instant.nullable(),
  appliedAt: instant.nullable(),
});

export const scopeOperations: readonly Operation[] = [
  operation({
    method: 'POST',
    path: '/actions/:reference/scope/rules',
    permission: 'scope.compute',
    tag,
    summary: 'Add a scope rule',
    description: 'Says which units are affected, or which are not and why. Nothing is created before a run is applied.',
    params,
    body: addScopeRuleInput,
    status: 201,
    answer: z.object({ id }),
    example: {
      ...example,
      body: {
        effect: 'include',
        productId: 1,
        conditions: { serialRanges: [{ from: 'NB550001', to: 'NB552000' }] },
        reason: 'All instruments shipped',
      },
    },
    async run(ctx, { params: path, body }) {
      const found = await actionOf(ctx, path);
      return isRefusal(found) ? found : addScopeRule(ctx, found.actionId, body);
    },
  }),
  operation({
    method: 'DELETE',
    path: '/actions/:reference/scope/rules/:rule',
    permission: 'scope.compute',
    tag,
    summary: 'Remove a scope rule',
    description: 'Takes a rule away. Corrections that exist stay.',
    params: ruleParams,
    answer: z.object({ id }),
    example: { params: { reference: 'FSN2022-1230', rule: '1' } },
    async run(ctx, { params: path }) {
      const found = await actionOf(ctx, path);
      return isRefusal(found) ? found : removeScopeRule(ctx, found.actionId, path.rule);
    },
  }),
  operation({
    method: 'POST',
    path: '/actions/:reference/scope/runs',
    permission: 'scope.compute',
    tag,
    summary: 'Find the affected units',
    description:
      'Decides every unit by the rules of now. A field of up to 20,000 units is decided before the answer; a larger one in the background: read the run until its state is done. An earlier run that was not applied is discarded.',
    params,
    status: 201,
    answer: runAnswer,
    example,
    async run(ctx, { params: path }) {
      const found = await actionOf(ctx, path);
      if (isRefusal(found)) return found;
      const started = await findUnits(ctx, found.actionId);
      if (isRefusal(started)) return started;
      return (await loadScopeRun(ctx.db, started.runId)) ?? refuse('scope.run-unknown', { id: started.runId });
    },
  }),
  operation({
    method: 'GET',
    path: '/scope-runs/:id',
    permission: 'action.read',
    tag,
    summary: 'Read a scope run',
    description: 'How far it is and what it found.',
    params: runParams,
    answer: runAnswer,
    example: { params: { id: '1' } },
    run: async (ctx, { params: path }) =>
      (await loadScopeRun(ctx.db, path.id)) ?? refuse('scope.run-unknown', { id: path.id }),
  }),
  listOperation({
    list: scopeDecisionList,
    path: '/scope-runs/:id/decisions',
    params: runParams,
    permission: 'action.read',
    tag,
    summary: "List a run's decisions",
    description: 'Every unit that was looked at: in or left out, and why.',
    row: z.object({
      unitId: id,
      serial: z.string(),
      product: z.string(),
      partyId: id,
      party: z.string(),
      country: z.string(),
      included: z.boolean(),
      why: z.string(),
      params: z.record(z.string(), z.union([z.string(), z.number()])),
      reason: z.string().nullable(),
    }),
    scope: (_ctx, path) => ({ runId: path.id }),
    example: { params: { id: '1' }, query: { included: 'no' } },
  }),
  operation({
    method: 'POST',
    path: '/scope-runs/:id/apply',
    permission: 'scope.apply',
    tag,
    summary: 'Apply a scope run',
    description:
      'Makes the obligations and corrections the run found. What is there already stays as it is. Refused when rules, environments or remedies have changed since.',
    params: runParams,
    answer: z.object({ obligations: z.number().int(), corrections: z.number().int() }),
    example: { params: { id: '1' } },
    run: (ctx, { params: path }) => applyScopeRun(ctx, path.id),
  }),
];
