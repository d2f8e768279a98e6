import type { Context } from '../../src/app/context.ts';

/** A small field for tests: one product in two environments, two hospitals, three instruments. */
export interface Field {
  productId: number;
  environmentIds: number[];
  partyIds: number[];
}

/** Puts the field into the database. */
export async function plantField({ db }: Pick<Context, 'db'>): Promise<Field> {
  const at = new Date('2022-05-01T00:00:00Z');
  const { id: productId } = await db
    .insertInto('product')
    .values({ code: 'NB', name: 'NextBench 550', kind: 'instrument', created_at: at })
    .returning('id')
    .executeTakeFirstOrThrow();
  const environments = await db
    .insertInto('environment')
    .values([
      { product_id: productId, code: 'Dx', name: 'Diagnostic mode', position: 1 },
      { product_id: productId, code: 'RUO', name: 'Research mode', position: 2 },
    ])
    .returning('id')
    .execute();
  const parties = await db
    .insertInto('party')
    .values(
      [
        ['P1', 'Spital Nord', 'DE'],
        ['P2', '=Ospedale Sud', 'IT'],
      ].map(([ref = '', name = '', country = '']) => ({
        ref,
        name,
        country,
        kind: 'customer' as const,
        distributor_id: null,
        created_at: at,
        changed_at: at,
      })),
    )
    .returning(['id', 'name', 'country'])
    .execute();
  for (const [index, party] of parties.entries()) {
    const { id: siteId } = await db
      .insertInto('site')
      .values({
        ref: `S${index}`,
        party_id: party.id,
        name: 'Laboratory',
        country: party.country,
        created_at: at,
        changed_at: at,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    for (const serial of index === 0 ? ['NB550001', 'NB550002'] : ['NB550003']) {
      await db
        .insertInto('unit')
        .values({
          kind: 'serial',
          product_id: productId,
          site_id: siteId,
          party_id: party.id,
          serial,
          serial_key: serial.replace(/\d+/, (digits) => digits.padStart(20, '0')),
          shipped_on: '2020-01-02',
          connected: null,
          isolated_at: null,
          import_id: null,
          import_row: null,
          sold_through_id: null,
          created_at: at,
          changed_at: at,
        })
        .execute();
    }
  }
  return { productId, environmentIds: environments.map((row) => row.id), partyIds: parties.map((row) => row.id) };
}
