import { createHash } from 'node:crypto';
import { z } from 'zod';
import { forbid } from '../domain/permission.ts';
import { type Refusal, refuse } from '../domain/refusal.ts';
import { type Context, transact } from './context.ts';
import { recordEvent } from './event.ts';

export const startTrustAnewInput = z.object({
  rootSha256: z
    .string()
    .trim()
    .toLowerCase()
    .regex(/^[0-9a-f]{64}$/, 'A fingerprint has 64 hexadecimal digits.')
    .describe('Fingerprint of the 1.root.json that ends, so that nobody does this by accident.'),
  reason: z.string().trim().min(3, 'Write why, for whoever reads this in five years.').max(500),
});

/**
 * Ends the repository and lets another one begin, for when so many root keys are lost that no root can be made, or so many
 * leaked that none is to be believed. Nobody who trusts the first root follows: the new one has to be brought to every
 * verifier, as the old one was. Kits that were prepared have to be prepared anew.
 */
export async function startTrustAnew(
  ctx: Context,
  input: z.infer<typeof startTrustAnewInput>,
): Promise<{ retired: number } | Refusal> {
  const no = forbid(ctx.actor, 'trust.manage');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const first = await tx
      .selectFrom('tuf_metadata')
      .select('bytes')
      .where('role', '=', 'root')
      .where('version', '=', 1)
      .forUpdate()
      .executeTakeFirst();
    if (!first) return refuse('trust.nothing-yet');
    if (createHash('sha256').update(first.bytes).digest('hex') !== input.rootSha256)
      return refuse('trust.fingerprint-wrong', {}, 'rootSha256');
    const gone = await tx.deleteFrom('tuf_metadata').returning(['role', 'version']).execute();
    const retired = await tx
      .updateTable('tuf_key')
      .set({ retired_at: ctx.wallClock(), retired_reason: input.reason, sealed: null, holder: 'offline' })
      .where('retired_at', 'is', null)
      .returning('key_id')
      .execute();
    await recordEvent(tx, ctx, {
      action: 'trust.anew',
      subject: 'trust',
      subjectId: 'root',
      before: { rootSha256: input.rootSha256, files: gone.length, keys: retired.map((key) => key.key_id) },
      reason: input.reason,
    });
    await ctx.queue.enqueue(tx, 'publish-trust', {}, { key: 'publish' });
    return { retired: retired.length };
  });
}
