import { type RawBuilder, sql } from 'kysely';
import { type EntitledAs, type Entitlement, entitle } from '../domain/package.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import type { Context, Reader } from './context.ts';

/** Who asks by a personal link for a package, with all that decides whether they may have it. */
export interface Access {
  linkId: number;
  packageId: number;
  actionId: number;
  partyId: number;
  contactId: number;
  contact: string;
  email: string;
  languages: string[];
  country: string;
  fileName: string;
  version: string;
  size: number;
  sha256: string;
  storageKey: string;
  mediaType: string;
  mostDownloads: number;
  reference: string;
  facts: Entitlement;
}

interface Row extends Omit<Access, 'facts'>, Entitlement {}

/**
 * The facts about links and packages, one row a pair, in one statement: used before a grant, before each range, and while
 * bytes leave, so that no way in knows less than another.
 */
function accessRows(pairs: RawBuilder<unknown>, now: Date): RawBuilder<Row> {
  return sql<Row>`
    select l.id as "linkId", k.id as "packageId", l.action_id as "actionId", l.party_id as "partyId",
      l.contact_id as "contactId", c.name as contact, c.email, c.languages, p.country, k.file_name as "fileName",
      k.version, k.size, k.sha256, k.storage_key as "storageKey", k.media_type as "mediaType",
      k.most_downloads as "mostDownloads", a.reference, k.state as "packageState", k.storage_key <> '' as "hasFile",
      case when a.stage in ('released', 'monitoring', 'completed') then 'open' when a.stage = 'closed' then 'over'
        else 'before' end as action,
      l.revoked_at is null and l.expires_at > ${now} as "linkLive", c.status = 'active' as "contactActive",
      p.kind = 'authority' as authority,
      exists (select 1 from download_permission d where d.action_id = l.action_id and d.party_id = l.party_id
        and d.withdrawn_at is null) as permitted,
      (select count(*)::int from correction x where x.party_id = l.party_id and x.action_id = l.action_id
        and x.remedy_id = k.remedy_id and x.state not in ('gone', 'not-affected')) as corrections
    from (${pairs}) asked (link_id, package_id)
      join link l on l.id = asked.link_id
      join contact c on c.id = l.contact_id and c.party_id = l.party_id
      join party p on p.id = l.party_id
      join action a on a.id = l.action_id
      join package k on k.id = asked.package_id
      join remedy r on r.id = k.remedy_id and r.action_id = l.action_id`;
}

/** Who asks, by a link for a package of the link's own action; undefined for any other pair. */
export async function loadAccess(
  reader: Reader,
  ctx: Pick<Context, 'now'>,
  linkId: number,
  packageId: number,
): Promise<Access | undefined> {
  const pair = sql`select ${linkId}::bigint, ${packageId}::bigint`;
  const { rows } = await accessRows(pair, ctx.now()).execute(reader);
  const row = rows[0];
  return row && { ...row, facts: row };
}

/** The same, with the verdict. */
export async function checkAccess(
  reader: Reader,
  ctx: Pick<Context, 'now'>,
  linkId: number,
  packageId: number,
): Promise<{ access: Access; as: EntitledAs } | Refusal> {
  const access = await loadAccess(reader, ctx, linkId, packageId);
  if (!access) return refuse('download.not-entitled');
  const as = entitle(access.facts);
  return isRefusal(as) ? as : { access, as };
}

/**
 * Of downloads that run now, those that must stop: the grant was revoked, or whoever holds it may not have the package any
 * more. One statement for all of them.
 * @returns download id → why
 */
export async function findEnded(
  reader: Reader,
  ctx: Pick<Context, 'now'>,
  downloadIds: readonly number[],
): Promise<Map<number, string>> {
  const ended = new Map<number, string>();
  if (downloadIds.length === 0) return ended;
  const grants = await reader
    .selectFrom('download')
    .select(['id', 'state', 'link_id', 'package_id'])
    .where('id', 'in', [...downloadIds])
    .execute();
  const pairs = sql`select distinct link_id, package_id from download where id = any(${[...downloadIds]}::bigint[])`;
  const { rows } = await accessRows(pairs, ctx.now()).execute(reader);
  for (const grant of grants) {
    const row = rows.find((one) => one.linkId === grant.link_id && one.packageId === grant.package_id);
    const verdict = row ? entitle(row) : refuse('download.not-entitled');
    if (grant.state === 'revoked') ended.set(grant.id, 'download.revoked');
    else if (isRefusal(verdict)) ended.set(grant.id, verdict.code);
  }
  return ended;
}
