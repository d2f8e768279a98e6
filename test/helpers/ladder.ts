import { sql } from 'kysely';
import type { Context } from '../../src/app/context.ts';

/** A released package of an action's remedy, without bytes: enough for what counts as having the file. */
export async function addPackageRow(
  ctx: Context,
  released: { remedyId: number },
  more: { version?: string; applies?: { product: string; environments: string[] }[] } = {},
): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    insert into package (remedy_id, version, file_name, size, sha256, sha512, state, storage_key, applies, created_at, released_at)
      values (${released.remedyId}, ${more.version ?? '1.0'}, 'patch.msi', 10, repeat('a', 64), repeat('b', 128), 'released', 'kept',
        ${JSON.stringify(more.applies ?? [])}::jsonb, ${ctx.now()}, ${ctx.now()}) returning id`.execute(ctx.db);
  return rows[0]?.id ?? 0;
}

/** Bytes of a package have gone to a party: all of them, or `started` only some. */
export async function addDownload(
  ctx: Context,
  download: { actionId: number; packageId: number; partyId: number; contactId?: number; state?: string },
): Promise<number> {
  const state = download.state ?? 'finished';
  const { rows } = await sql<{ id: number }>`
    insert into download (action_id, package_id, party_id, contact_id, state, granted_at, changed_at, started_at, finished_at)
      values (${download.actionId}, ${download.packageId}, ${download.partyId}, ${download.contactId ?? null}, ${state},
        ${ctx.now()}, ${ctx.now()}, ${ctx.now()}, case when ${state} = 'finished' then ${ctx.now()}::timestamptz end)
      returning id`.execute(ctx.db);
  return rows[0]?.id ?? 0;
}

/** A kit for these corrections of one party that is on its way. */
export async function addShippedKit(ctx: Context, packageId: number, correctionIds: number[]): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    insert into kit (action_id, party_id, remedy_id, state, state_since, shipped_at, language, requested_at, requested_by,
        package_id, prepared_at, good_until, carrier, tracking)
      select action_id, party_id, remedy_id, 'shipped', ${ctx.now()}, ${ctx.now()}, 'en', ${ctx.now()}, 'test',
          ${packageId}, ${ctx.now()}, ${ctx.now()}, 'Post', 'X1'
        from correction where id = ${correctionIds[0] ?? 0}
      returning id`.execute(ctx.db);
  const id = rows[0]?.id ?? 0;
  await ctx.db
    .insertInto('kit_correction')
    .values(correctionIds.map((correction_id) => ({ kit_id: id, correction_id })))
    .execute();
  return id;
}

/** Letters left for these parties, or came back from all of their contacts. */
export async function tell(ctx: Context, actionId: number, partyIds: number[], told = true): Promise<void> {
  await sql`update obligation set notified_at = ${told ? ctx.now() : null}
    where action_id = ${actionId} and party_id = any(${partyIds}::bigint[])`.execute(ctx.db);
}

/** The corrections of a party, in the order of units and environments. */
export async function correctionsOf(ctx: Context, partyId: number) {
  return ctx.db
    .selectFrom('correction')
    .select(['id', 'unit_id', 'environment_id', 'state', 'rung', 'notified_at', 'has_file_at'])
    .where('party_id', '=', partyId)
    .orderBy('id')
    .execute();
}
