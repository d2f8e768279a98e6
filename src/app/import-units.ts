/** Imports of units: the largest files by far, so everything here works on thousands of rows at a time. */
import { sql } from 'kysely';
import { serialKey } from '../domain/scope.ts';
import type { Context, Reader, Tx } from './context.ts';
import { followUnits } from './import-places.ts';
import {
  type CheckedRow,
  type FieldSpecs,
  type Fields,
  finding,
  type Judgement,
  judgeAgainst,
  type KindWriter,
  weigh,
  writeRecords,
} from './import-records.ts';
import { type ProductFound, partyLookup, productLookup, siteLookup } from './import-references.ts';

const UNIT_FIELDS: FieldSpecs = {
  serial: { type: 'text', blank: '' },
  kind: { type: 'text', blank: 'serial' },
  product_id: { type: 'bigint', blank: null, shown: 'product' },
  site_id: { type: 'bigint', blank: null, shown: 'site' },
  party_id: { type: 'bigint', blank: null, shown: 'party' },
  quantity: { type: 'int', blank: 1 },
  shipped_on: { type: 'date', blank: null },
  connected: { type: 'boolean', blank: null },
  software: { type: 'jsonb', blank: {} },
  lot: { type: 'text', blank: '' },
  sold_through_id: { type: 'bigint', blank: null, shown: 'soldThrough' },
};

/** A row whose references are found: what its unit is compared with, and what it becomes. */
interface Placed {
  row: CheckedRow<'units'>;
  product: ProductFound;
  /** 0: the party's default site, which is made when the import is applied. */
  siteId: number;
  siteRef: string;
  partyId: number;
  partyRef: string;
  /** The file names the party only: a unit that stands at any of its sites stays there. */
  byParty: boolean;
  soldThrough: number | null | undefined;
}

type Unit = Fields & { id: number; party_id: number; site_id: number; software: Record<string, string> };

/**
 * @param options.importId kept on every unit it creates
 * @param options.allNew the check found no unit of the file known: the unique indexes then find what came in meanwhile,
 * and the table need not be asked again
 */
export function unitWriter(
  ctx: Context,
  mapped: (key: string) => boolean,
  options: { importId: number; allNew?: boolean },
): KindWriter<'units'> {
  const products = productLookup();
  const sites = siteLookup();
  const parties = partyLookup();
  const moved: number[] = [];
  let soldThrough = false;

  async function loadReferences(reader: Reader, rows: CheckedRow<'units'>[]): Promise<void> {
    const texts = new Set<string>();
    const siteRefs = new Set<string>();
    const partyRefs = new Set<string>();
    for (const { values } of rows) {
      texts.add(values.product.text);
      if (values.product.di !== '') texts.add(values.product.di);
      if (values.siteRef) siteRefs.add(values.siteRef);
      else if (values.partyRef) siteRefs.add(values.partyRef).add(values.partyRef);
      if (values.partyRef) partyRefs.add(values.partyRef);
      if (values.soldThroughRef) partyRefs.add(values.soldThroughRef);
    }
    await products.load(reader, texts);
    await sites.load(reader, siteRefs);
    if (partyRefs.size > 0) await parties.load(reader, partyRefs);
  }

  function findProduct(row: CheckedRow<'units'>): ProductFound | Judgement {
    const { text, di } = row.values.product;
    const found = products.get(text) ?? products.get(di) ?? [];
    const [product] = found;
    if (!product) return judgeAgainst(row, 'reject', [finding('product', text, 'import.product-unknown')]);
    if (found.length === 1) return product;
    const names = found.map(({ code }) => code).join(', ');
    return judgeAgainst(row, 'reject', [finding('product', text, 'import.product-ambiguous', { products: names })]);
  }

  function place(row: CheckedRow<'units'>): Placed | Judgement {
    const { values } = row;
    const product = findProduct(row);
    if ('verdict' in product) return product;
    const party = values.partyRef ? parties.get(values.partyRef) : undefined;
    if (values.partyRef && !party)
      return judgeAgainst(row, 'reject', [finding('partyRef', values.partyRef, 'import.party-unknown')]);
    let seller: number | null | undefined = values.soldThroughRef === undefined ? undefined : null;
    if (values.soldThroughRef) {
      const found = parties.get(values.soldThroughRef);
      if (found?.kind !== 'distributor') {
        const code = found ? 'import.distributor-kind' : 'import.distributor-unknown';
        return judgeAgainst(row, 'reject', [finding('soldThroughRef', values.soldThroughRef, code)]);
      }
      seller = found.id;
    }
    if (values.siteRef) {
      const site = sites.get(values.siteRef);
      if (!site) return judgeAgainst(row, 'reject', [finding('siteRef', values.siteRef, 'import.site-unknown')]);
      if (party && site.partyId !== party.id)
        return judgeAgainst(row, 'reject', [
          finding('siteRef', site.ref, 'import.site-party', { party: site.partyRef, asked: party.ref }),
        ]);
      return {
        row,
        product,
        siteId: site.id,
        siteRef: site.ref,
        partyId: site.partyId,
        partyRef: site.partyRef,
        byParty: false,
        soldThrough: seller,
      };
    }
    if (!party) return judgeAgainst(row, 'reject', [finding('siteRef', '', 'import.place')]);
    const site = sites.get(party.ref);
    if (site && site.partyId !== party.id)
      return judgeAgainst(row, 'reject', [
        finding('siteRef', party.ref, 'import.site-default', { party: site.partyRef }),
      ]);
    return {
      row,
      product,
      siteId: site?.id ?? 0,
      siteRef: party.ref,
      partyId: party.id,
      partyRef: party.ref,
      byParty: true,
      soldThrough: seller,
    };
  }

  /** Versions by environment code. A column for all environments counts for each; what is known of others stays. */
  function softwareOf(
    placed: Placed,
    known: Record<string, string>,
  ): { software: Record<string, string> | undefined } | Judgement {
    const typed = placed.row.values.software;
    if (typed === undefined) return { software: undefined };
    const software = { ...known };
    for (const [name, version] of Object.entries(typed)) {
      if (name === '') {
        for (const code of placed.product.environments) if (!hasVersion(typed, code)) software[code] = version;
        continue;
      }
      const code =
        placed.product.environments.find((one) => one === name) ??
        placed.product.environments.find((one) => one.toLowerCase() === name.toLowerCase());
      if (code === undefined)
        return judgeAgainst(placed.row, 'reject', [
          finding(`software:${name}`, version, 'import.environment', {
            product: placed.product.name,
            environment: name,
          }),
        ]);
      software[code] = version;
    }
    return { software };
  }

  function judgePlaced(placed: Placed, known: Unit | undefined): Judgement {
    const { row, product } = placed;
    const { values } = row;
    const software = softwareOf(placed, known?.software ?? {});
    if ('verdict' in software) return software;
    const stays = known !== undefined && placed.byParty && known.party_id === placed.partyId;
    const wanted = {
      kind: values.kind,
      product_id: product.id,
      product: product.code,
      site_id: stays ? undefined : placed.siteId,
      site: placed.siteRef,
      party_id: placed.partyId,
      party: placed.partyRef,
      serial: values.serial,
      quantity: known && !mapped('quantity') ? undefined : values.quantity,
      shipped_on: values.shippedOn,
      connected: values.connected,
      software: software.software,
      lot: values.kind === 'lot' ? undefined : values.lot,
      sold_through_id: placed.soldThrough,
      soldThrough: values.soldThroughRef || null,
    };
    const judged = weigh(row, UNIT_FIELDS, wanted, known, {
      key: keyOf(placed),
      label: values.serial,
      partyId: placed.partyId,
    });
    if (judged.fields.site_id === 0) judged.fields.partyRef = placed.partyRef;
    return judged;
  }

  return {
    subject: 'unit',
    writesAtOnce: 2,
    async judge(reader, rows) {
      await loadReferences(reader, rows);
      const placed = rows.map(place);
      const sound = placed.filter((one): one is Placed => !('verdict' in one));
      const known = options.allNew ? new Map<string, Unit>() : await readUnits(reader, sound);
      return placed.map((one) => ('verdict' in one ? one : judgePlaced(one, known.get(keyOf(one)))));
    },
    async write(tx, judged) {
      const written = judged.filter((row) => row.verdict === 'create' || row.verdict === 'change');
      await makeDefaultSites(tx, ctx, written);
      // Neighbours in the indexes are written together.
      written.sort((a, b) => (a.label < b.label ? -1 : 1));
      await writeRecords(
        tx,
        'unit',
        { ...UNIT_FIELDS, serial_key: { type: 'text', blank: '' } },
        keyed(written),
        ctx.now(),
        {
          created: { import_id: ['bigint', () => options.importId], import_row: ['int', (row) => row.number] },
          changedAt: true,
        },
      );
      for (const row of written) {
        if (row.verdict === 'change' && ('site' in row.after || 'party' in row.after)) moved.push(row.id);
        soldThrough ||= row.fields.sold_through_id !== null;
      }
    },
    async finish(tx) {
      if (moved.length > 0) await followUnits(tx, ctx, sql`u.id = any(${moved}::bigint[])`);
      // Who serves a party is often known from what was sold to it only.
      if (soldThrough)
        await sql`update party p set distributor_id = u.sold_through_id, changed_at = ${ctx.now()}
          from (select party_id, min(sold_through_id) as sold_through_id from unit
                  where import_id = ${options.importId} and sold_through_id is not null group by 1) u
          where p.id = u.party_id and p.distributor_id is null and p.id <> u.sold_through_id`.execute(tx);
    },
  };
}

function hasVersion(typed: Record<string, string>, code: string): boolean {
  return Object.keys(typed).some((name) => name.toLowerCase() === code.toLowerCase());
}

/** Serials are unique within product and kind, lots within a site as well. */
function keyOf({ row, product, siteId, siteRef }: Placed): string {
  const key = `${product.id}/${row.values.kind}/${row.values.serial}`;
  return row.values.kind === 'lot' ? `${key}/${siteId || siteRef}` : key;
}

async function readUnits(reader: Reader, placed: Placed[]): Promise<Map<string, Unit>> {
  const known = new Map<string, Unit>();
  if (placed.length === 0) return known;
  // An index scan per row whatever the planner thinks of the table's size: its figures are old while an import runs.
  const { rows } = await sql<Unit>`
    select u.*, p.code as product, s.ref as site, pa.ref as party, d.ref as "soldThrough"
      from unnest(${placed.map((one) => one.product.id)}::bigint[], ${placed.map((one) => one.row.values.kind)}::text[],
          ${placed.map((one) => one.row.values.serial)}::text[], ${placed.map((one) => one.siteId)}::bigint[]) t (product_id, kind, serial, site_id)
      join unit u on u.serial = t.serial and u.product_id = t.product_id and u.kind = t.kind
                 and (u.kind <> 'lot' or u.site_id = t.site_id)
      join product p on p.id = u.product_id join site s on s.id = u.site_id join party pa on pa.id = u.party_id
      left join party d on d.id = u.sold_through_id`.execute(reader);
  for (const row of rows) {
    const key = `${row.product_id}/${row.kind}/${row.serial}`;
    known.set(row.kind === 'lot' ? `${key}/${row.site_id}` : key, row);
  }
  return known;
}

function keyed(judged: Judgement[]): Judgement[] {
  for (const row of judged) row.fields.serial_key = serialKey(String(row.fields.serial));
  return judged;
}

/** A party without a site of its own number gets one at its own address: units stand somewhere. */
async function makeDefaultSites(tx: Tx, ctx: Pick<Context, 'now'>, judged: Judgement[]): Promise<void> {
  const homeless = judged.filter(({ fields }) => fields.site_id === 0);
  if (homeless.length === 0) return;
  const refs = [...new Set(homeless.map(({ fields }) => String(fields.partyRef)))];
  await sql`insert into site (ref, party_id, name, country, street, postcode, city, region, created_at, changed_at)
    select ref, id, name, country, street, postcode, city, region, ${ctx.now()}, ${ctx.now()} from party
      where ref = any(${refs}::text[]) on conflict (ref) do nothing`.execute(tx);
  const { rows } = await sql<{ id: number; ref: string; party_id: number }>`
    select id, ref, party_id from site where ref = any(${refs}::text[])`.execute(tx);
  const sites = new Map(rows.map((row) => [row.ref, row]));
  for (const { fields, label } of homeless) {
    const site = sites.get(String(fields.partyRef));
    if (!site || site.party_id !== fields.party_id) throw new Error(`Unit ${label} has no site to stand at`);
    fields.site_id = site.id;
  }
}
