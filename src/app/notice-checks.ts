import { sql } from 'kysely';
import { type CheckFacts, type Finding, runChecks } from '../domain/checks/index.ts';
import { languageRule, type Regime } from '../domain/country.ts';
import { type Audience, noticeDocumentSchema } from '../domain/notice.ts';
import type { Context, Reader } from './context.ts';
import { loadLanguageOverrides } from './country-overrides.ts';
import { loadNoticeFacts } from './notice-facts.ts';
import { loadSignedLanguages } from './queries/translations.ts';

export type { Finding } from '../domain/checks/index.ts';

/** Runs every rule over a notice as it stands, with the action's facts and recipients of this moment. */
export async function checkNotice(reader: Reader, noticeId: number): Promise<Finding[]> {
  const { rows } = await sql<{
    action_id: number;
    document: unknown;
    kind: 'new' | 'update';
    action_kind: string;
    recall_class: string;
    regimes: { country: string; regime: Regime }[];
    vulnerabilities: { cve: string; affectedVersions: string }[];
    audiences: { audience: Audience; country: string }[];
  }>`
    select n.action_id, n.document, n.kind, a.kind as action_kind,
      coalesce(nullif(a.class_given, ''), a.class_proposed) as recall_class,
      (select coalesce(jsonb_agg(jsonb_build_object('country', country, 'regime', regime)), '[]') from action_country where action_id = a.id) as regimes,
      (select coalesce(jsonb_agg(jsonb_build_object('cve', cve, 'affectedVersions', affected_versions) order by id), '[]')
         from action_vulnerability where action_id = a.id) as vulnerabilities,
      (select coalesce(jsonb_agg(distinct jsonb_build_object('audience', audience, 'country', country)), '[]')
         from obligation where action_id = a.id) as audiences
    from notice n join action a on a.id = n.action_id where n.id = ${noticeId}`.execute(reader);
  const row = rows[0];
  if (!row) throw new Error(`There is no notice ${noticeId}`);
  const regimes = new Map(row.regimes.map(({ country, regime }) => [country, regime]));
  const overrides = await loadLanguageOverrides(reader);
  const languages: Partial<Record<Audience, string[]>> = {};
  for (const { audience, country } of row.audiences) {
    const needed = languageRule(country, regimes.get(country) ?? 'other', { overrides }).send;
    languages[audience] = [...new Set([...(languages[audience] ?? []), ...needed])].sort();
  }
  const document = noticeDocumentSchema.parse(row.document);
  const facts: CheckFacts = {
    document,
    kind: row.kind,
    facts: await loadNoticeFacts(reader, row.action_id, noticeId),
    action: {
      kind: row.action_kind,
      recallClass: row.recall_class,
      regimes: [...new Set(regimes.values())],
      vulnerabilities: row.vulnerabilities,
    },
    languages,
    signedOff: await loadSignedLanguages(reader, row.action_id, document),
  };
  return runChecks(facts);
}

/** The findings for an action's newest notice; none when there is no notice yet. */
export async function checkActionNotice(ctx: Context, actionId: number): Promise<Finding[]> {
  const notice = await ctx.db
    .selectFrom('notice')
    .select('id')
    .where('action_id', '=', actionId)
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst();
  return notice ? checkNotice(ctx.db, notice.id) : [];
}
