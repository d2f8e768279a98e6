/** Imports of the catalogue: products with their identifiers, the pairs of these, and their environments. */
import { sql } from 'kysely';
import type { Context, Reader, Tx } from './context.ts';
import { byKey } from './import-places.ts';
import {
  type CheckedRow,
  type FieldSpecs,
  type Fields,
  type Judgement,
  type KindWriter,
  weigh,
  writeRecords,
} from './import-records.ts';

const PRODUCT_FIELDS: FieldSpecs = {
  code: { type: 'text', blank: '' },
  name: { type: 'text', blank: '' },
  kind: { type: 'text', blank: 'instrument' },
  description: { type: 'text', blank: '' },
  software_versions: { type: 'text[]', blank: [] },
};
/** Compared like columns, kept in tables of their own; see `additions`. */
const LIST_FIELDS: FieldSpecs = {
  identifiers: { type: 'text[]', blank: [] },
  pairs: { type: 'text[]', blank: [] },
  environments: { type: 'text[]', blank: [] },
};
const DEFAULT_ENVIRONMENT = 'Default';

interface Identifier {
  scheme: string;
  issuer: string;
  value: string;
  printed: string;
}

/** What is known and what the file adds: identifiers, pairs and environments once given are never taken away by a file. */
function union(known: readonly string[], added: readonly string[] | undefined): string[] {
  const folded = new Set(known.map((one) => one.toLowerCase()));
  return [...known, ...(added ?? []).filter((one) => !folded.has(one.toLowerCase()))];
}

async function readProducts(reader: Reader, codes: string[]): Promise<Map<string, Fields>> {
  return byKey(
    reader,
    sql<Fields>`select p.*,
        array(select i.scheme || ' ' || i.value from product_identifier i where i.product_id = p.id order by i.id) as identifiers,
        array(select e.code from environment e where e.product_id = p.id order by e.position) as environments,
        array(select u.value || ':' || k.value from product_identifier_pair pair
          join product_identifier k on k.id = pair.catalogue_id join product_identifier u on u.id = pair.udi_di_id
          where k.product_id = p.id order by u.id, k.id) as pairs
      from product p where p.code = any(${codes}::text[])`,
    'code',
  );
}

function identifiersOf({ values }: CheckedRow<'products'>): Identifier[] {
  return [
    ...(values.udiDis ?? []).map(({ scheme, issuer, value, printed }) => ({ scheme, issuer, value, printed })),
    ...(values.catalogueNumbers ?? []).map((value) => ({ scheme: 'catalogue', issuer: '', value, printed: value })),
  ];
}

export function productWriter(ctx: Pick<Context, 'now'>, mapped: (key: string) => boolean): KindWriter<'products'> {
  return {
    subject: 'product',
    writesAtOnce: 1,
    async judge(reader, rows) {
      const known = await readProducts(
        reader,
        rows.map((row) => row.values.code),
      );
      return rows.map((row) => {
        const { values } = row;
        const before = known.get(values.code);
        const identifiers = identifiersOf(row);
        const pairs = (values.pairs ?? []).map((pair) => ({ di: pair.di.value, catalogue: pair.catalogueNumber }));
        const kept = (name: string): string[] => (before?.[name] as string[] | undefined) ?? [];
        const environments = union(kept('environments'), values.environments);
        const wanted = {
          code: values.code,
          name: values.name,
          kind: before && !mapped('kind') ? undefined : values.kind,
          description: values.description,
          software_versions: values.softwareVersions,
          identifiers: union(
            kept('identifiers'),
            identifiers.map(({ scheme, value }) => `${scheme} ${value}`),
          ),
          pairs: union(
            kept('pairs'),
            pairs.map(({ di, catalogue }) => `${di}:${catalogue}`),
          ),
          environments: environments.length > 0 ? environments : [DEFAULT_ENVIRONMENT],
        };
        const judged = weigh(row, { ...PRODUCT_FIELDS, ...LIST_FIELDS }, wanted, before, {
          key: values.code,
          label: `${values.name} (${values.code})`,
        });
        judged.fields.typed = identifiers;
        judged.fields.typedPairs = pairs;
        return judged;
      });
    },
    async write(tx, judged) {
      await writeRecords(tx, 'product', PRODUCT_FIELDS, judged, ctx.now(), { changedAt: false });
      for (const row of judged) if (row.verdict === 'create' || row.verdict === 'change') await writeLists(tx, row);
    },
  };
}

async function writeLists(tx: Tx, { fields }: Judgement): Promise<void> {
  const product = await tx
    .selectFrom('product')
    .select('id')
    .where('code', '=', String(fields.code))
    .executeTakeFirstOrThrow();
  const typed = fields.typed as Identifier[];
  const pairs = fields.typedPairs as { di: string; catalogue: string }[];
  const environments = fields.environments as string[];
  await sql`insert into product_identifier (product_id, scheme, issuer, value, printed)
    select ${product.id}::bigint, t.* from unnest(${typed.map((one) => one.scheme)}::text[],
        ${typed.map((one) => one.issuer)}::text[], ${typed.map((one) => one.value)}::text[],
        ${typed.map((one) => one.printed)}::text[]) t
    on conflict do nothing`.execute(tx);
  await sql`insert into product_identifier_pair (catalogue_id, udi_di_id)
    select k.id, u.id from unnest(${pairs.map((one) => one.catalogue)}::text[], ${pairs.map((one) => one.di)}::text[]) t (k, u)
      join product_identifier k on k.product_id = ${product.id} and k.scheme = 'catalogue' and k.value = t.k
      join product_identifier u on u.product_id = ${product.id} and u.scheme in ('udi-di', 'eudamed') and u.value = t.u
    on conflict do nothing`.execute(tx);
  await sql`insert into environment (product_id, code, name, position)
    select ${product.id}::bigint, t.code, t.code, t.n from unnest(${environments}::text[]) with ordinality t (code, n)
    on conflict do nothing`.execute(tx);
}
