/** What rows of an import refer to by number, looked up a batch at a time and remembered. */
import { type RawBuilder, sql } from 'kysely';
import type { Reader } from './context.ts';

export interface PartyFound {
  id: number;
  ref: string;
  kind: string;
}
export interface SiteFound {
  id: number;
  ref: string;
  partyId: number;
  partyRef: string;
}
export interface ProductFound {
  id: number;
  code: string;
  name: string;
  environments: string[];
}

/** A memory of this many is some tens of megabytes; beyond it starts anew. */
const REMEMBERED = 200_000;

/**
 * A lookup by text with a memory. `load` fetches what is not known yet, in one statement; `get` then answers at once.
 * Nothing found is not remembered: another row, or another import, may still bring it.
 */
export interface Lookup<T> {
  load(reader: Reader, keys: Iterable<string>): Promise<void>;
  get(key: string): T | undefined;
}

/** A file that has asked this often is a long one: then as many as are remembered at a time are fetched at once. */
const ASKED_OFTEN = 3;

/** @param fetch asked for keys, or for `null`: any, as many as `REMEMBERED / 2` */
function makeLookup<T>(fetch: (reader: Reader, keys: string[] | null) => Promise<[string, T][]>): Lookup<T> {
  const known = new Map<string, T>();
  let asked = 0;
  return {
    async load(reader, keys) {
      if (known.size > REMEMBERED) known.clear();
      const missing = (): string[] => [...new Set(keys)].filter((key) => !known.has(key));
      let wanted = missing();
      if (wanted.length === 0) return;
      // A question waits for the rows that are just being written on the same connection: few questions, then.
      if (++asked === ASKED_OFTEN) {
        for (const [key, value] of await fetch(reader, null)) known.set(key, value);
        wanted = missing();
        if (wanted.length === 0) return;
      }
      for (const [key, value] of await fetch(reader, wanted)) known.set(key, value);
    },
    get: (key) => known.get(key),
  };
}

function only(column: RawBuilder<unknown>, keys: string[] | null): RawBuilder<unknown> {
  return keys ? sql`where ${column} = any(${keys}::text[])` : sql`limit ${REMEMBERED / 2}`;
}

/** Parties by their number. */
export function partyLookup(): Lookup<PartyFound> {
  return makeLookup(async (reader, refs) => {
    const { rows } = await sql<PartyFound>`
      select id, ref, kind from party ${only(sql`ref`, refs)}`.execute(reader);
    return rows.map((row): [string, PartyFound] => [row.ref, row]);
  });
}

/** Sites by their number, with the party each belongs to. */
export function siteLookup(): Lookup<SiteFound> {
  return makeLookup(async (reader, refs) => {
    const { rows } = await sql<SiteFound>`
      select s.id, s.ref, s.party_id as "partyId", p.ref as "partyRef" from site s join party p on p.id = s.party_id
        ${only(sql`s.ref`, refs)}`.execute(reader);
    return rows.map((row): [string, SiteFound] => [row.ref, row]);
  });
}

/** Products by code, catalogue number or normalised device identifier; several answers are an ambiguity to be told. */
export function productLookup(): Lookup<ProductFound[]> {
  return makeLookup(async (reader, texts) => {
    // Products are few, and known after the first rows.
    if (!texts) return [];
    const { rows } = await sql<ProductFound & { text: string; rank: number }>`
      select t.text, p.id, p.code, p.name, t.rank,
          array(select e.code from environment e where e.product_id = p.id order by e.position) as environments
        from (select code as text, id, 1 as rank from product where code = any(${texts}::text[])
              union select value, product_id, 2 from product_identifier where value = any(${texts}::text[])) t
        join product p on p.id = t.id order by t.rank, p.code`.execute(reader);
    const found = new Map<string, (ProductFound & { rank: number })[]>();
    for (const { text, ...row } of rows) found.set(text, [...(found.get(text) ?? []), row]);
    // A product's own code is its name: it wins over a catalogue number of another that reads the same.
    return [...found].map(([text, list]): [string, ProductFound[]] => {
      const own = list.filter((one) => one.rank === 1);
      const best = own.length > 0 ? own : list;
      return [text, best.filter((one, index) => best.findIndex(({ id }) => id === one.id) === index)];
    });
  });
}
