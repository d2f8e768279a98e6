import { sql } from 'kysely';
import type { Context, Tx } from './context.ts';
import { recordEvent } from './event.ts';

/** As many tickets as one kit holds (app/kits.ts). */
const MOST_IN_A_KIT = 500;

/**
 * Asks for the kits that the permanent fix will need, one for each party: for units that are known to have no Internet, or
 * that had a kit for the interim patch. Corrections that a kit was asked for already are left out, so that it may run
 * again. They wait in the queue of kits until a package is released.
 * @param actionId the action whose remedies supersede others
 */
export async function requestCarriedKits(
  tx: Tx,
  ctx: Context,
  actionId: number,
): Promise<{ kits: number; corrections: number }> {
  const { rows } = await sql<{ kits: number; corrections: number }>`
    with needing as (
      select c.id, c.party_id, c.remedy_id, (row_number() over (partition by c.party_id, c.remedy_id order by c.id) - 1)
          / ${MOST_IN_A_KIT}::int as part
        from remedy r
        join correction c on c.remedy_id = r.id and c.fix_path in ('neither', 'interim')
        join unit u on u.id = c.unit_id
       where r.action_id = ${actionId} and r.supersedes_id is not null
         and (u.connected = false or exists (
           select 1 from correction i join kit_correction x on x.correction_id = i.id join kit k on k.id = x.kit_id
            where i.unit_id = c.unit_id and i.environment_id = c.environment_id and i.remedy_id = r.supersedes_id
              and k.state <> 'cancelled'))
         and not exists (select 1 from kit_correction x join kit k on k.id = x.kit_id
                          where x.correction_id = c.id and k.state <> 'cancelled')),
    groups as (select distinct party_id, remedy_id, part from needing),
    numbered as (
      select nextval(pg_get_serial_sequence('kit', 'id')) as id, g.* from groups g order by party_id, remedy_id, part),
    made as (
      insert into kit (id, action_id, party_id, remedy_id, state_since, note, language, requested_at, requested_by,
          contact_id, ship_to)
        overriding system value
        select n.id, ${actionId}::bigint, n.party_id, n.remedy_id, ${ctx.now()}::timestamptz,
            'No Internet: carried over from the interim patch', coalesce(c.languages[1], 'en'),
            ${ctx.now()}::timestamptz, ${ctx.actor.name}, c.id,
            jsonb_build_object('name', coalesce(s.name, p.name), 'attention', coalesce(c.name, ''),
              'street', coalesce(nullif(s.street, ''), p.street), 'postcode', coalesce(nullif(s.postcode, ''), p.postcode),
              'city', coalesce(nullif(s.city, ''), p.city), 'region', coalesce(nullif(s.region, ''), p.region),
              'country', coalesce(s.country, p.country), 'phone', coalesce(nullif(c.phone, ''), p.phone))
          from numbered n
          join party p on p.id = n.party_id
          left join lateral (select * from contact where party_id = n.party_id and status = 'active' order by id limit 1) c on true
          left join lateral (select * from site where party_id = n.party_id order by id = c.site_id desc, id limit 1) s on true
        returning id),
    filled as (
      insert into kit_correction (kit_id, correction_id)
        select n.id, c.id from needing c join numbered n using (party_id, remedy_id, part)
        returning 1)
    select (select count(*)::int from made) as kits, (select count(*)::int from filled) as corrections`.execute(tx);
  const counts = rows[0] ?? { kits: 0, corrections: 0 };
  if (counts.kits > 0)
    await recordEvent(tx, ctx, {
      action: 'kit.carry',
      subject: 'action',
      subjectId: actionId,
      actionId,
      after: counts,
    });
  return counts;
}
