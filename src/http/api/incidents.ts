import { z } from 'zod';
import {
  addExaminationStep,
  addStepInput,
  changeGuide,
  changeGuideInput,
  loadGuide,
  removeExaminationStep,
} from '../../app/examination-guides.ts';
import {
  examineIncident,
  examineInput,
  noteIncident,
  noteIncidentInput,
  ownIncident,
  ownIncidentInput,
} from '../../app/incident-entries.ts';
import { fetchEvidence, keepEvidence } from '../../app/incident-evidence.ts';
import { workIncidentInput, workIncidents } from '../../app/incident-work.ts';
import { reportCompromise, reportCompromiseInput } from '../../app/incidents.ts';
import { incidentList, loadIncident } from '../../app/queries/incidents.ts';
import { readList } from '../../app/queries/list.ts';
import { entryKinds, findings, incidentStates, ownStepsSchema, standardSteps } from '../../domain/examination.ts';
import { isRefusal, refuse } from '../../domain/refusal.ts';
import { evidenceAnswer } from '../evidence-answer.ts';
import { idOf, instant, type Operation, operation, pageOf, pageQuery, toPage } from './operation.ts';

const tag = 'Incidents';
const id = z.int();
const state = z.enum(incidentStates);

export const incidentOperations: readonly Operation[] = [
  operation({
    method: 'GET',
    path: '/incidents',
    permission: 'task.read',
    tag,
    summary: 'List incidents',
    description: 'Suspected break-ins, newest first. `running`: those that are not settled.',
    query: pageQuery.extend({ state: z.enum(['running', ...incidentStates]).optional() }),
    answer: pageOf(
      z.object({
        id,
        state,
        party_id: id.nullable(),
        party: z.string().nullable(),
        serial: z.string().nullable(),
        reference: z.string().nullable(),
        owner_name: z.string(),
        isolated: z.boolean(),
        aware_at: instant,
        summary: z.string(),
      }),
    ),
    example: { query: { state: 'running' } },
    async run(ctx, { query }) {
      const filters: Record<string, string> = query.state === undefined ? {} : { state: query.state };
      const { page, size } = query;
      const request = { page, size, sort: 'aware_at', direction: 'desc' as const, filters, q: '' };
      return toPage(query, await readList(ctx.db, incidentList, request, undefined));
    },
  }),
  operation({
    method: 'POST',
    path: '/incidents',
    permission: 'incident.work',
    tag,
    summary: 'Report a suspected break-in',
    description:
      'One incident per unit, and an urgent task. With the cable out, the unit counts as isolated and its corrections are held until it is cleared.',
    body: reportCompromiseInput.safeExtend({ actionId: id, partyId: id, contactId: id.nullable().default(null) }),
    status: 201,
    answer: z.object({ ids: z.array(id) }),
    example: {
      body: {
        actionId: 1,
        partyId: 7,
        unitIds: [17],
        unplugged: 'yes',
        summary: 'An unknown account was signed in.',
        name: 'Erika Muster',
        phone: '+49 30 5550100',
      },
    },
    run: (ctx, { body: { actionId, partyId, contactId, ...report } }) =>
      reportCompromise(ctx, { actionId, partyId, contactId }, report),
  }),
  operation({
    method: 'GET',
    path: '/incidents/:id',
    permission: 'task.read',
    tag,
    summary: 'Read an incident',
    description: 'With everything that was said, found and sent, oldest first, and how its state moved.',
    params: idOf('incident'),
    answer: z.object({
      id,
      state,
      summary: z.string(),
      party_id: id.nullable(),
      unit_id: id.nullable(),
      owner_name: z.string(),
      aware_at: instant,
      isolated_at: instant.nullable(),
      entries: z.array(
        z.object({
          id,
          at: instant,
          kind: z.enum(entryKinds),
          by_name: z.string(),
          step: z.string(),
          asked: z.string(),
          language: z.string(),
          finding: z.enum(findings).nullable(),
          words: z.string(),
          file_name: z.string().nullable(),
          sha256: z.string().nullable(),
          size: z.int().nullable(),
        }),
      ),
      moves: z.array(z.object({ at: instant, action: z.string(), actor_name: z.string(), reason: z.string() })),
    }),
    example: { params: { id: '3' } },
    run: async (ctx, { params }) => (await loadIncident(ctx.db, params.id)) ?? refuse('incident.unknown'),
  }),
  operation({
    method: 'POST',
    path: '/incidents/:id/state',
    permission: 'incident.work',
    tag,
    summary: 'Say what is known of an incident',
    description: 'Cleared gives the unit and its corrections back; confirmed keeps them isolated.',
    params: idOf('incident'),
    body: workIncidentInput.omit({ incidentIds: true, taskId: true }),
    answer: z.object({ ids: z.array(id) }),
    example: { params: { id: '3' }, body: { state: 'cleared', reason: 'The account was the technician’s.' } },
    run: (ctx, { params, body }) => workIncidents(ctx, { incidentIds: [params.id], ...body }),
  }),
  operation({
    method: 'POST',
    path: '/incidents/:id/owner',
    permission: 'incident.work',
    tag,
    summary: 'Give an incident to somebody',
    description: 'Left out, it becomes the caller’s own.',
    params: idOf('incident'),
    body: ownIncidentInput,
    answer: z.object({ id, owner: z.string() }),
    example: { params: { id: '3' }, body: {} },
    run: (ctx, { params, body }) => ownIncident(ctx, params.id, body),
  }),
  operation({
    method: 'POST',
    path: '/incidents/:id/notes',
    permission: 'incident.work',
    tag,
    summary: 'Write into the record of an incident',
    description: 'A call or a note; the customer sees it where `shown` says so.',
    params: idOf('incident'),
    body: noteIncidentInput,
    status: 201,
    answer: z.object({ id }),
    example: { params: { id: '3' }, body: { kind: 'call', words: 'Spoke with their IT: logs follow.' } },
    run: (ctx, { params, body }) => noteIncident(ctx, params.id, body),
  }),
  operation({
    method: 'POST',
    path: '/incidents/:id/answers',
    permission: 'incident.work',
    tag,
    summary: 'Answer steps of an examination',
    description: 'Only what is new or changed is written; earlier answers stay in the record.',
    params: idOf('incident'),
    body: examineInput,
    answer: z.object({ id, answers: z.int() }),
    example: {
      params: { id: '3' },
      body: { language: 'en', answers: [{ step: 'accounts', finding: 'found', words: 'A user named svc2.' }] },
    },
    run: (ctx, { params, body }) => examineIncident(ctx, params.id, body),
  }),
  operation({
    method: 'POST',
    path: '/incidents/:id/evidence',
    permission: 'incident.work',
    tag,
    summary: 'Keep a piece of evidence',
    description: 'Streamed into a store of its own, hashed, never opened. The same file is kept once.',
    params: idOf('incident'),
    query: z.object({ name: z.string().min(1).max(200), words: z.string().max(2_000).default('') }),
    body: { mediaTypes: ['application/octet-stream'], description: 'The file as it is.' },
    status: 201,
    answer: z.object({ id, sha256: z.string(), size: z.int() }),
    example: { params: { id: '3' }, query: { name: 'security.evtx' } },
    run: (ctx, { params, query }, { body }) =>
      keepEvidence(ctx, params.id, { ...query, bytes: body ?? new Blob().stream() }),
  }),
  operation({
    method: 'GET',
    path: '/incidents/:id/evidence/:entry',
    permission: 'incident.work',
    tag,
    summary: 'Fetch a piece of evidence',
    description: 'As it came, as a download. It may be what did the harm. Each fetch is recorded.',
    params: z.object({ id: z.coerce.number().int().positive(), entry: z.coerce.number().int().positive() }),
    answer: { mediaTypes: ['application/octet-stream'], description: 'The file as it came.' },
    example: { params: { id: '3', entry: '12' } },
    async run(ctx, { params }) {
      const file = await fetchEvidence(ctx, params.id, params.entry);
      return isRefusal(file) ? file : evidenceAnswer(file);
    },
  }),
  operation({
    method: 'GET',
    path: '/actions/:id/examination',
    permission: 'action.read',
    tag,
    summary: 'Read the steps of an examination',
    description: 'Standard steps that are left out, and the action’s own with their words in each language.',
    params: idOf('action'),
    answer: z.object({ leftOut: z.array(z.string()), steps: ownStepsSchema }),
    example: { params: { id: '1' } },
    run: async (ctx, { params }) => {
      const { leftOut, steps } = await loadGuide(ctx.db, params.id);
      return { leftOut: [...leftOut], steps: [...steps] };
    },
  }),
  operation({
    method: 'PUT',
    path: '/actions/:id/examination',
    permission: 'action.change',
    tag,
    summary: 'Choose the standard steps',
    description: `Of ${standardSteps.join(', ')}. Answers given so far stay.`,
    params: idOf('action'),
    body: changeGuideInput,
    answer: z.object({ id }),
    example: { params: { id: '1' }, body: { leftOut: ['network'] } },
    run: (ctx, { params, body }) => changeGuide(ctx, params.id, body),
  }),
  operation({
    method: 'POST',
    path: '/actions/:id/examination/steps',
    permission: 'action.change',
    tag,
    summary: 'Add a step',
    description: 'Asked behind the standard ones, in the languages it is written in, else in English.',
    params: idOf('action'),
    body: addStepInput,
    status: 201,
    answer: z.object({ id, key: z.string() }),
    example: {
      params: { id: '1' },
      body: { evidence: true, texts: { en: { title: 'Port 80', text: 'Is it open to other machines?' } } },
    },
    run: (ctx, { params, body }) => addExaminationStep(ctx, params.id, body),
  }),
  operation({
    method: 'DELETE',
    path: '/actions/:id/examination/steps/:key',
    permission: 'action.change',
    tag,
    summary: 'Take a step out',
    description: 'It is not asked any more; what was answered to it stays.',
    params: z.object({ id: z.coerce.number().int().positive(), key: z.string() }),
    answer: z.object({ id }),
    example: { params: { id: '1', key: 'x-1' } },
    run: (ctx, { params }) => removeExaminationStep(ctx, params.id, params.key),
  }),
];
