import { sql } from 'kysely';
import { PREPARED } from '../../db/prepared.ts';
import type { CorrectionStateName, Day } from '../../db/schema.ts';
import { type FormContext, roleOf } from '../../domain/form.ts';
import type { Reader } from '../context.ts';
import { noticeOfContact } from './holdings.ts';

/** One environment and remedy of a unit, as the portal shows it. */
export interface PortalCorrection {
  id: number;
  unitId: number;
  environment: string;
  environmentName: string;
  remedy: string;
  remedyKind: string;
  state: CorrectionStateName;
  since: string;
  /** What the state rests on: the last claim, its day and its reason. */
  claim: string | null;
  doneOn: Day | null;
  contradicted: boolean;
  /** The permanent fix of this action that the form asks about instead. */
  supersededBy: number | null;
  /** It rests on what was said about the permanent fix. */
  covered: boolean;
  /** The same unit and environment in the action before or after: the interim patch, or the permanent fix. */
  related: PortalRelated[] | null;
}

/** A correction of another action that belongs to one of this. */
export interface PortalRelated {
  is: 'interim' | 'permanent';
  remedy: string;
  reference: string;
  state: CorrectionStateName;
  doneOn: Day | null;
}

/** One thing of the party in the field, with its corrections in the order of environments and remedies. */
export interface PortalUnit {
  id: number;
  kind: 'serial' | 'lot' | 'standalone';
  serial: string;
  quantity: number;
  productId: number;
  product: string;
  site: string;
  city: string;
  connected: boolean | null;
  status: string;
  isolatedAt: string | null;
  corrections: PortalCorrection[];
}

export interface PortalDeadline {
  rule: string;
  dueOn: Day | null;
  dueAt: string | null;
  zone: string;
  state: string;
  explanation: unknown;
}

export interface PortalReply {
  id: number;
  at: string;
  door: string;
  language: string;
  answers: unknown;
  signature: unknown;
  contradictions: unknown;
}

/** Everything a page of the portal can say, loaded in one round trip. Moments inside lists are ISO texts. */
export interface PortalData {
  now: Date;
  link: { id: number; expiresAt: Date; revokedAt: Date | null; openedAt: Date | null };
  contact: { id: number; name: string; title: string; role: string; email: string; phone: string; languages: string[] };
  party: { id: number; ref: string; name: string; kind: string; country: string; city: string };
  action: { id: number; reference: string; title: string; stage: string; facts: Record<string, unknown> };
  obligation: {
    id: number;
    audience: 'dx-recall' | 'ruo-quality' | 'distributor' | 'authority';
    state: 'silent' | 'received' | 'done';
    total: number;
    open: number;
    receivedAt: string | null;
    completedAt: string | null;
  } | null;
  /** The newest version of the notice this contact holds, else the one released last. `document` and `facts` are left out when the caller already keeps this very text. */
  notice: {
    id: number;
    version: number;
    number: string;
    hash: string;
    releasedAt: string | null;
    document: unknown;
    facts: unknown;
  } | null;
  /** Every version of the notice this contact holds, the newest first; only when asked for. */
  versions: { version: number; number: string; kind: string; releasedAt: string }[];
  form: { id: number; version: number; definition: unknown } | null;
  units: PortalUnit[];
  /** Affected products of the action with the environments that are corrected by themselves. */
  products: { id: number; name: string; environments: { code: string; name: string }[] }[];
  /** Day of the notice, 'YYYY-MM-DD': nothing can have been corrected because of it before. */
  noticeDate: Day;
  /** Whether somebody of the party has downloaded a package of the action. */
  downloaded: boolean;
  /** Whether a package of the action was ever released. */
  patch: boolean;
  /** The newest kit that is on its way to the party, or null. */
  kit: number | null;
  draft: { answers: unknown; step: string; savedAt: string; labelRound: unknown } | null;
  /** The party's replies, oldest first, by whomever and whatever door; the last twenty. */
  replies: PortalReply[];
  deadlines: PortalDeadline[];
}

export interface PortalWishes {
  /** Units with their corrections; without, the list is empty. */
  units?: boolean;
  /** The answers: the draft of this link and the last reply of the party. */
  answers?: boolean;
  /** The versions of the notice this contact holds; without, the list is empty. */
  versions?: boolean;
  /** An earlier version it holds, to be read instead of the newest; one it does not hold is not shown. */
  version?: number;
  /** Texts the caller already keeps, `notice:<id>:<hash>` or `form:<id>`: they never change, so they are not sent again. */
  kept?: readonly string[];
}

interface Row {
  expires_at: Date;
  revoked_at: Date | null;
  opened_at: Date | null;
  link_id: number;
  contact: PortalData['contact'];
  party: PortalData['party'];
  action: PortalData['action'];
  obligation: PortalData['obligation'];
  notice: PortalData['notice'];
  versions: PortalData['versions'] | null;
  form: PortalData['form'];
  units: Omit<PortalUnit, 'corrections'>[] | null;
  corrections: PortalCorrection[] | null;
  draft: PortalData['draft'];
  replies: PortalReply[] | null;
  products: PortalData['products'] | null;
  notice_date: Day;
  downloaded: boolean;
  patch: boolean;
  kit: number | null;
  deadlines: PortalDeadline[] | null;
}

/**
 * What the holder of a personal link may see, in one round trip: a page is one statement, however many units the party
 * has.
 * @param tokenHash SHA-256 of the token in the address
 * @returns undefined when no link has this token; an expired or revoked link is answered, and refused by the caller
 */
export async function loadPortal(
  reader: Reader,
  tokenHash: Buffer,
  now: Date,
  wishes: PortalWishes = {},
): Promise<PortalData | undefined> {
  const kept = [...(wishes.kept ?? [])];
  const { rows } = await sql<Row>`${sql.raw(PREPARED)}
    select l.id as link_id, l.expires_at, l.revoked_at, l.opened_at,
      exists (select 1 from package k join remedy r on r.id = k.remedy_id
        where r.action_id = l.action_id and k.released_at is not null and k.storage_key <> '') as patch,
      (select max(t.id) from kit t where t.party_id = l.party_id and t.action_id = l.action_id and t.state = 'shipped') as kit,
      json_build_object('id', c.id, 'name', c.name, 'title', c.title, 'role', c.role, 'email', c.email,
        'phone', c.phone, 'languages', c.languages) as contact,
      json_build_object('id', p.id, 'ref', p.ref, 'name', p.name, 'kind', p.kind, 'country', p.country,
        'city', p.city) as party,
      json_build_object('id', a.id, 'reference', a.reference, 'title', a.title, 'stage', a.stage, 'facts', a.facts) as action,
      (select json_build_object('id', o.id, 'audience', o.audience, 'state', o.state, 'total', o.corrections_total,
          'open', o.corrections_open, 'receivedAt', o.received_at, 'completedAt', o.completed_at)
        from obligation o where o.action_id = l.action_id and o.party_id = l.party_id) as obligation,
      (select json_build_object('id', n.id, 'version', n.version, 'number', n.number, 'hash', n.content_hash,
          'releasedAt', n.released_at,
          'document', case when 'notice:' || n.id || ':' || n.content_hash = any(${kept}::text[]) then null else n.document end,
          'facts', case when 'notice:' || n.id || ':' || n.content_hash = any(${kept}::text[]) then null else n.released_facts end)
        from notice n where n.id = coalesce(
          ${wishes.version === undefined ? sql`null::bigint` : sql`(select v.id from (${heldVersions}) v where v.version = ${wishes.version})`},
          ${noticeOfContact(sql`l.contact_id`, sql`l.action_id`)},
          (select r.id from notice r where r.action_id = l.action_id and r.state = 'released' order by r.version desc limit 1))) as notice,
      ${
        wishes.versions
          ? sql`(select json_agg(json_build_object('version', v.version, 'number', v.number, 'kind', v.kind, 'releasedAt', v.released_at)
              order by v.version desc) from (${heldVersions}) v)`
          : sql`null`
      } as versions,
      (select json_build_object('id', f.id, 'version', f.version,
          'definition', case when 'form:' || f.id = any(${kept}::text[]) then null else f.definition end)
        from form f where f.action_id = l.action_id order by f.version desc limit 1) as form,
      ${wishes.units ? sql`${unitColumns}, ${formColumns}` : noUnitColumns},
      ${wishes.answers ? answerColumns : sql`null as draft, null as replies`},
      (select json_agg(json_build_object('rule', d.rule, 'dueOn', d.due_on, 'dueAt', d.due_at, 'zone', d.zone,
          'state', d.state, 'explanation', d.explanation) order by d.due_at nulls last, d.id)
        from deadline d where d.action_id = l.action_id and d.party_id = l.party_id and d.state <> 'withdrawn') as deadlines
    from link l
      join contact c on c.id = l.contact_id
      join party p on p.id = l.party_id
      join action a on a.id = l.action_id
    where l.token_hash = ${tokenHash}`.execute(reader);
  const row = rows[0];
  return row ? portalOf(row, now) : undefined;
}

/** Each version of the notice that left for this contact. */
const heldVersions = sql`
  select distinct n.id, n.version, n.number, n.kind, n.released_at from delivery g join notice n on n.id = g.notice_id
   where g.contact_id = l.contact_id and g.action_id = l.action_id and g.kind in ('notice', 'reminder')
     and g.state in ('sent', 'delivered', 'opened') and n.released_at is not null`;

/** The interim patch of an earlier action, and the permanent fix of a later one once that is released. */
const relatedRows = sql`(select json_agg(json_build_object('is', x.is, 'remedy', f.name, 'reference', a.reference, 'state', q.state,
      'doneOn', c.done_on) order by q.id)
    from (select r.supersedes_id as id, 'interim' as is where r.supersedes_id is not null
          union all select id, 'permanent' from remedy where supersedes_id = k.remedy_id) x
      join remedy f on f.id = x.id
      join action a on a.id = f.action_id and a.id <> k.action_id and a.released_at is not null
      join correction q on q.remedy_id = f.id and q.unit_id = k.unit_id and q.environment_id = k.environment_id
        and q.party_id = k.party_id
      left join confirmation c on c.id = q.because_id)`;

/** The party's units that have corrections in this action, and those corrections. */
const unitColumns = sql`
  (select json_agg(json_build_object('id', u.id, 'kind', u.kind, 'serial', u.serial, 'quantity', u.quantity,
      'productId', u.product_id, 'product', pr.name, 'site', s.name, 'city', s.city, 'connected', u.connected,
      'status', u.status, 'isolatedAt', u.isolated_at) order by pr.name, u.kind = 'standalone', s.name, u.serial_key, u.id)
    from unit u join product pr on pr.id = u.product_id join site s on s.id = u.site_id
    where u.id in (select k.unit_id from correction k where k.action_id = l.action_id and k.party_id = l.party_id)) as units,
  (select json_agg(json_build_object('id', k.id, 'unitId', k.unit_id, 'environment', e.code, 'environmentName', e.name,
      'remedy', r.name, 'remedyKind', r.kind, 'state', k.state, 'since', k.state_since, 'claim', b.claim,
      'doneOn', b.done_on, 'contradicted', k.contradicted,
      'covered', coalesce(b.carried_from_id is not null and b.claim = 'done', false),
      'supersededBy', (select p.id from remedy f join correction p on p.remedy_id = f.id and p.unit_id = k.unit_id
          and p.environment_id = k.environment_id where f.supersedes_id = k.remedy_id and f.action_id = k.action_id limit 1),
      'related', ${relatedRows}) order by k.unit_id, e.position, r.position, k.id)
    from correction k
      join environment e on e.id = k.environment_id
      join remedy r on r.id = k.remedy_id
      left join confirmation b on b.id = k.because_id
    where k.action_id = l.action_id and k.party_id = l.party_id) as corrections`;

/** What else the form is asked about. */
const formColumns = sql`
  (select json_agg(json_build_object('id', pr.id, 'name', pr.name, 'environments',
      (select json_agg(json_build_object('code', e.code, 'name', e.name) order by e.position)
        from environment e join action_environment ae on ae.environment_id = e.id and ae.action_id = l.action_id
        where e.product_id = pr.id)) order by pr.name, pr.id)
    from product pr where pr.id in (select e.product_id from environment e
      join action_environment ae on ae.environment_id = e.id where ae.action_id = l.action_id)) as products,
  coalesce((select (min(n.released_at) at time zone 'UTC')::date from notice n where n.action_id = l.action_id),
    (select (a.created_at at time zone 'UTC')::date from action a where a.id = l.action_id)) as notice_date,
  exists (select 1 from download d join package k on k.id = d.package_id join remedy r on r.id = k.remedy_id
    where d.party_id = l.party_id and r.action_id = l.action_id and (d.state = 'finished' or d.handed_over)) as downloaded`;

const noUnitColumns = sql`null as units, null as corrections, null as products, '1990-01-01'::date as notice_date,
  false as downloaded`;

const answerColumns = sql`
  (select json_build_object('answers', d.answers, 'step', d.step, 'savedAt', d.saved_at,
      'labelRound', d.label_round) from reply_draft d where d.link_id = l.id) as draft,
  (select json_agg(json_build_object('id', y.id, 'at', y.received_at, 'door', y.door, 'language', y.language,
      'answers', y.answers, 'signature', y.signature, 'contradictions', y.contradictions) order by y.received_at, y.id)
    from (select * from reply where action_id = l.action_id and party_id = l.party_id
      order by received_at desc, id desc limit 20) y) as replies`;

/** The corrections that the fields of a form are about, by their names: `c17.status`. */
export function correctionsOfFields(fields: readonly { name: string }[]): number[] {
  return fields.flatMap(({ name }) => {
    const id = /^c(\d+)\./.exec(name)?.[1];
    return id === undefined ? [] : [Number(id)];
  });
}

/**
 * What the form of a party is asked about, for doors without a link.
 * @param answered corrections that were answered although the permanent fix has taken their place, as on a form printed
 *   before: they are taken as they were asked
 */
export async function loadFormContext(
  reader: Reader,
  actionId: number,
  partyId: number,
  answered: Iterable<number | string> = [],
): Promise<FormContext | undefined> {
  const { rows } = await sql<
    Pick<Row, 'units' | 'corrections' | 'products' | 'notice_date' | 'downloaded'> & { kind: string }
  >`${sql.raw(PREPARED)}
    select p.kind, ${unitColumns}, ${formColumns}
      from (select ${actionId}::bigint as action_id, ${partyId}::bigint as party_id) l join party p on p.id = l.party_id`.execute(
    reader,
  );
  const row = rows[0];
  return (
    row &&
    formContextOf(
      {
        ...row,
        party: { kind: row.kind },
        units: unitsOf(row),
        noticeDate: row.notice_date,
        products: row.products ?? [],
      },
      answered,
    )
  );
}

/** The same from what a page has loaded with its units. */
export function formContextOf(
  data: {
    party: { kind: string };
    products: PortalData['products'];
    units: PortalUnit[];
    noticeDate: Day;
    downloaded: boolean;
  },
  answered: Iterable<number | string> = [],
): FormContext {
  const kept = new Set([...answered].map(Number));
  const isAsked = (one: PortalCorrection): boolean => one.supersededBy === null || kept.has(one.id);
  return {
    role: roleOf(data.party.kind),
    products: data.products,
    units: data.units.map((unit) => ({ ...unit, corrections: unit.corrections.filter(isAsked) })),
    noticeDate: data.noticeDate,
    downloaded: data.downloaded,
  };
}

function unitsOf(row: Pick<Row, 'units' | 'corrections'>): PortalUnit[] {
  const ofUnit = Map.groupBy(row.corrections ?? [], (correction) => correction.unitId);
  return (row.units ?? []).map((unit) => ({ ...unit, corrections: ofUnit.get(unit.id) ?? [] }));
}

function portalOf(row: Row, now: Date): PortalData {
  return {
    now,
    link: { id: row.link_id, expiresAt: row.expires_at, revokedAt: row.revoked_at, openedAt: row.opened_at },
    contact: row.contact,
    party: row.party,
    action: row.action,
    obligation: row.obligation,
    notice: row.notice,
    versions: row.versions ?? [],
    form: row.form,
    units: unitsOf(row),
    products: row.products ?? [],
    noticeDate: row.notice_date,
    downloaded: row.downloaded,
    patch: row.patch,
    kit: row.kit,
    draft: row.draft,
    replies: row.replies ?? [],
    deadlines: row.deadlines ?? [],
  };
}

/** One form's definition as it is stored, or undefined. */
export async function loadFormDefinition(reader: Reader, formId: number): Promise<unknown> {
  const row = await reader.selectFrom('form').select('definition').where('id', '=', formId).executeTakeFirst();
  return row?.definition;
}
