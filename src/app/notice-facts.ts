import { sql } from 'kysely';
import { type FactRow, type FactValue, factRegistry, groupOf, type NoticeFacts } from '../domain/notice-facts.ts';
import type { Reader } from './context.ts';

/** Facts that follow from the data; everything else an operator types on the action's page. */
const DERIVED = new Set([
  'action.reference',
  'notice.number',
  'notice.revision',
  'notice.previous',
  'notice.previous-date',
]);
/** How many people sign a letter at most. */
export const SIGNERS = 3;

/** Facts an operator types: full name → what it is. */
export const typedFacts: readonly { name: string; about: string }[] = Object.entries(factRegistry)
  .filter(([name, definition]) => definition.scope === 'action' && groupOf(name) === undefined && !DERIVED.has(name))
  .map(([name, definition]) => ({ name, about: definition.about }));

/** What a field of the action's facts holds: one text, or a text for each language. */
function isValue(value: unknown): value is FactValue {
  if (typeof value === 'string') return value.trim() !== '';
  if (typeof value === 'number') return true;
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((text) => typeof text === 'string')
  );
}

/**
 * The facts that the notice's placeholders are filled with, as they are now: what was typed on the action's page, and what
 * follows from its products, vulnerabilities, packages and notice (law 7: never retyped in a translation).
 */
export async function loadNoticeFacts(reader: Reader, actionId: number, noticeId?: number): Promise<NoticeFacts> {
  const { rows } = await sql<{
    reference: string;
    facts: Record<string, unknown>;
    products: {
      name: string;
      description: string;
      udi: string[];
      catalogue: string[];
      environments: string[];
      versions: string[];
    }[];
    cves: { id: string; score: string | null; versions: string }[];
    packages: { name: string; file: string; version: string; sha256: string }[];
    notice: { number: string; version: number; previous: string | null; previous_on: string | null } | null;
  }>`
    select a.reference, a.facts,
      (select coalesce(jsonb_agg(x), '[]') from (select p.name, p.description,
          array(select printed from product_identifier i where i.product_id = p.id and scheme = 'udi-di' order by value) as udi,
          array(select printed from product_identifier i where i.product_id = p.id and scheme = 'catalogue' order by value) as catalogue,
          array(select e.name from environment e join action_environment ae on ae.environment_id = e.id
                 where e.product_id = p.id and ae.action_id = a.id order by e.position) as environments,
          array(select concat_ws('–', v ->> 'from', v ->> 'to') from scope_rule r, jsonb_array_elements(r.conditions -> 'softwareVersions') v
                 where r.action_id = a.id and r.product_id = p.id and r.effect = 'include' order by r.id) as versions
          from product p where exists (select from environment e join action_environment ae on ae.environment_id = e.id
            where e.product_id = p.id and ae.action_id = a.id) order by p.kind, p.name desc) x) as products,
      (select coalesce(jsonb_agg(x), '[]') from (select cve as id, cvss_score::text as score, affected_versions as versions
          from action_vulnerability where action_id = a.id order by id) x) as cves,
      (select coalesce(jsonb_agg(x), '[]') from (select r.name, k.file_name as file, k.version, k.sha256 from package k
          join remedy r on r.id = k.remedy_id where r.action_id = a.id and k.state <> 'withdrawn' and k.sha256 <> '' order by k.id) x) as packages,
      (select to_jsonb(x) from (select n.number, n.version, b.number as previous, (b.released_at at time zone 'UTC')::date::text as previous_on
          from notice n left join notice b on b.id = n.previous_id
          where n.action_id = a.id and (${noticeId ?? null}::bigint is null or n.id = ${noticeId ?? null}::bigint)
          order by n.version desc limit 1) x) as notice
    from action a where a.id = ${actionId}`.execute(reader);
  const row = rows[0];
  if (!row) throw new Error(`There is no action ${actionId}`);
  const values: Record<string, FactValue> = { 'action.reference': row.reference };
  for (const { name } of typedFacts) {
    const value = row.facts[name];
    if (isValue(value)) values[name] = value;
  }
  if (row.notice) {
    values['notice.number'] = row.notice.number;
    values['notice.revision'] = row.notice.version;
    if (row.notice.previous) values['notice.previous'] = row.notice.previous;
    if (row.notice.previous_on) values['notice.previous-date'] = row.notice.previous_on;
  }
  // Days are counts wherever they were typed as text.
  const days = Number(values['deadline.reply-days'] ?? 5);
  values['deadline.reply-days'] = Number.isInteger(days) && days > 0 ? days : 5;
  return {
    values,
    groups: {
      product: row.products.map((product) =>
        known({
          name: product.name,
          kind: product.description,
          'udi-di': product.udi,
          catalogue: product.catalogue,
          software: product.versions,
          environments: product.environments.join(', '),
        }),
      ),
      cve: row.cves.map((cve) => known({ id: cve.id, score: cve.score ?? '', versions: cve.versions })),
      package: row.packages.map(known),
      signer: Array.from({ length: SIGNERS }, (_, index) => ({
        name: row.facts[`signer.${index + 1}.name`],
        title: row.facts[`signer.${index + 1}.title`],
      })).flatMap((signer) =>
        isValue(signer.name) ? [known({ name: signer.name, title: isValue(signer.title) ? signer.title : '' })] : [],
      ),
    },
  };
}

/** A row without the fields that are empty: an unknown fact is left out. */
function known(fields: Record<string, FactValue | readonly string[]>): FactRow {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => (Array.isArray(value) ? value.length > 0 : value !== '')),
  );
}
