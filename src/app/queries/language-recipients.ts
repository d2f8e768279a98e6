import { sql } from 'kysely';
import { defaultRegime, languageRule, languagesForContact, type Regime } from '../../domain/country.ts';
import {
  type Audience,
  audiences,
  type NoticeDocument,
  type NoticeReach,
  noticeLanguages,
} from '../../domain/notice.ts';
import type { Context } from '../context.ts';
import { loadLanguageOverrides } from '../country-overrides.ts';
import { reaches } from '../notice-reach.ts';
import { type ListDefinition, likeAnywhere, likePrefix, where } from './list.ts';

/** Whom a version of the notice goes to, or would go to. */
export interface NoticeAudience {
  actionId: number;
  noticeId: number;
  reach: NoticeReach;
}

/** Contacts that are alike in all that decides their languages. */
export interface RecipientGroup {
  country: string;
  /** As the contacts wish them. */
  languages: string[];
  audience: Audience;
  /** Contacts in it. */
  n: number;
  /** Languages in which they get the notice, or would if it were written. */
  needs: string[];
}

/** The contacts of a version, grouped by what decides their languages. */
export async function recipientGroups(
  ctx: Pick<Context, 'db' | 'now'>,
  { actionId, noticeId, reach }: NoticeAudience,
  document: NoticeDocument,
): Promise<RecipientGroup[]> {
  const { rows } = await sql<Omit<RecipientGroup, 'needs'>>`
    select coalesce(s.country, p.country) as country, c.languages, o.audience, count(*)::int as n
      from obligation o
      join party p on p.id = o.party_id
      join contact c on c.party_id = o.party_id and c.status = 'active'
      left join site s on s.id = c.site_id
     where o.action_id = ${actionId} and ${reaches(reach, noticeId)}
     group by 1, 2, 3`.execute(ctx.db);
  const action = await ctx.db
    .selectFrom('action')
    .select('device_law')
    .where('id', '=', actionId)
    .executeTakeFirstOrThrow();
  const countries = await ctx.db
    .selectFrom('action_country')
    .select(['country', 'regime'])
    .where('action_id', '=', actionId)
    .execute();
  const regimes = new Map<string, Regime>(countries.map((row) => [row.country, row.regime]));
  const overrides = await loadLanguageOverrides(ctx.db);
  const today = ctx.now().toISOString().slice(0, 10);
  return rows.map((group) => {
    const regime = regimes.get(group.country) ?? defaultRegime(group.country, action.device_law, today);
    const rule = languageRule(group.country, regime, { overrides });
    const plan = languagesForContact(group.languages, rule, noticeLanguages(document, group.audience));
    return { ...group, needs: [...new Set([...plan.languages, ...plan.missing, ...plan.unmet])] };
  });
}

export interface LanguageRecipientRow {
  id: number;
  party_id: number;
  party: string;
  contact: string;
  country: string;
  /** As the contact wishes them. */
  languages: string;
  audience: Audience;
  channel: 'email' | 'post' | 'phone';
}

/** The contacts that a version goes to in one language: those of the groups that need it. */
export const languageRecipientList: ListDefinition<
  LanguageRecipientRow,
  NoticeAudience & { groups: readonly RecipientGroup[] }
> = {
  name: 'recipients',
  rows: ({ filters, q }, { actionId, noticeId, reach, groups }) => sql<LanguageRecipientRow>`
    select c.id, p.id as party_id, p.name as party, c.name as contact, coalesce(s.country, p.country) as country,
           array_to_string(c.languages, ', ') as languages, o.audience, c.channel
      from obligation o
      join party p on p.id = o.party_id
      join contact c on c.party_id = o.party_id and c.status = 'active'
      left join site s on s.id = c.site_id
    ${where(
      sql`o.action_id = ${actionId}`,
      reaches(reach, noticeId),
      sql`(coalesce(s.country, p.country), array_to_string(c.languages, ','), o.audience) in (
        select * from unnest(${groups.map((one) => one.country)}::text[],
          ${groups.map((one) => one.languages.join(','))}::text[], ${groups.map((one) => one.audience)}::text[]))`,
      filters.country && sql`coalesce(s.country, p.country) = ${filters.country}`,
      filters.audience && sql`o.audience = ${filters.audience}`,
      q !== '' &&
        sql`(lower(p.name) like ${likeAnywhere(q.toLowerCase())} or lower(c.name) like ${likeAnywhere(q.toLowerCase())}
             or p.ref like ${likePrefix(q)})`,
    )}`,
  sortable: ['id', 'party', 'contact', 'country', 'audience', 'channel'],
  defaultSort: 'party',
  id: 'id',
  filters: { country: 'text', audience: audiences },
  columns: [
    { title: 'Party', value: (row) => row.party },
    { title: 'Contact', value: (row) => row.contact },
    { title: 'Country', value: (row) => row.country },
    { title: 'Reads', value: (row) => row.languages },
    { title: 'Told by', value: (row) => row.audience },
    { title: 'Reached by', value: (row) => row.channel },
  ],
};
