/**
 * Files that go with letters by mail, the letter and the form as PDF: which letters get them, by how much the
 * recipient's mail server takes, and what of them is there.
 */
import { sql } from 'kysely';
import { z } from 'zod';
import type { MailFile } from '../adapters/mail-message.ts';
import { mailDomain } from '../domain/delivery.ts';
import { forbid, forbidContact } from '../domain/permission.ts';
import { type Refusal, refuse } from '../domain/refusal.ts';
import { type Context, type Reader, type Tx, transact } from './context.ts';
import { recordEvent } from './event.ts';

/**
 * Marks which of some letters, just planned, get files: those whose recipient takes any. Where nobody does, which is
 * said by the settings alone, nothing is looked at.
 */
export async function wantFiles(tx: Tx, ctx: Context, deliveryIds: readonly number[]): Promise<number> {
  if (deliveryIds.length === 0 || !(await isAnyWanted(tx, ctx))) return 0;
  const { rows } = await sql<{ id: number }>`
    update delivery d set files = 'wanted'
      from contact c left join mail_domain m on m.domain = split_part(lower(c.email), '@', 2)
     where d.id = any(${deliveryIds}::bigint[]) and c.id = d.contact_id and d.channel = 'email' and d.kind = 'notice'
       and d.state = 'queued' and coalesce(c.attachment_limit, m.attachment_limit, ${ctx.settings.attachmentLimit}::int) > 0
    returning d.id`.execute(tx);
  if (rows.length > 0) await ctx.queue.enqueue(tx, 'make-mail-files', {}, { key: 'all' });
  return rows.length;
}

async function isAnyWanted(reader: Reader, ctx: Pick<Context, 'settings'>): Promise<boolean> {
  if (ctx.settings.attachmentLimit > 0) return true;
  const { rows } = await sql<{ any: boolean }>`
    select exists (select from contact where attachment_limit > 0)
        or exists (select from mail_domain where attachment_limit > 0) as any`.execute(reader);
  return rows[0]?.any ?? false;
}

/** The files of a batch of letters, by delivery: one query, which for plain letters finds nothing. */
export async function loadFiles(
  reader: Reader,
  ctx: Pick<Context, 'files'>,
  deliveryIds: readonly number[],
): Promise<Map<number, MailFile[]>> {
  const { rows } = await sql<{ delivery_id: number; sha256: string; name: string; media_type: string }>`
    select a.delivery_id, f.sha256, f.name, f.media_type
      from delivery_file a join file f on f.id = a.file_id
     where a.delivery_id = any(${deliveryIds}::bigint[]) order by a.delivery_id, a.position`.execute(reader);
  const files = new Map<number, MailFile[]>();
  for (const row of rows) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of ctx.files.read(row.sha256)) chunks.push(chunk);
    const own = files.get(row.delivery_id) ?? [];
    own.push({ name: row.name, mediaType: row.media_type, content: Buffer.concat(chunks) });
    files.set(row.delivery_id, own);
  }
  return files;
}

// ── What recipients' mail servers take ──────────────────────────────────────────────────────────────────────────────

const limit = z.coerce
  .number('Write a number of megabytes such as 5, or 0 for links only.')
  .min(0, 'Write a number of megabytes such as 5, or 0 for links only.')
  .max(50, 'At most 50 megabytes.');

export const setContactFilesInput = z.object({
  /** Megabytes of a whole message; null: as its domain or the server has it. */
  megabytes: limit.nullable(),
});

/** Says how large a mail this contact can get; 0: links only. Letters that wait already stay as they are. */
export async function setContactFiles(
  ctx: Context,
  contactId: number,
  input: z.infer<typeof setContactFilesInput>,
): Promise<{ id: number } | Refusal> {
  const no = forbidContact(ctx.actor, 'contact.change');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const before = await tx
      .selectFrom('contact')
      .select(['party_id', 'attachment_limit'])
      .where('id', '=', contactId)
      .forUpdate()
      .executeTakeFirst();
    if (!before) return refuse('contact-number.unknown');
    const after = input.megabytes === null ? null : Math.round(input.megabytes * 1_000_000);
    if (after === before.attachment_limit) return { id: contactId };
    await tx
      .updateTable('contact')
      .set({ attachment_limit: after, changed_at: ctx.now() })
      .where('id', '=', contactId)
      .execute();
    await recordEvent(tx, ctx, {
      action: 'contact.files',
      subject: 'contact',
      subjectId: contactId,
      partyId: before.party_id,
      before: { attachmentLimit: before.attachment_limit },
      after: { attachmentLimit: after },
    });
    return { id: contactId };
  });
}

export const setDomainFilesInput = z.object({
  domain: z
    .string()
    .trim()
    .toLowerCase()
    .refine((domain) => mailDomain(`x@${domain}`) === domain, 'Write a domain such as hospital.example.'),
  /** Null: as the server has it. */
  megabytes: limit.nullable(),
  reason: z.string().trim().min(3, 'Write how you know, e.g. that their server returned a letter.').max(500),
});

/** Says how large a mail a domain takes, for all its contacts that have no limit of their own. */
export async function setDomainFiles(
  ctx: Context,
  input: z.infer<typeof setDomainFilesInput>,
): Promise<{ id: string } | Refusal> {
  const no = forbid(ctx.actor, 'setting.change');
  if (no) return no;
  const { domain, megabytes, reason } = input;
  return transact(ctx, async (tx) => {
    const before = await tx.selectFrom('mail_domain').selectAll().where('domain', '=', domain).executeTakeFirst();
    const change = { reason, changed_by: ctx.actor.name, changed_at: ctx.now() };
    if (megabytes === null) await tx.deleteFrom('mail_domain').where('domain', '=', domain).execute();
    else {
      const row = { attachment_limit: Math.round(megabytes * 1_000_000), ...change };
      await tx
        .insertInto('mail_domain')
        .values({ domain, ...row })
        .onConflict((conflict) => conflict.column('domain').doUpdateSet(row))
        .execute();
    }
    await recordEvent(tx, ctx, {
      action: 'mail-domain.files',
      subject: 'mail-domain',
      subjectId: domain,
      before: { attachmentLimit: before?.attachment_limit ?? null },
      after: { attachmentLimit: megabytes === null ? null : Math.round(megabytes * 1_000_000) },
      reason,
    });
    return { id: domain };
  });
}

/** Domains with a limit of their own, by name. */
export async function listDomainFiles(reader: Reader) {
  return reader.selectFrom('mail_domain').selectAll().orderBy('domain').limit(1_000).execute();
}
