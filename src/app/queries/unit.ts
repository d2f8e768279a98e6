import { sql } from 'kysely';
import type { Reader } from '../context.ts';
import type { HistoryEntry } from './party.ts';

export interface UnitPage {
  unit: {
    id: number;
    kind: string;
    serial: string;
    quantity: number;
    shipped_on: string | null;
    connected: boolean | null;
    software: Record<string, string>;
    status: string;
    isolated_at: string | null;
    source: string;
    import_id: number | null;
    import_row: number | null;
    product_id: number;
    product: string;
    party_id: number;
    party: string;
    site: string;
    country: string;
  };
  identifiers: { scheme: string; printed: string }[];
  corrections: {
    id: number;
    action_id: number;
    reference: string;
    environment: string;
    remedy: string;
    state: string;
    since: string;
    contradicted: boolean;
    evidence: {
      id: number;
      kind: string;
      claim: string;
      done_on: string | null;
      backed_up: boolean | null;
      reason: string;
      door: string;
      by: string;
      at: string;
      reply_id: number | null;
      corrects_id: number | null;
    }[];
    because_id: number | null;
  }[];
}

/** A unit with each of its corrections and all the evidence for them, in one round trip. */
export async function loadUnit(reader: Reader, unitId: number): Promise<UnitPage | undefined> {
  const { rows } = await sql<UnitPage>`
    select
      (select to_jsonb(x) from (select u.id, u.kind, u.serial, u.quantity, u.shipped_on::text, u.connected, u.software, u.status,
          u.isolated_at, u.source, u.import_id, u.import_row, u.product_id, p.name as product, u.party_id, pa.name as party,
          s.name as site, s.country) x) as unit,
      (select coalesce(jsonb_agg(x), '[]') from (select scheme, printed from product_identifier where product_id = u.product_id order by scheme, value) x) as identifiers,
      (select coalesce(jsonb_agg(x), '[]') from (select c.id, c.action_id, a.reference, e.name as environment, r.name as remedy, c.state,
          c.state_since as since, c.contradicted, c.because_id,
          (select coalesce(jsonb_agg(f), '[]') from (select id, kind, claim, done_on::text, backed_up, reason, door, by_name as by, at,
              reply_id, corrects_id from confirmation where correction_id = c.id order by id desc) f) as evidence
          from correction c join action a on a.id = c.action_id join environment e on e.id = c.environment_id
          join remedy r on r.id = c.remedy_id where c.unit_id = u.id order by a.id desc, e.position, r.position) x) as corrections
    from unit u join product p on p.id = u.product_id join party pa on pa.id = u.party_id join site s on s.id = u.site_id
    where u.id = ${unitId}`.execute(reader);
  return rows[0];
}

/** A unit's whole history, newest first: every recorded change of it and every piece of evidence. */
export async function loadUnitHistory(reader: Reader, unitId: number): Promise<HistoryEntry[]> {
  const { rows } = await sql<HistoryEntry>`
    select * from (
      (select 'event-' || seq as key, at, 'event' as kind, action as what, actor_name as by,
          jsonb_build_object('states', array[after ->> 'state'], 'reason', reason) as detail
        from event where unit_id = ${unitId} order by seq desc limit 500)
      union all
      (select 'confirmation-' || f.id, f.at, 'confirmation', f.claim, f.by_name,
          jsonb_build_object('environment', e.name, 'kind', f.kind, 'door', f.door, 'reason', f.reason, 'doneOn', f.done_on, 'reply', f.reply_id)
        from confirmation f join correction c on c.id = f.correction_id join environment e on e.id = c.environment_id
        where c.unit_id = ${unitId} order by f.id desc limit 500)
    ) history order by at desc, key desc`.execute(reader);
  return rows;
}
