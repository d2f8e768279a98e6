import { z } from 'zod';
import { loadTrustStatus } from '../../app/queries/trust.ts';
import { startTrustAnew, startTrustAnewInput } from '../../app/trust-anew.ts';
import {
  changeRoot,
  changeRootInput,
  discardRootDraft,
  exportRootDraft,
  importRootSignatures,
  importSignaturesInput,
  rotateProductKey,
  rotateProductKeyInput,
} from '../../app/trust-roots.ts';
import { instant, type Operation, operation } from './operation.ts';

const tag = 'Trust';
const rootState = z.object({
  version: z.number().int(),
  state: z.enum(['published', 'draft']),
  missing: z.array(z.object({ keyId: z.string(), holder: z.string() })).describe('Who may still sign.'),
});

export const trustOperations: readonly Operation[] = [
  operation({
    method: 'GET',
    path: '/trust',
    permission: 'trust.manage',
    tag,
    summary: 'Read the state of the signed repository',
    description: 'Its roles with their newest versions, when they end, and the keys in use.',
    answer: z.object({
      roles: z.array(z.object({ role: z.string(), version: z.number().int(), expiresAt: instant })),
      keys: z.array(
        z.object({
          keyId: z.string(),
          role: z.string(),
          holder: z.enum(['stored', 'command', 'offline']),
          createdAt: instant,
        }),
      ),
      threshold: z.number().int().describe('Signatures a new root needs.'),
      draft: z.number().int().nullable().describe('Version of a root that waits for signatures.'),
    }),
    run: (ctx) => loadTrustStatus(ctx),
  }),
  operation({
    method: 'POST',
    path: '/trust/roots',
    permission: 'trust.manage',
    tag,
    summary: 'Change the keys of a role',
    description:
      'Makes the next root. It is published at once when the root keys at hand are enough, else it waits as a draft for signatures made elsewhere.',
    body: changeRootInput,
    status: 201,
    answer: rootState,
    example: { body: { role: 'timestamp', make: 1, retire: [], reason: 'Yearly rotation' } },
    run: (ctx, { body }) => changeRoot(ctx, body),
  }),
  operation({
    method: 'GET',
    path: '/trust/roots/draft',
    permission: 'trust.manage',
    tag,
    summary: 'Read the root that waits for signatures',
    description: 'Its bytes exactly as they have to be signed, in base64: for a machine without a network.',
    answer: rootState.extend({ bytes: z.string(), sha256: z.string() }),
    run: (ctx) => exportRootDraft(ctx),
  }),
  operation({
    method: 'POST',
    path: '/trust/roots/draft/signatures',
    permission: 'trust.manage',
    tag,
    summary: 'Give signatures for the root that waits',
    description: 'Each is checked. With enough of them the root is published.',
    body: importSignaturesInput,
    answer: rootState,
    run: (ctx, { body }) => importRootSignatures(ctx, body),
  }),
  operation({
    method: 'DELETE',
    path: '/trust/roots/draft',
    permission: 'trust.manage',
    tag,
    summary: 'Discard the root that waits',
    description: 'With the keys that were made for it.',
    answer: z.object({ version: z.number().int() }),
    run: (ctx) => discardRootDraft(ctx),
  }),
  operation({
    method: 'POST',
    path: '/trust/product-keys',
    permission: 'trust.manage',
    tag,
    summary: 'Give a product a new signing key',
    description: 'For a key that leaked or is old. What the product has released is signed anew within a minute.',
    body: rotateProductKeyInput,
    status: 201,
    answer: z.object({ keyId: z.string() }),
    example: { body: { role: 'product-nextseq-550dx', reason: 'Yearly rotation' } },
    run: (ctx, { body }) => rotateProductKey(ctx, body),
  }),
  operation({
    method: 'POST',
    path: '/trust/anew',
    permission: 'trust.manage',
    tag,
    summary: 'End the repository and begin another',
    description:
      'For when too many root keys are lost or leaked. Nobody who trusts the root that ends follows: the new 1.root.json has to be brought to every verifier, and kits prepared anew.',
    body: startTrustAnewInput,
    answer: z.object({ retired: z.number().int().describe('Keys that sign no more.') }),
    run: (ctx, { body }) => startTrustAnew(ctx, body),
  }),
];
