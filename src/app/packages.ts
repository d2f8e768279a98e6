import { z } from 'zod';
import { forbid } from '../domain/permission.ts';
import { type Refusal, refuse } from '../domain/refusal.ts';
import { voidNoticeApprovals } from './actions.ts';
import { type Context, transact } from './context.ts';
import { recordEvent } from './event.ts';

export const addPackageInput = z.object({
  version: z.string().trim().min(1).max(40),
  fileName: z.string().trim().min(1).max(200),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'A SHA-256 has 64 hexadecimal digits.'),
  sha512: z
    .union([z.literal(''), z.string().regex(/^[0-9a-f]{128}$/, 'A SHA-512 has 128 hexadecimal digits.')])
    .default(''),
});

/** Names the file of a remedy with its hashes, so that the notice can print them and customers can check the file. */
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
      .select(['id', 'action_id', 'name'])
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
        state: 'released',
        created_at: ctx.now(),
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
    await voidNoticeApprovals(tx, ctx, remedy.action_id, `the package of “${remedy.name}” has changed`);
    return row;
  });
}
