import { sql } from 'kysely';
import { z } from 'zod';
import { numbersOf, readLabel, shorterNumbersOf } from '../domain/barcode.ts';
import { forbid } from '../domain/permission.ts';
import { isRefusal, type Refusal } from '../domain/refusal.ts';
import { serialKey } from '../domain/scope.ts';
import type { UdiCarrier } from '../domain/udi.ts';
import type { Context } from './context.ts';

export const barcodeInput = z.object({
  /** As scanned, with symbology identifier and FNC1, or as typed. */
  text: z.string().trim().min(1).max(300),
  /** The action it is asked for; every running one unless told. The holder of a link asks for theirs. */
  actionId: z.coerce.number().int().positive().optional(),
});

/** A unit that a label names, with its corrections. */
export interface LabelledUnit {
  id: number;
  serial: string;
  productId: number;
  product: string;
  partyId: number;
  corrections: { id: number; actionId: number; environment: string; remedy: string; state: string }[];
}

export interface BarcodeAnswer {
  /**
   * `listed`: there are corrections for it. `not-affected`: unit or product is known, and none of it is affected.
   * `unknown`: nobody knows this unit yet; `product` says whether its label names an affected product.
   */
  outcome: 'listed' | 'not-affected' | 'unknown';
  units: LabelledUnit[];
  /** What the identifier on the label stands for. */
  product: { id: number; name: string; affected: boolean } | null;
  /** Parts of a UDI; null for a plain number. */
  carrier: UdiCarrier | null;
  /** Serial or lot number that was looked for. */
  number: string;
}

/**
 * Says what a label means for an action. Changes nothing. The holder of a link learns of the units of their own party only.
 * @returns or a refusal `udi.*` for a damaged carrier
 */
export async function lookUpBarcode(
  ctx: Context,
  input: z.infer<typeof barcodeInput>,
): Promise<BarcodeAnswer | Refusal> {
  const actor = ctx.actor;
  const no = forbid(actor, actor.kind === 'contact' ? 'notice.read' : 'unit.read');
  if (no) return no;
  const label = readLabel(input.text, ctx.now().toISOString().slice(0, 10));
  if (isRefusal(label)) return label;
  const numbers = numbersOf(label);
  const carrier = label.kind === 'udi' ? label.carrier : null;
  const own =
    actor.kind === 'contact'
      ? await ctx.db.selectFrom('link').select('action_id').where('id', '=', actor.linkId).executeTakeFirstOrThrow()
      : undefined;
  const actionId = own?.action_id ?? input.actionId ?? null;
  const product = carrier && carrier.di !== '' ? await findProduct(ctx, carrier.di, actionId) : null;
  const find = (those: string[]) =>
    findUnits(ctx, {
      keys: those.map(serialKey),
      actionId,
      partyId: actor.kind === 'contact' ? actor.partyId : null,
      productId: product?.id ?? null,
    });
  let found = await find(numbers);
  if (found.length === 0) found = await find(shorterNumbersOf(label));
  const listed = found.filter((unit) => unit.corrections.length > 0);
  const answer = { product, carrier, number: numbers[0] ?? '' };
  if (listed.length > 0) return { outcome: 'listed', units: listed, ...answer };
  if (found.length > 0 || (product && !product.affected)) return { outcome: 'not-affected', units: found, ...answer };
  return { outcome: 'unknown', units: [], ...answer };
}

async function findProduct(ctx: Context, di: string, actionId: number | null): Promise<BarcodeAnswer['product']> {
  const { rows } = await sql<{ id: number; name: string; affected: boolean }>`
    select p.id, p.name, exists (
             select 1 from action_environment ae join environment e on e.id = ae.environment_id
               join action a on a.id = ae.action_id
              where e.product_id = p.id and (a.id = ${actionId}::bigint
                 or ${actionId}::bigint is null and a.stage in ('released', 'monitoring', 'completed'))) as affected
      from product_identifier i join product p on p.id = i.product_id
     where i.scheme = 'udi-di' and i.value = ${di}
     order by affected desc, p.id limit 1`.execute(ctx.db);
  return rows[0] ?? null;
}

/** Units of these numbers. A label that names a product names its units, where there are any. */
async function findUnits(
  ctx: Context,
  wanted: { keys: string[]; actionId: number | null; partyId: number | null; productId: number | null },
): Promise<LabelledUnit[]> {
  if (wanted.keys.length === 0) return [];
  const { rows } = await sql<LabelledUnit & { corrections: LabelledUnit['corrections'] | null }>`
    select u.id, u.serial, u.product_id as "productId", p.name as product, u.party_id as "partyId",
           (select json_agg(json_build_object('id', k.id, 'actionId', k.action_id, 'environment', e.name,
                     'remedy', r.name, 'state', k.state) order by k.action_id desc, e.position, r.position, k.id)
              from correction k join environment e on e.id = k.environment_id join remedy r on r.id = k.remedy_id
             where k.unit_id = u.id and (${wanted.actionId}::bigint is null or k.action_id = ${wanted.actionId})) as corrections
      from unit u join product p on p.id = u.product_id
     where u.serial_key = any(${wanted.keys}::text[])
       and (${wanted.partyId}::bigint is null or u.party_id = ${wanted.partyId})
     order by u.id limit 50`.execute(ctx.db);
  const units = rows.map((row) => ({ ...row, corrections: row.corrections ?? [] }));
  const same = units.filter((unit) => unit.productId === wanted.productId);
  return wanted.productId !== null ? same : units;
}
