import { sql } from 'kysely';
import type { PackageApplies, PackageLines } from '../../domain/package.ts';
import type { Reader } from '../context.ts';
import { countCopies } from '../download-limits.ts';
import { idFilter, type ListDefinition, likeAnywhere, where } from './list.ts';

/** A package as its readers see it. */
export interface ReaderPackage {
  id: number;
  remedy: string;
  version: string;
  file: string;
  size: number;
  sha256: string;
  sha512: string;
  state: 'released' | 'withdrawn';
  withdrawnAt: Date | null;
  applies: PackageApplies[];
  prerequisites: string[];
  sideEffects: string[];
  translations: Record<string, PackageLines>;
  instructions: Record<string, string>;
  mostDownloads: number;
}

/** The packages of an action that were ever released, newest first. */
export async function loadReaderPackages(reader: Reader, actionId: number): Promise<ReaderPackage[]> {
  const { rows } = await sql<ReaderPackage>`
    select k.id, r.name as remedy, k.version, k.file_name as file, k.size, k.sha256, k.sha512, k.state,
      k.withdrawn_at as "withdrawnAt", k.applies, k.prerequisites, k.side_effects as "sideEffects", k.translations, k.instructions,
      k.most_downloads as "mostDownloads"
      from package k join remedy r on r.id = k.remedy_id
     where r.action_id = ${actionId} and k.released_at is not null and k.storage_key <> ''
     order by k.state = 'released' desc, k.released_at desc, k.id desc`.execute(reader);
  return rows;
}

/** What the public page of an action may say: nothing before it is released or while it is under embargo. */
export async function loadPublicAction(
  reader: Reader,
  reference: string,
  now: Date,
): Promise<{ id: number; reference: string; title: string; facts: Record<string, unknown> } | undefined> {
  return reader
    .selectFrom('action')
    .select(['id', 'reference', 'title', 'facts'])
    .where('reference', '=', reference)
    .where('stage', 'in', ['released', 'monitoring', 'completed', 'closed'])
    .where((eb) => eb.or([eb('embargo_until', 'is', null), eb('embargo_until', '<=', now)]))
    .executeTakeFirst();
}

/** The code a contact waits for and what it has had, for one package. */
export interface GateState {
  openUntil: Date | null;
  /** How often the file has gone to the contact, as its limit counts. */
  copies: number;
}
export async function loadGateState(
  reader: Reader,
  linkId: number,
  contactId: number,
  packageId: number,
  now: Date,
): Promise<GateState> {
  const { rows } = await sql<Pick<GateState, 'openUntil'>>`
    select (select expires_at from download_code where link_id = ${linkId} and package_id = ${packageId}
        and state = 'open' and expires_at > ${now}) as "openUntil"`.execute(reader);
  return { openUntil: rows[0]?.openUntil ?? null, copies: await countCopies(reader, { contactId, packageId }) };
}

export const downloadStates = ['granted', 'started', 'finished', 'broken', 'revoked'] as const;

export interface DownloadRow {
  id: number;
  package_id: number;
  file: string;
  version: string;
  party_id: number;
  party: string;
  country: string;
  contact_id: number | null;
  contact: string | null;
  state: (typeof downloadStates)[number];
  granted_at: Date;
  started_at: Date | null;
  finished_at: Date | null;
  sent: number;
  size: number | null;
  ranges: number;
  handed_over: boolean;
  /** `owner`, `permitted`, `authority`. */
  granted_as: string | null;
  ended_reason: string;
}

/** What a list of downloads is about: an action, one of its packages, or a party over all actions. */
export interface DownloadScope {
  actionId?: number;
  packageId?: number;
  partyId?: number;
}

/** Every grant and what became of it: who has the file, who began, who was stopped. */
export const downloadList: ListDefinition<DownloadRow, DownloadScope> = {
  name: 'downloads',
  rows: ({ filters, q }, scope) => sql<DownloadRow>`
    select d.id, d.package_id, k.file_name as file, k.version, d.party_id, p.name as party, p.country, d.contact_id,
        c.name as contact, d.state, d.granted_at, d.started_at, d.finished_at, d.sent, k.size, d.ranges, d.handed_over,
        d.detail ->> 'as' as granted_as, d.ended_reason
      from download d join package k on k.id = d.package_id join party p on p.id = d.party_id
        left join contact c on c.id = d.contact_id
    ${where(
      scope.actionId !== undefined && sql`d.action_id = ${scope.actionId}`,
      scope.packageId !== undefined && sql`d.package_id = ${scope.packageId}`,
      scope.partyId !== undefined && sql`d.party_id = ${scope.partyId}`,
      filters.state && (filters.state === 'has' ? sql`d.started_at is not null` : sql`d.state = ${filters.state}`),
      filters.country && sql`p.country = ${filters.country}`,
      filters.party && sql`d.party_id = ${idFilter(filters.party)}`,
      filters.as && sql`d.detail ->> 'as' = ${filters.as}`,
      q !== '' &&
        sql`(lower(p.name) like ${likeAnywhere(q.toLowerCase())} or lower(c.name) like ${likeAnywhere(q.toLowerCase())})`,
    )}`,
  sortable: ['id', 'party', 'country', 'state', 'granted_at', 'started_at', 'finished_at', 'sent'],
  defaultSort: '-granted_at',
  id: 'id',
  filters: {
    // `has`: bytes have left for it, all of them or some.
    state: [...downloadStates, 'has'],
    country: 'text',
    party: 'text',
    as: ['owner', 'permitted', 'authority'],
  },
  columns: [
    { title: 'Number', value: (row) => row.id },
    { title: 'File', value: (row) => row.file },
    { title: 'Version', value: (row) => row.version },
    { title: 'Party', value: (row) => row.party },
    { title: 'Country', value: (row) => row.country },
    { title: 'Contact', value: (row) => row.contact },
    { title: 'As', value: (row) => row.granted_as },
    { title: 'State', value: (row) => row.state },
    { title: 'Granted', value: (row) => row.granted_at.toISOString() },
    { title: 'Started', value: (row) => row.started_at?.toISOString() ?? '' },
    { title: 'Finished', value: (row) => row.finished_at?.toISOString() ?? '' },
    { title: 'Bytes sent', value: (row) => row.sent },
    { title: 'Requests', value: (row) => row.ranges },
    { title: 'Ended because', value: (row) => row.ended_reason },
  ],
};

/** The downloads of one party, newest first, for its page. */
export async function downloadsOfParty(reader: Reader, partyId: number, limit = 20): Promise<DownloadRow[]> {
  const { rows } = await sql<DownloadRow>`
    select * from (${downloadList.rows({ filters: {}, q: '' }, { partyId })}) x order by granted_at desc, id desc limit ${limit}`.execute(
    reader,
  );
  return rows;
}

/** Figures of an action's downloads; each is a filter of the list, refusals of its history. */
export interface DownloadFigures {
  granted: number;
  /** Bytes have left, all of them or some. */
  has: number;
  finished: number;
  refused: number;
  parties: number;
}
export async function loadDownloadFigures(reader: Reader, actionId: number): Promise<DownloadFigures> {
  const { rows } = await sql<DownloadFigures>`
    select count(*)::int as granted, count(started_at)::int as has, count(finished_at)::int as finished,
      count(distinct party_id) filter (where started_at is not null)::int as parties,
      (select coalesce(sum(n), 0)::int from tally_hour where action_id = ${actionId} and action = 'download.refuse') as refused
      from download where action_id = ${actionId}`.execute(reader);
  return rows[0] ?? { granted: 0, has: 0, finished: 0, refused: 0, parties: 0 };
}

/** One grant with every request under it. */
export async function loadDownload(reader: Reader, downloadId: number) {
  const { rows } = await sql<DownloadRow>`
    select * from (${downloadList.rows({ filters: {}, q: '' }, {})}) x where id = ${downloadId}`.execute(reader);
  const download = rows[0];
  if (!download) return undefined;
  const ranges = await reader
    .selectFrom('download_range')
    .selectAll()
    .where('download_id', '=', downloadId)
    .orderBy('id')
    .limit(500)
    .execute();
  return { ...download, requests: ranges };
}
