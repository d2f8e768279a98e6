import { z } from 'zod';
import {
  applyImport,
  discardImport,
  mapImport,
  mapImportInput,
  proposeFor,
  uploadImport,
  uploadImportInput,
} from '../../app/imports.ts';
import { type ImportDetail, readImportDetail, rejectList } from '../../app/queries/imports.ts';
import { readList } from '../../app/queries/list.ts';
import { describeFinding, IMPORT_COLUMNS, type MappingProposal } from '../../domain/import.ts';
import { isRefusal, refuse } from '../../domain/refusal.ts';
import { TABLE_MEDIA_TYPES } from '../../domain/table-format.ts';
import { idOf, instant, type Operation, operation, pageOf, pageQuery, toPage } from './operation.ts';

const tag = 'Imports';
const states = ['uploaded', 'checking', 'checked', 'applying', 'applied', 'failed', 'discarded'] as const;
const stateAnswer = z.object({
  id: z.number().int(),
  state: z.enum(states).describe('`uploaded` waits for its columns to be mapped; `checked` waits to be applied.'),
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

/** The order of day and month as it is sent back; null where a person must say. */
function orderOf(proposed: MappingProposal['dateOrder']): '' | 'dmy' | 'mdy' | null {
  if (proposed === 'dmy' || proposed === 'mdy') return proposed;
  return proposed === 'ask' || proposed === 'mixed' ? null : '';
}

export const importOperations: readonly Operation[] = [
  operation({
    method: 'POST',
    path: '/imports',
    permission: 'import.stage',
    tag,
    summary: 'Upload a file to import',
    description:
      'Send the file itself as the body, CSV or XLSX, up to 600 MB. When a file with the same headings was mapped before, its check starts at once; else its columns are mapped first, here or at the desk.',
    query: uploadImportInput,
    body: {
      mediaTypes: Object.values(TABLE_MEDIA_TYPES),
      description: 'The file.',
    },
    status: 202,
    answer: stateAnswer,
    example: { query: { kind: 'units', name: 'units.csv' } },
    run: (ctx, { query }, { body }) => uploadImport(ctx, { ...query, source: body }),
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
    path: '/imports/:id/columns',
    permission: 'import.stage',
    tag,
    summary: "Read a file's columns",
    description:
      'Its headings, the columns an import of this kind knows, and which heading we take for which. Send the mapping back, mended where it is wrong.',
    params: idOf('import'),
    answer: z.object({
      headings: z.array(z.string()),
      columns: z.array(z.object({ key: z.string(), label: z.string(), required: z.boolean() })),
      mapping: z.record(z.string(), z.number().int()).describe('Key of a column to the place of its heading, from 0.'),
      dateOrder: z
        .enum(['', 'dmy', 'mdy'])
        .nullable()
        .describe('Empty where every date of the file can be read in one way only; null: you have to say.'),
    }),
    example: { params: { id: '12' } },
    async run(ctx, { params }) {
      const detail = await readImportDetail(ctx.db, params.id);
      if (!detail) return refuse('import.unknown', { id: params.id });
      const proposal = await proposeFor(ctx.db, detail.kind, detail.found);
      const kept = Object.keys(detail.mapping).length > 0;
      return {
        headings: detail.found.header,
        columns: IMPORT_COLUMNS[detail.kind].map(({ key, label, required }) => ({ key, label, required })),
        mapping: kept ? detail.mapping : proposal.mapping,
        dateOrder: kept ? detail.date_order : orderOf(proposal.dateOrder),
      };
    },
  }),
  operation({
    method: 'POST',
    path: '/imports/:id/mapping',
    permission: 'import.stage',
    tag,
    summary: "Map a file's columns",
    description: 'Starts the check, and is kept for the next file with these headings.',
    params: idOf('import'),
    body: mapImportInput.omit({ id: true }),
    status: 202,
    answer: stateAnswer,
    example: { params: { id: '12' }, body: { mapping: { product: 0, serial: 1, siteRef: 2 }, dateOrder: '' } },
    async run(ctx, { params, body }) {
      const mapped = await mapImport(ctx, { id: params.id, ...body });
      return isRefusal(mapped) ? mapped : { id: mapped.id, state: 'checking' as const };
    },
  }),
  operation({
    method: 'POST',
    path: '/imports/:id/discard',
    permission: 'import.stage',
    tag,
    summary: 'Discard an import',
    description: 'Puts away an import that nobody will apply. Nothing was changed by it.',
    params: idOf('import'),
    status: 200,
    answer: stateAnswer,
    example: { params: { id: '12' } },
    async run(ctx, { params }) {
      const discarded = await discardImport(ctx, { id: params.id });
      return isRefusal(discarded) ? discarded : { id: discarded.id, state: 'discarded' as const };
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
