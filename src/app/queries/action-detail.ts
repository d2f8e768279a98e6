import { sql } from 'kysely';
import type { Stage } from '../../db/schema.ts';
import type { Reader } from '../context.ts';

/**
 * The number of an action by what people and programs call it: its reference, else its number.
 * @returns undefined when there is none
 */
export async function findActionId(reader: Reader, text: string): Promise<number | undefined> {
  const byReference = await reader.selectFrom('action').select('id').where('reference', '=', text).executeTakeFirst();
  if (byReference || !/^[1-9]\d{0,14}$/.test(text)) return byReference?.id;
  const byId = await reader.selectFrom('action').select('id').where('id', '=', Number(text)).executeTakeFirst();
  return byId?.id;
}

export interface ActionDetail {
  id: number;
  reference: string;
  title: string;
  kind: string;
  stage: Stage;
  stageSince: string;
  description: string;
  hazard: string;
  classProposed: string;
  classGiven: string;
  deviceLaw: 'IVD' | 'MD';
  awareOn: string | null;
  reportabilityAwareOn: string | null;
  embargoUntil: string | null;
  facts: Record<string, unknown>;
  releasedAt: string | null;
  regimes: { country: string; regime: string; authorityReference: string }[];
  vulnerabilities: {
    cve: string;
    cwe: string;
    cvssScore: number | null;
    cvssVector: string;
    summary: string;
    affectedVersions: string;
  }[];
  environments: { id: number; product: string; code: string; name: string }[];
  remedies: {
    id: number;
    position: number;
    kind: string;
    name: string;
    description: string;
    prerequisites: string[];
    sideEffects: string[];
    status: string;
  }[];
  scopeRules: {
    id: number;
    effect: string;
    productId: number | null;
    conditions: Record<string, unknown>;
    reason: string;
  }[];
  scopeRuns: { id: number; state: string; unitsIn: number; unitsOut: number; startedAt: string }[];
  notices: { id: number; version: number; number: string; kind: string; state: string; contentHash: string }[];
}

/** Everything an action is described by, in one round trip. Instants as RFC 3339 text. */
export async function loadActionDetail(reader: Reader, actionId: number): Promise<ActionDetail | undefined> {
  const { rows } = await sql<{ action: ActionDetail }>`
    select jsonb_build_object(
      'id', a.id, 'reference', a.reference, 'title', a.title, 'kind', a.kind, 'stage', a.stage, 'stageSince', a.stage_since,
      'description', a.description, 'hazard', a.hazard, 'classProposed', a.class_proposed, 'classGiven', a.class_given,
      'deviceLaw', a.device_law, 'awareOn', a.aware_on, 'reportabilityAwareOn', a.reportability_aware_on,
      'embargoUntil', a.embargo_until, 'facts', a.facts, 'releasedAt', a.released_at)
    || jsonb_build_object(
      'regimes', (select coalesce(jsonb_agg(jsonb_build_object('country', country, 'regime', regime,
          'authorityReference', authority_reference) order by country), '[]') from action_country where action_id = a.id),
      'vulnerabilities', (select coalesce(jsonb_agg(jsonb_build_object('cve', cve, 'cwe', cwe, 'cvssScore', cvss_score,
          'cvssVector', cvss_vector, 'summary', summary, 'affectedVersions', affected_versions) order by cve), '[]')
          from action_vulnerability where action_id = a.id),
      'environments', (select coalesce(jsonb_agg(jsonb_build_object('id', e.id, 'product', p.name, 'code', e.code, 'name', e.name)
          order by p.name, e.position), '[]') from action_environment ae join environment e on e.id = ae.environment_id
          join product p on p.id = e.product_id where ae.action_id = a.id),
      'remedies', (select coalesce(jsonb_agg(jsonb_build_object('id', id, 'position', position, 'kind', kind, 'name', name,
          'description', description, 'prerequisites', prerequisites, 'sideEffects', side_effects, 'status', status)
          order by position), '[]') from remedy where action_id = a.id),
      'scopeRules', (select coalesce(jsonb_agg(jsonb_build_object('id', id, 'effect', effect, 'productId', product_id,
          'conditions', conditions, 'reason', reason) order by id), '[]') from scope_rule where action_id = a.id),
      'scopeRuns', (select coalesce(jsonb_agg(jsonb_build_object('id', id, 'state', state, 'unitsIn', units_in,
          'unitsOut', units_out, 'startedAt', started_at) order by id desc), '[]')
          from (select * from scope_run where action_id = a.id order by id desc limit 20) r),
      'notices', (select coalesce(jsonb_agg(jsonb_build_object('id', id, 'version', version, 'number', number, 'kind', kind,
          'state', state, 'contentHash', content_hash) order by version desc), '[]') from notice where action_id = a.id)
    ) as action
    from action a where a.id = ${actionId}`.execute(reader);
  return rows[0]?.action;
}

export interface NoticeDetail {
  id: number;
  actionId: number;
  number: string;
  version: number;
  kind: string;
  state: string;
  stateSince: Date;
  contentHash: string;
  releasedAt: Date | null;
  document: unknown;
  signatures: {
    name: string;
    role: string;
    meaning: string;
    signedAt: Date;
    voidedAt: Date | null;
    voidedReason: string;
  }[];
}

/** A notice with its text and every signature given on it, those that fell too. */
export async function loadNotice(reader: Reader, noticeId: number): Promise<NoticeDetail | undefined> {
  const row = await reader.selectFrom('notice').selectAll().where('id', '=', noticeId).executeTakeFirst();
  if (!row) return undefined;
  const signatures = await reader
    .selectFrom('signature')
    .select([
      'staff_name as name',
      'role',
      'meaning',
      'signed_at as signedAt',
      'voided_at as voidedAt',
      'voided_reason as voidedReason',
    ])
    .where('subject_kind', '=', 'notice')
    .where('subject_id', '=', String(noticeId))
    .orderBy('id')
    .execute();
  return {
    id: row.id,
    actionId: row.action_id,
    number: row.number,
    version: row.version,
    kind: row.kind,
    state: row.state,
    stateSince: row.state_since,
    contentHash: row.content_hash,
    releasedAt: row.released_at,
    document: row.document,
    signatures,
  };
}

/** How far a run of the scope rules has come. */
export async function loadScopeRun(reader: Reader, runId: number) {
  return reader
    .selectFrom('scope_run')
    .select([
      'id',
      'action_id as actionId',
      'state',
      'seen',
      'units_in as unitsIn',
      'units_out as unitsOut',
      'started_at as startedAt',
      'finished_at as finishedAt',
      'applied_at as appliedAt',
    ])
    .where('id', '=', runId)
    .executeTakeFirst();
}
