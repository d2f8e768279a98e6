import { sql } from 'kysely';
import { type CheckFacts, type Finding, runChecks } from '../domain/checks/index.ts';
import { countryName, languageRule, meetLanguage, missingLanguages, type Regime } from '../domain/country.ts';
import { type Audience, type NoticeDocument, noticeDocumentSchema, noticeLanguages } from '../domain/notice.ts';
import { plainUpdate } from '../domain/notice-update.ts';
import type { Context, Reader } from './context.ts';
import { loadLanguageOverrides } from './country-overrides.ts';
import { loadNoticeFacts } from './notice-facts.ts';
import { findUndrawable } from './notice-glyphs.ts';
import { findDeadLinks } from './notice-links.ts';
import { reachedCountries } from './notice-reach.ts';
import { loadSignedLanguages } from './queries/translations.ts';

export type { Finding } from '../domain/checks/index.ts';

/**
 * Runs every rule over a notice as it stands, with the action's facts and recipients of this moment.
 * @param publicUrl where this house is reached; links into it are looked up
 * @param typesetter asked whether it can draw every character that would be printed
 */
export async function checkNotice(
  reader: Reader,
  noticeId: number,
  publicUrl?: string,
  typesetter?: Context['typesetter'],
): Promise<Finding[]> {
  const { rows } = await sql<{
    action_id: number;
    document: unknown;
    kind: 'new' | 'update';
    action_kind: string;
    recall_class: string;
    regimes: { country: string; regime: Regime }[];
    vulnerabilities: { cve: string; affectedVersions: string }[];
  }>`
    select n.action_id, n.document, n.kind, a.kind as action_kind,
      coalesce(nullif(a.class_given, ''), a.class_proposed) as recall_class,
      (select coalesce(jsonb_agg(jsonb_build_object('country', country, 'regime', regime)), '[]') from action_country where action_id = a.id) as regimes,
      (select coalesce(jsonb_agg(jsonb_build_object('cve', cve, 'affectedVersions', affected_versions) order by id), '[]')
         from action_vulnerability where action_id = a.id) as vulnerabilities
    from notice n join action a on a.id = n.action_id where n.id = ${noticeId}`.execute(reader);
  const row = rows[0];
  if (!row) throw new Error(`There is no notice ${noticeId}`);
  const regimes = new Map(row.regimes.map(({ country, regime }) => [country, regime]));
  const document = noticeDocumentSchema.parse(row.document);
  const reach = row.kind === 'update' && document.update ? document.update.reach : plainUpdate.reach;
  const countries = await reachedCountries(reader, row.action_id, noticeId, reach);
  const { languages, askedBy } = await neededLanguages(reader, document, countries, regimes);
  const known = await loadNoticeFacts(reader, row.action_id, noticeId);
  const facts: CheckFacts = {
    document,
    kind: row.kind,
    facts: known,
    action: {
      kind: row.action_kind,
      recallClass: row.recall_class,
      regimes: [...new Set(regimes.values())],
      vulnerabilities: row.vulnerabilities,
    },
    languages,
    askedBy,
    links: publicUrl === undefined ? [] : await findDeadLinks(reader, document, publicUrl),
    signedOff: await loadSignedLanguages(reader, row.action_id, document),
    ...(typesetter
      ? { undrawable: await findUndrawable(reader, typesetter, { actionId: row.action_id, document, facts: known }) }
      : {}),
  };
  return runChecks(facts);
}

/**
 * The languages each audience must be written in, by the countries it is in; where a country leaves a choice that the
 * notice meets, those chosen.
 */
async function neededLanguages(
  reader: Reader,
  document: NoticeDocument,
  countries: readonly { audience: Audience; country: string }[],
  regimes: ReadonlyMap<string, Regime>,
): Promise<{ languages: Partial<Record<Audience, string[]>>; askedBy: Record<string, string> }> {
  const overrides = await loadLanguageOverrides(reader);
  const languages: Partial<Record<Audience, Set<string>>> = {};
  const asking = new Map<string, Set<string>>();
  for (const { audience, country } of countries) {
    const available = noticeLanguages(document, audience);
    const rule = languageRule(country, regimes.get(country) ?? 'other', { overrides });
    const met = 'anyOf' in rule.need && missingLanguages(rule, available).length === 0;
    const chosen = met && 'anyOf' in rule.need ? rule.need.anyOf.find((set) => covers(available, set)) : undefined;
    const needed = chosen ?? ('allOf' in rule.need ? rule.need.allOf : rule.send);
    languages[audience] ??= new Set();
    for (const wanted of needed) {
      const language = meetLanguage(wanted, available) ?? wanted;
      languages[audience].add(language);
      asking.set(language, (asking.get(language) ?? new Set()).add(countryName(country)));
    }
  }
  return {
    languages: Object.fromEntries(Object.entries(languages).map(([audience, set]) => [audience, [...set].sort()])),
    askedBy: Object.fromEntries([...asking].map(([language, names]) => [language, [...names].sort().join(', ')])),
  };
}

function covers(available: readonly string[], set: readonly string[]): boolean {
  return set.every((language) => meetLanguage(language, available) !== undefined);
}
