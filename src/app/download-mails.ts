import { sql } from 'kysely';
import { type NoticeFacts, printFact } from '../domain/notice-facts.ts';
import { directionOf } from '../domain/notice-render.ts';
import { composePlainMail, type MailBlock } from '../domain/plain-mail.ts';
import type { Context, Reader } from './context.ts';
import { CODE_MINUTES, downloadCode } from './download-codes.ts';
import type { OwnLetter, OwnLetterRow } from './letter-kinds.ts';
import { linkUrl } from './links.ts';

interface Source {
  id: number;
  code_id: number | null;
  reference: string;
  facts: Record<string, unknown>;
  file: string;
  version: string;
  reason: string;
  /** The kit that the reader has it in, if that is how. */
  kit_id: number | null;
}

/**
 * The mails of the gate, each in its reader's first language: a one-time code, and that a package was withdrawn. The mail
 * with the code has nothing to press: one that asks for a click teaches people the wrong thing.
 */
export async function composeDownloadMails(
  reader: Reader,
  ctx: Context,
  rows: readonly OwnLetterRow[],
): Promise<ReadonlyMap<number, OwnLetter>> {
  const { rows: sources } = await sql<Source>`
    select d.id, o.id as code_id, a.reference, a.facts, k.file_name as file, k.version, k.withdrawn_reason as reason,
        case when d.kind = 'package-withdrawn' then (select max(t.id) from kit t where t.package_id = k.id
          and t.party_id = d.party_id and t.state in ('shipped', 'received')) end as kit_id
      from delivery d
      join action a on a.id = d.action_id
      left join download_code o on o.delivery_id = d.id
      join package k on k.id = coalesce(o.package_id,
        case when d.kind = 'package-withdrawn' then split_part(d.purpose, ':', 2)::bigint end)
     where d.id = any(${rows.map((row) => row.id)}::bigint[])`.execute(reader);
  const letters = new Map<number, OwnLetter>();
  for (const row of rows) {
    const source = sources.find((one) => one.id === row.id);
    if (source) letters.set(row.id, compose(ctx, row, source));
  }
  return letters;
}

function compose(ctx: Context, row: OwnLetterRow, source: Source): OwnLetter {
  const language = row.languages[0] ?? 'en';
  const say = ctx.say(language);
  const direction = directionOf(language);
  const facts: NoticeFacts = { values: source.facts as NoticeFacts['values'], groups: {} };
  const fact = (name: string): string => printFact(facts, name, language)?.text ?? '';
  const { reference, file, version, reason } = source;
  const about = { reference, file, version };
  const text = (words: string): MailBlock => ({ kind: 'text', text: words });
  const reach = text(
    say('mail.reach-us', { phone: fact('contact.phone') || '–', email: fact('contact.email') || '–' }),
  );
  if (row.kind === 'package-withdrawn') {
    const subject = say('mail.withdrawn.subject', about);
    // A kit is not downloaded, and has to come back.
    const kit = source.kit_id;
    const page = kit === null ? 'patch' : 'kit';
    const link = row.link_id === null ? ctx.settings.publicUrl : linkUrl(ctx.settings, row.link_id, page);
    const blocks = [
      text(kit === null ? say('mail.withdrawn.lead', about) : subject),
      text(say('mail.withdrawn.what', about)),
      ...(kit === null ? [] : [text(say('mail.withdrawn.kit', { kit }))]),
      text(say('mail.withdrawn.why', { reason })),
      { kind: 'link' as const, href: link, text: say('mail.withdrawn.next') },
      reach,
    ];
    return { ...composePlainMail({ subject, language, direction, blocks }), language };
  }
  const code = source.code_id === null ? '' : downloadCode(ctx.settings.secret, source.code_id);
  const subject = say('mail.code.subject', about);
  const blocks: MailBlock[] = [
    text(say('mail.code.lead', about)),
    { kind: 'heading', text: `${code.slice(0, 4)} ${code.slice(4)}` },
    text(say('mail.code.use', { minutes: CODE_MINUTES })),
    text(say('mail.code.not-you')),
    reach,
  ];
  return { ...composePlainMail({ subject, language, direction, blocks }), language };
}
