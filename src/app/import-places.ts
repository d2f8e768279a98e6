/** Imports of parties, sites and contacts: who is out there. */
import { sql } from 'kysely';
import type { Context, Reader, Tx } from './context.ts';
import { planForParty } from './deliveries.ts';
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
import { partyLookup, siteLookup } from './import-references.ts';

type Mapped = (key: string) => boolean;
const text = { type: 'text', blank: '' } as const;

const PARTY_FIELDS: FieldSpecs = {
  ref: text,
  kind: { type: 'text', blank: 'customer' },
  name: text,
  country: text,
  street: text,
  postcode: text,
  city: text,
  region: text,
  phone: text,
  email: text,
  account_no: text,
  srn: text,
  distributor_id: { type: 'bigint', blank: null, shown: 'distributor' },
};

/** Parties wait for their distributor when it stands further down in the same file. */
export function partyWriter(ctx: Pick<Context, 'now'>, mapped: Mapped): KindWriter<'parties'> {
  const parties = partyLookup();
  /** Distributors that the file itself brings, by number: not in the database before the import is applied. */
  const coming = new Map<string, string>();

  function judgeRow(row: CheckedRow<'parties'>, known: Fields | undefined): Judgement {
    const { values } = row;
    const { distributorRef } = values;
    let distributor: number | null | undefined = distributorRef === undefined ? undefined : null;
    if (distributorRef) {
      const found = parties.get(distributorRef);
      const kind = coming.get(distributorRef) ?? found?.kind;
      if (kind === undefined)
        return judgeAgainst(row, 'wait', [finding('distributorRef', distributorRef, 'import.distributor-unknown')]);
      if (kind !== 'distributor')
        return judgeAgainst(row, 'reject', [finding('distributorRef', distributorRef, 'import.distributor-kind')]);
      // One that is only coming has no id yet: no known record can have it, so any number differs.
      distributor = found?.id ?? -1;
    }
    const wanted = {
      ref: values.ref,
      kind: known && !mapped('kind') ? undefined : values.kind,
      name: values.name,
      country: values.country,
      street: values.street,
      postcode: values.postcode,
      city: values.city,
      region: values.region,
      phone: values.phone,
      email: values.email,
      account_no: values.accountNo,
      srn: values.srn,
      distributor_id: distributor,
      distributor: distributorRef || null,
    };
    const judged = weigh(row, PARTY_FIELDS, wanted, known, {
      key: values.ref,
      label: `${values.name} (${values.ref})`,
      partyId: known ? Number(known.id) : null,
    });
    judged.fields.distributorRef = distributorRef;
    coming.set(values.ref, String(judged.fields.kind));
    return judged;
  }

  return {
    subject: 'party',
    writesAtOnce: 1,
    async judge(reader, rows) {
      const refs = rows.map((row) => row.values.ref);
      await parties.load(
        reader,
        rows.flatMap(({ values }) => (values.distributorRef ? [values.distributorRef] : [])),
      );
      const known = await byKey(
        reader,
        sql<Fields>`select p.*, d.ref as distributor from party p left join party d on d.id = p.distributor_id
          where p.ref = any(${refs}::text[])`,
        'ref',
      );
      return rows.map((row) => judgeRow(row, known.get(row.values.ref)));
    },
    async write(tx, judged) {
      // Round by round: those whose distributor exists, then those it serves, as a distributor may have one itself.
      let left = judged;
      while (left.length > 0) {
        await parties.load(
          tx,
          left.flatMap(({ fields }) => (fields.distributor_id === -1 ? [String(fields.distributorRef)] : [])),
        );
        for (const { fields } of left)
          if (fields.distributor_id === -1)
            fields.distributor_id = parties.get(String(fields.distributorRef))?.id ?? -1;
        const ready = left.filter(({ fields }) => fields.distributor_id !== -1);
        const waiting = left.filter(({ fields }) => fields.distributor_id === -1);
        if (ready.length === 0) throw new Error(`The distributor of party ${waiting[0]?.key} is not there`);
        await writeRecords(tx, 'party', PARTY_FIELDS, ready, ctx.now(), { changedAt: true });
        left = waiting;
      }
    },
  };
}

const SITE_FIELDS: FieldSpecs = {
  ref: text,
  party_id: { type: 'bigint', blank: null, shown: 'party' },
  name: text,
  country: text,
  street: text,
  postcode: text,
  city: text,
  region: text,
  zone: text,
};

export function siteWriter(ctx: Context): KindWriter<'sites'> {
  const parties = partyLookup();
  const moved: number[] = [];
  return {
    subject: 'site',
    writesAtOnce: 1,
    async judge(reader, rows) {
      await parties.load(
        reader,
        rows.map((row) => row.values.partyRef),
      );
      const known = await byKey(
        reader,
        sql<Fields>`select s.*, p.ref as party from site s join party p on p.id = s.party_id
          where s.ref = any(${rows.map((row) => row.values.ref)}::text[])`,
        'ref',
      );
      return rows.map((row) => {
        const { values } = row;
        const party = parties.get(values.partyRef);
        if (!party) return judgeAgainst(row, 'reject', [finding('partyRef', values.partyRef, 'import.party-unknown')]);
        const { ref, name, country, street, postcode, city, region, zone } = values;
        const wanted = {
          ref,
          party_id: party.id,
          party: party.ref,
          name,
          country,
          street,
          postcode,
          city,
          region,
          zone,
        };
        return weigh(row, SITE_FIELDS, wanted, known.get(ref), {
          key: ref,
          label: `${name} (${ref})`,
          partyId: party.id,
        });
      });
    },
    async write(tx, judged) {
      await writeRecords(tx, 'site', SITE_FIELDS, judged, ctx.now(), { changedAt: true });
      for (const row of judged)
        if (row.verdict === 'change' && ('party' in row.after || 'country' in row.after)) moved.push(row.id);
    },
    async finish(tx) {
      // Units stand at a site and belong to its party; their open corrections are owed where they stand now.
      if (moved.length === 0) return;
      await sql`update unit u set party_id = s.party_id, changed_at = ${ctx.now()} from site s
        where s.id = u.site_id and s.id = any(${moved}::bigint[]) and u.party_id <> s.party_id`.execute(tx);
      await followUnits(tx, ctx, sql`u.site_id = any(${moved}::bigint[])`);
    },
  };
}

/**
 * Open corrections go where their units are, and who has them there owes them: a party that was not told yet gets its
 * row first, which the triggers that keep the figures look for.
 */
export async function followUnits(tx: Tx, ctx: Context, which: ReturnType<typeof sql>): Promise<void> {
  const { rows: owing } = await sql<{
    party_id: number;
  }>`insert into obligation (action_id, party_id, country, audience, created_at)
    select c.action_id, p.id, p.country, case when p.kind in ('distributor', 'importer') then 'distributor'
        else coalesce(min(o.audience) filter (where o.audience <> 'distributor'), 'dx-recall') end, max(u.changed_at)
      from correction c join unit u on u.id = c.unit_id join party p on p.id = u.party_id
      left join obligation o on o.action_id = c.action_id and o.party_id = c.party_id
     where ${which} and c.state in ('open', 'blocked', 'isolated') and c.party_id <> u.party_id
     group by c.action_id, p.id order by c.action_id, p.id
    on conflict (action_id, party_id) do nothing
    returning party_id`.execute(tx);
  await sql`update correction c set party_id = u.party_id, site_id = u.site_id, country = s.country
    from unit u join site s on s.id = u.site_id
    where u.id = c.unit_id and ${which} and c.state in ('open', 'blocked', 'isolated')
      and (c.party_id, c.site_id, c.country) is distinct from (u.party_id, u.site_id, s.country)`.execute(tx);
  await tellOwing(
    tx,
    ctx,
    owing.map((row) => row.party_id),
  );
}

/** Parties that came to owe something, or got a contact, while a notice is out are told. */
async function tellOwing(tx: Tx, ctx: Context, partyIds: readonly number[]): Promise<void> {
  if (partyIds.length === 0) return;
  const { rows } = await sql<{ party_id: number }>`
    select distinct o.party_id from obligation o
      join action a on a.id = o.action_id and a.stage in ('released', 'monitoring')
     where o.party_id = any(${[...partyIds]}::bigint[]) order by 1`.execute(tx);
  for (const { party_id } of rows) await planForParty(tx, ctx, party_id);
}

const CONTACT_FIELDS: FieldSpecs = {
  key: text,
  party_id: { type: 'bigint', blank: null, shown: 'party' },
  site_id: { type: 'bigint', blank: null, shown: 'site' },
  name: text,
  title: text,
  role: { type: 'text', blank: 'general' },
  languages: { type: 'text[]', blank: [] },
  email: text,
  phone: text,
  channel: { type: 'text', blank: 'email' },
};

export function contactWriter(ctx: Context, mapped: Mapped): KindWriter<'contacts'> {
  const parties = partyLookup();
  const reachable = new Set<number>();
  const sites = siteLookup();
  return {
    subject: 'contact',
    writesAtOnce: 1,
    async judge(reader, rows) {
      await parties.load(
        reader,
        rows.map((row) => row.values.partyRef),
      );
      await sites.load(
        reader,
        rows.flatMap(({ values }) => (values.siteRef ? [values.siteRef] : [])),
      );
      const identities = rows.map(({ values }) => ({ party: parties.get(values.partyRef)?.id ?? 0, key: values.key }));
      const { rows: existing } = await sql<Fields>`
        select c.*, p.ref as party, s.ref as site
          from unnest(${identities.map(({ party }) => party)}::bigint[], ${identities.map(({ key }) => key)}::text[]) t (party_id, key)
          join contact c on c.party_id = t.party_id and c.key = t.key
          join party p on p.id = c.party_id left join site s on s.id = c.site_id`.execute(reader);
      const known = new Map(existing.map((row) => [`${row.party_id}/${row.key}`, row]));
      return rows.map((row) => {
        const { values } = row;
        const party = parties.get(values.partyRef);
        if (!party) return judgeAgainst(row, 'reject', [finding('partyRef', values.partyRef, 'import.party-unknown')]);
        const site = values.siteRef ? sites.get(values.siteRef) : undefined;
        if (values.siteRef && !site)
          return judgeAgainst(row, 'reject', [finding('siteRef', values.siteRef, 'import.site-unknown')]);
        if (site && site.partyId !== party.id)
          return judgeAgainst(row, 'reject', [
            finding('siteRef', site.ref, 'import.site-party', { party: site.partyRef, asked: party.ref }),
          ]);
        const key = `${party.id}/${values.key}`;
        const before = known.get(key);
        const wanted = {
          party_id: party.id,
          party: party.ref,
          site_id: values.siteRef === undefined ? undefined : (site?.id ?? null),
          site: site?.ref ?? null,
          key: values.key,
          name: values.name,
          title: values.title,
          // What the file does not say was made up by its check: no reason to change what is known.
          role: before && !mapped('role') ? undefined : values.role,
          languages: values.languages,
          email: values.email,
          phone: values.phone,
          channel: before && !mapped('channel') ? undefined : values.channel,
        };
        return weigh(row, CONTACT_FIELDS, wanted, before, {
          key,
          label: `${values.name} at ${party.ref}`,
          partyId: party.id,
        });
      });
    },
    async write(tx, judged) {
      await writeRecords(tx, 'contact', CONTACT_FIELDS, judged, ctx.now(), { changedAt: true });
      for (const { verdict, partyId } of judged) if (verdict === 'create' && partyId) reachable.add(partyId);
    },
    finish: (tx) => tellOwing(tx, ctx, [...reachable]),
  };
}

/** Runs a select and keys its rows by one column. */
export async function byKey(
  reader: Reader,
  query: ReturnType<typeof sql<Fields>>,
  column: string,
): Promise<Map<string, Fields>> {
  const { rows } = await query.execute(reader);
  return new Map(rows.map((row) => [String(row[column]), row]));
}
