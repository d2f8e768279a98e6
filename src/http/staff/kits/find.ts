import { type KitPage, loadKit } from '../../../app/queries/kits.ts';
import { refuse } from '../../../domain/refusal.ts';
import { type C, idParam } from '../../context.ts';
import { answerRefusal } from '../../refusal.tsx';

/** Runs a page of one kit, or says that there is no such kit. */
export async function withKit(c: C, page: (kit: KitPage) => Promise<Response>): Promise<Response> {
  const ctx = c.get('ctx');
  const id = idParam(c, 'id');
  const kit = id === undefined ? undefined : await loadKit(ctx.db, id, ctx.now());
  return kit ? page(kit) : answerRefusal(c, refuse('kit.unknown', { id: id ?? 0 }), '/kits');
}
