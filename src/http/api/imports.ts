import { z } from 'zod';
import { applyImport, uploadImport, uploadImportInput } from '../../app/imports.ts';
import { type ImportDetail, readImportDetail, rejectList } from '../../app/queries/imports.ts';
import { readList } from '../../app/queries/list.ts';
import { describeFinding } from '../../domain/import.ts';
import { refuse } from '../../domain/refusal.ts';
import { idOf, instant, type Operation, operation, pageOf, pageQuery, toPage } from './operation.ts';

const tag = 'Imports';
const states = ['uploaded', 'checking', 'checked', 'applying', 'applied', 'failed', 'discarded'] as const;
const stateAnswer = z.object({
  id: z.number().int(),
  state: z
    .enum(states)
    .describe('`uploaded` waits for its columns to be mapped at the desk; `checked` waits to be applied.'),
});

const importAnswer = stateAnswer.extend({
  kind: z.string(),
  file: z.string(),
  sha256: z.string(),
  seen: z.number().int().describe('Rows read so far.'),
  created: z.number().int(),
  changed: z.number().int(),
  same: z.number().int(),
  rejected: z.number().int(),
  problem: z.string().nullable().describe('Code of what stands in the way; null when nothing does.'),
  createdAt: instant,
  appliedAt: instant.nullable(),
});

function toAnswer(detail: ImportDetail): z.input<typeof importAnswer> {
  return {
    id: detail.id,
    state: detail.state,
    kind: detail.kind,
    file: detail.file,
    sha256: detail.sha256,
    seen: detail.rows_seen,
    created: detail.rows_created,
    changed: detail.rows_changed,
    same: detail.rows_same,
    rejected: detail.rows_rejected,
    problem: detail.problem?.code ?? null,
    createdAt: detail.created_at,
    appliedAt: detail.applied_at,
  };
}

export const importOperations: readonly Operation[] = [
  operation({
    method: 'POST',
    path: '/imports',
    permission: 'import.stage',
    tag,
    summary: 'Upload a file to import',
    description:
      'Send the file itself as the body, CSV or XLSX, up to 600 MB. When a file with the same headings was mapped at the desk before, its check starts at once; else somebody maps its columns there first.',
    query: uploadImportInput,
    body: {
      mediaTypes: ['text/csv', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'],
      description: 'The file.',
    },
    status: 202,
    answer: stateAnswer,
    example: { query: { kind: 'units', name: 'units.csv' } },
    run: (ctx, { query }, { body }) => uploadImport(ctx, { ...query, source: body ?? noBytes() }),
  }),
  operation({
    method: 'GET',
    path: '/imports/:id',
    permission: 'import.stage',
    tag,
    summary: 'Read an import',
    description: 'Its state and what its rows come to.',
    params: idOf('import'),
    answer: importAnswer,
    example: { params: { id: '12' } },
    async run(ctx, { params }) {
      const detail = await readImportDetail(ctx.db, params.id);
      return detail ? toAnswer(detail) : refuse('import.unknown', { id: params.id });
    },
  }),
  operation({
    method: 'GET',
    path: '/imports/:id/rejected',
    permission: 'import.stage',
    tag,
    summary: 'List refused rows',
    description: 'Each with its number in the spreadsheet, its cells, why it was refused and how to mend it.',
    params: idOf('import'),
    query: pageQuery,
    answer: pageOf(
      z.object({
        row: z.number().int(),
        cells: z.array(z.string()),
        findings: z.array(
          z.object({ heading: z.string(), value: z.string(), code: z.string(), reason: z.string(), mend: z.string() }),
        ),
      }),
    ),
    example: { params: { id: '12' } },
    async run(ctx, { params, query }) {
      const detail = await readImportDetail(ctx.db, params.id);
      if (!detail) return refuse('import.unknown', { id: params.id });
      const request = { ...query, sort: 'row', direction: 'asc' as const, filters: {}, q: '' };
      const page = await readList(ctx.db, rejectList(detail.found.header), request, params.id);
      const rows = page.rows.map(({ row, cells, findings }) => ({
        row,
        cells,
        findings: findings.map((one) => ({
          heading: one.heading,
          value: one.value,
          code: one.code,
          ...describeFinding(one),
        })),
      }));
      return toPage(query, { rows, total: page.total });
    },
  }),
  operation({
    method: 'POST',
    path: '/imports/:id/apply',
    permission: 'import.apply',
    tag,
    summary: 'Apply a checked import',
    description:
      'All rows in one transaction. With refused rows, mode `all` is refused and `valid` leaves them out. When what is known has changed since the check, nothing is written and the check runs again.',
    params: idOf('import'),
    body: z.object({ mode: z.enum(['all', 'valid']).default('all') }),
    status: 202,
    answer: stateAnswer,
    example: { params: { id: '12' }, body: { mode: 'all' } },
    run: (ctx, { params, body }) => applyImport(ctx, { id: params.id, mode: body.mode }),
  }),
];

async function* noBytes(): AsyncGenerator<Uint8Array> {}
