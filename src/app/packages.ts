import { z } from 'zod';
import { json } from '../db/values.ts';
import {
  fileNameSchema,
  type PackageApplies,
  type PackageLines,
  type PackageRole,
  packageAppliesSchema,
  packageHash,
  packageLinesSchema,
  packageRoles,
} from '../domain/package.ts';
import { type PackageManifest, packageManifestSchema } from '../domain/package-manifest.ts';
import { forbid } from '../domain/permission.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { parseRichText } from '../domain/rich-text.ts';
import { voidNoticeApprovals } from './actions.ts';
import { type Context, type Tx, transact } from './context.ts';
import { recordEvent } from './event.ts';
import { credentialInput, sign, voidSignatures } from './signatures.ts';

const sha256 = z.union([z.literal(''), z.string().regex(/^[0-9a-f]{64}$/, 'A SHA-256 has 64 hexadecimal digits.')]);
const sha512 = z.union([z.literal(''), z.string().regex(/^[0-9a-f]{128}$/, 'A SHA-512 has 128 hexadecimal digits.')]);
const languageCode = z.string().regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'A language is a code such as de.');
const line = z.string().trim().min(1).max(500);

export const addPackageInput = z.object({
  version: z
    .string()
    .trim()
    .regex(
      /^[A-Za-z0-9][A-Za-z0-9._+-]{0,39}$/,
      'A version is letters, digits, dots, dashes and plus signs, e.g. 1.0.2.',
    ),
  fileName: fileNameSchema,
  /** What the file is expected to be, when somebody has said so already: the upload is held against it. */
  sha256: sha256.default(''),
  sha512: sha512.default(''),
});

/** Names a package of a remedy, in draft. Its file comes by an upload; two people release it. */
export async function addPackage(
  ctx: Context,
  remedyId: number,
  input: z.infer<typeof addPackageInput>,
): Promise<{ id: number } | Refusal> {
  const no = forbid(ctx.actor, 'package.change');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const remedy = await tx
      .selectFrom('remedy')
      .select(['id', 'action_id', 'name', 'prerequisites', 'side_effects'])
      .where('id', '=', remedyId)
      .forUpdate()
      .executeTakeFirst();
    if (!remedy) return refuse('remedy.unknown', { id: remedyId });
    const same = await tx
      .selectFrom('package')
      .select('id')
      .where('remedy_id', '=', remedyId)
      .where('version', '=', input.version)
      .where('file_name', '=', input.fileName)
      .executeTakeFirst();
    if (same) return refuse('package.there-already', { version: input.version, file: input.fileName }, 'fileName');
    const row = await tx
      .insertInto('package')
      .values({
        remedy_id: remedyId,
        version: input.version,
        file_name: input.fileName,
        file_id: null,
        size: null,
        sha256: input.sha256,
        sha512: input.sha512,
        prerequisites: remedy.prerequisites,
        side_effects: remedy.side_effects,
        created_at: ctx.now(),
        changed_at: ctx.now(),
        released_at: null,
        withdrawn_at: null,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    await recordEvent(tx, ctx, {
      action: 'package.add',
      subject: 'package',
      subjectId: row.id,
      actionId: remedy.action_id,
      after: input,
    });
    if (input.sha256 !== '')
      await voidNoticeApprovals(tx, ctx, remedy.action_id, `the package of “${remedy.name}” has changed`);
    return row;
  });
}

export const changePackageInput = z.object({
  applies: z.array(packageAppliesSchema).max(200).optional(),
  prerequisites: z.array(line).max(50).optional(),
  sideEffects: z.array(line).max(50).optional(),
  translations: z
    .record(languageCode, packageLinesSchema)
    .optional()
    .describe('Language → the two lists above in its words. Those of a language that is left out stay.'),
  instructions: z
    .record(languageCode, z.string())
    .optional()
    .describe('Language → text in the notation of notices; an empty text takes the language away.'),
  manifest: packageManifestSchema.optional(),
  mostDownloads: z
    .int()
    .min(1)
    .max(1_000)
    .optional()
    .describe('Finished downloads one contact may have. Changing it needs no new signature.'),
});
export type ChangePackage = z.infer<typeof changePackageInput>;

/**
 * Describes a package: what it is for, what to do before, what it changes, how to install it, how to see that it was.
 * A signature given on the old description is void. Once released only the limit of downloads can still change.
 */
export async function changePackage(
  ctx: Context,
  packageId: number,
  input: ChangePackage,
): Promise<{ id: number; voided: number } | Refusal> {
  const no = forbid(ctx.actor, 'package.change');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const row = await lockPackage(tx, packageId);
    if (isRefusal(row)) return row;
    const { mostDownloads, ...content } = input;
    const described = Object.values(content).some((value) => value !== undefined);
    if (described && row.state !== 'draft') return refuse('package.not-draft', { state: row.state });
    const wrong = (await findUnknownProduct(tx, content.applies ?? [])) ?? findWrongText(content.instructions ?? {});
    if (wrong) return wrong;
    const instructions = { ...row.instructions, ...content.instructions };
    for (const [language, text] of Object.entries(instructions)) if (text.trim() === '') delete instructions[language];
    const translations = { ...row.translations, ...content.translations };
    for (const [language, lines] of Object.entries(translations))
      if (lines.prerequisites.length + lines.sideEffects.length === 0) delete translations[language];
    const hash = hashOf(row);
    const after = {
      ...row,
      applies: content.applies ?? row.applies,
      prerequisites: content.prerequisites ?? row.prerequisites,
      side_effects: content.sideEffects ?? row.side_effects,
      translations,
      instructions,
      manifest: content.manifest ?? row.manifest,
    };
    await tx
      .updateTable('package')
      .set({
        applies: json(after.applies),
        prerequisites: after.prerequisites,
        side_effects: after.side_effects,
        translations: json(after.translations),
        instructions: json(after.instructions),
        manifest: json(after.manifest),
        most_downloads: mostDownloads ?? row.most_downloads,
        changed_at: ctx.now(),
      })
      .where('id', '=', packageId)
      .execute();
    const voided =
      hashOf(after) === hash
        ? 0
        : await voidSignatures(tx, ctx, {
            subjectKind: 'package',
            subjectId: packageId,
            reason: 'the description was changed after this signature',
          });
    await recordEvent(tx, ctx, {
      action: 'package.change',
      subject: 'package',
      subjectId: packageId,
      actionId: row.action_id,
      after: { ...input, voidedSignatures: voided },
    });
    return { id: packageId, voided };
  });
}

async function findUnknownProduct(tx: Tx, applies: readonly PackageApplies[]): Promise<Refusal | undefined> {
  if (applies.length === 0) return undefined;
  const known = await tx
    .selectFrom('product as p')
    .leftJoin('environment as e', 'e.product_id', 'p.id')
    .select(['p.code', 'e.code as environment'])
    .where(
      'p.code',
      'in',
      applies.map((one) => one.product),
    )
    .execute();
  for (const { product, environments } of applies) {
    const own = known.filter((row) => row.code === product);
    if (own.length === 0) return refuse('package.unknown-product', { product }, 'applies');
    const odd = environments.find((code) => !own.some((row) => row.environment === code));
    if (odd !== undefined) return refuse('package.unknown-environment', { product, environment: odd }, 'applies');
  }
  return undefined;
}

function findWrongText(instructions: Readonly<Record<string, string>>): Refusal | undefined {
  for (const [language, text] of Object.entries(instructions)) {
    const parsed = parseRichText(text);
    if (!parsed.ok)
      return refuse('package.text-wrong', { language, line: parsed.errors[0]?.line ?? 1 }, `instructions.${language}`);
  }
  return undefined;
}

/** A package as its use cases hold it: locked, with the action it belongs to. */
export async function lockPackage(tx: Tx, packageId: number) {
  const row = await tx
    .selectFrom('package as k')
    .innerJoin('remedy as r', 'r.id', 'k.remedy_id')
    .selectAll('k')
    .select(['r.action_id', 'r.name as remedy'])
    .where('k.id', '=', packageId)
    .forUpdate('k')
    .executeTakeFirst();
  return row ?? refuse('package.unknown', { id: packageId });
}

interface Signable {
  remedy_id: number;
  version: string;
  file_name: string;
  size: number | null;
  sha256: string;
  sha512: string;
  applies: PackageApplies[];
  prerequisites: string[];
  side_effects: string[];
  translations: Record<string, PackageLines>;
  instructions: Record<string, string>;
  manifest: PackageManifest;
}

/** What a signature under this package covers, as a hash. */
export function hashOf(row: Signable): string {
  return packageHash({
    remedyId: row.remedy_id,
    version: row.version,
    fileName: row.file_name,
    size: row.size ?? 0,
    sha256: row.sha256,
    sha512: row.sha512,
    applies: row.applies,
    prerequisites: row.prerequisites,
    sideEffects: row.side_effects,
    translations: row.translations,
    instructions: row.instructions,
    manifest: row.manifest,
  });
}

export const signPackageInput = z.object({
  as: z.enum(['quality', 'regulatory']),
  /** The hash of what was read: releasing something that has changed meanwhile is refused. */
  contentHash: z.string().length(64),
  credential: credentialInput,
});

/**
 * Signs a package as quality or as regulatory. The two signatures come from different people; with the second the package
 * is released: it enters the signed repository, and those who are entitled can download it.
 */
export async function signPackage(
  ctx: Context,
  packageId: number,
  input: z.infer<typeof signPackageInput>,
): Promise<{ id: number; state: 'draft' | 'released' } | Refusal> {
  const no = forbid(ctx.actor, input.as === 'quality' ? 'package.sign.quality' : 'package.sign.regulatory');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const row = await lockPackage(tx, packageId);
    if (isRefusal(row)) return row;
    if (row.state !== 'draft') return refuse('package.not-draft', { state: row.state });
    if (row.storage_key === '') return refuse('package.no-file', { file: row.file_name });
    const contentHash = hashOf(row);
    if (contentHash !== input.contentHash) return refuse('package.changed-meanwhile', {}, 'contentHash');
    const given = await tx
      .selectFrom('signature')
      .select(['staff_id', 'role'])
      .where('subject_kind', '=', 'package')
      .where('subject_id', '=', String(packageId))
      .where('voided_at', 'is', null)
      .execute();
    if (given.some((signature) => signature.role === input.as))
      return refuse('package.signed-already', { as: input.as });
    const self = ctx.actor.kind === 'staff' ? ctx.actor.id : undefined;
    if (given.some((signature) => signature.staff_id === self)) return refuse('package.same-person', {});
    const signature = await sign(ctx, tx, {
      meaning: packageRoles[input.as satisfies PackageRole],
      role: input.as,
      subjectKind: 'package',
      subjectId: packageId,
      contentHash,
      actionId: row.action_id,
      credential: input.credential,
    });
    if (isRefusal(signature)) return signature;
    const complete = given.length === 1;
    if (complete) {
      await tx
        .updateTable('package')
        .set({ state: 'released', released_at: ctx.now() })
        .where('id', '=', packageId)
        .execute();
      await ctx.queue.enqueue(tx, 'publish-trust', {}, { key: 'publish' });
    }
    await recordEvent(tx, ctx, {
      action: complete ? 'package.release' : 'package.sign',
      subject: 'package',
      subjectId: packageId,
      actionId: row.action_id,
      after: { as: input.as, contentHash, sha256: row.sha256, state: complete ? 'released' : 'draft' },
    });
    return { id: packageId, state: complete ? 'released' : 'draft' };
  });
}
