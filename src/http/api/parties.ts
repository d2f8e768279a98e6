import { z } from 'zod';
import { type PartyRow, partyList } from '../../app/queries/parties.ts';
import { productList } from '../../app/queries/products.ts';
import { search } from '../../app/queries/search.ts';
import { unitList } from '../../app/queries/units.ts';
import { listOperation } from './list.ts';
import { type Operation, operation } from './operation.ts';

const tag = 'Parties, units, products';
const id = z.number().int();
const day = z.string().nullable().describe('YYYY-MM-DD.');
const none = () => undefined;

const partyRow = z.object({
  id,
  ref: z.string().describe('Number in your own systems.'),
  name: z.string(),
  kind: z.string(),
  country: z.string().describe('ISO 3166.'),
  city: z.string(),
  status: z.string(),
  distributor: z.string().nullable(),
  units: z.number().int(),
  owed: z.number().int().describe('Corrections not yet fixed, over all actions.'),
});

export const partyOperations: readonly Operation[] = [
  listOperation<PartyRow, undefined>({
    list: partyList,
    path: '/parties',
    permission: 'party.read',
    tag,
    summary: 'List parties',
    description: 'Customers, distributors and others, with their units and what they still owe.',
    row: partyRow,
    scope: none,
    example: { query: { country: 'DE', sort: '-owed' } },
  }),
  listOperation({
    list: unitList,
    path: '/units',
    permission: 'unit.read',
    tag,
    summary: 'List units',
    description: 'Everything in the field that is known.',
    row: z.object({
      id,
      serial: z.string(),
      kind: z.string(),
      product: z.string(),
      partyId: id,
      party: z.string(),
      site: z.string(),
      country: z.string(),
      shippedOn: day,
      connected: z.boolean().nullable().describe('null: not known.'),
      software: z.record(z.string(), z.string()).describe('Version per environment.'),
      status: z.string(),
      isolated: z.boolean(),
    }),
    scope: none,
    example: { query: { q: 'NB55' } },
  }),
  listOperation({
    list: productList,
    path: '/products',
    permission: 'product.read',
    tag,
    summary: 'List products',
    description: 'The catalogue with UDI-DIs, catalogue numbers and environments.',
    row: z.object({
      id,
      code: z.string(),
      name: z.string(),
      kind: z.string(),
      udiDis: z.array(z.string()),
      catalogue: z.array(z.string()),
      environments: z.array(z.string()),
      units: z.number().int(),
    }),
    scope: none,
  }),
  operation({
    method: 'GET',
    path: '/search',
    permission: 'party.read',
    tag,
    summary: 'Find anything by what is in hand',
    description:
      'A serial number, a UDI, a name, a mail address or a reference. At most twenty of each kind, exact matches first.',
    query: z.object({ q: z.string().min(2).max(200).describe('What to look for.') }),
    answer: z.object({
      rows: z.array(
        z.object({
          kind: z.enum(['unit', 'party', 'contact', 'product', 'action', 'site']),
          id,
          openId: id.describe('The party or product it belongs to, for contacts, sites and identifiers.'),
          title: z.string(),
          detail: z.string(),
        }),
      ),
    }),
    example: { query: { q: 'NB550123' } },
    async run(ctx, { query }) {
      const rows = await search(ctx.db, query.q);
      return { rows: rows.map(({ open_id, ...row }) => ({ ...row, openId: open_id })) };
    },
  }),
];
