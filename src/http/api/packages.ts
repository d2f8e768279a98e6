import { z } from 'zod';
import {
  permitDownloads,
  permitDownloadsInput,
  withdrawPermission,
  withdrawPermissionInput,
} from '../../app/downloads.ts';
import { withdrawPackage, withdrawPackageInput } from '../../app/package-withdrawal.ts';
import {
  addPackage,
  addPackageInput,
  changePackage,
  changePackageInput,
  signPackage,
  signPackageInput,
} from '../../app/packages.ts';
import { downloadList, downloadStates } from '../../app/queries/downloads.ts';
import { readList } from '../../app/queries/list.ts';
import { loadPackage, loadPackages } from '../../app/queries/packages.ts';
import { packageAppliesSchema, packageLinesSchema } from '../../domain/package.ts';
import { packageManifestSchema } from '../../domain/package-manifest.ts';
import { refuse } from '../../domain/refusal.ts';
import { idOf, instant, type Operation, operation, pageOf, pageQuery, toPage } from './operation.ts';

const tag = 'Packages';
const reference = z.object({ reference: z.string().describe('Reference of the action.') });
const done = z.object({ id: z.number().int() });
const state = z.enum(['draft', 'released', 'withdrawn']);
const short = z.object({
  id: z.number().int(),
  remedyId: z.number().int(),
  remedy: z.string(),
  version: z.string(),
  fileName: z.string(),
  size: z.number().int().nullable().describe('Bytes; null while no file is there.'),
  sha256: z.string(),
  sha512: z.string(),
  state,
});
const full = short.extend({
  contentHash: z.string().describe('What a signature has to name.'),
  applies: z.array(packageAppliesSchema),
  prerequisites: z.array(z.string()),
  sideEffects: z.array(z.string()),
  translations: z.record(z.string(), packageLinesSchema),
  instructions: z.record(z.string(), z.string()),
  manifest: packageManifestSchema,
  mostDownloads: z.number().int(),
  releasedAt: instant.nullable(),
  withdrawnAt: instant.nullable(),
  withdrawnReason: z.string(),
  uploadId: z.number().int().nullable().describe('An upload that is on its way.'),
});

export const packageOperations: readonly Operation[] = [
  operation({
    method: 'GET',
    path: '/actions/:reference/packages',
    permission: 'package.read',
    tag,
    summary: 'List the packages of an action',
    description: 'In the order of its remedies, drafts and withdrawn ones too.',
    params: reference,
    answer: z.object({ rows: z.array(short) }),
    example: { params: { reference: 'FSN2022-1230' } },
    async run(ctx, { params }) {
      const action = await ctx.db
        .selectFrom('action')
        .select('id')
        .where('reference', '=', params.reference)
        .executeTakeFirst();
      if (!action) return refuse('action.unknown', { id: params.reference });
      return { rows: await loadPackages(ctx.db, action.id) };
    },
  }),
  operation({
    method: 'POST',
    path: '/remedies/:id/packages',
    permission: 'package.change',
    tag,
    summary: 'Name a package of a remedy',
    description: 'In draft, without its file. A SHA-256 given here is what the upload is held against.',
    params: idOf('remedy'),
    body: addPackageInput,
    status: 201,
    answer: done,
    example: { params: { id: '3' }, body: { version: '1.0', fileName: 'patch.msi' } },
    run: (ctx, { params, body }) => addPackage(ctx, params.id, body),
  }),
  operation({
    method: 'GET',
    path: '/packages/:id',
    permission: 'package.read',
    tag,
    summary: 'Read a package',
    description: 'What it is for, its file, its texts and checks, and the hash that signatures name.',
    params: idOf('package'),
    answer: full,
    example: { params: { id: '2' } },
    async run(ctx, { params }) {
      return (await loadPackage(ctx.db, params.id)) ?? refuse('package.unknown', { id: params.id });
    },
  }),
  operation({
    method: 'PATCH',
    path: '/packages/:id',
    permission: 'package.change',
    tag,
    summary: 'Describe a package',
    description:
      'Only while it is a draft; signatures given on the old description are void. The limit of downloads can change later.',
    params: idOf('package'),
    body: changePackageInput,
    answer: done.extend({ voided: z.number().int().describe('Signatures that are void now.') }),
    example: { params: { id: '2' }, body: { prerequisites: ['Back up your data.'] } },
    run: (ctx, { params, body }) => changePackage(ctx, params.id, body),
  }),
  operation({
    method: 'POST',
    path: '/packages/:id/signatures',
    permission: ['package.sign.quality', 'package.sign.regulatory'],
    tag,
    summary: 'Sign a package',
    description:
      'As quality or as regulatory, with the signer’s credential; no key can. With the second signature, by another person, the package is released.',
    params: idOf('package'),
    body: signPackageInput,
    answer: z.object({ id: z.number().int(), state: z.enum(['draft', 'released']) }),
    run: (ctx, { params, body }) => signPackage(ctx, params.id, body),
  }),
  operation({
    method: 'POST',
    path: '/packages/:id/withdraw',
    permission: 'package.withdraw',
    tag,
    summary: 'Withdraw a package',
    description:
      'Stops every download of it within a second, takes it out of the signed repository, and tells everybody who has it. Cannot be undone.',
    params: idOf('package'),
    body: withdrawPackageInput,
    answer: done.extend({
      revoked: z.number().int().describe('Grants that ended.'),
      told: z.number().int().describe('Contacts who have it.'),
    }),
    example: { params: { id: '2' }, body: { reason: 'The service does not start after a restart.' } },
    run: (ctx, { params, body }) => withdrawPackage(ctx, params.id, body),
  }),
  operation({
    method: 'GET',
    path: '/actions/:reference/downloads',
    permission: 'package.read',
    tag,
    summary: 'List the downloads of an action',
    description: 'Every grant and what became of it, newest first.',
    params: reference,
    query: pageQuery.extend({
      state: z
        .enum([...downloadStates, 'has'])
        .optional()
        .describe('`has`: bytes have left for it.'),
    }),
    answer: pageOf(
      z.object({
        id: z.number().int(),
        packageId: z.number().int(),
        file: z.string(),
        version: z.string(),
        partyId: z.number().int(),
        party: z.string(),
        country: z.string(),
        contact: z.string().nullable(),
        grantedAs: z.string().nullable(),
        state: z.enum(downloadStates),
        grantedAt: instant,
        startedAt: instant.nullable(),
        finishedAt: instant.nullable(),
        sent: z.number().int().describe('Bytes.'),
        requests: z.number().int(),
        endedReason: z.string(),
      }),
    ),
    example: { params: { reference: 'FSN2022-1230' }, query: { state: 'has' } },
    async run(ctx, { params, query }) {
      const action = await ctx.db
        .selectFrom('action')
        .select('id')
        .where('reference', '=', params.reference)
        .executeTakeFirst();
      if (!action) return refuse('action.unknown', { id: params.reference });
      const filters: Record<string, string> = query.state ? { state: query.state } : {};
      const request = { ...query, sort: 'granted_at', direction: 'desc' as const, filters, q: '' };
      const page = await readList(ctx.db, downloadList, request, { actionId: action.id });
      return toPage(query, {
        total: page.total,
        rows: page.rows.map((row) => ({
          id: row.id,
          packageId: row.package_id,
          file: row.file,
          version: row.version,
          partyId: row.party_id,
          party: row.party,
          country: row.country,
          contact: row.contact,
          grantedAs: row.granted_as,
          state: row.state,
          grantedAt: row.granted_at,
          startedAt: row.started_at,
          finishedAt: row.finished_at,
          sent: row.sent,
          requests: row.ranges,
          endedReason: row.ended_reason,
        })),
      });
    },
  }),
  operation({
    method: 'POST',
    path: '/actions/:reference/download-permissions',
    permission: 'download.permit',
    tag,
    summary: 'Permit a party to download',
    description: 'For a party without an affected unit: a distributor who installs for its customers.',
    params: reference,
    body: permitDownloadsInput,
    status: 201,
    answer: done,
    example: { params: { reference: 'FSN2022-1230' }, body: { partyId: 12, reason: 'Installs for its customers' } },
    async run(ctx, { params, body }) {
      const action = await ctx.db
        .selectFrom('action')
        .select('id')
        .where('reference', '=', params.reference)
        .executeTakeFirst();
      return action ? permitDownloads(ctx, action.id, body) : refuse('action.unknown', { id: params.reference });
    },
  }),
  operation({
    method: 'POST',
    path: '/download-permissions/:id/withdraw',
    permission: 'download.permit',
    tag,
    summary: 'Take a permission to download back',
    description: 'What the party downloads now stops within seconds.',
    params: idOf('permission'),
    body: withdrawPermissionInput,
    answer: done,
    example: { params: { id: '1' }, body: { reason: 'Contract ended' } },
    run: (ctx, { params, body }) => withdrawPermission(ctx, params.id, body),
  }),
];
