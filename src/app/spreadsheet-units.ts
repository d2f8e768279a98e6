/** What is known of the units that the rows of a list name. */
import { sql } from 'kysely';
import { numbersOf, readLabel } from '../domain/barcode.ts';
import { isRefusal } from '../domain/refusal.ts';
import { serialKey } from '../domain/scope.ts';
import type { KnownUnit } from '../domain/spreadsheet-judge.ts';
import type { Reader } from './context.ts';
import { mayAnswerFor, unitsToAnswerFor } from './mandates.ts';

/** How a cell names a unit: its likely numbers as keys, and the device identifier where it is a whole UDI. */
export interface NamedUnit {
  keys: string[];
  /** The number itself, for suggestions. */
  number: string;
  di: string;
}

/** Reads what stands in the column of serial numbers. A carrier that is damaged names nothing. */
export function nameUnit(text: string, today: string): NamedUnit {
  const label = readLabel(text, today);
  if (isRefusal(label)) return { keys: [], number: text, di: '' };
  const numbers = numbersOf(label);
  return {
    keys: numbers.map(serialKey),
    number: numbers[0] ?? text,
    di: label.kind === 'udi' ? label.carrier.di : '',
  };
}

/** Units by the key of their number, with what stands in the ledger for one action and whether the sender may answer for them. */
export async function loadKnownUnits(
  reader: Reader,
  of: { actionId: number; speakerId: number },
  keys: readonly string[],
): Promise<Map<string, KnownUnit[]>> {
  if (keys.length === 0) return new Map();
  const { rows } = await sql<
    Omit<KnownUnit, 'corrections'> & { key: string; corrections: KnownUnit['corrections'] | null }
  >`
    select u.id, u.serial, u.serial_key as key, r.name as product, u.party_id as "partyId", p.name as party,
           ${mayAnswerFor(of.speakerId, 'u', 'p')} as ours,
           exists (select 1 from obligation o where o.action_id = ${of.actionId} and o.party_id = u.party_id) as told,
           array(select r.code union select i.value from product_identifier i where i.product_id = r.id
                 union select i.printed from product_identifier i where i.product_id = r.id) as "productNames",
           (select json_agg(json_build_object('id', k.id, 'mode', e.code, 'remedyId', k.remedy_id, 'state', k.state,
                     'because', case when b.id is null then null else json_build_object('kind', b.kind, 'claim', b.claim,
                        'reason', b.reason, 'doneOn', b.done_on) end,
                     'last', (select json_build_object('claim', s.claim, 'doneOn', s.done_on) from confirmation s
                               where s.correction_id = k.id and s.kind = 'statement' order by s.id desc limit 1))
                   order by e.position, k.id)
              from correction k join environment e on e.id = k.environment_id left join confirmation b on b.id = k.because_id
             where k.unit_id = u.id and k.action_id = ${of.actionId}) as corrections
      from unit u join product r on r.id = u.product_id join party p on p.id = u.party_id
     where u.serial_key = any(${[...keys]}::text[])
     order by u.id`.execute(reader);
  const units = new Map<string, KnownUnit[]>();
  for (const { key, ...row } of rows) {
    const list = units.get(key) ?? [];
    // Nobody's list of five hundred units of one number is meant.
    if (list.length < 50) list.push({ ...row, corrections: row.corrections ?? [] });
    units.set(key, list);
  }
  return units;
}

/** Numbers of the units a sender may answer for in an action: what a mistyped one may have meant. At most `limit`. */
export async function loadOwnSerials(
  reader: Reader,
  of: { actionId: number; speakerId: number },
  limit: number,
): Promise<string[]> {
  const { rows } = await sql<{ serial: string }>`
    select distinct u.serial from unit u
     where u.id in ${unitsToAnswerFor(of.speakerId)}
       and exists (select 1 from correction k where k.unit_id = u.id and k.action_id = ${of.actionId}) limit ${limit}`.execute(
    reader,
  );
  return rows.map((row) => row.serial);
}

/** The first day a correction can have been made: that of the first notice. */
export async function noticeDayOf(reader: Reader, actionId: number): Promise<string> {
  const { rows } = await sql<{ day: string }>`
    select coalesce((select (min(released_at) at time zone 'UTC')::date from notice where action_id = ${actionId}),
                    (select (created_at at time zone 'UTC')::date from action where id = ${actionId})) as day`.execute(
    reader,
  );
  return rows[0]?.day ?? '1990-01-01';
}
